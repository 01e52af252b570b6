//! A cache, a network and a server in simulated time, after quinn-proto's `Pair`: nothing sleeps, nothing is left to
//! chance, and what a transport promises is checked at every output.
#![allow(dead_code, unused_imports, reason = "each scenario uses a part of it")]

pub(crate) mod callers;
mod done;
pub(crate) mod error;
mod fleet;
pub(crate) mod lease;
mod random;
mod redis;
mod rejecting;
mod run_loop;
mod schedule;
mod scripts;
mod wire;

pub(crate) use done::{Done, done};
pub(crate) use fleet::Fleet;
pub(crate) use random::Random;
pub(crate) use redis::{Faults, Redis};
pub(crate) use rejecting::{reject, rejecting};
pub(crate) use schedule::{Call, Calls, Kind, Names, run_schedules};
pub(crate) use wire::{Command, bulk, number, parse};

use cachelib_edge::cache::{Address, Cache, CallId, ConnectionId, Operation, Output};
use cachelib_edge::client::Config;
use cachelib_edge::connection::ConnectionInfo;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// There and back, in milliseconds.
pub(crate) const ROUND_TRIP: u64 = 2;
/// How long an operation may take when the test does not say, in milliseconds.
pub(crate) const TIMEOUT: u64 = 5_000;
/// What the server says to the handshake of [`config`].
pub(crate) const HANDSHAKE_REPLY: &[u8] =
    if cfg!(feature = "resp3") { b"%1\r\n+proto\r\n:3\r\n+OK\r\n" } else { b"+OK\r\n" };
/// No value, on the wire.
pub(crate) const NIL: &[u8] = if cfg!(feature = "resp3") { b"_\r\n" } else { b"$-1\r\n" };

/// 1 s to connect, 2 retries, a name and nothing else to say at first.
pub(crate) fn config() -> Config {
    Config {
        connection: ConnectionInfo { client_name: "edge".into(), ..ConnectionInfo::default() },
        connect_timeout: 1_000,
        ..Config::default()
    }
}

/// The same where operations wait for a server that is down until their deadline.
pub(crate) fn config_without_fail_fast() -> Config {
    Config { fail_fast: false, ..config() }
}

/// The same with a password.
pub(crate) fn config_with_password() -> Config {
    let mut config = config();
    config.connection.password = Some("secret".into());
    config
}

/// What becomes of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Accepts,
    Refuses,
    /// Nothing comes back, ever.
    BlackHole,
}

/// Who answers what the cache transmits.
#[derive(Debug)]
pub(crate) enum Server {
    Redis(Redis),
    /// One that several caches share, of which this one's number is given.
    Shared(Rc<RefCell<Redis>>, u32),
    /// Nobody: the test says each reply by [`Simulation::reply`].
    Script,
}

/// What the cache had its transport do, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Connect,
    Transmit(Vec<u8>),
    Close,
}

/// What the transport tells.
#[derive(Debug)]
enum Event {
    Opened,
    Received(Vec<u8>),
    Closed,
}

#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) cache: Cache,
    /// Milliseconds since the simulation began.
    pub(crate) now: u64,
    /// By how much its clock is ahead of the server's.
    pub(crate) ahead: u64,
    pub(crate) network: Network,
    pub(crate) server: Server,
    /// The most bytes that arrive at once.
    pub(crate) chunk: usize,
    pub(crate) actions: Vec<(u64, Action)>,
    /// What is under way to the cache, in order of arrival.
    arriving: VecDeque<(u64, ConnectionId, Event)>,
    sockets: BTreeSet<ConnectionId>,
    /// The connection that was made last.
    last_id: ConnectionId,
    next_call: u32,
    /// `None` for an operation that is not done.
    calls: BTreeMap<u32, Option<Done>>,
}

impl Simulation {
    pub(crate) fn new(config: Config, server: Server) -> Self {
        Self {
            cache: Cache::new(config, 1),
            now: 0,
            ahead: 0,
            network: Network::Accepts,
            server,
            chunk: usize::MAX,
            actions: Vec::new(),
            arriving: VecDeque::new(),
            sockets: BTreeSet::new(),
            last_id: ConnectionId(0),
            next_call: 0,
            calls: BTreeMap::new(),
        }
    }

    /// A cache and a Redis with nothing in it.
    pub(crate) fn with_redis() -> Self {
        Self::new(config(), Server::Redis(Redis::default()))
    }

    /// A cache that is connected and greeted by a server that the test speaks for.
    pub(crate) fn ready() -> Self {
        Self::ready_with(|_| {})
    }

    /// The same with another configuration.
    pub(crate) fn ready_with(configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        configure(&mut config);
        let mut simulation = Self::new(config, Server::Script);
        let ping = simulation.submit(Operation::Ping);
        simulation.advance(ROUND_TRIP);
        simulation.reply(&[HANDSHAKE_REPLY, b"+PONG\r\n"].concat());
        assert_eq!(simulation.done(ping), Done::Flag(true));
        simulation.actions.clear();
        simulation
    }

