//! A cluster whose nodes fail: primaries are replaced, lost or silent, seeds are dead, connections are few.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::Operation;
use cachelib_edge::client::Config;
use cluster_simulation::{KEYS, World, config, slot};
use simulation::Done;

/// One increment of each key a millisecond; the calls with their keys.
fn load(world: &mut World, milliseconds: u64) -> Vec<(u32, &'static str, u64)> {
    let mut calls = Vec::new();
    for _ in 0..milliseconds {
        calls.extend(KEYS.map(|key| (world.increment(key), key, world.now)));
        world.advance(1);
    }
    calls
}

fn slots_requests(world: &World) -> u32 {
    world.arrived.iter().filter(|((_, name), _)| name == "CLUSTER").map(|(_, count)| count).sum()
}

#[test]
fn no_call_fails_when_a_replica_takes_over_from_a_primary_that_works() {
    for gossip in [0, 500] {
        let mut world = World::connected(config());
        world.gossip = gossip;
        let mut calls = load(&mut world, 100);
        world.promote(0);
        calls.extend(load(&mut world, 2_000));
        for (call, key, _) in calls {
            let done = world.outcome(call);
            assert!(matches!(done, Done::Integer(_)), "{key}: {done:?}");
        }
        assert!(KEYS.iter().all(|key| world.value(key) == Some(b"2100")));
        assert!(slots_requests(&world) <= 2, "one SLOTS, with MYID where a seed is asked");
    }
}

#[test]
fn a_lost_primary_costs_its_shard_the_time_until_the_promotion_and_the_others_nothing() {
    let mut world = World::connected(config());
    world.kill(0);
    let mut calls = load(&mut world, 4_000);
    world.promote(0);
    let promoted_at = world.now;
    calls.extend(load(&mut world, 200));
    let mut ended = 0;
    for (call, key, begun_at) in calls {
        if key == KEYS[0] && begun_at < promoted_at {
            ended += u32::from(world.is_done(call));
        }
        let done = world.outcome(call);
        assert!(matches!(done, Done::Integer(_)), "{key} at {begun_at}: {done:?}");
    }
    assert_eq!(ended, 4_000, "200 ms after the promotion all are done");
}

/// As in an upgrade of all nodes, one by one. The primary of before is a replica, whatever it has sent on, and however often they take
/// each other's place.
#[test]
fn the_primary_of_before_takes_over_in_its_turn() {
    for (shard, key, turns) in (0..3).flat_map(|shard| (1..5).map(move |turns| (shard, KEYS[shard], turns))) {
        let mut world = World::connected(config());
        let mut reads = Vec::new();
        for _ in 0..turns {
            reads.extend((0..10).map(|_| world.get(key)));
            world.promote(shard);
            world.advance(2_000);
        }
        let primary = world.node_of(key);
        world.kill(primary);
        for _ in 0..10 {
            reads.extend((0..10).map(|_| world.get(key)));
            world.advance(200);
        }
        world.promote(shard);
        for call in reads {
            assert_eq!(world.outcome(call), Done::value(b"0"), "after {turns} turns");
        }
    }
}

#[test]
fn a_silent_primary_is_left_for_its_replica() {
    let mut world = World::connected(config());
    world.nodes[0].is_silent = true;
    let call = world.submit_for(1_000, Operation::Get { key: KEYS[0].as_bytes() });
    let other = world.get(KEYS[1]);
    assert_eq!(world.outcome(other), Done::value(b"0"));
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "TIMEOUT"));
    world.promote(0);
    let now = world.now;
    let call = world.get(KEYS[0]);
    assert_eq!(world.outcome(call), Done::value(b"0"));
    assert!(world.now < now + 50);
}

#[test]
fn seeds_that_are_dead_are_passed_over() {
    for (seed, is_silent) in (0..6).flat_map(|seed| [(seed, false), (seed, true)]) {
        let mut world = World::new(config(), seed);
        for node in [0, 1] {
            world.promote(node);
            world.kill(node);
            world.nodes[node].is_silent = is_silent;
        }
        let calls = KEYS.map(|key| world.increment(key));
        assert!(calls.into_iter().all(|call| world.outcome(call) == Done::Integer(1)));
        // A third of the time to connect in.
        let most = if is_silent { 2 * 333 } else { 0 };
        assert!(world.now < most + 300, "{} ms", world.now);
    }
}

