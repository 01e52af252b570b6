//! As much of a Redis as a cache sees of it.

use super::wire::{Command, bulk, integer, number, parse};
use cachelib_edge::cache::{ConnectionId, Script};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Redis {
    /// By database and key.
    pub(crate) data: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    /// Its clock, in milliseconds, and when keys expire by it.
    pub(crate) now: u64,
    expiries: BTreeMap<(u32, Vec<u8>), u64>,
    /// Sorted sets: members by their scores, in milliseconds.
    pub(crate) sets: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, u64>>,
    pub(crate) password: Option<String>,
    /// How many commands of each name were executed.
    pub(crate) executed: BTreeMap<String, u32>,
    /// What is answered in place of a command, if anything.
    pub(crate) faults: Faults,
    sessions: BTreeMap<ConnectionId, Session>,
    /// That of the command which is being executed.
    session: Session,
}

/// Chooses the error that a command is answered with, by its name, in place of being executed.
#[derive(Default)]
pub(crate) struct Faults(pub(crate) Option<ChooseFault>);

type ChooseFault = Box<dyn FnMut(&str) -> Option<String>>;

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faults")
    }
}

#[derive(Clone, Debug, Default)]
struct Session {
    input: Vec<u8>,
    is_authenticated: bool,
    database: u32,
}

impl Redis {
    pub(crate) fn with_password(password: &str) -> Self {
        Self { password: Some(password.into()), ..Self::default() }
    }

    pub(crate) fn value(&self, key: &str) -> Option<&[u8]> {
        self.data.get(&(0, key.into())).map(Vec::as_slice)
    }

    pub(crate) fn put(&mut self, key: &str, value: &str) {
        self.write((0, key.into()), value.as_bytes(), 0);
    }

    /// Another client stores a value for so many milliseconds.
    pub(crate) fn put_for(&mut self, key: &str, value: &str, milliseconds: u64) {
        self.write((0, key.into()), value.as_bytes(), milliseconds);
    }

    /// Another client deletes a key, as Python does.
    pub(crate) fn remove(&mut self, key: &str) {
        self.forget(&(0, key.into()));
    }

    pub(super) fn write(&mut self, place: (u32, Vec<u8>), value: &[u8], milliseconds: u64) {
        self.forget(&place);
        if milliseconds > 0 {
            self.expiries.insert(place.clone(), self.now + milliseconds);
        }
        self.data.insert(place, value.to_vec());
    }

    pub(super) fn forget(&mut self, place: &(u32, Vec<u8>)) -> bool {
        self.expiries.remove(place);
        self.data.remove(place).is_some()
    }

    /// What PTTL answers for a key.
    pub(crate) fn life(&self, key: &str) -> i64 {
        self.ttl(&(0, key.into()))
    }

    /// What PTTL answers.
    pub(super) fn ttl(&self, place: &(u32, Vec<u8>)) -> i64 {
        match self.expiries.get(place) {
            Some(expiry) => (expiry - self.now) as i64,
            None if self.data.contains_key(place) => -1,
            None => -2,
        }
    }

    /// Its clock is set: what has expired by then is gone.
    pub(crate) fn set_time(&mut self, now: u64) {
        self.now = now;
        let expired: Vec<_> =
            self.expiries.iter().filter(|(_, expiry)| **expiry <= now).map(|(at, _)| at.clone()).collect();
        expired.iter().for_each(|place| {
            self.forget(place);
        });
    }

    // ---- As a node of a cluster, which has its own connections and one database

    /// Executes a command.
    pub(crate) fn run_command(&mut self, command: &Command) -> Vec<u8> {
        self.session.is_authenticated = true;
        self.answer(command)
    }

    pub(crate) fn has(&self, key: &[u8]) -> bool {
        self.data.contains_key(&(0, key.to_vec()))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.data.keys().map(|(_, key)| &key[..])
    }

