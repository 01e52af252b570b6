//! A cluster: every operation finds its nodes, cold, warm, and while slots move.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::{Cache, Expiry, Operation};
use cachelib_edge::client::Installation;
use cachelib_edge::connection::Effect;
use cluster_simulation::{World, config, slot};
use simulation::Done;

/// A key of each of the three shards.
const KEYS: [&str; 3] = ["a", "b", "c"];

#[test]
fn a_key_is_found_in_two_round_trips_and_the_map_comes_with_the_first() {
    for seed in 0..10 {
        let mut world = World::new(config(), seed);
        let calls = KEYS.map(|key| world.set(key, key));
        world.advance(10);
        for call in calls {
            assert_eq!(world.done(call), Done::Flag(true));
        }
        assert_eq!(world.connects.len(), 3, "the seed serves its own slots: {:?}", world.connects);
        let slots: u32 = world.arrived.iter().filter(|((_, name), _)| name == "CLUSTER").map(|(_, count)| count).sum();
        assert_eq!(slots, 2, "MYID and SLOTS");
    }
}

#[test]
fn one_key_takes_at_most_two_connections_cold_and_one_warm() {
    for seed in 0..10 {
        let installation = Installation::default();
        let mut world = World::sharing(config(), seed, installation.clone());
        let call = world.get("b");
        world.advance(8);
        assert_eq!(world.done(call), Done::Value(None));
        assert!(world.connects.len() <= 2);

        world.cache = Cache::sharing(config(), seed, installation);
        world.forget();
        let call = world.get("b");
        world.advance(4);
        assert_eq!(world.done(call), Done::Value(None));
        assert_eq!(world.connects, [world.node_of("b")]);
        assert!(!world.arrived.keys().any(|(_, name)| name == "CLUSTER"));
    }
}

#[test]
fn every_operation_works_on_a_cluster() {
    let mut world = World::warm(config());
    let keys: Vec<_> = (0..300).map(|number| format!("k{number}")).collect();
    let bytes: Vec<_> = keys.iter().map(String::as_bytes).collect();
    let entries: Vec<_> = bytes.iter().map(|key| (*key, *key)).collect();
    let set = world.submit(Operation::SetMany { entries: &entries, expiry: Expiry::Never });
    let get = world.submit(Operation::GetMany { keys: &bytes });
    let delete = world.submit(Operation::DeleteMany { keys: &bytes[..100] });
    let again = world.submit(Operation::GetMany { keys: &bytes });
    world.advance(20);
    assert_eq!(world.done(set), Done::Keys(Vec::new(), None));
    assert_eq!(world.done(get), Done::Values(keys.iter().map(|key| Some(key.clone().into())).collect()));
    assert_eq!(world.done(delete), Done::Keys(Vec::new(), None));
    let left = |(index, key): (usize, &String)| (index >= 100).then(|| key.clone().into());
    assert_eq!(world.done(again), Done::Values(keys.iter().enumerate().map(left).collect()));

    let add = world.submit(Operation::Add { key: b"k200", value: b"x", expiry: Expiry::Never });
    let has = world.submit(Operation::Has { key: b"k200" });
    let count = world.increment("n");
    let delete = world.submit(Operation::Delete { key: b"k200" });
    let ping = world.submit(Operation::Ping);
    world.advance(20);
    assert_eq!(world.done(add), Done::Flag(false));
    assert_eq!(world.done(has), Done::Flag(true));
    assert_eq!(world.done(count), Done::Integer(1));
    assert_eq!(world.done(delete), Done::Flag(true));
    assert_eq!(world.done(ping), Done::Flag(true));
}

