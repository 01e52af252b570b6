//! Many operations on one connection: one write, replies in any pieces, and each reply to its own caller.

mod simulation;

use cachelib_edge::cache::{CallId, Expiry, Operation, Outcome, Output};
use simulation::{Done, NIL, Simulation, error};
use std::time::Instant;

/// One operation of each kind, with the reply it gets and what it comes to.
fn conversation() -> Vec<(Operation<'static>, Vec<u8>, Done)> {
    let (key, value) = (&b"k"[..], &b"v"[..]);
    let expiry = Expiry::After(1_500);
    let values = Done::Values(vec![Some(b"a\r\nb".to_vec()), None, Some(Vec::new())]);
    vec![
        (Operation::Get { key }, b"$4\r\n\r\n$1\r\n".to_vec(), Done::value(b"\r\n$1")),
        (Operation::Get { key }, NIL.to_vec(), Done::Value(None)),
        (Operation::Get { key }, b"$0\r\n\r\n".to_vec(), Done::value(b"")),
        (Operation::Set { key, value, expiry }, b"+OK\r\n".to_vec(), Done::Flag(true)),
        (Operation::Add { key, value, expiry }, NIL.to_vec(), Done::Flag(false)),
        (Operation::Add { key, value, expiry }, b"+OK\r\n".to_vec(), Done::Flag(true)),
        (
            Operation::GetMany { keys: &[b"a", b"b", b"c"] },
            [b"*3\r\n$4\r\na\r\nb\r\n", NIL, b"$0\r\n\r\n"].concat(),
            values,
        ),
        (Operation::SetMany { entries: &[(b"a", b"1")], expiry }, b"+OK\r\n".to_vec(), Done::Keys(vec![], None)),
        (Operation::Delete { key }, b":0\r\n:1\r\n".to_vec(), Done::Flag(true)),
        (Operation::Delete { key }, b":1\r\n:0\r\n".to_vec(), Done::Flag(false)),
        (Operation::DeleteMany { keys: &[b"a", b"b"] }, b":0\r\n:1\r\n".to_vec(), Done::Keys(vec![], None)),
        (Operation::Has { key }, b":1\r\n".to_vec(), Done::Flag(true)),
        (Operation::Increment { key, delta: -5 }, b":-9223372036854775808\r\n".to_vec(), Done::Integer(i64::MIN)),
        (
            Operation::Increment { key, delta: 1 },
            b"-WRONGTYPE not a number\r\n".to_vec(),
            Done::Failed(error::server("WRONGTYPE not a number")),
        ),
        (Operation::Clear { prefix: b"" }, b"+OK\r\n".to_vec(), Done::Flag(true)),
        (Operation::Ping, b"+PONG\r\n".to_vec(), Done::Flag(true)),
    ]
}

/// Submits the conversation, has `reply` say all replies, and checks every outcome.
fn hold(reply: impl FnOnce(&mut Simulation, &[u8])) {
    let mut simulation = Simulation::ready();
    let calls: Vec<_> =
        conversation().into_iter().map(|(operation, _, done)| (simulation.submit(operation), done)).collect();
    simulation.drain();
    assert_eq!(simulation.transmissions(), 1, "one tick, one write");
    let replies: Vec<_> = conversation().into_iter().flat_map(|(_, reply, _)| reply).collect();
    reply(&mut simulation, &replies);
    for (call, expected) in calls {
        assert_eq!(simulation.done(call), expected);
    }
    assert!(!simulation.cache.is_busy());
    assert_eq!(simulation.transmissions(), 1, "nothing is said twice");
}

#[test]
fn replies_that_arrive_whole() {
    hold(Simulation::reply);
}

#[test]
fn replies_that_arrive_in_chunks_of_every_size() {
    let length: usize = conversation().iter().map(|(_, reply, _)| reply.len()).sum();
    for chunk in 1..=length {
        hold(|simulation, replies| {
            simulation.chunk = chunk;
            simulation.reply(replies);
        });
    }
}

#[test]
fn replies_that_are_cut_at_every_byte() {
    let length: usize = conversation().iter().map(|(_, reply, _)| reply.len()).sum();
    for cut in 0..=length {
        hold(|simulation, replies| {
            simulation.reply(&replies[..cut]);
            simulation.reply(&replies[cut..]);
        });
    }
}

#[test]
fn replies_that_arrive_before_the_cache_is_polled() {
    hold(|simulation, replies| {
        for byte in replies {
            simulation.cache.receive(simulation.id(), &[*byte], simulation.now);
        }
        simulation.drain();
    });
}