#[test]
fn where_all_seeds_are_dead_calls_fail_at_once() {
    let mut world = World::new(config(), 1);
    (0..6).for_each(|node| world.kill(node));
    let call = world.get("k");
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "UNREACHABLE"));
    assert!(world.now < 50);
    world.nodes.iter_mut().for_each(|node| node.is_up = true);
    world.advance(5_000);
    let call = world.get("k");
    assert_eq!(world.outcome(call), Done::Value(None));
}

/// All nodes are away for a while, and one of them for good: whoever is asked for the key finds those that are back.
#[test]
fn a_node_that_stays_dead_keeps_no_call_from_those_that_come_back() {
    for (seed, is_warm) in (0..6).flat_map(|seed| [(seed, false), (seed, true)]) {
        let dead = seed as usize % 3;
        let mut world = World::new(config(), seed);
        if is_warm {
            let call = world.increment(KEYS[dead]);
            assert_eq!(world.outcome(call), Done::Integer(1));
        }
        (0..6).for_each(|node| world.kill(node));
        for _ in 0..10 {
            let call = world.get(KEYS[dead]);
            assert!(matches!(world.outcome(call), Done::Failed(_)));
            world.advance(100);
        }
        world.promote(dead);
        (0..6).filter(|&node| node != dead).for_each(|node| world.nodes[node].is_up = true);
        let mut attempts = 0;
        while attempts < 30 && {
            world.advance(100);
            let call = world.get(KEYS[dead]);
            matches!(world.outcome(call), Done::Failed(_))
        } {
            attempts += 1;
        }
        assert!(attempts < 30, "seed {seed}, warm {is_warm}: not in {attempts} attempts");
    }
}

#[test]
fn a_shard_that_is_lost_as_a_whole_fails_alone_and_heals() {
    let mut world = World::connected(config());
    world.kill(0);
    world.kill(3);
    let many = world.get_many(&KEYS.map(String::from));
    let Done::ValuesInPart(values, unknown, error) = world.outcome(many) else { panic!("in part") };
    assert_eq!((values, unknown), (vec![None, Some(b"0".to_vec()), Some(b"0".to_vec())], vec![0]));
    assert_eq!((error.code(), error.node().is_some()), ("UNREACHABLE", true));
    world.nodes[0].is_up = true;
    world.advance(5_000);
    let call = world.get(KEYS[0]);
    assert_eq!(world.outcome(call), Done::value(b"0"));
}

#[test]
fn a_node_that_sends_a_key_to_itself_is_connected_to_anew() {
    let mut world = World::connected(config());
    // The name stands for another server: the connection is to the old one, which knows the new one by its own address.
    for (node, key) in KEYS.iter().enumerate() {
        let fault = format!("-MOVED {} {}\r\n", slot(key.as_bytes()), world.nodes[node].address);
        world.nodes[node].faults.insert("GET".into(), fault);
        let call = world.get(key);
        world.advance(3);
        world.nodes[node].faults.clear();
        assert_eq!(world.outcome(call), Done::value(b"0"));
        assert_eq!(world.connects, [node], "one fresh connection");
        world.forget();
    }
    assert!(world.now < 100, "{} ms", world.now);
}

/// The end of its connection also ends a `get_many`, which asks for each of its keys by itself then, at another node.
#[test]
fn what_is_held_at_a_primary_that_dies_goes_to_its_replica_whatever_else_is_sent_there_meanwhile() {
    let mut world = World::connected(config());
    world.nodes[0].faults.insert("SET".into(), "-TRYAGAIN Multiple keys request during rehashing of slot\r\n".into());
    let rejected = world.set("b", "1");
    let many = world.get_many(&["b".into(), "{b}2".into()]);
    let executed = world.increment("b");
    world.advance(5);
    assert_eq!(world.done(executed), Done::Integer(1));
    let held = world.set("b", "2");
    world.advance(5);
    world.kill(0);
    world.advance(5);
    assert!(matches!(world.done(rejected), Done::Failed(_)), "the increment was executed after it");
    assert!(!world.is_done(many) && !world.is_done(held));
    world.promote(0);
    assert_eq!(world.outcome(held), Done::Flag(true));
    world.outcome(many);
    assert_eq!(world.value("b"), Some(&b"2"[..]));
}

