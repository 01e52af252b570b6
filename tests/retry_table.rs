//! The retry policy, whole: every error by which a server can answer, for every kind of operation, to the command or to a step of the
//! handshake. Nothing is executed twice, and every operation ends as the table says.

mod simulation;

use cachelib_edge::cache::{Expiry, Freshness, LeaseId, Operation, Purpose, Script};
use cachelib_edge::client::{Config, ErrorCode, Remedy};
use cachelib_edge::connection::Effect;
use simulation::lease::{LOAD, REFRESH, store};
use simulation::{Done, ROUND_TRIP, Redis, Server, Simulation, config};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a server says, the code of the error that it comes to, and what is done about it.
const ROWS: [(&str, &str, Remedy); 26] = [
    ("READONLY You can't write against a read only replica.", "READONLY", Remedy::Reconnect),
    ("LOADING Redis is loading the dataset in memory", "LOADING", Remedy::Wait),
    ("BUSY Redis is busy running a script.", "BUSY", Remedy::Wait),
    ("MASTERDOWN Link with MASTER is down", "REPLICATION", Remedy::Wait),
    ("CLUSTERDOWN The cluster is down", "CLUSTER", Remedy::Wait),
    ("TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTER", Remedy::Wait),
    ("MOVED 42 127.0.0.1:7001", "CLUSTER", Remedy::Redirect),
    ("ASK 42 127.0.0.1:7001", "CLUSTER", Remedy::Redirect),
    ("NOAUTH Authentication required.", "NOAUTH", Remedy::Reauthenticate),
    ("WRONGPASS invalid username-password pair or user is disabled.", "WRONGPASS", Remedy::Report),
    ("NOPERM User app has no permissions", "NOPERM", Remedy::Report),
    ("ERR AUTH <password> called without any password configured", "AUTH_UNWANTED", Remedy::Report),
    ("DENIED Redis is running in protected mode", "DENIED", Remedy::Report),
    ("ERR DB index is out of range", "INVALID_DB", Remedy::Report),
    ("ERR max number of clients reached", "MAX_CLIENTS", Remedy::Report),
    ("OOM command not allowed when used memory > 'maxmemory'.", "OOM", Remedy::Report),
    ("MISCONF Redis is configured to save RDB snapshots", "MISCONF", Remedy::Report),
    ("NOREPLICAS Not enough good replicas to write.", "REPLICATION", Remedy::Report),
    ("CROSSSLOT Keys in request don't hash to the same slot", "CLUSTER", Remedy::Report),
    ("ERR unknown command 'GET'", "UNKNOWN_COMMAND", Remedy::Report),
    ("WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE", Remedy::Report),
    ("ERR value is not an integer or out of range", "NOT_AN_INTEGER", Remedy::Report),
    ("ERR increment or decrement would overflow", "OVERFLOW", Remedy::Report),
    ("ROUNDED", "ROUNDED", Remedy::Report),
    ("NOSCRIPT No matching script.", "NOSCRIPT", Remedy::Report),
    ("ERR something else", "SERVER_ERROR", Remedy::Report),
];

/// What is answered by the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The commands, on a connection that stands.
    Ready,
    /// The commands, of which reads, and writes too without a password, leave with the handshake.
    Pipelined,
    /// A step of the handshake, without which the connection is of no use.
    Needed(&'static str),
    /// One that the connection can do without.
    Optional(&'static str),
}

const PLACES: [Place; 5] = [
    Place::Ready,
    Place::Pipelined,
    Place::Needed(if cfg!(feature = "resp3") { "HELLO" } else { "AUTH" }),
    Place::Needed("SELECT"),
    Place::Optional("CLIENT"),
];

const HANDSHAKE: [&str; 4] = ["AUTH", "HELLO", "SELECT", "CLIENT"];
const WRITES: [&str; 8] = ["SET", "INCRBY", "DEL", "UNLINK", "FLUSHDB", "GETDEL", "PEXPIRE", "EVAL"];

const REGISTER: Operation<'_> = Operation::Script {
    script: Script::Register,
    keys: &[b"r", b"r", b"tag"],
    fence: b"",
    milliseconds: 1_000,
    value: b"",
    token: None,
};