    /// A key moves to another server, with its expiry, if it is here.
    pub(crate) fn move_key(&mut self, key: &[u8], to: &mut Self) {
        let place = (0, key.to_vec());
        let expiry = self.expiries.get(&place).copied();
        if let Some(value) = self.data.get(&place).cloned() {
            to.write(place.clone(), &value, 0);
            to.expiries.extend(expiry.map(|expiry| (place.clone(), expiry)));
            self.forget(&place);
        }
    }

    /// What a replica has.
    pub(crate) fn replica(&self) -> Self {
        let Self { data, now, expiries, .. } = self;
        Self { data: data.clone(), now: *now, expiries: expiries.clone(), ..Self::default() }
    }

    // ---- Connections

    /// A new connection: nobody has logged in, no database is selected.
    pub(crate) fn connected(&mut self, id: ConnectionId) {
        let session = Session { is_authenticated: self.password.is_none(), ..Session::default() };
        self.sessions.insert(id, session);
    }

    pub(crate) fn receive(&mut self, id: ConnectionId, bytes: &[u8]) -> Vec<u8> {
        self.session = self.sessions.remove(&id).expect("a connection");
        self.session.input.extend_from_slice(bytes);
        let (commands, rest) = parse(&self.session.input);
        self.session.input.drain(..self.session.input.len() - rest);
        let replies = commands.iter().flat_map(|command| self.answer(command)).collect();
        self.sessions.insert(id, self.session.clone());
        replies
    }

    fn answer(&mut self, command: &Command) -> Vec<u8> {
        let name = String::from_utf8_lossy(&command[0]).into_owned();
        let fault = self.faults.0.as_mut().and_then(|choose| choose(&name));
        fault.map_or_else(|| self.execute(&name, command), |error| format!("-{error}\r\n").into())
    }

    fn execute(&mut self, name: &str, command: &Command) -> Vec<u8> {
        *self.executed.entry(name.into()).or_default() += 1;
        let arguments: Vec<&[u8]> = command[1..].iter().map(Vec::as_slice).collect();
        match (name, arguments.as_slice()) {
            ("AUTH", [.., password]) => self.authenticate(password, b"+OK\r\n"),
            ("HELLO", [_, b"AUTH", _, password]) => self.authenticate(password, b"%0\r\n"),
            ("HELLO", [_]) => b"%0\r\n".to_vec(),
            _ if !self.session.is_authenticated => b"-NOAUTH Authentication required.\r\n".to_vec(),
            ("SELECT", [database]) => {
                self.session.database = number(database) as u32;
                b"+OK\r\n".to_vec()
            }
            ("CLIENT", _) | ("READONLY", []) => b"+OK\r\n".to_vec(),
            ("ROLE", []) => b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n".to_vec(),
            ("PING", _) => b"+PONG\r\n".to_vec(),
            ("GET", [key]) => self.get(key),
            ("MGET", keys) => {
                let values = keys.iter().flat_map(|key| self.get(key));
                [format!("*{}\r\n", keys.len()).into_bytes(), values.collect()].concat()
            }
            ("SET", [key, value, options @ ..]) => self.set(key, value, options),
            ("TIME", []) => {
                let microseconds = (self.now % 1_000 * 1_000).to_string();
                let parts = [(self.now / 1_000).to_string(), microseconds].map(|part| bulk(part.as_bytes()));
                [b"*2\r\n".to_vec(), parts.concat()].concat()
            }
            ("PTTL", [key]) => integer(self.ttl(&self.place(key))),
            ("PEXPIRE", [key, milliseconds]) => {
                let place = self.place(key);
                let exists = self.data.contains_key(&place);
                if exists {
                    self.expiries.insert(place, self.now + number(milliseconds) as u64);
                }
                integer(i64::from(exists))
            }
            ("GETDEL", [key]) => {
                let value = self.get(key);
                self.forget(&self.place(key));
                value
            }
            ("EVAL", [text, count, rest @ ..]) => {
                let scripts = [Script::Store, Script::Hold, Script::Register, Script::Fence];
                let script = scripts.into_iter().find(|script| script.text().as_bytes() == *text);
                let Some(script) = script else { return self.delete_tag(rest[0]) };
                let (keys, arguments) = rest.split_at(number(count) as usize);
                self.run(script, keys, arguments)
            }
            ("EXISTS", [key]) => integer(i64::from(self.data.contains_key(&self.place(key)))),
            ("DEL" | "UNLINK", keys) => integer(keys.iter().filter(|key| self.forget(&self.place(key))).count() as i64),
            ("INCRBY", [key, delta]) => {
                let sum = self.data.get(&self.place(key)).map_or(0, |value| number(value)) + number(delta);
                self.data.insert(self.place(key), sum.to_string().into());
                integer(sum)
            }
            ("FLUSHDB", []) => {
                self.data.retain(|(database, _), _| *database != self.session.database);
                b"+OK\r\n".to_vec()
            }
            ("SCAN", [cursor, b"MATCH", pattern, b"COUNT", count]) => self.scan(number(cursor), pattern, number(count)),
            _ => format!("-ERR unknown command '{name}'\r\n").into(),
        }
    }

