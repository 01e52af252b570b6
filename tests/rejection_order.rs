//! The order of the requests for a key, where the server rejects one of them: it is held until it is sent again.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use simulation::{Done, HANDSHAKE_REPLY, NIL, ROUND_TRIP, Simulation, error, rejecting};

const SET: Operation<'_> = Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never };
const ADD: Operation<'_> = Operation::Add { key: b"a", value: b"v", expiry: Expiry::Never };
const INCREMENT: Operation<'_> = Operation::Increment { key: b"n", delta: 1 };
/// An error that passes.
const LOADING: &str = "LOADING Redis is loading the dataset in memory";

#[test]
fn a_later_request_for_the_key_waits_behind_one_that_was_rejected_and_others_do_not() {
    let mut simulation = Simulation::ready();
    let first = simulation.submit(SET);
    simulation.drain();
    simulation.reply(format!("-{}\r\n", LOADING).as_bytes());
    simulation.commands();
    let later = [simulation.get("k"), simulation.submit(Operation::GetMany { keys: &[b"x", b"k"] })];
    let other = simulation.get("z");
    simulation.drain();
    assert_eq!(simulation.commands(), ["GET z"]);
    simulation.reply(b"$1\r\nz\r\n");
    assert_eq!(simulation.done(other), Done::value(b"z"));
    simulation.advance(50);
    assert_eq!(simulation.commands(), ["SET k v", "GET k", "MGET x k"]);
    simulation.reply(&[&b"+OK\r\n$1\r\nv\r\n*2\r\n"[..], NIL, b"$1\r\nv\r\n"].concat());
    assert_eq!(simulation.done(first), Done::Flag(true));
    assert_eq!(simulation.done(later[0]), Done::value(b"v"));
    assert_eq!(simulation.done(later[1]), Done::Values(vec![None, Some(b"v".to_vec())]));
}

#[test]
fn a_read_that_was_sent_behind_a_rejected_write_is_sent_again_behind_it() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.submit(SET), simulation.get("k")];
    simulation.drain();
    simulation.reply(format!("-{}\r\n$3\r\nold\r\n", LOADING).as_bytes());
    assert!(!simulation.is_done(calls[1]));
    simulation.commands();
    simulation.advance(50);
    assert_eq!(simulation.commands(), ["SET k v", "GET k"]);
    simulation.reply(b"+OK\r\n$1\r\nv\r\n");
    assert_eq!(calls.map(|call| simulation.done(call)), [Done::Flag(true), Done::value(b"v")]);
}

#[test]
fn a_write_is_not_sent_again_after_a_later_one_of_its_key_was_executed() {
    let mut simulation = Simulation::ready();
    let set = |value| Operation::Set { key: b"k", value, expiry: Expiry::Never };
    let calls = [simulation.submit(set(b"1")), simulation.submit(set(b"2")), simulation.get("k")];
    simulation.drain();
    simulation.reply(format!("-{}\r\n+OK\r\n$1\r\n2\r\n", LOADING).as_bytes());
    assert_eq!(simulation.done(calls[1]), Done::Flag(true));
    simulation.commands();
    simulation.advance(50);
    assert_eq!(simulation.done(calls[0]), Done::Failed(error::server(LOADING)));
    assert_eq!(simulation.commands(), ["GET k"]);
    simulation.reply(b"$1\r\n2\r\n");
    assert_eq!(simulation.done(calls[2]), Done::value(b"2"));
}

#[test]
fn nothing_is_sent_again_before_the_replies_to_what_was_sent_already() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.submit(INCREMENT), simulation.submit(INCREMENT)];
    simulation.drain();
    simulation.commands();
    simulation.reply(format!("-{}\r\n", LOADING).as_bytes());
    simulation.advance(300);
    assert_eq!(simulation.commands(), [] as [&str; 0]);
    simulation.reply(format!("-{}\r\n", LOADING).as_bytes());
    assert_eq!(simulation.commands(), ["INCRBY n 1", "INCRBY n 1"]);
    simulation.reply(b":1\r\n:2\r\n");
    assert_eq!(calls.map(|call| simulation.done(call)), [Done::Integer(1), Done::Integer(2)]);
}

#[test]
fn a_loss_sends_what_was_held_again_in_its_place() {
    let mut simulation = Simulation::ready();
    let calls = [INCREMENT, Operation::Get { key: b"n" }, ADD].map(|operation| simulation.submit(operation));
    simulation.drain();
    simulation.reply(format!("-{}\r\n", LOADING).as_bytes());
    let later = simulation.get("n");
    simulation.commands();
    simulation.lose();
    assert_eq!(simulation.done(calls[2]), Done::Failed(error::lost()));
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "INCRBY n 1", "GET n", "GET n"]);
    simulation.reply(&[HANDSHAKE_REPLY, b":1\r\n$1\r\n1\r\n$1\r\n1\r\n"].concat());
    assert_eq!(simulation.done(calls[0]), Done::Integer(1));
    assert_eq!([calls[1], later].map(|call| simulation.done(call)), [Done::value(b"1"), Done::value(b"1")]);
}

#[test]
fn what_is_held_can_be_aborted_expires_and_ends_with_the_cache() {
    let mut simulation = rejecting(LOADING, usize::MAX);
    let aborted = simulation.submit(SET);
    simulation.advance(ROUND_TRIP);
    simulation.abort(aborted);
    assert_eq!(simulation.done(aborted), Done::Failed(error::aborted()));

    let short = simulation.submit_for(ROUND_TRIP + 1, ADD);
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.done(short), Done::Failed(error::server(LOADING)), "there is no time for a pause");

    let set = simulation.submit(SET);
    simulation.advance(ROUND_TRIP);
    let fenced = simulation.submit_for(20, Operation::Get { key: b"k" });
    simulation.advance(20);
    assert_eq!(simulation.done(fenced), Done::Failed(error::timeout()));
    simulation.close();
    assert_eq!(simulation.done(set), Done::Failed(error::closed()));
    assert!(!simulation.cache.is_busy());
    assert_eq!(simulation.cache.poll_timeout(), None);
}

#[test]
fn a_closing_cache_tells_rejections() {
    let mut simulation = rejecting(LOADING, usize::MAX);
    let set = simulation.submit(SET);
    simulation.drain();
    simulation.close();
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Failed(error::server(LOADING)));
}