const fn command(arguments: &'static [&'static [u8]], effect: Effect) -> Operation<'static> {
    Operation::Command { arguments, key: 1, node: 0, effect, cancels_lease: false }
}

const PTTL: Operation<'_> = command(&[b"PTTL", b"t"], Effect::ReadOnly);
const PEXPIRE: Operation<'_> = command(&[b"PEXPIRE", b"t", b"1"], Effect::Idempotent);
const GETDEL: Operation<'_> = command(&[b"GETDEL", b"t"], Effect::NonIdempotent);

/// An operation of each kind, and what it comes to on an empty server, where the first lease is held.
fn operations() -> Vec<(Operation<'static>, Done)> {
    const EXPIRY: Expiry = Expiry::Never;
    const VALUE: &[u8] = b"v";
    let stored = || Done::value(b"1");
    vec![
        (Operation::Get { key: b"g" }, Done::Value(None)),
        (Operation::Has { key: b"h" }, Done::Flag(false)),
        (Operation::Set { key: b"s", value: VALUE, expiry: EXPIRY }, Done::Flag(true)),
        (Operation::Add { key: b"a", value: VALUE, expiry: EXPIRY }, Done::Flag(true)),
        (Operation::Increment { key: b"n", delta: 1 }, Done::Integer(1)),
        (Operation::Delete { key: b"d" }, Done::Flag(false)),
        (Operation::GetMany { keys: &[b"x", b"y"] }, Done::Values(vec![None, None])),
        (Operation::SetMany { entries: &[(b"x", VALUE), (b"y", VALUE)], expiry: EXPIRY }, Done::Keys(vec![], None)),
        (Operation::DeleteMany { keys: &[b"e", b"f"] }, Done::Keys(vec![], None)),
        (Operation::Clear { prefix: b"p:" }, Done::Flag(true)),
        (Operation::Clear { prefix: b"" }, Done::Flag(true)),
        (Operation::Ping, Done::Flag(true)),
        (PTTL, Done::Integer(-2)),
        (PEXPIRE, Done::Integer(0)),
        (GETDEL, Done::Value(None)),
        (LOAD, Done::Value(None)),
        (REFRESH, Done::Found(None, Freshness::Leased(LeaseId(2)))),
        (store(LeaseId(1), VALUE), stored()),
        (Operation::Release { lease: LeaseId(1), backoff: 0 }, stored()),
        (REGISTER, stored()),
    ]
}

struct Case {
    simulation: Simulation,
    /// Whether the server answers so.
    is_rejecting: Rc<Cell<bool>>,
    call: u32,
}

impl Case {
    /// A cache that holds a lease which is not renewed, and then submits the operation while the server answers by the error, if any.
    fn begin(operation: Operation<'_>, place: Place, error: Option<&'static str>, fail_fast: bool) -> Self {
        let mut config = Config { fail_fast, ..config() };
        let mut redis = Redis::default();
        if place != Place::Pipelined {
            (config.connection.password, redis.password) = (Some("secret".into()), Some("secret".into()));
            config.connection.database = 1;
        }
        let is_rejecting = Rc::new(Cell::new(false));
        let is_on = is_rejecting.clone();
        redis.faults.0 = Some(Box::new(move |name| {
            let is_meant = match place {
                Place::Ready | Place::Pipelined => !HANDSHAKE.contains(&name),
                Place::Needed(step) | Place::Optional(step) => name == step,
            };
            error.filter(|_| is_on.get() && is_meant).map(Into::into)
        }));
        let mut simulation = Simulation::new(config, Server::Redis(redis));
        let acquire = simulation::lease::acquire(b"lease", Purpose::Lock, 0);
        let lease = simulation.submit(acquire);
        simulation.advance(1_000);
        assert_eq!(simulation.done(lease), Done::Found(None, Freshness::Leased(LeaseId(1))));
        if place != Place::Ready {
            simulation.lose();
        }
        simulation.actions.clear();
        simulation.redis().executed.clear();
        is_rejecting.set(true);
        let call = simulation.submit(operation);
        Self { simulation, is_rejecting, call }
    }