    pub(super) fn place(&self, key: &[u8]) -> (u32, Vec<u8>) {
        (self.session.database, key.to_vec())
    }

    fn authenticate(&mut self, password: &[u8], welcome: &[u8]) -> Vec<u8> {
        self.session.is_authenticated = self.password.as_ref().is_none_or(|expected| expected.as_bytes() == password);
        if self.session.is_authenticated {
            welcome.to_vec()
        } else {
            b"-WRONGPASS invalid username-password pair\r\n".to_vec()
        }
    }

    fn get(&self, key: &[u8]) -> Vec<u8> {
        self.data.get(&self.place(key)).map_or_else(|| super::NIL.to_vec(), |value| bulk(value))
    }

    fn set(&mut self, key: &[u8], value: &[u8], options: &[&[u8]]) -> Vec<u8> {
        let place = self.place(key);
        if options.contains(&&b"NX"[..]) && self.data.contains_key(&place) {
            return super::NIL.to_vec();
        }
        let milliseconds = match options {
            [b"EX", seconds, ..] => number(seconds) * 1_000,
            [b"PX", milliseconds, ..] => number(milliseconds),
            _ => 0,
        };
        self.write(place, value, milliseconds as u64);
        b"+OK\r\n".to_vec()
    }

    /// A cursor is a bucket, as in Redis's hash table: what is deleted meanwhile hides no other key.
    fn scan(&self, cursor: i64, pattern: &[u8], count: i64) -> Vec<u8> {
        let (mut next, mut looked_at, mut found) = (cursor, 0, Vec::new());
        while next < BUCKETS && looked_at < count {
            let here =
                self.data.keys().filter(|(database, key)| *database == self.session.database && bucket(key) == next);
            for (_, key) in here {
                looked_at += 1;
                found.extend(matches(pattern, key).then(|| bulk(key)));
            }
            next += 1;
        }
        let next = (next % BUCKETS).to_string();
        [b"*2\r\n".to_vec(), bulk(next.as_bytes()), format!("*{}\r\n", found.len()).into(), found.concat()].concat()
    }
}

const BUCKETS: i64 = 64;

fn bucket(key: &[u8]) -> i64 {
    key.iter().map(|&byte| i64::from(byte)).sum::<i64>() % BUCKETS
}

/// Redis's glob, but for classes: a `[` must be escaped.
fn matches(pattern: &[u8], key: &[u8]) -> bool {
    match (pattern, key) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=key.len()).any(|skipped| matches(rest, &key[skipped..])),
        ([b'?', rest @ ..], [_, key @ ..]) => matches(rest, key),
        ([b'[', ..], _) => panic!("a class"),
        ([b'\\', literal, rest @ ..], [first, key @ ..]) | ([literal, rest @ ..], [first, key @ ..]) => {
            literal == first && matches(rest, key)
        }
        _ => false,
    }
}