    /// The connection that was made last.
    pub(crate) fn id(&self) -> ConnectionId {
        self.last_id
    }

    // ---- What the application does

    pub(crate) fn submit(&mut self, operation: Operation<'_>) -> u32 {
        self.submit_for(TIMEOUT, operation)
    }

    /// Submits an operation that may take so many milliseconds. Nothing is drained: more may be submitted in the same tick.
    pub(crate) fn submit_for(&mut self, timeout: u64, operation: Operation<'_>) -> u32 {
        let call = self.next_call;
        self.next_call += 1;
        self.calls.insert(call, None);
        self.cache.submit(CallId(call), operation, timeout, self.now);
        call
    }

    pub(crate) fn get(&mut self, key: &str) -> u32 {
        self.submit(Operation::Get { key: key.as_bytes() })
    }

    pub(crate) fn abort(&mut self, call: u32) {
        self.cache.abort(CallId(call));
        self.drain();
    }

    pub(crate) fn close(&mut self) {
        self.cache.close();
        self.drain();
    }

    /// The outcome of an operation, which must be done; each is told once.
    pub(crate) fn done(&mut self, call: u32) -> Done {
        self.drain();
        self.calls.remove(&call).expect("submitted, and not asked for before").expect("the operation is done")
    }

    pub(crate) fn is_done(&mut self, call: u32) -> bool {
        self.drain();
        self.calls[&call].is_some()
    }

    // ---- What the server and the network do

    pub(crate) fn redis(&mut self) -> &mut Redis {
        match &mut self.server {
            Server::Redis(redis) => redis,
            _ => panic!("the test speaks for the server, or has it"),
        }
    }

    /// These bytes arrive now, in chunks.
    pub(crate) fn reply(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(self.chunk) {
            self.cache.receive(self.last_id, chunk, self.now);
            self.drain();
        }
    }

    /// The connection that was made last is lost, with all that was under way on it.
    pub(crate) fn lose(&mut self) {
        self.lose_connection(self.last_id);
    }

    /// A connection is lost, with all that was under way on it.
    pub(crate) fn lose_connection(&mut self, id: ConnectionId) {
        assert!(self.sockets.contains(&id), "there is a connection to lose");
        self.arriving.retain(|(_, of, _)| *of != id);
        self.deliver(id, Event::Closed);
    }

    pub(crate) fn sockets(&self) -> Vec<ConnectionId> {
        self.sockets.iter().copied().collect()
    }

    pub(crate) fn lose_if_connected(&mut self) {
        for id in self.sockets() {
            self.lose_connection(id);
        }
    }

    // ---- Time

    /// The next thing that happens; false when nothing will.
    pub(crate) fn step(&mut self) -> bool {
        self.drain();
        let Some(time) = self.next_time() else {
            return false;
        };
        self.now = self.now.max(time);
        let arrival = self.arriving.front().map(|(time, ..)| *time);
        if arrival.is_some_and(|arrival| arrival <= self.now)
            && let Some((_, id, event)) = self.arriving.pop_front()
        {
            self.deliver(id, event);
        } else {
            self.cache.timeout(self.now);
            self.drain();
        }
        true
    }

    /// Lets everything happen that will.
    pub(crate) fn drive(&mut self) {
        let mut steps = 0;
        while self.step() {
            steps += 1;
            assert!(steps < 1_000_000, "it comes to no end");
        }
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        self.drain();
        while self.next_time().is_some_and(|time| time <= until) {
            self.step();
        }
        self.now = until;
    }

    pub(crate) fn next_time(&self) -> Option<u64> {
        self.arriving.front().map(|(time, ..)| *time).into_iter().chain(self.cache.poll_timeout()).min()
    }

    // ---- What was transmitted

    /// The commands that were transmitted and not yet asked for, those of RESP3's greeting left out, as text.
    pub(crate) fn commands(&mut self) -> Vec<String> {
        let actions = std::mem::take(&mut self.actions);
        let transmitted = actions.into_iter().filter_map(|(_, action)| match action {
            Action::Transmit(bytes) => Some(bytes),
            _ => None,
        });
        let bytes = transmitted.collect::<Vec<_>>().concat();
        let (commands, rest) = parse(&bytes);
        assert_eq!(rest, 0, "only whole commands are transmitted");
        let texts = commands.iter().map(|command| String::from_utf8_lossy(&command.join(&b' ')).into_owned());
        texts.filter(|text| text != "HELLO 3").collect()
    }

    pub(crate) fn connects(&self) -> Vec<u64> {
        let connects = self.actions.iter().filter(|(_, action)| *action == Action::Connect);
        connects.map(|(time, _)| *time).collect()
    }

    pub(crate) fn transmissions(&self) -> usize {
        self.actions.iter().filter(|(_, action)| matches!(action, Action::Transmit(_))).count()
    }
}