    /// What the operation comes to once the server answers otherwise, and how often each command was executed that writes.
    fn finish(mut self) -> (Done, BTreeMap<String, u32>) {
        self.is_rejecting.set(false);
        while !self.simulation.is_done(self.call) {
            assert!(self.simulation.step(), "something happens");
        }
        let mut executed = self.simulation.redis().executed.clone();
        executed.retain(|name, _| WRITES.contains(&&name[..]));
        (self.simulation.done(self.call), executed)
    }

    /// The error is waited for. When it passes the operation succeeds, and has been executed as often as without it.
    fn succeeds(mut self, operation: Operation<'_>, place: Place, expected: &Done, why: &str) {
        self.simulation.advance(900);
        assert!(!self.simulation.is_done(self.call), "{why}: it is waited for");
        let undisturbed = Self::begin(operation, place, None, true);
        assert_eq!(self.finish(), (expected.clone(), undisturbed.finish().1), "{why}");
    }

    /// The caller is told, at once, and nothing was written. After a connection that failed an `acquire` tries once more, unless the
    /// breaker is open: its lock may have been set.
    fn fails(mut self, code: &str, attempts: usize, why: &str) {
        self.simulation.advance(if attempts > 1 { 100 } else { 4 * ROUND_TRIP });
        assert!(self.simulation.is_done(self.call), "{why}: it is told at once");
        let connects = self.simulation.connects().len();
        match self.finish() {
            (Done::Failed(error) | Done::Keys(_, Some(error)), executed) => {
                assert_eq!((error.code(), executed), (code, BTreeMap::new()), "{why}");
            }
            (other, _) => panic!("{why}: {other:?}"),
        }
        assert!(connects <= attempts, "{why}: {connects} connections");
    }
}

#[test]
fn the_table_says_what_is_done_about_each_error() {
    for (error, _, remedy) in ROWS {
        let policy = ErrorCode::parse(error.as_bytes()).retry_policy();
        assert_eq!(policy.remedy, remedy, "{error}");
        assert!(remedy == Remedy::Report || !policy.may_be_executed, "{error}: what was executed is not sent again");
    }
}

#[test]
fn every_operation_ends_as_the_table_says_wherever_the_server_answers_by_an_error() {
    for (error, code, remedy) in ROWS {
        for (operation, expected) in operations() {
            for (place, fail_fast) in PLACES.into_iter().flat_map(|place| [(place, true), (place, false)]) {
                let why = format!("{operation:?} {place:?} {error} {fail_fast}");
                let mut case = Case::begin(operation, place, Some(error), fail_fast);
                let is_ready = matches!(place, Place::Ready | Place::Pipelined);
                match (place, remedy) {
                    (Place::Optional(_), _) => {
                        case.simulation.advance(5 * ROUND_TRIP);
                        assert!(case.simulation.is_done(case.call), "{why}: it is done without");
                        assert_eq!(case.simulation.connects().len(), 1, "{why}");
                        assert_eq!(case.finish().0, expected, "{why}");
                    }
                    (_, Remedy::Wait) if is_ready => {
                        case.simulation.advance(100);
                        assert!(case.simulation.connects().len() <= usize::from(place != Place::Ready), "{why}");
                        case.succeeds(operation, place, &expected, &why);
                    }
                    (_, Remedy::Wait | Remedy::Reconnect) => {
                        case.simulation.advance(900);
                        let retries = usize::from(config().max_retries);
                        assert!(case.simulation.connects().len() > retries, "{why}: more often than after losses");
                        case.succeeds(operation, place, &expected, &why);
                    }
                    (Place::Ready, Remedy::Reauthenticate) => {
                        case.simulation.advance(ROUND_TRIP);
                        assert_eq!(case.simulation.connects().len(), 1, "{why}");
                        let undisturbed = Case::begin(operation, place, None, fail_fast);
                        assert_eq!(case.finish(), (expected.clone(), undisturbed.finish().1), "{why}");
                    }
                    _ => {
                        let tries_again = !fail_fast && matches!(operation, Operation::Acquire { .. });
                        case.fails(code, 1 + usize::from(tries_again && !is_ready), &why);
                    }
                }
            }
        }
    }
}
