//! Leases in all orders of callers, deletions, failures and losses that chance finds, on simulated time.

mod simulation;

use cachelib_edge::cache::Operation;
use cachelib_edge::connection::Effect;
use simulation::callers::{CLIENTS, Callers, Habits, LONGEST, MOST, TAG};
use simulation::lease::LENGTH;
use simulation::{Fleet, Network, Random, run_schedules};
use std::cell::Cell;
use std::rc::Rc;

/// What happens is looked at so often at least.
const STEP: u64 = 400;

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
    /// The server rejects all commands for some time; or half of them, where only we write.
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

/// Callers on three machines, whose clocks differ by hours: nobody reads what was deleted, and everybody is answered.
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
    events: Events,
    random: Random,
    fleet: Fleet,
    callers: Callers,
    /// What the server answers in place of executing a command, and how often, in a hundred.
    rejection: Rc<Cell<(&'static str, u64)>>,
    /// When each client finds the server again.
    away_until: [u64; CLIENTS],
    /// When somebody was last kept from storing a value, or that was deleted.
    disturbed_at: u64,
}

fn run_schedule(seed: u64, events: Events) {
    let rejection = Rc::new(Cell::new((REJECTIONS[0], 0)));
    let Events { tags, never_ends, failures, locks, replaces, .. } = events;
    let mut schedule = Schedule {
        rejection: rejection.clone(),
        events,
        random: Random(seed),
        fleet: Fleet::new(CLIENTS as u32),
        callers: Callers::new(Habits { tags, never_ends, failures, locks, replaces }, seed ^ 0xABCD),
        away_until: [0; CLIENTS],
        disturbed_at: 0,
    };
    let mut dice = Random(seed ^ 0xDCBA);
    schedule.fleet.redis.borrow_mut().faults.0 = Some(Box::new(move |_| {
        let (text, likelihood) = rejection.get();
        (dice.below(100) < likelihood).then(|| text.to_owned())
    }));
    let mut answers = 0;
    for _ in 0..400 {
        let pause = schedule.random.below(STEP);
        schedule.fleet.advance(pause);
        schedule.let_something_happen();
        schedule.end_outages();
        answers += schedule.callers.go_on(&mut schedule.fleet);
        schedule.check();
    }
    assert!(answers > 10, "{answers} answers");
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
            // A deletion that waits deletes what is written meanwhile, and then a computation that began after it may be stored.
            3 if events.writes && !(events.rejects && self.callers.is_deleting()) => self.write(),
            4 if events.kills && self.random.below(4) == 0 => {
                self.fleet.replace(client, self.random.below(u64::MAX));
                self.callers.kill(client);
                self.disturbed_at = self.fleet.now();
            }
            5 if events.outages => {
                self.away_until[client] = self.fleet.now() + self.random.below(6_000);
                self.fleet.clients[client].network = Network::Refuses;
                self.fleet.clients[client].lose_if_connected();
            }
            7 if events.rejects => {
                let text = self.random.one_of(&REJECTIONS);
                // Whoever is not told what the key held stores by the lease alone; and who may not delete a lock may not delete the key.
                let is_whole = events.writes || text.starts_with("OOM") || text.starts_with("NOAUTH");
                let half = if is_whole { 100 } else { 50 };
                self.rejection.set((text, self.random.one_of(&[0, 0, half, 100])));
            }
            6 if events.data_losses && self.random.below(3) == 0 => self.lose_data(),
            _ => self.callers.ask(client, &mut self.fleet),
        }
    }

    fn delete(&mut self, client: usize) {
        let arguments: &[&[u8]] = &[b"EVAL", b"deletes a tag", b"1", TAG];
        let effect = Effect::NonIdempotent;
        let by_tag = Operation::Command { arguments, key: 3, node: 0, effect, cancels_lease: false };
        let deletion = if self.events.tags { by_tag } else { Operation::Delete { key: b"k" } };
        self.callers.delete(client, deletion, &mut self.fleet);
    }

    fn write(&mut self) {
        self.callers.source += 1;
        let mut redis = self.fleet.redis.borrow_mut();
        // Longer than it takes to compute and to store: what was missing before and has expired since is missing again.
        let least = if self.events.rejects { 12_000 } else { LONGEST + 1_000 };
        let left = u64::try_from(redis.life("k")).ok().filter(|left| *left > least);
        // For as long as the value before lives, as INCR and KEEPTTL have it, or for some time.
        let life = left.filter(|_| self.random.below(3) == 0).unwrap_or_else(|| least + self.random.below(20_000));
        redis.put_for("k", &self.callers.source.to_string(), life);
        self.callers.oldest = self.callers.source;
    }

    fn lose_data(&mut self) {
        let mut redis = self.fleet.redis.borrow_mut();
        redis.remove("k~lock");
        if self.random.below(2) == 0 {
            redis.remove("k");
        }
    }

    fn end_outages(&mut self) {
        let now = self.fleet.now();
        for (client, until) in self.fleet.clients.iter_mut().zip(self.away_until) {
            if now >= until {
                client.network = Network::Accepts;
            }
        }
    }

    fn check(&self) {
        let (now, events) = (self.fleet.now(), self.events);
        let computing = self.callers.computing(now);
        let may_be_two = events.deletes || events.replaces || events.data_losses;
        assert!(computing <= 1 || may_be_two, "{computing} compute");
        let disturbed_at = if events.never_ends { 0 } else { self.disturbed_at };
        self.callers.check_waits(now, disturbed_at, self.longest_wait());
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
