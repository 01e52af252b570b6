//! Maps and redirections that no decent server sends: every call ends, in time and with what it is.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::Operation;
use cachelib_edge::client::{Config, Installation};
use cluster_simulation::{CLOSE, SLOTS, World, config, slot};
use simulation::Done;

fn answering(reply: &[u8]) -> World {
    let mut world = World::new(config(), 1);
    for node in &mut world.nodes {
        node.faults.insert("CLUSTER".into(), String::from_utf8(reply.to_vec()).expect("text"));
    }
    world
}

fn range(first: &str, last: &str, host: &str, port: &str) -> String {
    format!("*3\r\n:{first}\r\n:{last}\r\n*3\r\n{host}\r\n:{port}\r\n$2\r\nid\r\n")
}

#[test]
fn keys_are_found_by_redirections_whatever_the_map_says() {
    let whole = |host: &str, port: &str| format!("*1\r\n{}", range("0", "16383", host, port));
    let maps = [
        "-NOPERM this user has no permissions to run the 'cluster|slots' command\r\n".to_owned(),
        "-ERR This instance has cluster support disabled\r\n".to_owned(),
        "*0\r\n".to_owned(),
        "+OK\r\n".to_owned(),
        ":7\r\n".to_owned(),
        "$2\r\nhi\r\n".to_owned(),
        "*-1\r\n".to_owned(),
        "*1\r\n*0\r\n".to_owned(),
        "*1\r\n*2\r\n:0\r\n:16383\r\n".to_owned(),
        "*1\r\n*3\r\n:0\r\n:16383\r\n*0\r\n".to_owned(),
        format!("*1\r\n{}", range("0", "20000", "$8\r\n10.0.0.1", "6379")),
        format!("*1\r\n{}", range("-1", "5", "$8\r\n10.0.0.1", "6379")),
        format!("*1\r\n{}", range("9", "5", "$8\r\n10.0.0.1", "6379")),
        whole("$1\r\n?", "6379"),
        whole("$-1", "6379"),
        whole("$0\r\n", "6379"),
        whole("$8\r\n10.0.0.1", "0"),
        whole("$8\r\n10.0.0.1", "99999"),
        whole("$8\r\n10.0.0.1", "6379"),
        format!("*3\r\n{}", range("0", "16383", "$8\r\n10.0.0.1", "6379").repeat(3)),
    ];
    for map in maps {
        let mut world = answering(map.as_bytes());
        let calls: Vec<_> = (0..50).map(|number| world.increment(&format!("k{number}"))).collect();
        for call in calls {
            assert_eq!(world.outcome(call), Done::Integer(1), "{map}");
        }
        assert!(world.now < 600, "{map}: {} ms", world.now);
    }
}

#[test]
fn a_map_of_a_fragmented_cluster_is_taken() {
    let mut world = World::new(config(), 1);
    world.owners = (0..SLOTS).map(|slot| Some(slot % 3)).collect();
    let owners = world.owners.clone();
    world.nodes.iter_mut().for_each(|node| node.view = owners.clone());
    let call = world.get("warm");
    assert_eq!(world.outcome(call), Done::Value(None));
    world.advance(50);
    world.forget();
    for number in 0..200 {
        let call = world.get(&format!("k{number}"));
        assert_eq!(world.outcome(call), Done::Value(None));
    }
    let asked: u32 = world.arrived.iter().filter(|((_, name), _)| name == "GET").map(|(_, count)| count).sum();
    assert_eq!(asked, 200, "none was redirected");
}

/// A cluster of every slot by itself, four replicas of each and host names, has 737,281 elements: 9 MB.
#[test]
fn a_map_of_more_elements_than_are_read_costs_no_call() {
    let entry = "*4\r\n$8\r\n10.0.0.1\r\n:6379\r\n$2\r\nid\r\n*2\r\n$8\r\nhostname\r\n$1\r\na\r\n";
    let range = |slot| format!("*7\r\n:{slot}\r\n:{slot}\r\n{}", entry.repeat(5));
    let map = format!("*{SLOTS}\r\n{}", (0..SLOTS).map(range).collect::<String>());
    let mut world = answering(map.as_bytes());
    world.chunk = 64 * 1024;
    for number in 0..500 {
        let call = world.increment(&format!("k{number}"));
        assert_eq!(world.outcome(call), Done::Integer(1));
        world.advance(100);
    }
    assert!((2..=3).contains(&world.maps_asked.len()), "{:?}", world.maps_asked);
    assert_eq!(world.connects.len(), world.sockets().len(), "no connection has ended");
}

