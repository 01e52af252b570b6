//! The order of the requests for a key while the node of its slot changes.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cluster_simulation::{World, config, slot};
use simulation::Done;

/// A key of the shard of node 0 and its replica, node 3.
const KEY: &str = "b";

#[test]
fn a_read_does_not_overtake_a_write_that_the_old_owner_has_yet_to_send_on() {
    let mut world = World::warm(config());
    let shard = world.owners[usize::from(slot(b"k"))].expect("served");
    world.reshard(slot(b"k"), (shard + 1) % 3);
    for number in 0..50 {
        let call = world.get(&format!("other{number}"));
        world.outcome(call);
    }
    let first = world.set("k", "1");
    world.advance(1);
    let second = world.set("k", "2");
    world.advance(1);
    let read = world.get("k");
    assert_eq!(world.outcome(read), Done::value(b"2"));
    assert_eq!([first, second].map(|call| world.outcome(call)), [Done::Flag(true), Done::Flag(true)]);
}

/// The node has lost the slot and got it back since it sent the first write on, and is moving it now.
#[test]
fn a_write_that_is_sent_on_by_ask_waits_for_an_earlier_one_that_was_sent_on_by_moved() {
    let mut world = World::new(config(), 1);
    world.round_trips = vec![6];
    let calls = ["b", "c", "a"].map(|key| world.get(key));
    assert!(calls.into_iter().all(|call| world.outcome(call) == Done::Value(None)));
    world.advance(100);
    let first = world.set(KEY, "1");
    world.advance(1);
    let second = world.set(KEY, "2");
    world.promote(0);
    world.advance(2);
    world.promote(0);
    world.migrate(slot(KEY.as_bytes()), 1);
    assert_eq!([first, second].map(|call| world.outcome(call)), [Done::Flag(true), Done::Flag(true)]);
    assert_eq!(world.value(KEY), Some(&b"2"[..]));
}

/// As above, but the third node does not accept connections: the write comes back, and stands behind the read.
#[test]
fn a_read_that_is_sent_on_by_ask_waits_for_an_earlier_write_that_has_come_back() {
    let mut world = World::new(config(), 1);
    world.round_trips = vec![6];
    for _ in 0..2 {
        let call = world.get("a");
        assert_eq!(world.outcome(call), Done::Value(None));
    }
    world.nodes[5].is_up = false;
    // It says so before the answer to the read comes.
    world.round_trips = vec![2];
    let write = world.set("a", "1");
    world.promote(2);
    world.advance(3);
    world.promote(2);
    world.migrate(slot(b"a"), 1);
    let read = world.get("a");
    assert_eq!(world.outcome(read), Done::value(b"1"));
    assert_eq!(world.outcome(write), Done::Flag(true));
}

/// The slot moves twice. What the first owner has sent on to the second stands there behind a later request for another key.
#[test]
fn a_write_that_is_sent_on_further_waits_for_an_earlier_one_behind_later_requests() {
    let mut world = World::warm(config());
    for (key, round_trip) in [(KEY, 2), ("c", 20), ("a", 2)] {
        world.round_trips = vec![round_trip];
        let call = world.get(key);
        assert_eq!(world.outcome(call), Done::Value(None));
    }
    let first = world.set(KEY, "1");
    world.reshard(slot(KEY.as_bytes()), 1);
    world.advance(1);
    let second = world.set(KEY, "2");
    let later = world.get("c");
    world.drain();
    world.reshard(slot(KEY.as_bytes()), 2);
    assert_eq!([first, second].map(|call| world.outcome(call)), [Done::Flag(true), Done::Flag(true)]);
    assert_eq!(world.outcome(later), Done::Value(None));
    assert_eq!(world.value(KEY), Some(&b"2"[..]));
}

/// The map still names the lost primary: the replica that has taken over is found as its detour, and names the node itself.
#[test]
fn a_promoted_replica_whose_slot_is_moving_is_believed() {
    let mut world = World::warm(config());
    let calls = ["b", "c", "a"].map(|key| world.get(key));
    assert!(calls.into_iter().all(|call| world.outcome(call) == Done::Value(None)));
    world.kill(0);
    world.promote(0);
    world.migrate(slot(KEY.as_bytes()), 1);
    let set = world.set(KEY, "1");
    assert_eq!(world.outcome(set), Done::Flag(true));
    world.forget();
    let (first, second) = (world.set(KEY, "2"), world.get(KEY));
    assert_eq!((world.outcome(first), world.outcome(second)), (Done::Flag(true), Done::value(b"2")));
    assert_eq!((world.arrived.get(&(3, "SET".into())), world.arrived.get(&(1, "SET".into()))), (Some(&1), Some(&1)));
}
