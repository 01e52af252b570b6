//! Reads from a replica behind sentinels: which one is taken, and what the master answers in its place.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::{Cache, Operation};
use cachelib_edge::client::{Config, Installation};
use cluster_simulation::World;
use cluster_simulation::sentinels::{MASTER, OTHER, REPLICA, arrived, behind, preferring_replicas};
use simulation::Done;

/// How long it takes until the sentinels are asked for replicas again.
const INTERVAL: u64 = 15_000;

fn world(replicas: &[usize]) -> World {
    behind(World::new(preferring_replicas(), 1), replicas)
}

/// One whose cache has a connection to the master and the replica, and the key `n` with the value 1.
fn connected(replicas: &[usize]) -> World {
    let mut world = world(replicas);
    let calls = [world.increment("n"), world.get("m")];
    assert_eq!(calls.map(|call| world.outcome(call)), [Done::Integer(1), Done::Value(None)]);
    world.forget();
    world
}

/// Reads a key, by which of the two nodes.
fn read(world: &mut World) -> usize {
    let before: Vec<_> = (0..6).map(|node| arrived(world, node, "GET")).collect();
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::value(b"1"), "at {} ms", world.now);
    let answered = |&node: &usize| arrived(world, node, "GET") > before[node];
    // Where a replica could not answer, the master did so after it.
    (0..6).find(|node| *node == MASTER && answered(node)).or_else(|| (0..6).find(answered)).expect("it was read")
}

#[test]
fn the_replica_answers_reads_and_the_master_everything_else() {
    let mut world = world(&[REPLICA]);
    let set = world.set("a", "1");
    assert_eq!(world.outcome(set), Done::Flag(true));
    let calls = [world.get("a"), world.submit(Operation::Has { key: b"a" }), world.get_many(&["a".into(), "b".into()])];
    let [get, has, get_many] = calls.map(|call| world.outcome(call));
    assert_eq!((get, has), (Done::value(b"1"), Done::Flag(true)));
    assert_eq!(get_many, Done::Values(vec![Some(b"1".to_vec()), None]));
    let clear = world.submit(Operation::Clear { prefix: b"a" });
    assert_eq!(world.outcome(clear), Done::Flag(true));
    let ping = world.submit(Operation::Ping);
    assert_eq!(world.outcome(ping), Done::Flag(true));
    for (command, node) in [("GET", REPLICA), ("EXISTS", REPLICA), ("MGET", REPLICA), ("SET", MASTER)] {
        assert_eq!(arrived(&world, node, command), 1, "{command}");
    }
    for command in ["SCAN", "UNLINK", "PING"] {
        assert_eq!((arrived(&world, MASTER, command), arrived(&world, REPLICA, command)), (1, 0), "{command}");
    }
    assert_eq!(world.connects, [0, MASTER, REPLICA]);
    assert_eq!(arrived(&world, REPLICA, "READONLY") + arrived(&world, MASTER, "READONLY"), 0, "it is for clusters");
}

#[test]
fn a_cold_read_needs_one_question_and_no_connection_to_the_master() {
    let mut world = world(&[REPLICA]);
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::Value(None));
    assert_eq!(world.connects, [0, REPLICA]);
    assert_eq!(world.transmissions[&0], 1, "both questions leave in one write");
}

#[test]
fn nobody_asks_for_replicas_who_reads_from_the_master() {
    let mut config = preferring_replicas();
    config.reads_replicas = false;
    let mut world = behind(World::new(config, 1), &[REPLICA]);
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::Value(None));
    assert_eq!((world.connects.as_slice(), arrived(&world, 0, "SENTINEL")), (&[0, MASTER][..], 1));
}

#[test]
fn where_there_is_no_replica_that_works_the_master_answers() {
    let faults =
        [("flags", "slave,s_down"), ("flags", "o_down,slave"), ("flags", "slave,disconnected"), ("link", "err")];
    for fault in [None].into_iter().chain(faults.map(Some)) {
        let mut world = world(if fault.is_some() { &[REPLICA] } else { &[] });
        if let Some((name, value)) = fault {
            world.nodes[REPLICA].faults.insert(name.into(), value.into());
        }
        let call = world.get("n");
        assert_eq!(world.outcome(call), Done::Value(None));
        assert_eq!(world.connects, [0, MASTER], "{fault:?}");
    }
}

