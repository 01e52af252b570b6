//! Leases whose end meets a full queue, a lost connection or an error: nobody waits for them longer than need be.

mod simulation;

use cachelib_edge::cache::{Error, Expiry, LeaseId, NodeId, Operation, Purpose};
use cachelib_edge::client;
use simulation::lease::{FOREVER, LOAD, REFRESH, acquire, store};
use simulation::{Done, Faults, Fleet, NIL, ROUND_TRIP, Simulation, error};

const MAX_QUEUED: usize = 10_000;
const VALUE: [u8; 1_000] = [b'v'; 1_000];
/// A cache that holds a lease, and whose queue is full.
fn full_with_lease() -> (Simulation, LeaseId) {
    let mut simulation = Simulation::ready_with(|config| config.max_queued = MAX_QUEUED);
    let call = simulation.submit(REFRESH);
    simulation.drain();
    let token = simulation.commands()[0].split(' ').nth(2).expect("SET k~lock token").to_owned();
    simulation.reply(&[format!("+OK\r\n$16\r\n{token}\r\n$3\r\n-2 \r\n:-2\r\n").as_bytes(), NIL].concat());
    let lease = match simulation.done(call) {
        Done::Found(None, cachelib_edge::cache::Freshness::Leased(lease)) => lease,
        other => panic!("no lease: {other:?}"),
    };
    for _ in 0..=MAX_QUEUED / VALUE.len() {
        simulation.submit(Operation::Set { key: b"other", value: &VALUE, expiry: Expiry::Never });
    }
    simulation.drain();
    simulation.actions.clear();
    (simulation, lease)
}

#[test]
fn a_full_queue_refuses_no_release() {
    let (mut simulation, lease) = full_with_lease();
    simulation.submit(Operation::Release { lease, backoff: 0 });
    simulation.drain();
    assert!(simulation.commands()[0].starts_with("EVAL"), "the lock is deleted");
}

#[test]
fn a_value_that_a_full_queue_refuses_leaves_no_lock() {
    let (mut simulation, lease) = full_with_lease();
    let call = simulation.submit(store(lease, b"new"));
    assert_eq!(simulation.done(call), Done::Failed(Error::Client(client::Error::QueueFull, NodeId::default())));
    let commands = simulation.commands();
    assert_eq!((commands.len(), commands[0].contains("'DEL'")), (1, true));
}

#[test]
fn a_full_queue_refuses_no_renewal() {
    let (mut simulation, _) = full_with_lease();
    simulation.advance(3_400);
    assert!(simulation.commands().iter().any(|command| command.starts_with("EVAL")));
}

#[test]
fn a_store_or_a_release_on_a_lost_connection_is_repeated() {
    for is_executed in [false, true] {
        for end in [|lease| store(lease, b"new"), |lease| Operation::Release { lease, backoff: 0 }] {
            let mut fleet = Fleet::new(1);
            let lease = fleet.lease(0, REFRESH);
            let call = fleet.clients[0].submit(end(lease));
            if is_executed {
                fleet.clients[0].drain();
            }
            fleet.clients[0].lose();
            fleet.advance(4 * ROUND_TRIP);
            let is_repeated = if is_executed { b"0" } else { b"1" };
            assert_eq!(fleet.clients[0].done(call), Done::value(is_repeated));
            assert_eq!(fleet.value("k~lock"), None);
            let is_store = matches!(end(lease), Operation::Store { .. });
            assert_eq!(fleet.value("k").is_some(), is_store);
        }
    }
}

#[test]
fn a_value_that_is_deleted_after_it_was_stored_is_not_stored_by_the_repetition() {
    let mut fleet = Fleet::new(2);
    let lease = fleet.lease(0, REFRESH);
    let call = fleet.clients[0].submit(store(lease, b"new"));
    fleet.clients[0].drain();
    fleet.redis.borrow_mut().remove("k");
    fleet.clients[0].lose();
    fleet.advance(4 * ROUND_TRIP);
    assert_eq!((fleet.clients[0].done(call), fleet.value("k")), (Done::value(b"0"), None));
}

#[test]
fn a_value_that_is_too_large_for_redis_leaves_no_lock() {
    let mut fleet = Fleet::new(1);
    let lease = fleet.lease(0, REFRESH);
    let value = vec![0; (512 << 20) + 1];
    let store = Operation::Store { lease, value: &value, expiry: Expiry::Never };
    assert_eq!(fleet.run(0, store), Done::Failed(Error::TooLarge));
    fleet.advance(ROUND_TRIP);
    assert_eq!(fleet.value("k~lock"), None);
}

#[test]
fn a_server_that_may_not_store_is_asked_for_nothing_more() {
    for refusal in ["OOM command not allowed", "MISCONF cannot save"] {
        let mut fleet = Fleet::new(1);
        let refuse = move |name: &str| (name == "SET").then(|| refusal.to_owned());
        fleet.redis.borrow_mut().faults = Faults(Some(Box::new(refuse)));
        assert_eq!(fleet.run(0, REFRESH), Done::Failed(error::server(refusal)));
    }
}

#[test]
fn whoever_gives_up_while_the_lock_is_being_set_leaves_none() {
    for purpose in [Purpose::Refresh, Purpose::Replace, Purpose::Lock] {
        let mut fleet = Fleet::new(1);
        fleet.run(0, LOAD);
        let call = fleet.clients[0].submit(acquire(b"k", purpose, FOREVER));
        fleet.clients[0].drain();
        fleet.clients[0].abort(call);
        assert_eq!(fleet.clients[0].done(call), Done::Failed(error::aborted()));
        fleet.advance(2 * ROUND_TRIP);
        assert_eq!((fleet.redis.borrow().executed["SET"], fleet.value("k~lock")), (1, None), "{purpose:?}");
    }
}

#[test]
fn a_lock_that_is_set_too_late_is_released() {
    let mut simulation = Simulation::ready();
    let call = simulation.submit_for(1_000, REFRESH);
    simulation.drain();
    simulation.actions.clear();
    simulation.advance(1_001);
    assert_eq!(simulation.done(call), Done::Failed(Error::Client(client::Error::Timeout, NodeId::default())));
    simulation.advance(ROUND_TRIP);
    assert!(simulation.commands().iter().any(|command| command.contains("'DEL'")));
}
