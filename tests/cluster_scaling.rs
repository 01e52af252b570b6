//! A cluster that gets smaller while a cache is idle: its map names nodes that are no more.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::client::Config;
use cluster_simulation::{KEYS, SLOTS, World, config};
use simulation::Done;

const LONG: u64 = 60_000;
/// A key of the shard that is removed: node 2 and node 5.
const KEY: &str = "a";

fn idle(config: Config) -> World {
    let mut world = World::connected(config);
    world.advance(LONG);
    world
}

fn move_slots(world: &mut World) {
    let slots = (0..SLOTS as u16).filter(|&slot| world.primary_of(slot) == Some(2)).collect::<Vec<_>>();
    slots.iter().for_each(|&slot| world.reshard(slot, usize::from(slot) % 2));
}

fn remove_shard(world: &mut World) {
    world.kill(2);
    world.kill(5);
    world.advance(LONG);
}

#[test]
fn the_slots_of_a_shard_that_was_removed_are_found_where_they_are() {
    for fail_fast in [true, false] {
        let mut world = idle(Config { fail_fast, ..config() });
        move_slots(&mut world);
        remove_shard(&mut world);
        let begun_at = world.now;
        let calls = [world.set(KEY, "1"), world.increment("n{a}"), world.get(KEY)];
        assert_eq!(
            calls.map(|call| world.outcome(call)),
            [Done::Flag(true), Done::Integer(1), Done::value(b"1")],
            "fail_fast: {fail_fast}"
        );
        assert!(world.now - begun_at < 20, "{} ms", world.now - begun_at);
        assert_eq!(world.maps_asked.iter().filter(|(at, _)| *at >= begun_at).count(), 1);
    }
}

#[test]
fn calls_of_a_shard_that_is_lost_wait_for_the_map_alone() {
    let mut world = idle(config());
    remove_shard(&mut world);
    for silent in [false, true] {
        // The two that could tell the map.
        (0..2).for_each(|node| world.nodes[node].is_silent = silent);
        let begun_at = world.now;
        let call = world.set(KEY, "1");
        assert!(matches!(world.outcome(call), Done::Failed(_)));
        assert!(world.now - begun_at < 150, "{} ms, silent: {silent}", world.now - begun_at);
        for _ in 0..20 {
            let (begun_at, call) = (world.now, world.set(KEY, "1"));
            assert!(matches!(world.outcome(call), Done::Failed(_)));
            assert!(world.now - begun_at < 5, "{} ms, silent: {silent}", world.now - begun_at);
            world.advance(100);
        }
        world.advance(LONG);
    }
}

/// The servers are far away, and nobody answers at the addresses of those that are no more.
#[test]
fn calls_that_come_while_the_map_is_on_its_way_wait_for_no_other_attempt_to_connect() {
    for round_trip in [40, 80, 150] {
        let mut world = World::new(config(), 1);
        world.round_trips = vec![round_trip];
        let calls = KEYS.map(|key| world.set(key, "0"));
        assert_eq!(calls.map(|call| world.outcome(call)), [Done::Flag(true), Done::Flag(true), Done::Flag(true)]);
        world.advance(LONG);
        move_slots(&mut world);
        for node in [2, 5] {
            world.lose_connections(node);
            world.nodes[node].is_silent = true;
        }
        world.advance(LONG);
        let first = world.set(KEY, "1");
        while world.maps_asked.len() < 2 {
            world.advance(1);
        }
        let begun_at = world.now;
        let calls = [first, world.set(KEY, "2"), world.get(KEY)];
        let done = calls.map(|call| world.outcome(call));
        assert!(world.now - begun_at < 3 * round_trip, "{} ms of {round_trip}: {done:?}", world.now - begun_at);
        // The map has come, though later than calls wait for it where servers are so far away.
        world.advance(round_trip);
        let (begun_at, last) = (world.now, world.set(KEY, "3"));
        assert_eq!(world.outcome(last), Done::Flag(true));
        assert!(world.now - begun_at <= 2 * round_trip + 4, "{} ms of {round_trip}", world.now - begun_at);
    }
}

#[test]
fn a_shard_that_is_back_is_found_however_many_calls_come() {
    for pause in [1, 10, 60] {
        let mut world = idle(config());
        remove_shard(&mut world);
        let call_for = |world: &mut World, milliseconds: u64| {
            for _ in 0..milliseconds / pause {
                world.set(KEY, "1");
                world.advance(pause);
            }
        };
        call_for(&mut world, 3_000);
        world.resume(2);
        call_for(&mut world, 6_000);
        let last = world.set(KEY, "2");
        assert_eq!(world.outcome(last), Done::Flag(true), "a call every {pause} ms");
    }
}
