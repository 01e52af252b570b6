//! Leases in all orders of callers, deletions and losses that chance finds, on simulated time.

mod simulation;

use cachelib_edge::cache::{Expiry, Freshness, LeaseId, Operation, Purpose};
use simulation::{Done, Fleet, Random, run_schedules};

const GRACE: u64 = 5_000;
const LOAD: Operation<'_> = Operation::Load { key: b"k", above: GRACE };
const REFRESH: Operation<'_> = Operation::Acquire {
    key: b"k",
    tags: &[],
    above: GRACE,
    length: 10_000,
    purpose: Purpose::Refresh,
    wait: u64::MAX,
};

fn store(lease: LeaseId, value: &str) -> Operation<'_> {
    Operation::Store { lease, value: value.as_bytes(), expiry: Expiry::After(20_000) }
}

/// A caller, as JavaScript drives one.
enum Caller {
    Loading(u32),
    Acquiring(u32),
    /// Until when, the lease, and what the source said when it began.
    Computing(u64, LeaseId, u64),
    Storing(u32, u64),
    Idle,
}

/// Callers on three machines, whose clocks differ by hours, for one key, whose source changes and is then deleted from
/// the cache: what a caller reads is never older than the deletion that was done before it asked, and everybody is
/// answered.
#[test]
fn in_any_order_nothing_old_comes_back() {
    run_schedules(200, |seed| run_schedule(seed, true));
}

/// The same without deletions of ours, which cancel leases.
#[test]
fn in_any_order_one_computes_at_a_time() {
    run_schedules(200, |seed| run_schedule(seed, false));
}

fn run_schedule(seed: u64, has_deletions: bool) {
    const CLIENTS: usize = 3;
    let mut random = Random(seed);
    let mut fleet = Fleet::new(CLIENTS as u32);
    let mut callers: [Caller; CLIENTS] = std::array::from_fn(|_| Caller::Idle);
    let (mut source, mut deleted) = (1_u64, 1_u64);
    let mut asked_at = [0; CLIENTS];
    let mut began_at = [0; CLIENTS];
    let mut answers = 0;
    for _ in 0..400 {
        fleet.advance(random.below(400));
        let client = random.below(CLIENTS as u64) as usize;
        match random.below(12) {
            0 if has_deletions => {
                source += 1;
                fleet.run(client, Operation::Delete { key: b"k" });
                deleted = source;
            }
            1 => fleet.redis.borrow_mut().remove("k"),
            2 if !matches!(callers[client], Caller::Computing(..)) => fleet.clients[client].lose_if_connected(),
            _ => {
                if matches!(callers[client], Caller::Idle) {
                    (asked_at[client], began_at[client]) = (deleted, fleet.now());
                    callers[client] = Caller::Loading(fleet.clients[client].submit(LOAD));
                }
            }
        }
        for index in 0..CLIENTS {
            let next = advance_caller(&mut fleet, index, &callers[index], source, random.below(3_000));
            let Some((caller, answer)) = next else { continue };
            callers[index] = caller;
            let Some(answer) = answer else { continue };
            answers += 1;
            assert!(answer >= asked_at[index], "seed {seed}: {answer} was deleted before it was asked for");
            assert!(fleet.now() - began_at[index] < 30_000, "seed {seed}: it took long");
        }
        let computing = callers.iter().filter(|caller| matches!(caller, Caller::Computing(..))).count();
        assert!(computing <= 1 || has_deletions, "seed {seed}: {computing} compute");
    }
    assert!(answers > 20, "seed {seed}: {answers} answers");
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
    Some(match *caller {
        Caller::Loading(call) if client.is_done(call) => match client.done(call) {
            Done::Found(Some(value), Freshness::Fresh) => (Caller::Idle, Some(number(&value))),
            _ => (Caller::Acquiring(client.submit(REFRESH)), None),
        },
        Caller::Acquiring(call) if client.is_done(call) => match client.done(call) {
            Done::Found(_, Freshness::Leased(lease)) => (Caller::Computing(now + duration, lease, source), None),
            Done::Found(Some(value), _) => (Caller::Idle, Some(number(&value))),
            _ => (Caller::Idle, Some(source)),
        },
        Caller::Computing(until, lease, value) if until <= now => {
            (Caller::Storing(client.submit(store(lease, &value.to_string())), value), None)
        }
        Caller::Storing(call, value) if client.is_done(call) => {
            client.done(call);
            (Caller::Idle, Some(value))
        }
        _ => return None,
    })
}
