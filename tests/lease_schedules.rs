//! Leases in all orders of callers, deletions and losses that chance finds, on simulated time.

mod simulation;

use cachelib_edge::cache::{Freshness, LeaseId, Operation};
use simulation::lease::{LOAD, REFRESH, store};
use simulation::{Done, Fleet, Random, run_schedules};
use std::cell::Cell;
use std::rc::Rc;

/// How long a lease is held at most.
const MOST: u64 = 60_000;

/// A caller, as JavaScript drives one.
enum Caller {
    Loading(u32),
    Acquiring(u32),
    Computing(Computation),
    Storing(u32, u64),
    Idle,
}

#[derive(Clone, Copy)]
struct Computation {
    began_at: u64,
    until: u64,
    lease: LeaseId,
    /// What the source said when it began.
    value: u64,
}

/// What may happen besides calls.
#[derive(Clone, Copy)]
struct Events {
    /// Deletions of ours, which cancel leases.
    deletes: bool,
    /// Python stores what the source says by then, knowing nothing of leases.
    writes: bool,
    /// Processes are killed while they compute, too.
    kills: bool,
    /// Factories may run for longer than any lease is held.
    never_ends: bool,
    /// The server rejects all commands for some time.
    rejects: bool,
}

const NOTHING: Events = Events { deletes: false, writes: false, kills: false, never_ends: false, rejects: false };

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
    run_schedules(200, |seed| run_schedule(seed, Events { deletes: true, ..NOTHING }));
}

/// The same with Python, which writes without regard to leases.
#[test]
fn in_any_order_nothing_old_replaces_what_another_has_written() {
    run_schedules(200, |seed| run_schedule(seed, Events { deletes: true, writes: true, ..NOTHING }));
}

/// The same without deletions of ours, which cancel leases.
#[test]
fn in_any_order_one_computes_at_a_time() {
    run_schedules(200, |seed| run_schedule(seed, NOTHING));
}

/// The same with holders that die, and some that compute for longer than a lease is held: those only are taken over from.
#[test]
fn in_any_order_a_holder_that_is_gone_is_replaced() {
    run_schedules(200, |seed| run_schedule(seed, Events { kills: true, ..NOTHING }));
    run_schedules(200, |seed| run_schedule(seed, Events { kills: true, writes: true, never_ends: true, ..NOTHING }));
}

/// The same with a server that rejects commands: those that pass are waited for, and the others end the operation.
#[test]
fn in_any_order_what_a_server_rejects_stores_nothing_old() {
    run_schedules(100, |seed| run_schedule(seed, Events { rejects: true, ..NOTHING }));
    run_schedules(100, |seed| run_schedule(seed, Events { rejects: true, deletes: true, ..NOTHING }));
    run_schedules(100, |seed| run_schedule(seed, Events { rejects: true, deletes: true, writes: true, ..NOTHING }));
}