#[test]
fn a_sentinel_that_names_no_replicas_names_the_master_all_the_same() {
    for reply in
        ["-NOPERM this user has no permissions\r\n", "$-1\r\n", "*1\r\n*1\r\n$2\r\nip\r\n", "*2\r\n:1\r\n*0\r\n"]
    {
        let mut world = world(&[REPLICA]);
        // Of both questions: so the master is one that the sentinel before has named.
        world.nodes[0].faults.insert("SENTINEL".into(), reply.into());
        let call = world.get("n");
        assert_eq!(world.outcome(call), Done::Value(None));
        assert_eq!(world.connects, [0, 1, REPLICA], "{reply:?}");
    }
}

#[test]
fn a_replica_that_works_is_taken_in_place_of_one_that_does_not() {
    let mut world = world(&[REPLICA, OTHER]);
    world.nodes[REPLICA].faults.insert("flags".into(), "slave,s_down,disconnected".into());
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::Value(None));
    assert_eq!(world.connects, [0, OTHER]);
}

#[test]
fn isolates_choose_among_replicas() {
    let chosen = |seed: u64| {
        let mut world = behind(World::new(preferring_replicas(), seed << 33), &[REPLICA, OTHER]);
        let call = world.get("n");
        assert_eq!(world.outcome(call), Done::Value(None));
        world.connects.pop()
    };
    assert_ne!(chosen(3), chosen(4));
    assert_eq!(chosen(3), chosen(5), "each the same one every time");
}

#[test]
fn the_master_answers_what_a_replica_that_loads_or_has_lost_its_master_does_not() {
    for error in ["-LOADING Redis is loading\r\n", "-MASTERDOWN Link with MASTER is down\r\n"] {
        let mut world = connected(&[REPLICA]);
        world.nodes[REPLICA].faults.insert("GET".into(), error.into());
        assert_eq!(read(&mut world), MASTER);
        world.nodes[REPLICA].faults.clear();
        assert_eq!(read(&mut world), REPLICA);
        assert!(world.now < 50, "{} ms", world.now);
    }
}

#[test]
fn a_replica_sends_nobody_elsewhere() {
    let mut world = connected(&[REPLICA]);
    world.nodes[REPLICA].faults.insert("GET".into(), "-MOVED 1 10.0.0.5:6379\r\n".into());
    let call = world.get("n");
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "CLUSTER"));
    assert_eq!(world.connects, [0; 0]);
}

#[test]
fn reads_of_a_replica_that_dies_are_answered_by_the_master() {
    let mut world = connected(&[REPLICA]);
    let calls: Vec<_> = (0..10).map(|_| world.get("n")).collect();
    world.drain();
    world.kill(REPLICA);
    assert!(calls.into_iter().all(|call| world.outcome(call) == Done::value(b"1")));
    assert_eq!(read(&mut world), MASTER);
    assert!(world.now < 50, "{} ms", world.now);

    world.resume(REPLICA);
    world.advance(3_000);
    assert_eq!(read(&mut world), REPLICA, "probes find out that it is back");
}

#[test]
fn probes_find_a_replica_that_is_back_for_those_who_do_not_fail_fast_as_well() {
    let mut world = behind(World::new(Config { fail_fast: false, ..preferring_replicas() }, 1), &[REPLICA]);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    assert_eq!(read(&mut world), REPLICA);
    world.kill(REPLICA);
    assert_eq!(read(&mut world), MASTER);
    world.resume(REPLICA);
    world.advance(3_000);
    assert_eq!(read(&mut world), REPLICA);
}

#[test]
fn another_replica_takes_the_place_of_one_that_died() {
    let mut world = connected(&[REPLICA, OTHER]);
    assert_eq!(read(&mut world), REPLICA);
    world.advance(INTERVAL);
    world.kill(REPLICA);
    assert_eq!(read(&mut world), MASTER);
    // The sentinels do not know yet that it is down.
    world.advance(20);
    assert_eq!(read(&mut world), OTHER);
}

#[test]
fn a_replica_that_is_silent_costs_the_calls_under_way_and_no_later_ones() {
    let mut world = connected(&[REPLICA]);
    world.nodes[REPLICA].is_silent = true;
    let call = world.get("n");
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "TIMEOUT"));
    let now = world.now;
    assert_eq!(read(&mut world), MASTER);
    assert!(world.now - now < 20, "{} ms", world.now - now);
}