/// As after a slot has moved, until they have heard of each other.
#[test]
fn nodes_that_name_each_other_for_a_second_fail_no_call() {
    let mut world = World::connected(config());
    let moved = format!("-MOVED {} {}\r\n", slot(KEYS[0].as_bytes()), world.nodes[1].address);
    for command in ["GET", "INCRBY"] {
        world.nodes[0].faults.insert(command.into(), moved.clone());
    }
    let calls = load(&mut world, 1_000);
    world.nodes[0].faults.clear();
    for (call, key, _) in calls {
        let done = world.outcome(call);
        assert!(matches!(done, Done::Integer(_)), "{key}: {done:?}");
    }
    assert!(KEYS.iter().all(|key| world.value(key) == Some(b"1000")));
    assert!(world.now < 1_500, "{} ms", world.now);
}

#[test]
fn few_connections_serve_all_nodes_in_turn() {
    for most in [1, 2] {
        let mut world = World::new(Config { max_connections: most, ..config() }, 3);
        let calls: Vec<_> = (0..60).map(|number| world.increment(&format!("k{}", number % 20))).collect();
        for call in calls {
            assert!(matches!(world.outcome(call), Done::Integer(_)));
        }
        assert!(world.now < 200, "{} ms", world.now);
        assert_eq!(world.most_sockets, most);
    }
}

/// Twelve nodes, of which eight do not accept connections, on a platform that opens six, and where attempts that were given up keep their
/// place for 20 s.
#[test]
fn nodes_that_accept_no_connection_leave_room_for_the_others() {
    const LINGER: u64 = 20_000;
    const LIVE: usize = 4;
    for seed in 0..10 {
        let limited = Config { max_connections: 6, connect_linger: LINGER, ..config() };
        let mut world = World::of_primaries(12, limited, seed);
        (world.max_sockets, world.linger) = (6, LINGER);
        world.nodes[LIVE..].iter_mut().for_each(|node| node.is_silent = true);
        let failed: Vec<_> = failed_calls(&mut world, 60_000).into_iter().filter(|&(_, node)| node < LIVE).collect();
        assert!(failed.len() < 250, "{} of 1,000: without the limit it is all", failed.len());
        assert!(failed.iter().all(|&(at, _)| at < 45_000), "each was reached in its turn");
        (LIVE..12).for_each(|node| world.resume(node));
        world.advance(5_000);
        assert_eq!(failed_calls(&mut world, 10_000), []);
        assert!(world.most_sockets <= 6, "{} sockets", world.most_sockets);
    }
}

/// The times and nodes of the calls that fail of one every 20 ms, each for another key.
fn failed_calls(world: &mut World, milliseconds: u64) -> Vec<(u64, usize)> {
    let mut calls = Vec::new();
    for number in 0..milliseconds / 20 {
        let key = format!("k{}", number % 200);
        let call = world.submit_for(3_000, Operation::Get { key: key.as_bytes() });
        calls.push((call, (world.now, world.node_of(&key))));
        world.advance(20);
    }
    world.advance(3_000);
    calls.retain(|&(call, _)| matches!(world.done(call), Done::Failed(_)));
    calls.into_iter().map(|(_, call)| call).collect()
}

#[test]
fn replicas_answer_reads_where_that_is_wanted_and_the_primary_where_they_cannot() {
    let mut wanted = config();
    wanted.reads_replicas = true;
    let mut world = World::connected(wanted);
    let get = world.get(KEYS[0]);
    assert_eq!(world.outcome(get), Done::value(b"0"));
    let set = world.set(KEYS[0], "1");
    assert_eq!(world.outcome(set), Done::Flag(true));
    assert_eq!((world.arrived[&(3, "GET".into())], world.arrived[&(0, "SET".into())]), (1, 1));

    world.nodes[3].faults.insert("GET".into(), "-LOADING Redis is loading the dataset in memory\r\n".into());
    let call = world.get(KEYS[0]);
    world.advance(10);
    assert_eq!(world.done(call), Done::value(b"1"));

    world.kill(3);
    let call = world.get(KEYS[0]);
    world.advance(10);
    assert_eq!(world.done(call), Done::value(b"1"));
}
