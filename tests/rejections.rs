//! Requests that the server rejects: when they are sent again, and on which connection. What is done about each error is in `retry_table.rs`.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use simulation::{
    Action, Done, HANDSHAKE_REPLY, Network, ROUND_TRIP, Redis, Server, Simulation, config_with_password, error, reject,
    rejecting,
};

const SET: Operation<'_> = Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never };
const INCREMENT: Operation<'_> = Operation::Increment { key: b"n", delta: 1 };

/// Errors that pass, after which a command is sent again on the same connection.
const WAIT: [&str; 5] = [
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "CLUSTERDOWN The cluster is down",
    "TRYAGAIN Multiple keys request during rehashing of slot",
];
const READONLY: &str = "READONLY You can't write against a read only replica.";

fn until_done(simulation: &mut Simulation, call: u32) -> Done {
    while !simulation.is_done(call) {
        assert!(simulation.step(), "something happens");
    }
    simulation.done(call)
}

#[test]
fn pauses_grow_and_end_with_the_deadline_and_the_servers_error() {
    for error in WAIT {
        let mut simulation = rejecting(error, usize::MAX);
        let call = simulation.submit_for(2_000, INCREMENT);
        let begun = simulation.now;
        assert_eq!(until_done(&mut simulation, call), Done::Failed(error::server(error)));
        assert!(simulation.now - begun <= 2_000);
        let times: Vec<_> = simulation.actions.iter().map(|(time, _)| *time).collect();
        assert!((4..8).contains(&times.len()), "{times:?}");
        assert!(!simulation.redis().executed.contains_key("INCRBY"));
        assert!(!simulation.cache.is_busy());
        simulation.drive();
    }
}

#[test]
fn a_write_to_a_replica_is_sent_again_on_a_connection_of_its_own_and_the_old_one_is_drained() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("g");
    let increment = simulation.submit(INCREMENT);
    simulation.drain();
    let old = simulation.id();
    simulation.actions.clear();
    simulation.reply(format!("$1\r\n1\r\n-{READONLY}\r\n").as_bytes());
    assert_eq!(simulation.done(get), Done::value(b"1"));
    assert_eq!(simulation.actions, [(simulation.now, Action::Connect)], "at once: the name may be another server's");

    let during = simulation.get("g");
    simulation.drain();
    assert_eq!(simulation.commands(), ["GET g"], "reads go on");
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge"]);
    let waiting = simulation.get("w");
    simulation.reply(HANDSHAKE_REPLY);
    assert_eq!(simulation.commands(), [] as [&str; 0], "the old connection is drained first");
    assert_eq!(simulation.sockets(), [old, simulation.id()]);
    simulation.cache.receive(old, b"$1\r\n2\r\n", simulation.now);
    assert_eq!(simulation.done(during), Done::value(b"2"));
    assert_eq!(simulation.commands(), ["GET w", "INCRBY n 1"]);
    assert_eq!(simulation.sockets(), [simulation.id()]);
    simulation.reply(b"$1\r\n3\r\n:1\r\n");
    assert_eq!(simulation.done(waiting), Done::value(b"3"));
    assert_eq!(simulation.done(increment), Done::Integer(1));
}

#[test]
fn a_replica_that_stays_one_is_left_with_growing_pauses_and_reads_are_not_disturbed() {
    let mut simulation = Simulation::with_redis();
    simulation.redis().put("g", "1");
    simulation.redis().faults.0 = Some(Box::new(|name| matches!(name, "SET" | "INCRBY").then(|| READONLY.into())));
    let set = simulation.submit_for(2_000, SET);
    let begun = simulation.now;
    while !simulation.is_done(set) {
        let get = simulation.get("g");
        let asked = simulation.now;
        assert_eq!(until_done(&mut simulation, get), Done::value(b"1"));
        assert!(simulation.now - asked <= 3 * ROUND_TRIP);
        simulation.advance(10);
    }
    assert_eq!(simulation.done(set), Done::Failed(error::server(READONLY)));
    assert!(simulation.now - begun <= 2_010);
    assert!((3..9).contains(&simulation.connects().len()), "{:?}", simulation.connects());
    simulation.drive();
    assert_eq!(simulation.sockets().len(), 1);
}

#[test]
fn many_writes_to_a_replica_do_not_storm_it_with_connections() {
    let mut simulation = Simulation::with_redis();
    simulation.redis().faults.0 = Some(Box::new(|name| (name == "SET").then(|| READONLY.into())));
    for number in 0..1_000 {
        let key = format!("k{number}");
        simulation.submit_for(1_000, Operation::Set { key: key.as_bytes(), value: b"v", expiry: Expiry::Never });
        simulation.advance(10);
    }
    simulation.drive();
    assert!(simulation.connects().len() < 40, "{} connections in 10 s", simulation.connects().len());
}

#[test]
fn a_replacement_that_cannot_be_made_leaves_the_old_connection_in_use() {
    let mut simulation = rejecting(READONLY, 1);
    simulation.network = Network::Refuses;
    let set = simulation.submit_for(2_000, SET);
    simulation.advance(100);
    let get = simulation.get("g");
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::Value(None));
    simulation.network = Network::Accepts;
    assert_eq!(until_done(&mut simulation, set), Done::Flag(true));
}

#[test]
fn a_password_is_given_again_once_where_a_proxy_has_another_server_by_now() {
    let mut simulation = Simulation::new(config_with_password(), Server::Redis(Redis::with_password("secret")));
    let ping = simulation.submit(Operation::Ping);
    simulation.drive();
    assert_eq!(simulation.done(ping), Done::Flag(true));
    reject(&mut simulation, "NOAUTH Authentication required.", 1);
    let increment = simulation.submit(INCREMENT);
    assert_eq!(until_done(&mut simulation, increment), Done::Integer(1));
    assert_eq!(simulation.connects().len(), 2);

    reject(&mut simulation, "NOAUTH Authentication required.", 2);
    let increment = simulation.submit(INCREMENT);
    let told = error::server("NOAUTH Authentication required.");
    assert_eq!(until_done(&mut simulation, increment), Done::Failed(told));
}

#[test]
fn a_password_is_given_again_after_pauses_for_other_errors() {
    let mut simulation = Simulation::new(config_with_password(), Server::Redis(Redis::with_password("secret")));
    let mut errors = vec!["NOAUTH Authentication required.", WAIT[1], WAIT[0]];
    simulation.redis().faults.0 =
        Some(Box::new(move |name| (name == "INCRBY").then(|| errors.pop()).flatten().map(Into::into)));
    let increment = simulation.submit(INCREMENT);
    assert_eq!(until_done(&mut simulation, increment), Done::Integer(1));
    assert_eq!(simulation.connects().len(), 2);
}