#[test]
fn a_map_of_a_million_ranges_ends_no_connection() {
    const RANGES: usize = 1_000_000;
    let range = "*3\r\n:0\r\n:1\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n";
    let map = format!("*{RANGES}\r\n{}", range.repeat(RANGES));
    let mut world = answering(map.as_bytes());
    world.chunk = 64 * 1024;
    let calls: Vec<_> = (0..50).map(|number| world.increment(&format!("k{number}"))).collect();
    for call in calls {
        assert_eq!(world.outcome(call), Done::Integer(1));
    }
    world.advance(100);
    assert_eq!(world.connects.len(), world.sockets().len(), "no connection has ended");
}

/// What ends each connection is not asked for with each.
#[test]
fn a_map_that_cannot_be_skipped_is_asked_for_seldom() {
    for map in ["*4000000000\r\n", "!1\r\n", "nonsense\r\n", "*2\r\n$999999999999\r\n"] {
        let mut world = answering(map.as_bytes());
        let mut failed = 0;
        for number in 0..1_000 {
            let call = world.increment(&format!("k{}", number % 50));
            failed += u32::from(matches!(world.outcome(call), Done::Failed(_)));
            world.advance(100);
        }
        assert!(failed <= 6 && world.maps_asked.len() <= 4, "{map}: {failed}, {:?}", world.maps_asked);
    }
}

/// What a node says changes each time that it is asked, for ten minutes: the calls go on.
#[test]
fn a_map_that_changes_with_each_answer_costs_no_more_calls_than_there_are_answers() {
    let one = |node: u8| format!("*1\r\n{}", range("0", "16383", &format!("$8\r\n10.0.0.{node}"), "6379"));
    let answers = [
        one(1),
        "-LOADING Redis is loading the dataset in memory\r\n".into(),
        one(2),
        "*4000000000\r\n".into(),
        CLOSE.into(),
        one(5),
        "*0\r\n".into(),
        format!(
            "*2\r\n{}{}",
            range("0", "8191", "$8\r\n10.0.0.2", "6379"),
            range("8000", "16383", "$8\r\n10.0.0.0", "6379")
        ),
        "+OK\r\n".into(),
        one(0),
    ];
    for seed in 0..10 {
        let mut world = World::new(config(), seed);
        let (mut failed, mut asked) = (0, 0);
        for number in 0..6_000 {
            // A slot moves every three seconds, so that there is a reason to ask.
            if number % 30 == 0 {
                let key = format!("k{}", number / 30 % 50);
                let to = (world.node_of(&key) + 1) % 3;
                world.reshard(slot(key.as_bytes()), to);
            }
            asked = world.maps_asked.len();
            let answer = &answers[(asked + seed as usize) % answers.len()];
            world.nodes.iter_mut().for_each(|node| drop(node.faults.insert("CLUSTER".into(), answer.clone())));
            let call = world.increment(&format!("k{}", number % 50));
            failed += usize::from(matches!(world.outcome(call), Done::Failed(_)));
            world.advance(100);
        }
        assert!((10..=40).contains(&asked), "{asked} answers");
        assert!(failed <= asked, "{failed} of 6,000 failed, {asked} answers");
        let times: Vec<_> = world.maps_asked.iter().map(|(at, _)| *at).collect();
        assert!(times.windows(3).all(|times| times[2] - times[0] >= 15_000), "{times:?}");
        let counted: i64 = (0..50).map(|number| count(&world, number)).sum();
        assert!((6_000 - failed as i64..=6_000).contains(&counted), "{counted} counted");
    }
}

fn count(world: &World, number: u32) -> i64 {
    let value = world.value(&format!("k{number}")).map(String::from_utf8_lossy);
    value.map_or(0, |value| value.parse().expect("a number"))
}

