//! How much work a node of a cluster can make, by the memory that it takes for it.
#![cfg(all(feature = "cluster", not(target_arch = "wasm32")))]

#[path = "../crates/serializer/tests/counting_allocator/mod.rs"]
mod counting_allocator;
mod simulation;

use cachelib_edge::cache::{Cache, CallId, Operation, Output};
use cachelib_edge::client::{Config, Deployment};
use counting_allocator::{MIB, given_for, peak_of};
use simulation::{HANDSHAKE_REPLY, NIL, config};

/// What is looked at for one of its replies is not looked at for each.
#[test]
fn a_node_that_contradicts_itself_with_every_reply_costs_little_more_than_its_replies() {
    const REQUESTS: usize = 8_000;
    const MAP: &[u8] =
        b"*1\r\n*4\r\n:0\r\n:16383\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\na\r\n*3\r\n$1\r\nb\r\n:1\r\n$1\r\nb\r\n";
    for contradiction in [["MOVED 1 b:1", "MOVED 1 a:1"], ["MOVED 1 b:1", "CLUSTERDOWN Hash slot not served"]] {
        let deployment = Deployment::Cluster { prefers_hostnames: false };
        let mut cache = Cache::new(Config { deployment, ..config() }, 1);
        let submit = |cache: &mut Cache, key: &str| {
            cache.submit(CallId(0), Operation::Get { key: key.as_bytes() }, 5_000, 0);
        };
        submit(&mut cache, "a");
        let Some(Output::Connect(id, _)) = cache.poll(0) else { panic!("it connects") };
        cache.opened(id, 0);
        drain(&mut cache);
        cache.receive(id, &[HANDSHAKE_REPLY, NIL, b"$1\r\na\r\n", MAP].concat(), 0);
        (0..REQUESTS).for_each(|number| submit(&mut cache, &format!("k{number}")));
        drain(&mut cache);
        let replies: String = contradiction.iter().cycle().take(REQUESTS).map(|text| format!("-{text}\r\n")).collect();
        let given = given_for(|| {
            cache.receive(id, replies.as_bytes(), 0);
            drain(&mut cache);
        });
        assert!(given < 20 * MIB, "{contradiction:?}: {given} bytes");
    }
}

/// 50 MB of it: more than is decoded, and nothing is kept.
#[test]
fn a_map_of_a_million_ranges_takes_no_memory() {
    const RANGES: usize = 1_000_000;
    const RANGE: &[u8] = b"*3\r\n:0\r\n:1\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n";
    let deployment = Deployment::Cluster { prefers_hostnames: false };
    let mut cache = Cache::new(Config { deployment, ..config() }, 1);
    cache.submit(CallId(0), Operation::Get { key: b"a" }, 5_000, 0);
    let Some(Output::Connect(id, _)) = cache.poll(0) else { panic!("it connects") };
    cache.opened(id, 0);
    drain(&mut cache);
    cache.receive(id, &[HANDSHAKE_REPLY, NIL, b"$1\r\na\r\n"].concat(), 0);
    drain(&mut cache);
    let ranges = RANGE.repeat(1_000);
    let peak = peak_of(|| {
        cache.receive(id, format!("*{RANGES}\r\n").as_bytes(), 0);
        for _ in 0..RANGES / 1_000 {
            cache.receive(id, &ranges, 0);
            assert!(cache.poll(0).is_none());
        }
    });
    assert!(peak < MIB, "{peak} bytes");
    cache.submit(CallId(1), Operation::Get { key: b"a" }, 5_000, 0);
    assert!(matches!(cache.poll(0), Some(Output::Transmit(same, _)) if same == id), "the connection goes on");
}

fn drain(cache: &mut Cache) {
    while cache.poll(0).is_some() {}
}
