//! Nodes of a cluster that are back: they are used again, though calls went elsewhere meanwhile.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::client::Config;
use cluster_simulation::{CLOSE, World, config};
use simulation::Done;

/// A key of the shard of node 0, whose replica is node 3.
const KEY: &str = "b";
/// And one of each other shard.
const KEYS: [&str; 3] = [KEY, "c", "a"];

fn connected(config: Config) -> World {
    let mut world = World::warm(config);
    let call = world.set(KEY, "0");
    assert_eq!(world.outcome(call), Done::Flag(true));
    world.forget();
    world
}

#[test]
fn a_replica_that_is_back_is_read_from_again() {
    for fail_fast in [true, false] {
        let mut world = connected(Config { reads_replicas: true, fail_fast, ..config() });
        world.kill(3);
        let call = world.get(KEY);
        assert_eq!(world.outcome(call), Done::value(b"0"));
        world.resume(3);
        for _ in 0..50 {
            let call = world.get(KEY);
            assert_eq!(world.outcome(call), Done::value(b"0"));
            world.advance(100);
        }
        assert!(world.arrived.contains_key(&(3, "GET".into())), "fail_fast: {fail_fast}");
    }
}

#[test]
fn a_primary_that_is_back_without_a_failover_is_written_to_again() {
    for fail_fast in [true, false] {
        let mut world = connected(Config { fail_fast, ..config() });
        world.kill(0);
        let call = world.set(KEY, "1");
        world.advance(1_000);
        world.resume(0);
        world.outcome(call);
        let call = world.set(KEY, "2");
        assert_eq!(world.outcome(call), Done::Flag(true), "fail_fast: {fail_fast}");
    }
}

/// The configured names are those of a proxy, which refuses connections meanwhile, or accepts and closes them.
#[test]
fn nodes_that_all_come_back_elsewhere_are_found_by_the_configured_names() {
    for (seed, fail_fast, is_accepting) in
        (0..32).flat_map(|seed| [(seed, true, false), (seed, true, true), (seed, false, false), (seed, false, true)])
    {
        let mut world = World::new(Config { fail_fast, ..config() }, seed);
        let write = |world: &mut World, count| {
            for _ in 0..count {
                for key in KEYS {
                    world.set(key, "1");
                }
                world.advance(100);
            }
        };
        write(&mut world, 10);
        for node in 0..6 {
            world.nodes[node].address = format!("10.1.0.{node}:6379");
            world.kill(node);
            world.nodes[node].is_up = is_accepting;
            world.nodes[node].faults = ["CLIENT", "SET", "CLUSTER"].map(|name| (name.into(), CLOSE.into())).into();
        }
        write(&mut world, 30);
        for node in 0..6 {
            world.nodes[node].faults.clear();
            world.resume(node);
        }
        write(&mut world, 40);
        let calls = KEYS.map(|key| world.set(key, "2"));
        let done = calls.map(|call| world.outcome(call));
        assert!(done.iter().all(|done| *done == Done::Flag(true)), "{seed}, {fail_fast}, {is_accepting}: {done:?}");
    }
}