/// Each of these looked through all that were known: a megabyte took seconds, and the replies may have hundreds of them.
#[test]
fn a_shard_of_many_times_more_nodes_than_there_are_numbers_is_read_at_once() {
    const NODES: usize = 160_000;
    let mut map = format!("*1\r\n*{}\r\n:0\r\n:16383\r\n", NODES + 2);
    for node in 0..NODES {
        map += &format!("*2\r\n$10\r\n10.{:07}\r\n:1\r\n", node);
    }
    let mut world = answering(map.as_bytes());
    let call = world.submit_for(20, Operation::Get { key: b"k" });
    assert!(matches!(world.outcome(call), Done::Value(None) | Done::Failed(_)));
}

#[test]
fn servers_that_send_a_key_round_in_a_circle_are_told() {
    let mut world = World::warm(config());
    for node in 0..6 {
        let next = world.nodes[(node + 1) % 3].address.clone();
        world.nodes[node].faults.insert("GET".into(), format!("-MOVED 1 {next}\r\n"));
    }
    let call = world.get("k");
    assert!(matches!(world.outcome(call), Done::Failed(error) if error.code() == "CLUSTER"));
    assert!(world.now < 2_200, "{} ms", world.now);
    let gets: u32 = world.arrived.iter().filter(|((_, name), _)| name == "GET").map(|(_, count)| count).sum();
    assert!(gets <= 20, "{gets} hops");
}

#[test]
fn redirections_that_lead_nowhere_end_with_the_deadline() {
    for target in ["?:6379", "10.0.0.1:0", "10.0.0.1:99999", "", "nonsense", "10.9.9.9:1"] {
        let mut world = World::warm(config());
        for node in 0..6 {
            world.nodes[node].faults.insert("GET".into(), format!("-MOVED 1 {target}\r\n"));
        }
        let call = world.get("k");
        let begun_at = world.now;
        let done = world.outcome(call);
        assert!(matches!(done, Done::Failed(_)), "{target}: {done:?}");
        assert!(world.now <= begun_at + 5_000, "{target}");
    }
}

/// Has the cache hear of more addresses than there are numbers.
fn use_up_numbers(world: &mut World) {
    for number in 0..4_300 {
        let target = format!("10.{}.{}.1:1", number / 200, number % 200);
        world.nodes.iter_mut().for_each(|node| {
            node.faults.insert("GET".into(), format!("-ASK 1 {target}\r\n"));
        });
        let call = world.submit_for(20, Operation::Get { key: b"k" });
        assert!(matches!(world.outcome(call), Done::Failed(_)));
    }
    world.nodes.iter_mut().for_each(|node| node.faults.clear());
}

#[test]
fn a_map_that_names_other_nodes_with_each_answer_fills_no_memory() {
    let mut world = World::new(config(), 1);
    use_up_numbers(&mut world);
    // There is no number left for another address: those of the past are used again.
    let (old, key) = (world.node_of("k"), "k");
    world.nodes[old].address = "10.99.99.99:6379".into();
    world.lose_connections(old);
    let call = world.increment(key);
    assert_eq!(world.outcome(call), Done::Integer(1));
    let calls: Vec<_> = (0..50).map(|number| world.increment(&format!("k{number}"))).collect();
    assert!(calls.into_iter().all(|call| world.outcome(call) == Done::Integer(1)));
}

#[test]
fn a_connection_that_is_drained_sends_nothing_more_when_its_number_is_used_again() {
    let installation = Installation::default();
    let mut other = World::sharing(config(), 1, installation.clone());
    let warm = other.get("k");
    assert_eq!(other.outcome(warm), Done::Value(None));
    let mut world = World::sharing(Config { max_connections: 1, ..config() }, 1, installation);
    let (first, node) = (world.increment("b"), world.node_of("b"));
    assert_eq!(world.outcome(first), Done::Integer(1));
    // It waits for one reply when another node needs its place; the increment is for the next connection.
    let get = world.get("b");
    world.drain();
    world.increment("c");
    world.drain();
    let increment = world.increment("b");
    world.drain();
    use_up_numbers(&mut other);
    let moved = format!("-MOVED {} 10.9.9.9:1\r\n", slot(b"b"));
    world.nodes[node].faults.insert("INCRBY".into(), moved);
    world.advance(3);
    world.nodes[node].faults.clear();
    assert_eq!(world.outcome(get), Done::value(b"1"));
    assert_eq!(world.outcome(increment), Done::Integer(2));
}
