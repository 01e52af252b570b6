//! Primaries that are cut off from the majority of their cluster: they serve nothing, and keep the map of before
//! (<https://github.com/redis/redis/issues/3138>). Also a cluster that is down as a whole, which answers alike.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cluster_simulation::{KEYS, World, config};
use simulation::Done;

/// The commands that have a key, which a node refuses that sees no majority.
const REFUSED: [&str; 5] = ["GET", "SET", "INCRBY", "MGET", "EXISTS"];

fn put_down(world: &mut World, nodes: impl IntoIterator<Item = usize>) {
    for node in nodes {
        let faults = REFUSED.map(|name| (name.to_owned(), "-CLUSTERDOWN The cluster is down\r\n".to_owned()));
        world.nodes[node].faults = faults.into();
    }
}

fn put_up(world: &mut World) {
    world.nodes.iter_mut().for_each(|node| node.faults.clear());
}

/// The replica of node 0 takes over, and node 0 does not hear of it.
fn promote_unheard(world: &mut World) {
    let view = world.nodes[0].view.clone();
    world.promote(0);
    world.nodes[0].view = view;
}

/// Each key is counted; how long that took, in milliseconds.
fn count(world: &mut World, expected: i64) -> u64 {
    let begun_at = world.now;
    let calls = KEYS.map(|key| world.increment(key));
    for call in calls {
        assert_eq!(world.outcome(call), Done::Integer(expected));
    }
    world.now - begun_at
}

#[test]
fn a_primary_in_a_minority_is_left_for_the_replica_that_has_taken_over() {
    for (seed, is_warm) in (0..6).flat_map(|seed| [(seed, false), (seed, true)]) {
        let mut world = World::new(config(), seed);
        if is_warm {
            count(&mut world, 1);
        }
        put_down(&mut world, [0]);
        promote_unheard(&mut world);
        let first = if is_warm { 2 } else { 1 };
        assert!(count(&mut world, first) <= 200, "seed {seed}, warm {is_warm}: {} ms", world.now);
        let begun_at = world.now;
        for turn in 1..100 {
            count(&mut world, first + turn);
        }
        assert!(world.now < begun_at + 1_500, "seed {seed}, warm {is_warm}: {} ms for 99 turns", world.now - begun_at);
    }
}

/// The order of a key's calls, whichever node they go to.
#[test]
fn calls_for_a_key_keep_their_order_while_its_primary_is_left() {
    let mut world = World::new(config(), 1);
    count(&mut world, 1);
    put_down(&mut world, [0]);
    promote_unheard(&mut world);
    let mut calls = Vec::new();
    for number in 0..3_000 {
        calls.push((world.set(KEYS[0], &number.to_string()), Done::Flag(true)));
        calls.push((world.increment(KEYS[0]), Done::Integer(number + 1)));
        world.advance(1);
        if number == 2_000 {
            put_up(&mut world);
        }
    }
    for (call, expected) in calls {
        assert_eq!(world.outcome(call), expected);
    }
}

/// As the others, until the majority has noticed: the replica still sends all to the primary.
#[test]
fn a_primary_in_a_minority_is_waited_for_until_its_replica_has_taken_over() {
    for seconds in [1, 3, 4] {
        let mut world = World::new(config(), 1);
        count(&mut world, 1);
        put_down(&mut world, [0]);
        let get = world.get(KEYS[0]);
        let call = world.increment(KEYS[0]);
        world.advance(seconds * 1_000);
        assert!(!world.is_done(call));
        promote_unheard(&mut world);
        let promoted_at = world.now;
        assert_eq!(world.outcome(get), Done::value(b"1"));
        assert_eq!(world.outcome(call), Done::Integer(2));
        assert!(world.now <= promoted_at + 500, "{} ms", world.now - promoted_at);
    }
}

#[test]
fn a_cluster_that_is_down_is_waited_for_and_its_replicas_are_left_alone() {
    let mut world = World::new(config(), 1);
    count(&mut world, 1);
    world.forget();
    put_down(&mut world, 0..6);
    let mut calls = Vec::new();
    for _ in 0..200 {
        calls.extend(KEYS.map(|key| world.increment(key)));
        world.advance(10);
    }
    put_up(&mut world);
    for call in calls {
        assert!(matches!(world.outcome(call), Done::Integer(_)));
    }
    assert!(KEYS.iter().all(|key| world.value(key) == Some(b"201")));
    assert_eq!(world.connects, []);
}

/// So it is by default, where a shard is lost: no node serves anything until its replica has taken over.
#[test]
fn a_cluster_that_is_down_since_a_primary_was_lost_is_waited_for() {
    let mut world = World::new(config(), 1);
    count(&mut world, 1);
    world.kill(0);
    world.advance(100);
    put_down(&mut world, 1..6);
    let mut calls = Vec::new();
    for _ in 0..200 {
        calls.extend(KEYS.map(|key| world.increment(key)));
        world.advance(10);
    }
    world.promote(0);
    put_up(&mut world);
    let promoted_at = world.now;
    for call in calls {
        assert!(matches!(world.outcome(call), Done::Integer(_)));
    }
    assert!(world.now <= promoted_at + 250, "{} ms", world.now - promoted_at);
}

/// The primary is back in the majority, as it was: its replica has not taken over, and sends all to it.
#[test]
fn a_primary_that_is_back_is_asked_again() {
    let mut world = World::new(config(), 1);
    count(&mut world, 1);
    put_down(&mut world, [0]);
    let call = world.increment(KEYS[0]);
    world.advance(700);
    put_up(&mut world);
    assert_eq!(world.outcome(call), Done::Integer(2));
    assert!(world.now < 2_000, "{} ms", world.now);
    world.advance(2_000);
    world.forget();
    let call = world.increment(KEYS[0]);
    assert_eq!(world.outcome(call), Done::Integer(3));
    assert_eq!(world.arrived.get(&(0, "INCRBY".into())), Some(&1));
}
