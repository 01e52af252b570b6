//! Leases in all orders of callers, deletions, failures and losses that chance finds, on simulated time.

mod simulation;

use cachelib_edge::cache::{Expiry, Freshness, LeaseId, Operation, Purpose};
use cachelib_edge::connection::Effect;
use simulation::lease::{FOREVER, GRACE, LENGTH, LOAD};
use simulation::{Done, Fleet, Network, Random, run_schedules};
use std::cell::Cell;
use std::rc::Rc;

const CLIENTS: usize = 3;
/// How long a lease is held at most.
const MOST: u64 = 60_000;
/// How long a factory takes, unless it never ends.
const LONGEST: u64 = 3_000;
/// What happens is looked at so often at least.
const STEP: u64 = 400;
const TAG: &[u8] = b"t~tag";

/// A caller, as JavaScript drives one.
enum Caller {
    Loading(u32),
    Acquiring(u32, Purpose),
    Computing(Computation),
    /// The value that it stores, if its factory has not failed.
    Ending(u32, Option<u64>),
    Idle,
}

#[derive(Clone, Copy)]
struct Computation {
    began_at: u64,
    until: u64,
    lease: LeaseId,
    /// What the source said when it began; none where it only keeps others out, or fails.
    value: Option<u64>,
}

/// What may happen besides calls, deletions by Python, and connections that are lost at any time.
#[derive(Clone, Copy, Default)]
struct Events {
    /// Deletions of ours, which cancel leases.
    deletes: bool,
    /// The value has a tag, by which it is deleted.
    tags: bool,
    /// Python stores what the source says by then, knowing nothing of leases.
    writes: bool,
    /// Processes are killed, while they compute too.
    kills: bool,
    /// Factories may run for longer than any lease is held.
    never_ends: bool,
    /// Factories may fail: then nobody tries again for a while.
    failures: bool,
    /// A client finds no server for some seconds.
    outages: bool,
    /// The server loses all, or its successor has not heard of the lock.
    data_losses: bool,
    /// Callers may take the lock alone.
    locks: bool,
    /// Callers may want a new value in any case.
    replaces: bool,
    /// The server rejects all commands for some time.
    rejects: bool,
}

const REJECTIONS: [&str; 7] = [
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script.",
    "MASTERDOWN Link with MASTER is down",
    "CLUSTERDOWN The cluster is down",
    "READONLY You can't write against a read only replica.",
    "NOAUTH Authentication required.",
    "OOM command not allowed when used memory > 'maxmemory'.",
];

/// Callers on three machines, whose clocks differ by hours, for one key, whose source changes and is then deleted from
/// the cache: what a caller reads is never older than the deletion that was done before it asked, and everybody is
/// answered.
#[test]
fn in_any_order_nothing_old_comes_back() {
    let events = Events { deletes: true, ..Events::default() };
    run_schedules(100, |seed| run_schedule(seed, events));
    run_schedules(100, |seed| run_schedule(seed, Events { tags: true, ..events }));
    run_schedules(100, |seed| run_schedule(seed, Events { failures: true, locks: true, replaces: true, ..events }));
}

/// The same with Python, which writes without regard to leases.
#[test]
fn in_any_order_nothing_old_replaces_what_another_has_written() {
    let events = Events { deletes: true, writes: true, ..Events::default() };
    run_schedules(100, |seed| run_schedule(seed, events));
    run_schedules(100, |seed| run_schedule(seed, Events { failures: true, replaces: true, ..events }));
}

/// The same without deletions of ours, which cancel leases.
#[test]
fn in_any_order_one_computes_at_a_time() {
    run_schedules(100, |seed| run_schedule(seed, Events::default()));
    run_schedules(100, |seed| run_schedule(seed, Events { failures: true, locks: true, ..Events::default() }));
}

/// The same with holders that die, and some that compute for longer than a lease is held: those only are taken over from.
#[test]
fn in_any_order_a_holder_that_is_gone_is_replaced() {
    let events = Events { kills: true, ..Events::default() };
    run_schedules(100, |seed| run_schedule(seed, events));
    run_schedules(100, |seed| run_schedule(seed, Events { writes: true, never_ends: true, ..events }));
}

/// The same with a server that is away, and one that forgets.
#[test]
fn in_any_order_nothing_old_outlives_the_server() {
    let events = Events { deletes: true, outages: true, ..Events::default() };
    run_schedules(100, |seed| run_schedule(seed, events));
    run_schedules(100, |seed| run_schedule(seed, Events { data_losses: true, failures: true, kills: true, ..events }));
}

/// The same with a server that rejects commands: those that pass are waited for, and the others end the operation.
#[test]
fn in_any_order_what_a_server_rejects_stores_nothing_old() {
    let events = Events { rejects: true, ..Events::default() };
    run_schedules(100, |seed| run_schedule(seed, events));
    run_schedules(100, |seed| run_schedule(seed, Events { deletes: true, ..events }));
    run_schedules(100, |seed| run_schedule(seed, Events { deletes: true, writes: true, ..events }));
}

