//! A master behind sentinels: asked for, checked, and asked for again when it is lost, silent or no master any more.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::{Cache, Operation};
use cachelib_edge::client::{Config, Deployment, Installation};
use cachelib_edge::connection::ConnectionInfo;
use cluster_simulation::{World, config};
use simulation::Done;

const MASTER: usize = 3;
const REPLICA: usize = 4;

fn sentinels(master: &str) -> Config {
    let connection = ConnectionInfo { client_name: "edge".into(), ..ConnectionInfo::default() };
    Config { deployment: Deployment::Sentinel { master: master.into(), connection }, ..config() }
}

/// Sentinels, and a master that nobody has asked for yet.
fn world(config: Config, seed: u64) -> World {
    behind(World::new(config, seed))
}

fn behind(mut world: World) -> World {
    world.named_master = Some(MASTER);
    world.shards[0].primary = MASTER;
    world.shards[0].replicas = vec![REPLICA];
    world
}

/// The sentinels agree on another master.
fn fail_over(world: &mut World, to: usize) {
    world.shards[0].primary = to;
    world.named_master = Some(to);
}

#[test]
fn the_first_sentinel_that_knows_the_master_is_enough() {
    let mut world = world(sentinels("mymaster"), 1);
    world.kill(0);
    world.nodes[1].is_silent = true;
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    assert!(world.now < 1_100, "a silent one costs a second: {} ms", world.now);
    assert_eq!(world.connects, [0, 1, 2, MASTER]);
    assert_eq!(world.sockets(), [MASTER], "no connection to a sentinel is kept");
}

/// One that is silent must not cost every isolate its second.
#[test]
fn isolates_do_not_all_ask_the_same_sentinel_first() {
    for (seed, order) in [(0, [0, 1, 2]), (1, [1, 2, 0]), (5, [2, 0, 1])] {
        let mut world = world(sentinels("other"), seed << 33);
        let call = world.increment("n");
        assert!(matches!(world.outcome(call), Done::Failed(_)));
        assert_eq!(world.connects, order);
    }
}

#[test]
fn another_cache_of_the_installation_goes_straight_to_the_master() {
    let installation = Installation::default();
    let mut world = behind(World::sharing(sentinels("mymaster"), 1, installation.clone()));
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    world.cache = Cache::sharing(sentinels("mymaster"), 2, installation);
    world.forget();
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(2));
    assert_eq!(world.connects, [MASTER]);
}

#[test]
fn a_master_that_is_lost_or_refuses_writes_is_looked_for_again() {
    for is_killed in [true, false] {
        let mut world = world(sentinels("mymaster"), 1);
        let call = world.increment("n");
        assert_eq!(world.outcome(call), Done::Integer(1));
        fail_over(&mut world, REPLICA);
        if is_killed {
            world.kill(MASTER);
        }
        let calls = [world.increment("n"), world.get("n")];
        assert_eq!(calls.map(|call| world.outcome(call)), [Done::Integer(2), Done::value(b"2")]);
        assert!(world.now < 50, "{} ms", world.now);
    }
}

#[test]
fn a_server_that_is_no_master_gets_no_write() {
    let mut world = world(sentinels("mymaster"), 1);
    // The sentinels have not noticed yet.
    world.shards[0].primary = REPLICA;
    let call = world.increment("n");
    world.advance(300);
    assert!(!world.is_done(call));
    assert!(!world.arrived.contains_key(&(MASTER, "INCRBY".into())));
    world.named_master = Some(REPLICA);
    assert_eq!(world.outcome(call), Done::Integer(1));
}

#[test]
fn a_name_that_no_sentinel_knows_is_told() {
    let mut world = world(sentinels("other"), 1);
    let call = world.increment("n");
    let done = world.outcome(call);
    assert!(matches!(&done, Done::Failed(error) if error.code() == "UNKNOWN_MASTER"), "{done:?}");
    assert_eq!(world.connects, [0, 1, 2]);
    assert!(world.now < 100);
}

#[test]
fn sentinels_that_are_all_dead_are_told_by_name() {
    let mut world = world(sentinels("mymaster"), 1);
    (0..3).for_each(|node| world.kill(node));
    let call = world.increment("n");
    let Done::Failed(error) = world.outcome(call) else { panic!("it fails") };
    assert_eq!((error.code(), error.node().map(cachelib_edge::cache::NodeId::index)), ("UNREACHABLE", Some(2)));
    assert!(world.now < 100);

    world.nodes.iter_mut().for_each(|node| node.is_up = true);
    world.advance(3_000);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
}

#[test]
fn who_does_not_fail_fast_waits_for_the_master_until_the_deadline() {
    let mut world = world(Config { fail_fast: false, ..sentinels("mymaster") }, 1);
    world.kill(MASTER);
    let call = world.submit(Operation::Get { key: b"k" });
    world.advance(1_000);
    assert!(!world.is_done(call));
    fail_over(&mut world, REPLICA);
    assert_eq!(world.outcome(call), Done::Value(None));
    assert!(world.now < 3_100, "{} ms", world.now);
}

#[test]
fn a_call_that_waits_between_two_attempts_needs_no_other_call_to_go_on() {
    let mut world = world(Config { fail_fast: false, ..sentinels("mymaster") }, 1);
    world.kill(MASTER);
    let call = world.increment("n");
    world.advance(30);
    fail_over(&mut world, REPLICA);
    assert_eq!(world.outcome(call), Done::Integer(1));
    assert!(world.now < 100, "{} ms", world.now);
}

/// A sentinel that names what has been, or never was, the master.
fn deceive(world: &mut World, sentinel: usize, master: usize) {
    let reply = format!("*2\r\n$8\r\n10.0.0.{master}\r\n$4\r\n6379\r\n");
    world.nodes[sentinel].faults.insert("SENTINEL".into(), reply);
}

#[test]
fn where_a_sentinel_names_a_replica_the_next_one_is_asked() {
    let mut world = world(sentinels("mymaster"), 1);
    deceive(&mut world, 0, REPLICA);
    deceive(&mut world, 1, REPLICA);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    assert_eq!(world.connects, [0, REPLICA, 1, REPLICA, 2, MASTER]);
    assert!(world.now < 100, "{} ms", world.now);
}

#[test]
fn a_master_that_becomes_a_replica_and_keeps_its_connections_is_left_although_a_sentinel_still_names_it() {
    let mut world = world(sentinels("mymaster"), 1);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    fail_over(&mut world, REPLICA);
    deceive(&mut world, 0, MASTER);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(2));
    assert!(world.now < 200, "{} ms", world.now);
}