#[test]
fn a_promoted_replica_is_left_and_the_former_master_is_read() {
    let mut world = connected(&[REPLICA]);
    // As `SENTINEL FAILOVER` does it: the connections of both are closed.
    world.shards[0].primary = REPLICA;
    world.shards[0].replicas = vec![MASTER];
    world.named_master = Some(REPLICA);
    world.lose_connections(MASTER);
    world.lose_connections(REPLICA);
    let call = world.increment("m");
    assert_eq!(world.outcome(call), Done::Integer(1));
    assert_eq!(arrived(&world, REPLICA, "INCRBY"), 1);
    assert_eq!(read(&mut world), MASTER, "it is the replica now");
    assert!(world.now < 100, "{} ms", world.now);
}

#[test]
fn a_sentinel_that_still_names_a_promoted_replica_as_one_is_not_believed() {
    let mut world = world(&[REPLICA]);
    let call = world.increment("n");
    assert_eq!(world.outcome(call), Done::Integer(1));
    world.nodes[REPLICA].faults.insert("ROLE".into(), "*2\r\n$6\r\nmaster\r\n:0\r\n".into());
    assert_eq!(read(&mut world), MASTER);
    assert_eq!(world.connects, [0, MASTER, REPLICA]);
}

#[test]
fn servers_that_do_not_tell_their_roles_are_what_the_sentinel_says() {
    for error in
        ["NOPERM User app has no permissions", "ERR unknown command 'ROLE'", "LOADING Redis is loading", "BUSY"]
    {
        let mut world = world(&[REPLICA]);
        for node in [MASTER, REPLICA] {
            world.nodes[node].faults.insert("ROLE".into(), format!("-{error}\r\n"));
        }
        let call = world.increment("n");
        assert_eq!(world.outcome(call), Done::Integer(1));
        assert_eq!(read(&mut world), REPLICA);
        assert_eq!(world.connects, [0, MASTER, REPLICA], "{error}");
    }
}

#[test]
fn a_replica_that_joins_later_is_found_by_reads_and_not_sooner_than_the_interval() {
    let mut world = connected(&[]);
    world.shards[0].replicas = vec![REPLICA];
    world.advance(INTERVAL / 2);
    assert_eq!(read(&mut world), MASTER);
    world.advance(100);
    assert_eq!(arrived(&world, 0, "SENTINEL"), 0, "not yet");
    world.advance(INTERVAL / 2);
    assert_eq!(read(&mut world), MASTER, "the read that has the sentinels asked does not wait for them");
    world.advance(10);
    assert_eq!(read(&mut world), REPLICA);
    assert_eq!(arrived(&world, 0, "SENTINEL"), 2);
}

#[test]
fn reads_go_on_where_no_sentinel_works_any_more() {
    let mut world = connected(&[REPLICA]);
    (0..3).for_each(|node| world.kill(node));
    world.advance(INTERVAL);
    world.kill(REPLICA);
    for _ in 0..100 {
        assert_eq!(read(&mut world), MASTER);
        world.advance(100);
    }
    let asked = world.connects.iter().filter(|&&node| node < 3).count();
    assert_eq!(asked, 3, "each once in the interval");
}

#[test]
fn reads_go_on_at_the_replica_while_there_is_no_master() {
    let mut world = connected(&[REPLICA]);
    world.kill(MASTER);
    let call = world.increment("n");
    world.advance(20);
    assert_eq!(read(&mut world), REPLICA);
    assert!(matches!(world.outcome(call), Done::Failed(_)));
    assert_eq!(read(&mut world), REPLICA);
}

#[test]
fn another_cache_of_the_installation_goes_straight_to_the_replica() {
    let installation = Installation::default();
    let mut world = behind(World::sharing(preferring_replicas(), 1, installation.clone()), &[REPLICA, OTHER]);
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::Value(None));
    world.cache = Cache::sharing(preferring_replicas(), 1 << 33, installation);
    world.forget();
    let call = world.get("n");
    assert_eq!(world.outcome(call), Done::Value(None));
    assert_eq!(world.connects, [REPLICA]);
}

#[test]
fn a_cold_read_fails_where_no_sentinel_answers() {
    let mut world = world(&[REPLICA]);
    (0..3).for_each(|node| world.kill(node));
    let call = world.get("n");
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "UNREACHABLE"));
    assert!(world.now < 100, "{} ms", world.now);
}