struct Schedule {
    seed: u64,
    events: Events,
    random: Random,
    fleet: Fleet,
    callers: [Caller; CLIENTS],
    /// What the source says, and the oldest of it that may still be read.
    source: u64,
    oldest: u64,
    /// Of each caller's call: the oldest of then, and when it began.
    asked: [(u64, u64); CLIENTS],
    /// What the server answers in place of executing a command.
    rejection: Rc<Cell<Option<&'static str>>>,
    /// When each client finds the server again.
    away_until: [u64; CLIENTS],
    /// When somebody was last kept from storing a value, or that was deleted.
    disturbed_at: u64,
}

fn run_schedule(seed: u64, events: Events) {
    let rejection = Rc::new(Cell::new(None));
    let mut schedule = Schedule {
        seed,
        rejection: rejection.clone(),
        events,
        random: Random(seed),
        fleet: Fleet::new(CLIENTS as u32),
        callers: std::array::from_fn(|_| Caller::Idle),
        source: 1,
        oldest: 1,
        asked: [(0, 0); CLIENTS],
        away_until: [0; CLIENTS],
        disturbed_at: 0,
    };
    schedule.fleet.redis.borrow_mut().faults.0 = Some(Box::new(move |_| rejection.get().map(str::to_owned)));
    let mut answers = 0;
    for _ in 0..400 {
        let pause = schedule.random.below(STEP);
        schedule.fleet.advance(pause);
        schedule.let_something_happen();
        answers += (0..CLIENTS).filter(|&index| schedule.advance(index)).count();
        schedule.check();
    }
    assert!(answers > 10, "seed {seed}: {answers} answers");
}

impl Schedule {
    fn let_something_happen(&mut self) {
        let (events, client) = (self.events, self.random.below(CLIENTS as u64) as usize);
        match self.random.below(16) {
            // Seldom enough for values to become stale.
            0 if events.deletes && self.random.below(4) == 0 => self.delete(client),
            // Python's deletion of what it has just written is not seen by a first run.
            1 if !events.writes && self.random.below(6) == 0 => {
                self.fleet.redis.borrow_mut().remove("k");
                self.disturbed_at = self.fleet.now();
            }
            2 => self.fleet.clients[client].lose_if_connected(),
            3 if events.writes => self.write(),
            4 if events.kills && self.random.below(4) == 0 => {
                self.fleet.replace(client, self.random.below(u64::MAX));
                self.callers[client] = Caller::Idle;
                self.disturbed_at = self.fleet.now();
            }
            5 if events.outages => {
                self.away_until[client] = self.fleet.now() + self.random.below(6_000);
                self.fleet.clients[client].network = Network::Refuses;
                self.fleet.clients[client].lose_if_connected();
            }
            7 if events.rejects => {
                let is_begin = self.random.below(2) == 0;
                self.rejection.set(is_begin.then(|| self.random.one_of(&REJECTIONS)));
            }
            6 if events.data_losses && self.random.below(3) == 0 => self.lose_data(),
            _ => {
                if matches!(self.callers[client], Caller::Idle) {
                    self.asked[client] = (self.oldest, self.fleet.now());
                    self.callers[client] = self.begin(client);
                }
            }
        }
    }

    fn begin(&mut self, client: usize) -> Caller {
        match self.random.below(6) {
            0 if self.events.locks => self.acquire(client, Purpose::Lock, 2_000),
            1 if self.events.replaces => self.acquire(client, Purpose::Replace, FOREVER),
            _ => Caller::Loading(self.fleet.clients[client].submit(LOAD)),
        }
    }

    fn acquire(&mut self, client: usize, purpose: Purpose, wait: u64) -> Caller {
        let tags: &[&[u8]] = if self.events.tags { &[TAG] } else { &[] };
        let acquire = Operation::Acquire { key: b"k", tags, above: GRACE, length: LENGTH, purpose, wait };
        Caller::Acquiring(self.fleet.clients[client].submit(acquire), purpose)
    }

    fn delete(&mut self, client: usize) {
        self.source += 1;
        let arguments: &[&[u8]] = &[b"EVAL", b"deletes a tag", b"1", TAG];
        let effect = Effect::NonIdempotent;
        let by_tag = Operation::Command { arguments, key: 3, node: 0, effect, cancels_lease: false };
        let deletion = if self.events.tags { by_tag } else { Operation::Delete { key: b"k" } };
        // It may fail: connections are lost.
        if !matches!(self.fleet.run(client, deletion), Done::Failed(_)) {
            self.oldest = self.source;
        }
    }

