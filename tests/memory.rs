//! How much memory a server can make the cache take, counted by the allocator itself.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../crates/serializer/tests/counting_allocator/mod.rs"]
mod counting_allocator;
mod simulation;

use cachelib_edge::cache::{Error, Expiry, NodeId, Operation};
use cachelib_edge::client;
use cachelib_edge::resp::ProtocolError;
use counting_allocator::{MIB, held_after, peak_of, with_spare};
use simulation::{Done, HANDSHAKE_REPLY, NIL, ROUND_TRIP, Simulation, error};
fn no_memory() -> Done {
    Done::Failed(error::protocol(ProtocolError::OutOfMemory))
}

fn assert_usable(simulation: &mut Simulation) {
    simulation.actions.clear();
    let get = simulation.get("a");
    simulation.advance(ROUND_TRIP);
    let greeting = if simulation.connects().is_empty() { b"" } else { HANDSHAKE_REPLY };
    simulation.reply(&[greeting, b"$1\r\n1\r\n"].concat());
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn a_value_for_which_there_is_no_memory_fails_alone() {
    let value = vec![b'v'; 16 * MIB];
    let mut simulation = Simulation::ready();
    with_spare(10 * MIB, || {
        let set = simulation.submit(Operation::Set { key: b"k", value: &value, expiry: Expiry::Never });
        assert_eq!(simulation.done(set), Done::Failed(Error::Client(client::Error::OutOfMemory, NodeId::default())));
        assert_usable(&mut simulation);
    });
}

#[test]
fn a_reply_for_which_there_is_no_memory_fails_and_a_new_connection_is_made() {
    let reply = [format!("${}\r\n", 16 * MIB).as_bytes(), &[b'v'; 16 * MIB], b"\r\n"].concat();
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    with_spare(10 * MIB, || {
        for chunk in reply.chunks(64 * 1024) {
            if !simulation.is_done(get) {
                simulation.reply(chunk);
            }
        }
        assert_eq!(simulation.done(get), no_memory());
        assert_usable(&mut simulation);
    });
}

#[test]
fn values_for_which_there_is_no_memory_fail_and_a_new_connection_is_made() {
    let value = [format!("${}\r\n", 6 * MIB).as_bytes(), &[b'v'; 6 * MIB], b"\r\n"].concat();
    let reply = [&b"*2\r\n"[..], &value, &value].concat();
    let mut simulation = Simulation::ready();
    let get = simulation.submit(Operation::GetMany { keys: &[b"a", b"b"] });
    simulation.drain();
    with_spare(20 * MIB, || {
        simulation.reply(&reply);
        assert_eq!(simulation.done(get), no_memory());
        assert_usable(&mut simulation);
    });
}

#[test]
fn a_rejected_write_that_there_is_no_memory_to_hold_is_told() {
    let value = vec![b'v'; 16 * MIB];
    let mut simulation = Simulation::ready();
    let set = simulation.submit(Operation::Set { key: b"k", value: &value, expiry: Expiry::Never });
    simulation.drain();
    with_spare(10 * MIB, || {
        simulation.reply(b"-LOADING Redis is loading the dataset in memory\r\n");
        assert_eq!(simulation.done(set), Done::Failed(error::server("LOADING Redis is loading the dataset in memory")));
        assert_usable(&mut simulation);
    });
}

#[test]
fn a_write_behind_one_that_is_held_fails_where_there_is_no_memory_to_hold_it() {
    let value = vec![b'v'; 16 * MIB];
    let mut simulation = Simulation::ready();
    simulation.submit(Operation::Set { key: b"k", value: b"1", expiry: Expiry::Never });
    simulation.drain();
    simulation.reply(b"-LOADING Redis is loading the dataset in memory\r\n");
    with_spare(24 * MIB, || {
        let set = simulation.submit(Operation::Set { key: b"k", value: &value, expiry: Expiry::Never });
        assert_eq!(simulation.done(set), Done::Failed(Error::Client(client::Error::OutOfMemory, NodeId::default())));
        assert_usable(&mut simulation);
    });
}

#[test]
fn keys_to_clear_for_which_there_is_no_memory_end_the_operation() {
    let key = [format!("${}\r\np", 8 * MIB).as_bytes(), &[b'k'; 8 * MIB - 1], b"\r\n"].concat();
    let reply = [&b"*2\r\n$1\r\n0\r\n*1\r\n"[..], &key].concat();
    let mut simulation = Simulation::ready();
    let clear = simulation.submit(Operation::Clear { prefix: b"p" });
    simulation.drain();
    with_spare(12 * MIB, || {
        simulation.reply(&reply);
        assert_eq!(simulation.done(clear), no_memory());
        assert_usable(&mut simulation);
    });
}

#[test]
fn a_declared_length_costs_nothing() {
    for declared in ["$536870912\r\n", "*1048576\r\n", "*2\r\n$536870912\r\n"] {
        let mut simulation = Simulation::ready();
        simulation.get("a");
        simulation.drain();
        let peak = peak_of(|| simulation.reply(declared.as_bytes()));
        assert!(peak < MIB / 10, "{declared:?}: {peak} bytes");
    }
}

#[test]
fn an_endless_line_is_cut_off() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    simulation.reply(b"-");
    let peak = peak_of(|| {
        while !simulation.is_done(get) {
            simulation.reply(&[b'x'; 1_000]);
        }
    });
    assert!(peak < MIB, "{peak} bytes");
}

