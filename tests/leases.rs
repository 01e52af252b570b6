//! One computation for many callers: leases, on simulated time.

mod simulation;

use cachelib_edge::cache::{Freshness, Operation, Purpose};
use cachelib_edge::connection::Effect;
use simulation::lease::{FOREVER, GRACE, LENGTH, LOAD, REFRESH, acquire, store};
use simulation::{Done, Faults, Fleet, NIL, Network, ROUND_TRIP, Simulation, error};

#[test]
fn a_value_is_fresh_as_long_as_it_lives_longer_than_its_grace() {
    let mut fleet = Fleet::new(1);
    assert_eq!(fleet.run(0, LOAD), Done::Value(None));
    fleet.redis.borrow_mut().put_for("k", "v", 8_000);
    assert_eq!(fleet.run(0, LOAD), Done::Found(Some(b"v".into()), Freshness::Fresh));
    fleet.advance(3_000);
    let Done::Found(Some(_), Freshness::Stale(ttl)) = fleet.run(0, LOAD) else { panic!("it is fresh") };
    assert!((4_990..5_000).contains(&ttl), "{ttl} ms");
    fleet.redis.borrow_mut().put("k", "v");
    assert_eq!(fleet.run(0, LOAD), Done::Found(Some(b"v".into()), Freshness::Fresh), "it never expires");
}

#[test]
fn pttl_comes_before_get_and_both_leave_in_one_write() {
    let mut simulation = Simulation::ready();
    let load = simulation.submit(LOAD);
    simulation.drain();
    assert_eq!(simulation.transmissions(), 1);
    assert_eq!(simulation.commands(), ["PTTL k", "GET k"]);
    simulation.reply(b":-2\r\n$1\r\nv\r\n");
    let fresh = Done::Found(Some(b"v".into()), Freshness::Fresh);
    assert_eq!(simulation.done(load), fresh, "it was written between the two");
}

#[test]
fn one_of_two_gets_the_lease_and_the_other_what_it_stored() {
    let mut fleet = Fleet::new(2);
    let lease = fleet.lease(0, REFRESH);
    let waiting = fleet.clients[1].submit(REFRESH);
    fleet.advance(2_000);
    assert!(!fleet.clients[1].is_done(waiting));
    assert_eq!(fleet.run(0, store(lease, b"v")), Done::value(b"1"));
    fleet.advance(500 + 2 * ROUND_TRIP);
    assert_eq!(fleet.clients[1].done(waiting), Done::Found(Some(b"v".into()), Freshness::Fresh));
    assert_eq!(fleet.value("k~lock"), None);
}

#[test]
fn many_who_compute_in_any_case_take_the_lock_from_each_other_once() {
    let mut fleet = Fleet::new(20);
    let replace = || acquire(b"k", Purpose::Replace, FOREVER);
    let calls: Vec<u32> = fleet.clients.iter_mut().map(|client| client.submit(replace())).collect();
    fleet.advance(10 * ROUND_TRIP);
    for (client, call) in fleet.clients.iter_mut().zip(calls) {
        assert!(matches!(client.done(call), Done::Found(None, Freshness::Leased(_))));
    }
    assert!(fleet.redis.borrow().executed["SET"] <= 40, "{:?}", fleet.redis.borrow().executed);
}

#[test]
fn whoever_has_a_stale_value_does_not_wait_for_the_lease() {
    let mut fleet = Fleet::new(2);
    fleet.redis.borrow_mut().put_for("k", "old", GRACE);
    let lease = fleet.lease(0, REFRESH);
    let before = fleet.now();
    let Done::Found(Some(value), Freshness::Stale(_)) = fleet.run(1, REFRESH) else { panic!("it has no stale value") };
    assert_eq!((value, fleet.now() - before <= 3 * ROUND_TRIP), (b"old".to_vec(), true));
    assert_eq!(fleet.run(0, store(lease, b"new")), Done::value(b"1"));
    assert_eq!(fleet.value("k"), Some(b"new".to_vec()));
}

#[test]
fn a_lease_is_renewed_while_it_is_held_and_lapses_when_its_holder_dies() {
    let mut fleet = Fleet::new(2);
    fleet.lease(0, REFRESH);
    fleet.advance(3 * LENGTH);
    assert!(fleet.value("k~lock").is_some());
    let waiting = fleet.clients[1].submit(REFRESH);
    fleet.clients[0].cache.close();
    fleet.advance(LENGTH + 500 + 3 * ROUND_TRIP);
    let outcome = fleet.clients[1].done(waiting);
    assert!(matches!(outcome, Done::Found(None, Freshness::Leased(_))), "{outcome:?}");
}

