//! Any bytes from the server, in any pieces, in any order with calls, aborts, losses and timers: each call ends exactly once and
//! not after its deadline, what is written is whole commands, and `poll` comes to an end.
//!
//! The input is a program: each byte is an action, and may take the bytes behind it.

#![no_main]

use cachelib_edge::cache::{
    Cache, CallId, ConnectionId, Expiry, Freshness, LeaseId, Operation, Outcome, Output, Purpose, Script,
};
use cachelib_edge::client::{Config, Deployment};
use cachelib_edge::connection::{ConnectionInfo, Effect};
use libfuzzer_sys::fuzz_target;
use std::collections::HashMap;

/// Milliseconds that each call may take.
const TIMEOUT: u64 = 1000;
/// Milliseconds that a call may wait for a lease, at most.
const MAX_WAIT: u64 = 600;
/// So often the cache may ask to be woken at once.
const MAX_WAKES: u32 = 5;
/// So many outputs for one input are more than any needs.
const MAX_OUTPUTS: usize = 10_000;

/// Replies that a server gives, and some of which it gives none to what was asked.
const REPLIES: [&[u8]; 36] = [
    b"+OK\r\n",
    b"+OK\r\n+OK\r\n+OK\r\n",
    b"+PONG\r\n",
    b"$-1\r\n",
    b"$1\r\nx\r\n",
    b"$7\r\n!\x80\x04]\x94.x\r\n",
    b":0\r\n",
    b":1\r\n",
    b":-9223372036854775808\r\n",
    b"*2\r\n$1\r\n1\r\n$-1\r\n",
    b"*2\r\n$1\r\n0\r\n*1\r\n$2\r\npa\r\n",
    b"*2\r\n$2\r\n17\r\n*0\r\n",
    b"*0\r\n",
    b"*-1\r\n",
    b"-ERR unknown command\r\n",
    b"-LOADING Redis is loading\r\n",
    b"-READONLY You can't write\r\n",
    b"-MOVED 12182 127.0.0.1:7001\r\n",
    b"-MOVED 16384 :99999\r\n",
    b"-ASK 5 ?:0\r\n",
    b"-TRYAGAIN\r\n",
    b"-CLUSTERDOWN\r\n",
    b"-MASTERDOWN\r\n",
    b"-BUSY\r\n",
    b"-NOAUTH\r\n",
    b"-WRONGPASS\r\n",
    b"-OOM\r\n",
    b"-ERR max number of clients reached\r\n",
    b"*2\r\n*2\r\n:1\r\n:2\r\n$-1\r\n",
    b"-\r\n",
    b"$",
    b"*1000000\r\n",
    b"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\na\r\n:7000\r\n",
    b"*2\r\n*3\r\n:0\r\n:9\r\n*2\r\n$-1\r\n:7000\r\n*3\r\n:5\r\n:20000\r\n*2\r\n$1\r\nb\r\n:99999\r\n",
    b"*2\r\n$9\r\n127.0.0.1\r\n$4\r\n7000\r\n",
    b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
];

struct Run {
    cache: Cache,
    now: u64,
    connections: Vec<ConnectionId>,
    /// The deadlines of the calls that wait.
    waiting: HashMap<u32, u64>,
    /// Those that were granted.
    leases: Vec<LeaseId>,
    calls: u32,
    is_closed: bool,
}

impl Run {
    fn new(flags: u8) -> Self {
        let secret = |bit: u8| (flags & bit != 0).then(|| "secret".to_owned());
        let config = Config {
            connection: ConnectionInfo {
                username: None,
                password: secret(1),
                database: u32::from(flags >> 1 & 1),
                client_name: "fuzz".into(),
            },
            connect_timeout: 500,
            max_retries: flags >> 2 & 3,
            retry_writes: flags & 16 != 0,
            fail_fast: flags & 32 != 0,
            max_queued: 1 << 10,
            deployment: match flags >> 6 {
                2 => Deployment::Cluster { prefers_hostnames: false },
                3 => Deployment::Sentinel { master: "m".into(), connection: ConnectionInfo::default() },
                _ => Deployment::Standalone,
            },
            reads_replicas: flags & 4 != 0,
            seeds: 2,
            max_connections: 3,
            connect_linger: if flags & 8 != 0 { 2_000 } else { 0 },
        };
        Self {
            cache: Cache::new(config, 1),
            now: 0,
            connections: Vec::new(),
            waiting: HashMap::new(),
            leases: Vec::new(),
            calls: 0,
            is_closed: false,
        }
    }

    fn submit(&mut self, operation: Operation<'_>) {
        let wait = if let Operation::Acquire { wait, .. } = operation { wait } else { 0 };
        self.waiting.insert(self.calls, self.now + wait + TIMEOUT);
        self.cache.submit(CallId(self.calls), operation, TIMEOUT, self.now);
        self.calls += 1;
    }