#[test]
fn a_flood_that_nobody_asked_for_is_not_kept() {
    let mut simulation = Simulation::ready();
    let flood = b"+OK\r\n".repeat(13_000);
    let peak = peak_of(|| {
        for _ in 0..100 {
            simulation.cache.receive(simulation.id(), &flood, simulation.now);
            simulation.drain();
        }
    });
    assert!(peak < MIB, "{peak} bytes");
}

#[test]
fn nested_arrays_take_memory_in_proportion_to_their_bytes() {
    let mut simulation = Simulation::ready();
    simulation.submit(Operation::GetMany { keys: &[b"a"] });
    simulation.drain();
    let wide = [&b"*1\r\n"[..], b"*200000\r\n", &b"*1\r\n*0\r\n".repeat(200_000)].concat();
    let peak = peak_of(|| simulation.reply(&wide));
    assert!(peak < 64 * wide.len(), "{peak} bytes for {}", wide.len());
}

#[test]
fn a_large_value_takes_little_more_than_itself_and_leaves_nothing_behind() {
    let value = vec![b'v'; 32 * MIB];
    let reply = [format!("${}\r\n", value.len()).as_bytes(), &value, b"\r\n"].concat();
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    let mut received = 0;
    let peak = peak_of(|| {
        for chunk in reply.chunks(64 * 1024) {
            simulation.cache.receive(simulation.id(), chunk, simulation.now);
            while let Some(output) = simulation.cache.poll(simulation.now) {
                drop(output);
                received += 1;
            }
        }
    });
    assert_eq!(received, 1);
    assert!(peak <= 3 * value.len(), "{} MiB", peak / MIB);
    assert!(!simulation.cache.is_busy(), "{get} is done");
}

#[test]
fn requests_and_replies_leave_no_memory_behind() {
    let mut simulation = Simulation::ready();
    let value = vec![b'v'; 16 * MIB];
    let (many, replies) = (vec![&b"key"[..]; 50_000], [b"*1000\r\n", &NIL.repeat(1_000)[..]].concat().repeat(50));
    let held = held_after(|| {
        let set = simulation.submit(Operation::Set { key: b"k", value: &value, expiry: Expiry::Never });
        let get = simulation.submit(Operation::GetMany { keys: &many });
        simulation.drain();
        simulation.reply(b"+OK\r\n");
        simulation.reply(&replies);
        simulation.get("a");
        simulation.drain();
        simulation.reply(NIL);
        simulation.actions = Vec::new();
        assert!([set, get].into_iter().all(|call| !matches!(simulation.done(call), Done::Failed(_))));
    });
    assert!(held < MIB, "{held} bytes");
}