    fn write(&mut self) {
        self.source += 1;
        let mut redis = self.fleet.redis.borrow_mut();
        // Longer than it takes to compute and to store: what was missing before and has expired since is missing again.
        let least = if self.events.rejects { 12_000 } else { LONGEST + 1_000 };
        let left = u64::try_from(redis.life("k")).ok().filter(|left| *left > least);
        // For as long as the value before lives, as INCR and KEEPTTL have it, or for some time.
        let life = left.filter(|_| self.random.below(3) == 0).unwrap_or_else(|| least + self.random.below(20_000));
        redis.put_for("k", &self.source.to_string(), life);
        self.oldest = self.source;
    }

    fn lose_data(&mut self) {
        let mut redis = self.fleet.redis.borrow_mut();
        redis.remove("k~lock");
        if self.random.below(2) == 0 {
            redis.remove("k");
        }
    }

    /// Lets a caller go on; whether it has an answer then: what the source said when its value was computed.
    fn advance(&mut self, index: usize) -> bool {
        let now = self.fleet.now();
        if now >= self.away_until[index] {
            self.fleet.clients[index].network = Network::Accepts;
        }
        let Some((caller, answer)) = self.next(index) else { return false };
        self.callers[index] = caller;
        let Some(answer) = answer else { return false };
        let (oldest, seed) = (self.asked[index].0, self.seed);
        assert!(answer >= oldest, "seed {seed}: {answer} was replaced before it was asked for");
        true
    }

    fn next(&mut self, index: usize) -> Option<(Caller, Option<u64>)> {
        let number = |value: &[u8]| String::from_utf8_lossy(value).parse().expect("a number");
        let (now, client) = (self.fleet.now(), &mut self.fleet.clients[index]);
        Some(match self.callers[index] {
            Caller::Loading(call) if client.is_done(call) => match client.done(call) {
                Done::Found(Some(value), Freshness::Fresh) => (Caller::Idle, Some(number(&value))),
                _ => (self.acquire(index, Purpose::Refresh, FOREVER), None),
            },
            Caller::Acquiring(call, purpose) if client.is_done(call) => match client.done(call) {
                Done::Found(_, Freshness::Leased(lease)) => (self.compute(lease, purpose), None),
                Done::Found(Some(value), _) => (Caller::Idle, Some(number(&value))),
                Done::Failed(_) => (Caller::Idle, Some(self.source)),
                _ => (Caller::Idle, None),
            },
            Caller::Computing(Computation { until, lease, value, .. }) if until <= now => {
                let bytes = value.unwrap_or_default().to_string();
                let store = Operation::Store { lease, value: bytes.as_bytes(), expiry: Expiry::After(20_000) };
                let end = if value.is_some() { store } else { Operation::Release { lease, backoff: 5_000 } };
                (Caller::Ending(client.submit(end), value), None)
            }
            Caller::Ending(call, value) if client.is_done(call) => {
                client.done(call);
                (Caller::Idle, value)
            }
            _ => return None,
        })
    }

    fn compute(&mut self, lease: LeaseId, purpose: Purpose) -> Caller {
        let never_ends = self.events.never_ends && self.random.below(10) == 0;
        let duration = if never_ends { MOST + 5_000 } else { self.random.below(LONGEST) };
        let fails = purpose == Purpose::Lock || self.events.failures && self.random.below(3) == 0;
        let began_at = self.fleet.now();
        Caller::Computing(Computation {
            began_at,
            until: began_at + duration,
            lease,
            value: (!fails).then_some(self.source),
        })
    }

    fn check(&self) {
        let (now, seed, events) = (self.fleet.now(), self.seed, self.events);
        let holds = |caller: &&Caller| matches!(caller, Caller::Computing(run) if now < run.began_at + MOST);
        let computing = self.callers.iter().filter(holds).count();
        let may_be_two = events.deletes || events.replaces || events.data_losses;
        assert!(computing <= 1 || may_be_two, "seed {seed}: {computing} compute");
        for (caller, (_, asked_at)) in self.callers.iter().zip(self.asked) {
            let waits_since = asked_at.max(if events.never_ends { 0 } else { self.disturbed_at });
            let is_waiting = matches!(caller, Caller::Loading(_) | Caller::Acquiring(..));
            assert!(!is_waiting || now - waits_since < self.longest_wait(), "seed {seed}: it takes long");
        }
    }

    /// How long a caller waits at most, once nobody dies any more: a lease, a factory and a second.
    const fn longest_wait(&self) -> u64 {
        let events = self.events;
        match events {
            Events { never_ends: true, .. } => 3 * MOST,
            // One run after the other comes to nothing.
            Events { failures: true, .. }
            | Events { deletes: true, .. }
            | Events { outages: true, .. }
            | Events { rejects: true, .. } => 45_000,
            _ => LENGTH + LONGEST + 1_000 + STEP,
        }
    }
}