#[test]
fn a_factory_that_never_ends_loses_its_lease_after_some_lengths() {
    let mut fleet = Fleet::new(2);
    let lease = fleet.lease(0, REFRESH);
    let waiting = fleet.clients[1].submit(REFRESH);
    fleet.advance(7 * LENGTH);
    assert!(matches!(fleet.clients[1].done(waiting), Done::Found(None, Freshness::Leased(_))));
    assert_eq!(fleet.run(0, store(lease, b"late")), Done::value(b"0"));
    assert_eq!(fleet.value("k"), None);
}

#[test]
fn after_a_failure_nobody_tries_again_for_a_while_as_long_as_there_is_a_stale_value() {
    let mut fleet = Fleet::new(2);
    fleet.redis.borrow_mut().put_for("k", "old", 3_000);
    let lease = fleet.lease(0, REFRESH);
    fleet.run(0, Operation::Release { lease, backoff: 10_000 });
    assert_eq!(fleet.value("k~lock"), Some(Vec::new()));
    assert!(matches!(fleet.run(1, REFRESH), Done::Found(Some(_), Freshness::Stale(_))));
    fleet.advance(3_050);
    assert_eq!(fleet.value("k~lock"), None, "it ends soon after the value");
    fleet.lease(1, REFRESH);
}

#[test]
fn after_a_failure_without_a_value_the_next_may_try_at_once() {
    let mut fleet = Fleet::new(2);
    let lease = fleet.lease(0, REFRESH);
    fleet.run(0, Operation::Release { lease, backoff: 10_000 });
    fleet.lease(1, REFRESH);
}

#[test]
fn the_back_off_of_a_value_that_python_has_deleted_keeps_nobody_waiting() {
    let mut fleet = Fleet::new(3);
    fleet.redis.borrow_mut().put_for("k", "old", GRACE);
    let lease = fleet.lease(0, REFRESH);
    fleet.run(0, Operation::Release { lease, backoff: 10_000 });
    fleet.redis.borrow_mut().remove("k");
    let calls = [0, 1, 2].map(|client| fleet.clients[client].submit(REFRESH));
    fleet.advance(1_000);
    let done = [0, 1, 2].map(|client| fleet.clients[client].is_done(calls[client]));
    let holder = done.iter().position(|done| *done).expect("one has the lease");
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "one alone");
    let Done::Found(None, Freshness::Leased(lease)) = fleet.clients[holder].done(calls[holder]) else {
        panic!("no lease")
    };
    assert_eq!(fleet.run(holder, store(lease, b"new")), Done::value(b"1"), "with the fence");
    fleet.advance(500 + 2 * ROUND_TRIP);
    for other in (0..3).filter(|client| *client != holder) {
        assert_eq!(fleet.clients[other].done(calls[other]), Done::Found(Some(b"new".into()), Freshness::Fresh));
    }
}

#[test]
fn where_no_script_can_take_the_mark_of_a_failure_a_value_is_computed_without_a_lease() {
    let mut fleet = Fleet::new(1);
    fleet.redis.borrow_mut().put("k~lock", "");
    let refuse = |name: &str| (name == "EVAL").then(|| "NOPERM this user has no permissions".to_owned());
    fleet.redis.borrow_mut().faults = Faults(Some(Box::new(refuse)));
    let lease = fleet.lease(0, REFRESH);
    assert_eq!(fleet.run(0, store(lease, b"new")), Done::Flag(true));
}

#[test]
fn a_lock_that_is_none_is_left_alone_and_keeps_nobody_waiting() {
    for other in ["somebody's own", "1700000000123456", "0123456789abcdef"] {
        let mut fleet = Fleet::new(1);
        fleet.redis.borrow_mut().put("k~lock", other);
        let lease = fleet.lease(0, REFRESH);
        assert_eq!(fleet.run(0, store(lease, b"new")), Done::Flag(true));
        assert_eq!(fleet.value("k~lock"), Some(other.into()));
    }
}

#[test]
fn where_the_value_cannot_be_read_no_lock_is_left() {
    let mut simulation = Simulation::ready();
    let call = simulation.submit(REFRESH);
    simulation.drain();
    simulation.actions.clear();
    simulation.reply(&[&b"+OK\r\n"[..], NIL, b"-WRONGTYPE a list\r\n:-1\r\n-WRONGTYPE a list\r\n"].concat());
    assert_eq!(simulation.done(call), Done::Failed(error::server("WRONGTYPE a list")));
    assert!(simulation.commands()[0].starts_with("EVAL"), "the lock is deleted");
}

