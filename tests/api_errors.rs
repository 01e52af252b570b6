//! Misuse: events that cannot be, in any order, at any time. Nothing panics, nothing is told twice, and the cache works on.

mod simulation;

use cachelib_edge::cache::{Address, ConnectionId, Error, Expiry, Operation, Output};
use cachelib_edge::connection::{self, Connection, Effect, Request, Role, State};
use simulation::{Action, Done, HANDSHAKE_REPLY, ROUND_TRIP, Server, Simulation, config, error};

const UNKNOWN: ConnectionId = ConnectionId(7);

#[test]
fn events_of_an_unknown_connection_changes_nothing() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    simulation.actions.clear();
    simulation.cache.opened(UNKNOWN, 0);
    simulation.cache.receive(UNKNOWN, b"$1\r\n1\r\n", 0);
    assert!(simulation.cache.spare_mut(UNKNOWN, 10).is_none());
    simulation.cache.received(UNKNOWN, 10, 0);
    simulation.cache.closed(UNKNOWN);
    simulation.drain();
    assert_eq!(simulation.actions, []);
    simulation.reply(b"$1\r\n2\r\n");
    assert_eq!(simulation.done(get), Done::value(b"2"));
}

#[test]
fn a_socket_that_opens_twice_greets_once() {
    let mut simulation = Simulation::with_redis();
    let get = simulation.get("a");
    simulation.advance(ROUND_TRIP);
    simulation.cache.opened(simulation.id(), simulation.now);
    simulation.drive();
    simulation.cache.opened(simulation.id(), simulation.now);
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Value(None));
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "GET a"]);
}

#[test]
fn a_socket_that_was_not_asked_for_is_not_used() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.cache.opened(simulation.id(), 0);
    simulation.drain();
    assert_eq!(simulation.actions, []);
    simulation.get("a");
    simulation.drain();
    assert_eq!(simulation.actions, [(0, Action::Connect)]);
}

#[test]
fn a_close_without_a_connection_changes_nothing() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.cache.closed(simulation.id());
    simulation.cache.closed(simulation.id());
    simulation.drain();
    assert_eq!(simulation.actions, []);
    assert_eq!(simulation.cache.poll_timeout(), None);
}

#[test]
fn a_close_told_twice_is_one_loss() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    simulation.cache.closed(simulation.id());
    simulation.cache.closed(simulation.id());
    assert_eq!(
        simulation.cache.poll(simulation.now),
        Some(Output::Connect(ConnectionId(1 << 12), Address::Configured(0)))
    );
    assert_eq!(simulation.cache.poll(simulation.now), None);
    assert!(simulation.cache.is_busy(), "{get} is to be sent again");
}

#[test]
fn bytes_of_a_socket_that_is_gone_are_not_taken_for_those_of_the_next() {
    let mut simulation = Simulation::ready();
    simulation.lose();
    simulation.cache.receive(simulation.id(), b"$5\r\nst", simulation.now);
    let get = simulation.get("a");
    simulation.advance(ROUND_TRIP);
    simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat());
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn more_bytes_than_there_was_room_for_are_not_believed() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    simulation.cache.spare_mut(simulation.id(), 3).expect("there is memory").copy_from_slice(b"$1\r");
    simulation.cache.received(simulation.id(), usize::MAX, simulation.now);
    simulation.drain();
    assert!(matches!(simulation.done(get), Done::Failed(error) if error.code() == "PROTOCOL"));
}

#[test]
fn bytes_for_which_there_is_no_memory_end_the_connection() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    assert!(simulation.cache.spare_mut(simulation.id(), usize::MAX / 2).is_none());
    assert!(matches!(simulation.done(get), Done::Failed(error) if error.code() == "OUT_OF_MEMORY"));
    assert_eq!(simulation.actions.last(), Some(&(simulation.now, Action::Close)));
}

#[test]
fn an_abort_of_what_is_done_or_never_was_changes_nothing() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n");
    simulation.abort(get);
    simulation.abort(1_000_000);
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn an_abort_told_twice_is_one_failure() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.abort(get);
    simulation.abort(get);
    assert_eq!(simulation.done(get), Done::Failed(error::aborted()));
}

#[test]
fn time_that_stands_still_or_runs_backwards_harms_nothing() {
    let mut simulation = Simulation::ready();
    simulation.now = 1_000_000;
    let get = simulation.get("a");
    simulation.drain();
    simulation.now = 0;
    simulation.cache.timeout(0);
    assert!(!simulation.is_done(get));
    simulation.reply(b"$1\r\n1\r\n");
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn a_timeout_nobody_asked_for_changes_nothing() {
    let mut simulation = Simulation::ready();
    simulation.cache.timeout(1_000_000_000);
    simulation.drain();
    assert_eq!(simulation.actions, []);
}

#[test]
fn a_key_or_value_that_no_redis_stores_is_refused_before_anything_is_sent() {
    let huge = vec![0; 512 * 1024 * 1024 + 1];
    let operations = [
        Operation::Get { key: &huge },
        Operation::Set { key: b"k", value: &huge, expiry: Expiry::Never },
        Operation::GetMany { keys: &[b"k", &huge] },
        Operation::SetMany { entries: &[(b"k", &huge)], expiry: Expiry::Never },
        Operation::Clear { prefix: &huge },
    ];
    let mut simulation = Simulation::new(config(), Server::Script);
    for operation in operations {
        let call = simulation.submit(operation);
        assert_eq!(simulation.done(call), Done::Failed(Error::TooLarge));
    }
    assert_eq!(simulation.actions, []);
}

/// Who cannot borrow, as JavaScript, remembers where the bytes are until all outputs are drained.
#[test]
fn a_transmission_stays_where_it_is_until_something_is_put_in() {
    let mut connection = open_connection();
    assert!(connection.poll_transmit(0));
    let (address, bytes) = (connection.transmission().as_ptr(), connection.transmission().to_vec());
    assert!(bytes.ends_with(b"ask"));
    assert!(connection.poll(0).is_none() && !connection.poll_transmit(0));
    assert_eq!((connection.transmission().as_ptr(), connection.transmission()), (address, &bytes[..]));
}

/// The layer below is public too.
#[test]
fn ranges_that_are_no_longer_valid_are_empty() {
    let mut connection = open_connection();
    assert_eq!(connection.transmission(), b"");
    assert!(connection.poll_transmit(0));
    let reply = [HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat();
    connection.spare_mut(reply.len()).expect("there is memory").copy_from_slice(&reply);
    connection.handle_received(reply.len(), 1);
    let Some(connection::Output::Reply { bytes, reply, .. }) = connection.poll(1) else { panic!("a reply") };
    assert_eq!(connection.request_bytes(bytes), b"ask");
    connection.handle_closed();
    assert_eq!(connection.state(), State::Closed);
    assert_eq!(connection.request_bytes(reply.start..usize::MAX), b"");
    assert!(connection.reply(reply.start..usize::MAX).is_err());
    assert!(connection.reply(reply.end..reply.start).is_err());
}

/// A connection whose socket is open, with one request.
fn open_connection() -> Connection<u8> {
    let mut connection = Connection::new(&config().connection, Role::Any, config().connect_timeout, 0);
    connection.push(Request::new(1, Effect::ReadOnly, 100), |out| out.extend_from_slice(b"ask"));
    connection.handle_opened(0);
    connection
}