    /// Carries out one action; answers whether there was one.
    fn act(&mut self, input: &mut &[u8]) -> bool {
        let Some(action) = take(input) else { return false };
        let key: &[u8] = &[b'a' + action % 3];
        let connection = self.connections.get(usize::from(action >> 4) % self.connections.len().max(1)).copied();
        match action % 16 {
            0 => self.submit(Operation::Get { key }),
            1 => self.submit(Operation::Set { key, value: b"v", expiry: Expiry::Never }),
            2 => self.submit(Operation::Increment { key, delta: 1 }),
            3 => self.submit(Operation::GetMany { keys: &[key, b"b"] }),
            4 => self.submit(Operation::SetMany { entries: &[(key, b"1"), (b"b", b"2")], expiry: Expiry::Never }),
            5 => self.submit(Operation::DeleteMany { keys: &[b"a", key] }),
            6 => self.submit(Operation::Clear { prefix: if action & 32 == 0 { b"" } else { b"p" } }),
            7 => self.cache.abort(CallId(u32::from(action >> 4))),
            8 => self.each(connection, |cache, id, now| cache.opened(id, now)),
            9 => self.each(connection, |cache, id, _| cache.closed(id)),
            10 | 11 => {
                let reply = REPLIES[usize::from(take(input).unwrap_or_default()) % REPLIES.len()];
                self.each(connection, |cache, id, now| cache.receive(id, reply, now));
            }
            12 => {
                let length = usize::from(take(input).unwrap_or_default()).min(input.len());
                let (bytes, rest) = input.split_at(length);
                *input = rest;
                self.each(connection, |cache, id, now| cache.receive(id, bytes, now));
            }
            13 => self.advance(u64::from(take(input).unwrap_or_default()) * 4),
            14 => {
                let at = self.cache.poll_timeout().unwrap_or(self.now);
                self.advance(at.saturating_sub(self.now).min(TIMEOUT));
            }
            _ if action == 0xff => {
                self.is_closed = true;
                self.cache.close();
            }
            _ => self.submit_uncommon(action >> 4, input),
        }
        self.drain();
        true
    }

    /// Operations that are less common, those of leases first.
    fn submit_uncommon(&mut self, action: u8, input: &mut &[u8]) {
        let byte = take(input).unwrap_or_default();
        let key: &[u8] = &[b'a' + byte % 3];
        let keys = [key, b"{a}~lock", b"t"];
        let expiry = Expiry::After(1 + u64::from(byte));
        let acquire = |purpose| Operation::Acquire {
            key,
            tags: &keys[3 - usize::from(byte & 1)..],
            above: 100,
            length: 1 + 10 * u64::from(byte),
            purpose,
            wait: u64::from(byte >> 4) * MAX_WAIT / 15,
        };
        let arguments: &[&[u8]] = &[b"GETDEL", key];
        let command = |key, cancels_lease| Operation::Command {
            arguments,
            key,
            node: u32::from(byte % 3),
            effect: Effect::NonIdempotent,
            cancels_lease,
        };
        match action {
            0 => self.submit(Operation::Load { key, above: 100 }),
            1 | 2 => self.submit(acquire(Purpose::Refresh)),
            3 => self.submit(acquire(Purpose::Replace)),
            4 => self.submit(acquire(Purpose::Lock)),
            5 | 6 => {
                let held = self.leases.get(usize::from(byte) % self.leases.len().max(1));
                let lease = held.copied().unwrap_or(LeaseId(7));
                self.submit(match action {
                    5 => Operation::Store { lease, value: b"v", expiry },
                    _ => Operation::Release { lease, backoff: u64::from(byte) },
                });
            }
            7 => self.submit(Operation::Delete { key }),
            8 => self.submit(Operation::Add { key, value: b"v", expiry }),
            9 => self.submit(command(1, byte & 4 != 0)),
            10 => self.submit(command(0, false)),
            11 => self.submit(Operation::Script {
                script: Script::Register,
                keys: &keys,
                fence: b"",
                milliseconds: 1000,
                value: b"",
                token: None,
            }),
            _ => self.submit(Operation::Ping),
        }
    }

    fn each(&mut self, connection: Option<ConnectionId>, event: impl Fn(&mut Cache, ConnectionId, u64)) {
        if let Some(id) = connection {
            event(&mut self.cache, id, self.now);
        }
    }

    /// Lets time pass, and wakes the cache when it asked for it.
    fn advance(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        let mut wakes = 0;
        while let Some(at) = self.cache.poll_timeout().filter(|&at| at <= end) {
            wakes = if at > self.now { 0 } else { wakes + 1 };
            assert!(wakes < MAX_WAKES, "a timer that does not end");
            self.now = at.max(self.now);
            self.cache.timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn drain(&mut self) {
        for _ in 0..MAX_OUTPUTS {
            match self.cache.poll(self.now) {
                None => return,
                Some(Output::Connect(id, _)) => self.connections.push(id),
                Some(Output::Transmit(_, bytes)) => assert_commands(bytes),
                Some(Output::Close(id)) => self.connections.retain(|&other| other != id),
                Some(Output::Complete(CallId(call), outcome)) => {
                    if let Outcome::Found(_, Freshness::Leased(lease)) = outcome {
                        self.leases.push(lease);
                    }
                    let deadline = self.waiting.remove(&call).expect("each call ends once");
                    assert!(self.now <= deadline + 1, "call {call} ends in time");
                }
            }
        }
        panic!("poll comes to an end");
    }
}

fn take(input: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = input.split_first()?;
    *input = rest;
    Some(first)
}

/// Panics unless the bytes are whole commands: arrays of bulk strings.
fn assert_commands(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        for _ in 0..number(&mut bytes, b'*') {
            let length = number(&mut bytes, b'$');
            assert_eq!(bytes.get(length..length + 2), Some(&b"\r\n"[..]));
            bytes = &bytes[length + 2..];
        }
    }
}

fn number(bytes: &mut &[u8], sigil: u8) -> usize {
    assert_eq!(bytes[0], sigil);
    let end = bytes.iter().position(|&byte| byte == b'\r').expect("a line ends");
    let number = std::str::from_utf8(&bytes[1..end]).ok().and_then(|digits| digits.parse().ok());
    *bytes = &bytes[end + 2..];
    number.expect("a number")
}

fuzz_target!(|input: &[u8]| {
    let mut input = input;
    let mut run = Run::new(take(&mut input).unwrap_or_default());
    while run.act(&mut input) {}
    run.advance(MAX_WAIT + TIMEOUT + 1);
    assert!(run.waiting.is_empty(), "every call ends");
    if run.is_closed {
        assert!(!run.cache.is_busy());
    }
});
