//! The end of a cache.

mod simulation;

use cachelib_edge::cache::{Cache, CallId, Expiry, Operation, Output};
use cachelib_edge::client::{Config, Deployment};
use cachelib_edge::connection::ConnectionInfo;
use simulation::{
    Action, Done, Network, ROUND_TRIP, Server, Simulation, config, config_with_password, config_without_fail_fast,
    error,
};

const SET: Operation<'_> = Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never };

fn closed() -> Done {
    Done::Failed(error::closed())
}

/// Closed for good: no socket, no timer, no more operations, and whatever else comes changes nothing.
fn assert_closed(simulation: &mut Simulation) {
    assert!(!simulation.cache.is_busy());
    assert_eq!(simulation.cache.poll_timeout(), None);
    simulation.actions.clear();
    let late = [simulation.submit(SET), simulation.submit(Operation::Ping)];
    simulation.cache.opened(simulation.id(), simulation.now);
    simulation.cache.receive(simulation.id(), b"+OK\r\n", simulation.now);
    simulation.cache.closed(simulation.id());
    simulation.close();
    simulation.advance(100_000);
    simulation.cache.timeout(simulation.now);
    assert_eq!(late.map(|call| simulation.done(call)), [closed(), closed()]);
    assert_eq!(simulation.actions, []);
}

#[test]
fn what_is_in_flight_is_answered_and_then_the_socket_closes() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.submit(SET)];
    simulation.drain();
    simulation.close();
    simulation.actions.clear();
    simulation.reply(b"$1\r\n1\r\n");
    assert_eq!(simulation.actions, []);
    simulation.reply(b"+OK\r\n");
    assert_eq!(simulation.actions, [(simulation.now, Action::Close)]);
    assert_eq!(calls.map(|call| simulation.done(call)), [Done::value(b"1"), Done::Flag(true)]);
    assert_closed(&mut simulation);
}

#[test]
fn what_was_submitted_in_the_same_tick_on_a_good_connection_is_executed() {
    let mut simulation = Simulation::with_redis();
    simulation.submit(Operation::Ping);
    simulation.drive();
    let set = simulation.submit(SET);
    simulation.close();
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Flag(true));
    assert_eq!(simulation.redis().value("k"), Some(&b"v"[..]));
    assert_closed(&mut simulation);
}

#[test]
fn a_cache_that_never_connected_closes_without_a_word() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.close();
    assert_eq!(simulation.actions, []);
    assert_closed(&mut simulation);
}

#[test]
fn an_idle_connection_closes_at_once() {
    let mut simulation = Simulation::ready();
    simulation.close();
    assert_eq!(simulation.actions, [(simulation.now, Action::Close)]);
    assert_closed(&mut simulation);
}

#[test]
fn what_waits_for_a_connection_fails() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.network = Network::BlackHole;
    let call = simulation.submit(SET);
    simulation.drain();
    simulation.close();
    assert_eq!(simulation.done(call), closed());
    assert_eq!(simulation.actions, [(0, Action::Connect), (0, Action::Close)]);
    assert_closed(&mut simulation);
}

#[test]
fn what_was_submitted_in_the_same_tick_without_a_connection_fails_and_none_is_opened() {
    let mut simulation = Simulation::new(config(), Server::Script);
    let call = simulation.submit(SET);
    simulation.close();
    assert_eq!(simulation.done(call), closed());
    assert_eq!(simulation.actions, []);
    assert_closed(&mut simulation);
}

#[test]
fn what_waits_for_the_login_fails() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    let call = simulation.submit(SET);
    simulation.advance(ROUND_TRIP);
    simulation.close();
    assert_eq!(simulation.done(call), closed());
    assert_closed(&mut simulation);
}

#[test]
fn what_waits_in_a_pause_fails() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    simulation.network = Network::Refuses;
    let call = simulation.submit(SET);
    simulation.advance(ROUND_TRIP);
    simulation.close();
    assert_eq!(simulation.done(call), closed());
    assert_closed(&mut simulation);
}