#[test]
fn a_lock_is_waited_for_as_long_as_is_said_and_not_renewed() {
    let mut fleet = Fleet::new(2);
    let lock = fleet.lease(0, acquire(b"k", Purpose::Lock, 0));
    assert_eq!(fleet.run(1, acquire(b"k", Purpose::Lock, 0)), Done::Value(None));
    let before = fleet.now();
    assert_eq!(fleet.run(1, acquire(b"k", Purpose::Lock, 700)), Done::Value(None));
    assert!((700..710).contains(&(fleet.now() - before)));
    fleet.run(0, Operation::Release { lease: lock, backoff: 0 });
    fleet.lease(1, acquire(b"k", Purpose::Lock, 700));
    fleet.advance(LENGTH);
    fleet.lease(0, acquire(b"k", Purpose::Lock, 0));
}

#[test]
fn the_reply_that_a_lost_connection_took_along_is_known_by_its_token() {
    let mut fleet = Fleet::new(1);
    fleet.run(0, Operation::Ping);
    let call = fleet.clients[0].submit(REFRESH);
    fleet.clients[0].drain();
    fleet.clients[0].lose();
    fleet.advance(3 * ROUND_TRIP);
    assert!(matches!(fleet.clients[0].done(call), Done::Found(None, Freshness::Leased(_))));
    assert_eq!(fleet.redis.borrow().executed["SET"], 2, "the second finds the lock of the first");
}

#[test]
fn without_a_server_there_is_no_lease_and_no_waiting() {
    let mut simulation = Simulation::with_redis();
    simulation.network = Network::Refuses;
    let call = simulation.submit(REFRESH);
    simulation.advance(2 * ROUND_TRIP);
    let Done::Failed(error) = simulation.done(call) else { panic!("there is a server") };
    assert_eq!(error.code(), "UNREACHABLE");
}

#[test]
fn an_abort_after_the_connection_was_lost_ends_the_attempts() {
    let mut simulation = Simulation::ready();
    let call = simulation.submit(REFRESH);
    simulation.drain();
    simulation.lose();
    simulation.abort(call);
    assert_eq!(simulation.done(call), Done::Failed(error::aborted()));
}

#[test]
fn an_abort_or_the_end_of_the_cache_ends_the_waiting() {
    let mut fleet = Fleet::new(3);
    fleet.lease(0, REFRESH);
    let calls = [1, 2].map(|client| fleet.clients[client].submit(REFRESH));
    fleet.advance(1_000);
    while fleet.clients[1].cache.poll_timeout().is_none() {
        fleet.advance(1);
    }
    fleet.clients[1].abort(calls[0]);
    assert_eq!(fleet.clients[1].done(calls[0]), Done::Failed(error::aborted()));
    fleet.clients[2].close();
    fleet.advance(2 * ROUND_TRIP);
    let closed = fleet.clients[2].done(calls[1]);
    assert!(closed == Done::Failed(error::closed()) || matches!(closed, Done::Found(..)), "{closed:?}");
    assert!(!fleet.clients[1].cache.is_busy());
}

#[test]
fn any_command_is_answered_by_the_type_of_its_reply() {
    let mut simulation = Simulation::ready();
    let command =
        |arguments, key| Operation::Command { arguments, key, node: 0, effect: Effect::ReadOnly, cancels_lease: false };
    // Of the connection.
    let name = [0, 7, 14, 21, 28].map(|shift| (simulation.sockets()[0].0 >> shift & 127) as u8);
    let calls = [
        (command(&[b"PTTL", b"k"], 1), Done::Integer(-1)),
        (command(&[b"GETDEL", b"k"], 1), Done::value(b"v")),
        (command(&[b"GETDEL", b"k"], 1), Done::Value(None)),
        (command(&[b"X"], 0), Done::Flag(true)),
        (
            command(&[b"SCAN", b"0"], 0),
            Done::Values([&name[..], b"7", b"a", b"b"].map(|part| Some(part.into())).into()),
        ),
        (command(&[b"X"], 0), Done::Failed(error::server("ERR no"))),
        (
            Operation::Command { arguments: &[b"X"], key: 0, node: 1, effect: Effect::ReadOnly, cancels_lease: false },
            Done::Values(vec![]),
        ),
        (command(&[b"X"], 9), Done::Integer(1)),
    ]
    .map(|(operation, expected)| (simulation.submit(operation), expected));
    simulation.drain();
    let array = b"*2\r\n$1\r\n7\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n";
    simulation.reply(&[&b":-1\r\n$1\r\nv\r\n"[..], NIL, b"+FINE\r\n", array, b"-ERR no\r\n:1\r\n"].concat());
    for (call, expected) in calls {
        assert_eq!(simulation.done(call), expected);
    }
}