#[test]
fn each_reply_completes_its_operation_before_the_next_has_come() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.get("b")];
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n$1\r");
    assert!(simulation.is_done(calls[0]) && !simulation.is_done(calls[1]));
    simulation.reply(b"\n2\r\n");
    assert_eq!(simulation.done(calls[1]), Done::value(b"2"));
}

#[test]
fn each_tick_is_one_write_of_what_is_new() {
    let mut simulation = Simulation::ready();
    for tick in 0..3 {
        simulation.get("a");
        simulation.get("b");
        simulation.drain();
        assert_eq!(simulation.transmissions(), 1, "tick {tick}");
        assert_eq!(simulation.commands(), ["GET a", "GET b"]);
        simulation.advance(1);
    }
}

#[test]
fn thousands_in_flight_get_each_its_own() {
    let mut simulation = Simulation::with_redis();
    simulation.chunk = 1_000;
    for number in 0..20_000 {
        simulation.redis().put(&number.to_string(), &format!("value {number}"));
    }
    let calls: Vec<_> = (0..20_000).map(|number| (number, simulation.get(&number.to_string()))).collect();
    simulation.drive();
    assert_eq!(simulation.transmissions(), 1);
    for (number, call) in calls {
        assert_eq!(simulation.done(call), Done::value(format!("value {number}").as_bytes()));
    }
}

#[test]
fn the_reply_to_an_aborted_operation_is_consumed_in_its_place() {
    let mut simulation = Simulation::ready();
    let calls = ["a", "b", "c"].map(|key| simulation.get(key));
    simulation.drain();
    simulation.abort(calls[1]);
    assert_eq!(simulation.done(calls[1]), Done::Failed(error::aborted()));
    simulation.reply(b"$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
    assert_eq!(simulation.done(calls[0]), Done::value(b"1"));
    assert_eq!(simulation.done(calls[2]), Done::value(b"3"));
}

#[test]
fn the_reply_to_a_late_operation_is_consumed_in_its_place_whenever_it_comes() {
    let mut simulation = Simulation::ready();
    let late = simulation.submit_for(10, Operation::Get { key: b"a" });
    let patient = simulation.get("b");
    simulation.advance(10);
    assert_eq!(simulation.done(late), Done::Failed(error::timeout()));
    let next = simulation.get("c");
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
    assert_eq!(simulation.done(patient), Done::value(b"2"));
    assert_eq!(simulation.done(next), Done::value(b"3"));
}

#[test]
fn an_operation_aborted_half_way_through_its_reply_takes_the_rest_with_it() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.get("b")];
    simulation.drain();
    simulation.reply(b"$10\r\n+OK\r\n");
    simulation.abort(calls[0]);
    simulation.reply(b"+OK\r\n\r\n$1\r\n2\r\n");
    assert_eq!(simulation.done(calls[0]), Done::Failed(error::aborted()));
    assert_eq!(simulation.done(calls[1]), Done::value(b"2"));
}

#[test]
fn an_operation_aborted_before_it_was_sent_is_never_sent() {
    let mut simulation = Simulation::ready();
    let calls = ["a", "b", "c"].map(|key| simulation.get(key));
    simulation.abort(calls[1]);
    assert_eq!(simulation.done(calls[1]), Done::Failed(error::aborted()));
    assert_eq!(simulation.commands(), ["GET a", "GET c"]);
    simulation.reply(b"$1\r\n1\r\n$1\r\n3\r\n");
    assert_eq!(simulation.done(calls[2]), Done::value(b"3"));
}

/// Each alone would be a pass over all the others: 10¹⁰ steps.
#[test]
fn a_hundred_thousand_aborts_in_a_tick_are_one_pass() {
    let mut simulation = Simulation::ready();
    let calls: Vec<_> = (0..100_000).map(|_| simulation.get("a")).collect();
    simulation.drain();
    let begun = Instant::now();
    for &call in &calls {
        simulation.cache.abort(CallId(call));
    }
    simulation.drain();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    assert!(calls.into_iter().all(|call| simulation.done(call) == Done::Failed(error::aborted())));
}

#[test]
fn an_abort_is_of_the_operation_that_bears_the_id_now() {
    let mut simulation = Simulation::ready();
    let call = simulation.get("a");
    simulation.cache.abort(CallId(call));
    simulation.cache.submit(CallId(call), Operation::Ping, 100, simulation.now);
    let aborted = error::aborted();
    assert_eq!(simulation.cache.poll(simulation.now), Some(Output::Complete(CallId(call), Outcome::Failed(aborted))));
    assert!(simulation.cache.is_busy(), "the second operation of this id is not done");
}