#[test]
fn a_loss_while_closing_is_not_mended() {
    let mut simulation = Simulation::ready();
    let call = simulation.get("a");
    simulation.close();
    simulation.lose();
    assert_eq!(simulation.done(call), Done::Failed(error::lost()));
    assert_closed(&mut simulation);
}

#[test]
fn a_server_that_does_not_answer_cannot_keep_the_cache_open() {
    let mut simulation = Simulation::ready();
    let call = simulation.submit_for(300, SET);
    simulation.close();
    simulation.drive();
    assert_eq!(simulation.done(call), Done::Failed(error::timeout()));
    assert_eq!(simulation.actions.last(), Some(&(simulation.now, Action::Close)));
    assert_closed(&mut simulation);
}

#[test]
fn once_all_is_aborted_there_is_nothing_to_wait_for() {
    let mut simulation = Simulation::ready();
    let call = simulation.submit(SET);
    simulation.drain();
    simulation.abort(call);
    assert!(!simulation.cache.is_busy());
    simulation.close();
    assert_eq!(simulation.actions.last(), Some(&(simulation.now, Action::Close)));
    assert_closed(&mut simulation);
}

#[test]
fn an_operation_of_many_steps_that_is_under_way_fails_with_the_next_step() {
    let mut simulation = Simulation::ready();
    let clear = simulation.submit(Operation::Clear { prefix: b"p:" });
    simulation.drain();
    simulation.close();
    simulation.reply(b"*2\r\n$1\r\n7\r\n*1\r\n$3\r\np:a\r\n");
    assert_eq!(simulation.done(clear), closed());
    assert_closed(&mut simulation);
}

#[test]
fn bytes_that_are_not_redis_end_a_closing_cache_too() {
    let mut simulation = Simulation::ready();
    let call = simulation.get("a");
    simulation.close();
    simulation.reply(b"garbage\r\n");
    assert!(matches!(simulation.done(call), Done::Failed(error) if error.code() == "PROTOCOL"));
    assert_closed(&mut simulation);
}

#[test]
fn a_cluster_that_is_closed_is_asked_for_nothing() {
    let deployment = Deployment::Cluster { prefers_hostnames: false };
    let connection = ConnectionInfo::default();
    let mut cache = Cache::new(Config { deployment, connection, seeds: 2, ..Config::default() }, 1);
    cache.submit(CallId(5), Operation::Get { key: b"k" }, 1_000, 0);
    let Some(Output::Connect(id, _)) = cache.poll(0) else { panic!("it connects") };
    cache.opened(id, 0);
    assert_eq!(completed(&mut cache), []);
    // Now another node is to be asked for the map.
    cache.receive(id, b"-CLUSTERDOWN The cluster is down\r\n", 0);
    assert_eq!(completed(&mut cache), []);
    cache.close();
    cache.submit(CallId(7), Operation::Clear { prefix: b"p" }, 1_000, 0);
    assert_eq!(completed(&mut cache), [5, 7]);
}

#[test]
fn an_attempt_that_still_counts_wakes_nobody_after_the_end() {
    let deployment = Deployment::Cluster { prefers_hostnames: false };
    let config =
        Config { deployment, max_connections: 1, connect_linger: 20_000, fail_fast: false, ..Config::default() };
    let mut cache = Cache::new(config, 1);
    cache.submit(CallId(1), Operation::Get { key: b"k" }, 60_000, 0);
    let mut now = 0;
    // It is given up by the connect timeout, and the next one waits for its place.
    while now < 20_000 {
        cache.timeout(now);
        while cache.poll(now).is_some() {}
        now = cache.poll_timeout().expect("an attempt, a pause, or a place");
    }
    cache.close();
    assert_eq!(completed(&mut cache), [1]);
    assert_eq!(cache.poll_timeout(), None);
}

/// The calls that complete.
fn completed(cache: &mut Cache) -> Vec<u32> {
    let mut calls = Vec::new();
    while let Some(output) = cache.poll(0) {
        if let Output::Complete(CallId(call), _) = output {
            calls.push(call);
        }
    }
    calls
}