fn run_schedule(seed: u64, events: Events) {
    const CLIENTS: usize = 3;
    let mut random = Random(seed);
    let mut fleet = Fleet::new(CLIENTS as u32);
    let mut callers: [Caller; CLIENTS] = std::array::from_fn(|_| Caller::Idle);
    // What the source says, and the oldest of it that may still be read.
    let (mut source, mut oldest) = (1_u64, 1_u64);
    let mut asked_at = [0; CLIENTS];
    let mut began_at = [0; CLIENTS];
    let mut answers = 0;
    let rejection = Rc::new(Cell::new(None));
    let current = rejection.clone();
    fleet.redis.borrow_mut().faults.0 = Some(Box::new(move |_| current.get().map(str::to_owned)));
    for step in 0..400 {
        fleet.advance(random.below(400));
        let client = random.below(CLIENTS as u64) as usize;
        match random.below(14) {
            0 if events.deletes => {
                source += 1;
                // It may fail: connections are lost.
                if matches!(fleet.run(client, Operation::Delete { key: b"k" }), Done::Flag(_)) {
                    oldest = source;
                }
            }
            // Python's deletion of what it has just written is not seen by a first run.
            1 if !events.writes => fleet.redis.borrow_mut().remove("k"),
            2 if !matches!(callers[client], Caller::Computing(_)) => fleet.clients[client].lose_if_connected(),
            3 if events.writes => {
                source += 1;
                let mut redis = fleet.redis.borrow_mut();
                // Longer than it takes to compute and to store: what was missing before and has expired since is missing again.
                let least = if events.rejects { 12_000 } else { 6_000 };
                let left = u64::try_from(redis.life("k")).ok().filter(|left| *left > least);
                // For as long as the value before lives, as INCR and KEEPTTL have it, or for some time.
                let life = left.filter(|_| random.below(3) == 0).unwrap_or_else(|| least + random.below(20_000));
                redis.put_for("k", &source.to_string(), life);
                oldest = source;
            }
            4 if events.kills && random.below(4) == 0 => {
                fleet.replace(client, seed ^ (step + 1) << 32);
                callers[client] = Caller::Idle;
            }
            5 if events.rejects => {
                rejection.set((random.below(2) == 0).then(|| random.one_of(&REJECTIONS)));
            }
            _ => {
                if matches!(callers[client], Caller::Idle) {
                    (asked_at[client], began_at[client]) = (oldest, fleet.now());
                    callers[client] = Caller::Loading(fleet.clients[client].submit(LOAD));
                }
            }
        }
        let never_ends = events.never_ends && random.below(10) == 0;
        let duration = if never_ends { MOST + 5_000 } else { random.below(3_000) };
        let now = fleet.now();
        for index in 0..CLIENTS {
            let next = advance_caller(&mut fleet, index, &callers[index], source, duration);
            let Some((caller, answer)) = next else { continue };
            callers[index] = caller;
            let Some(answer) = answer else { continue };
            answers += 1;
            assert!(answer >= asked_at[index], "seed {seed}: {answer} was replaced before it was asked for");
            let most = if events.never_ends || events.kills { 3 * MOST } else { 30_000 };
            assert!(now - began_at[index] < most, "seed {seed}: it took long");
        }
        let holds = |caller: &&Caller| matches!(caller, Caller::Computing(run) if now < run.began_at + MOST);
        let computing = callers.iter().filter(holds).count();
        assert!(computing <= 1 || events.deletes, "seed {seed}: {computing} compute");
    }
    assert!(answers > 10, "seed {seed}: {answers} answers");
}

/// The caller's next state and its answer, if it goes on. An answer is what the source said when its value was computed.
fn advance_caller(
    fleet: &mut Fleet,
    index: usize,
    caller: &Caller,
    source: u64,
    duration: u64,
) -> Option<(Caller, Option<u64>)> {
    let now = fleet.now();
    let client = &mut fleet.clients[index];
    let number = |value: &[u8]| String::from_utf8_lossy(value).parse().expect("a number");
    let compute = |lease| Caller::Computing(Computation { began_at: now, until: now + duration, lease, value: source });
    Some(match *caller {
        Caller::Loading(call) if client.is_done(call) => match client.done(call) {
            Done::Found(Some(value), Freshness::Fresh) => (Caller::Idle, Some(number(&value))),
            _ => (Caller::Acquiring(client.submit(REFRESH)), None),
        },
        Caller::Acquiring(call) if client.is_done(call) => match client.done(call) {
            Done::Found(_, Freshness::Leased(lease)) => (compute(lease), None),
            Done::Found(Some(value), _) => (Caller::Idle, Some(number(&value))),
            _ => (Caller::Idle, Some(source)),
        },
        Caller::Computing(Computation { until, lease, value, .. }) if until <= now => {
            (Caller::Storing(client.submit(store(lease, value.to_string().as_bytes())), value), None)
        }
        Caller::Storing(call, value) if client.is_done(call) => {
            client.done(call);
            (Caller::Idle, Some(value))
        }
        _ => return None,
    })
}