#[test]
fn many_keys_leave_in_one_write_a_node_and_those_of_a_slot_in_one_command() {
    let mut world = World::warm(config());
    let calls = KEYS.map(|key| world.get(key));
    world.advance(10);
    assert!(calls.into_iter().all(|call| world.done(call) == Done::Value(None)));
    world.forget();
    let keys: Vec<_> = (0..1_500).map(|number| format!("{{b}}{number}")).chain(KEYS.map(String::from)).collect();
    let call = world.get_many(&keys);
    world.advance(2);
    assert!(matches!(world.done(call), Done::Values(values) if values.len() == 1_503));
    assert_eq!(world.transmissions.values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(world.arrived.iter().filter(|((_, name), _)| name == "MGET").map(|(_, count)| count).sum::<u32>(), 2);
    assert!(world.connects.is_empty());
}

#[test]
fn what_waits_for_the_map_does_not_repeat_the_reads_before_it() {
    for seed in 0..6 {
        let mut world = World::new(config(), seed);
        let get = world.get("b");
        let set = world.set("b", &"v".repeat(100_000));
        world.advance(50);
        assert_eq!((world.done(get), world.done(set)), (Done::Value(None), Done::Flag(true)));
        let gets = world.arrived.iter().filter(|((_, name), _)| name == "GET").map(|(_, count)| count).sum::<u32>();
        let is_redirected = world.connects[0] != world.node_of("b");
        assert_eq!(gets, 1 + u32::from(is_redirected), "seed {seed}");
    }
}

#[test]
fn clear_reaches_all_primaries_even_before_the_map_is_known() {
    for prefix in ["", "p:"] {
        for seed in 0..5 {
            let mut world = World::new(config(), seed);
            for number in 0..100 {
                let key = format!("p:{number}");
                let shard = world.owners[usize::from(slot(key.as_bytes()))].expect("served");
                world.shards[shard].redis.put(&key, "1");
            }
            let call = world.submit(Operation::Clear { prefix: prefix.as_bytes() });
            world.advance(50);
            assert_eq!(world.done(call), Done::Flag(true));
            assert!(world.shards.iter().all(|shard| shard.redis.data.is_empty()));
        }
    }
}

#[test]
fn clear_tells_that_a_slot_is_not_served() {
    let mut world = World::new(config(), 1);
    world.owners[7] = None;
    world.nodes.iter_mut().for_each(|node| node.view[7] = None);
    let call = world.submit(Operation::Clear { prefix: b"p:" });
    world.advance(50);
    assert!(matches!(world.done(call), Done::Failed(error) if error.code() == "INCOMPLETE_TOPOLOGY"));
}

/// By its number a node is reached after others have got its slots, or slots before them.
#[test]
fn the_nodes_of_a_cluster_are_all_known_by_numbers_that_stay() {
    for seed in 0..6 {
        let mut world = World::new(config(), seed);
        let listed = numbers(&mut world);
        assert_eq!(listed.len(), 3, "seed {seed}");
        assert_eq!(numbers(&mut world), listed);
        for &node in &listed {
            let arguments: &[&[u8]] = &[b"SCAN", b"0"];
            world.submit(Operation::Command {
                arguments,
                key: 0,
                node,
                effect: Effect::ReadOnly,
                cancels_lease: false,
            });
        }
        world.advance(50);
        let scanned = world.arrived.keys().filter(|(_, command)| command == "SCAN").count();
        assert_eq!(scanned, 3, "seed {seed}");
    }
}

fn numbers(world: &mut World) -> Vec<u32> {
    let call = world.submit(Operation::Nodes);
    let Done::Values(values) = world.outcome(call) else { panic!("no numbers") };
    values.iter().flatten().map(|bytes| u32::from(bytes[0]) + 256 * u32::from(bytes[1])).collect()
}

#[test]
fn a_slot_that_has_moved_is_learnt_by_one_redirection() {
    let mut world = World::warm(config());
    let (from, number) = (world.node_of("b"), slot(b"b"));
    let to = (from + 1) % 3;
    world.reshard(number, to);
    let first = world.increment("b");
    world.advance(10);
    let second = world.increment("b");
    world.advance(10);
    assert_eq!((world.done(first), world.done(second)), (Done::Integer(1), Done::Integer(2)));
    assert_eq!(world.arrived[&(from, "INCRBY".into())], 1);
    assert_eq!(world.arrived[&(to, "INCRBY".into())], 2);
}

#[test]
fn keys_of_a_moving_slot_are_asked_for_one_by_one_where_they_are() {
    let mut world = World::warm(config());
    let keys = ["{b}1", "{b}2", "{b}3"].map(String::from);
    let sets = [world.set(&keys[0], "1"), world.set(&keys[1], "2")];
    world.advance(10);
    assert!(sets.into_iter().all(|call| world.done(call) == Done::Flag(true)));
    world.migrate(slot(b"b"), (world.node_of("b") + 1) % 3);
    world.move_key(keys[1].as_bytes());
    let many = world.get_many(&keys);
    let one = world.get(&keys[1]);
    world.advance(20);
    let new = world.set(&keys[2], "3");
    world.advance(20);
    assert_eq!(world.done(many), Done::Values(vec![Some(b"1".to_vec()), Some(b"2".to_vec()), None]));
    assert_eq!(world.done(one), Done::value(b"2"));
    assert_eq!(world.done(new), Done::Flag(true));
    let bytes: Vec<_> = keys.iter().map(String::as_bytes).collect();
    let delete = world.submit(Operation::DeleteMany { keys: &bytes });
    world.advance(20);
    assert_eq!(world.done(delete), Done::Keys(Vec::new(), None));
    assert!(world.shards.iter().all(|shard| shard.redis.data.is_empty()));
}

#[test]
fn only_the_keys_of_a_slot_that_is_not_served_fail() {
    let mut world = World::warm(config());
    let number = usize::from(slot(b"b"));
    world.owners[number] = None;
    let keys = ["a", "b", "c"].map(String::from);
    let set = world.set("a", "1");
    let many = world.get_many(&keys);
    world.advance(6_000);
    assert_eq!(world.done(set), Done::Flag(true));
    let Done::ValuesInPart(values, unknown, error) = world.done(many) else { panic!("in part") };
    assert_eq!((values, unknown), (vec![Some(b"1".to_vec()), None, None], vec![1]));
    assert_eq!(error.code(), "CLUSTER");
}

#[test]
fn a_key_that_is_rejected_alone_is_not_told_to_be_missing() {
    let mut world = World::warm(config());
    let set = world.set("a", "1");
    assert_eq!(world.outcome(set), Done::Flag(true));
    let node = world.node_of("a");
    world.nodes[node]
        .faults
        .insert("GET".into(), "-TRYAGAIN Multiple keys request during rehashing of slot\r\n".into());
    let many = world.get_many(&["a", "b", "c"].map(String::from));
    let Done::ValuesInPart(values, unknown, error) = world.outcome(many) else { panic!("in part") };
    assert_eq!((values, unknown, error.code()), (vec![None; 3], vec![0], "CLUSTER"));
}

#[test]
fn a_script_whose_keys_are_on_two_nodes_gets_all_its_attempts_after_pauses_for_other_errors() {
    let mut world = World::warm(config());
    let node = world.node_of("a");
    let reject = |world: &mut World, error: &str| {
        world.nodes[node].faults.insert("SET".into(), format!("-{error}\r\n"));
    };
    let fenced = Operation::Command {
        arguments: &[b"SET", b"a", b"1"],
        key: 1,
        node: 0,
        effect: Effect::Fenced,
        cancels_lease: false,
    };
    reject(&mut world, "BUSY Redis is busy running a script.");
    let call = world.submit(fenced);
    world.advance(1_000);
    reject(&mut world, "TRYAGAIN Multiple keys request during rehashing of slot");
    world.advance(210);
    world.nodes[node].faults.clear();
    assert_eq!(world.outcome(call), Done::Flag(true));
}

#[test]
fn a_read_that_a_primary_rejects_is_not_repeated_after_a_write_that_it_executed() {
    let mut world = World::warm(config());
    let first = world.set("a", "1");
    assert_eq!(world.outcome(first), Done::Flag(true));
    let node = world.node_of("a");
    world.nodes[node].faults.insert("GET".into(), "-MASTERDOWN Link with MASTER is down\r\n".into());
    let (get, set) = (world.get("a"), world.set("a", "2"));
    world.advance(3);
    world.nodes[node].faults.clear();
    assert_eq!(world.outcome(set), Done::Flag(true));
    assert!(matches!(world.outcome(get), Done::Failed(_)));
}

#[test]
fn what_has_no_key_waits_where_it_was_rejected() {
    let mut world = World::warm(config());
    for rejection in ["LOADING Redis is loading the dataset in memory", "MOVED 5 10.0.0.2:6379"] {
        world.forget();
        let node = world.node_of("a");
        world.nodes[node].faults.insert("SCAN".into(), format!("-{rejection}\r\n"));
        let clear = world.submit(Operation::Clear { prefix: b"p" });
        world.advance(1_000);
        let scans = world.arrived.get(&(node, "SCAN".into())).copied().unwrap_or_default();
        assert!((1..=20).contains(&scans), "{rejection}: {scans} times in a second");
        world.nodes[node].faults.clear();
        assert_eq!(world.outcome(clear), Done::Flag(true));
    }
}

#[test]
fn much_that_is_written_before_the_map_is_known_goes_to_its_nodes_only() {
    for seed in 0..5 {
        let mut world = World::new(config(), seed);
        let keys: Vec<_> = (0..300).map(|number| format!("k{number}")).collect();
        let value = vec![b'v'; 10_000];
        let entries: Vec<_> = keys.iter().map(|key| (key.as_bytes(), &value[..])).collect();
        let set = world.submit(Operation::SetMany { entries: &entries, expiry: Expiry::Never });
        let get = world.get("k299");
        assert_eq!(world.outcome(set), Done::Keys(Vec::new(), None));
        assert_eq!(world.outcome(get), Done::value(&value));
        let sets: u32 = world.arrived.iter().filter(|((_, name), _)| name == "SET").map(|(_, count)| count).sum();
        assert!((300..=307).contains(&sets), "{sets}");
        assert!(world.now < 30, "{} ms", world.now);
    }
}
