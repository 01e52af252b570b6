//! What is said first on a connection, what is pipelined with it, and what becomes of a refusal.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use cachelib_edge::client::Config;
use simulation::{Done, HANDSHAKE_REPLY, ROUND_TRIP, Redis, Server, Simulation, config, config_with_password, error};

const SET: Operation<'_> = Operation::Set { key: b"w", value: b"1", expiry: Expiry::Never };

/// How a password is told: AUTH, or HELLO in RESP3.
fn auth(username: Option<&str>) -> String {
    match username {
        _ if cfg!(feature = "resp3") => format!("HELLO 3 AUTH {} secret", username.unwrap_or("default")),
        Some(username) => format!("AUTH {username} secret"),
        None => "AUTH secret".into(),
    }
}

fn config_with_database() -> Config {
    let mut config = config();
    config.connection.database = 3;
    config
}

#[test]
fn login_database_name_and_reads_leave_in_one_write() {
    let mut config = config_with_password();
    config.connection.username = Some("ada".into());
    config.connection.database = 3;
    let mut simulation = Simulation::new(config, Server::Script);
    simulation.get("a");
    simulation.submit(Operation::Has { key: b"b" });
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.transmissions(), 1);
    assert_eq!(simulation.commands(), [&auth(Some("ada")), "SELECT 3", "CLIENT SETNAME edge", "GET a", "EXISTS b"]);
}

#[test]
fn the_first_value_costs_one_round_trip_after_the_connection() {
    let redis = Redis::with_password("secret");
    let mut simulation = Simulation::new(config_with_password(), Server::Redis(redis));
    simulation.redis().put("a", "1");
    let get = simulation.get("a");
    simulation.advance(2 * ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn writes_wait_for_a_login_and_nothing_overtakes_them() {
    for (config, hello) in [(config_with_password(), auth(None)), (config_with_database(), "SELECT 3".into())] {
        let mut simulation = Simulation::new(config, Server::Script);
        simulation.get("before");
        simulation.submit(SET);
        simulation.get("after");
        simulation.advance(ROUND_TRIP);
        assert_eq!(simulation.commands(), [&hello, "CLIENT SETNAME edge", "GET before"]);
        let login = if cfg!(feature = "resp3") { &b"%0\r\n"[..] } else { b"" };
        let steps = if hello == "SELECT 3" { [login, b"+OK\r\n"].concat() } else { b"+OK\r\n".to_vec() };
        simulation.reply(&steps);
        assert_eq!(simulation.commands(), [] as [&str; 0], "the name is not answered");
        simulation.reply(b"+OK\r\n");
        assert_eq!(simulation.commands(), ["SET w 1", "GET after"]);
    }
}

#[test]
fn writes_are_pipelined_where_the_handshake_cannot_change_where_they_land() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.submit(SET);
    simulation.submit(Operation::Increment { key: b"n", delta: 2 });
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.transmissions(), 1);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "SET w 1", "INCRBY n 2"]);
}

#[test]
fn what_comes_during_the_handshake_follows_at_once_or_waits_as_it_must() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    simulation.get("a");
    simulation.advance(ROUND_TRIP);
    simulation.commands();
    simulation.get("b");
    simulation.submit(SET);
    simulation.drain();
    assert_eq!(simulation.commands(), ["GET b"]);
    simulation.reply(b"+OK\r\n+OK\r\n");
    assert_eq!(simulation.commands(), ["SET w 1"]);
}

#[test]
fn a_large_first_write_leaves_whole_and_in_order() {
    let value = vec![b'v'; 3_000_000];
    let mut simulation = Simulation::with_redis();
    let set = simulation.submit(Operation::Set { key: b"k", value: &value, expiry: Expiry::Never });
    let get = simulation.get("k");
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Flag(true));
    assert_eq!(simulation.done(get), Done::value(&value));
}

#[test]
fn a_refused_login_fails_everything_and_no_reply_of_a_pipelined_read_is_believed() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    let calls = [simulation.get("a"), simulation.get("b"), simulation.submit(SET)];
    simulation.advance(ROUND_TRIP);
    simulation.reply(b"-WRONGPASS no such pair\r\n+OK\r\n$1\r\n1\r\n$1\r\n2\r\n");
    for call in calls {
        assert_eq!(simulation.done(call), Done::Failed(error::handshake("WRONGPASS no such pair")));
    }
}

#[test]
fn a_refused_database_fails_everything_with_the_servers_error() {
    let mut simulation = Simulation::new(config_with_database(), Server::Script);
    let get = simulation.get("a");
    simulation.advance(ROUND_TRIP);
    let login = if cfg!(feature = "resp3") { &b"%0\r\n"[..] } else { b"" };
    simulation.reply(&[login, b"-ERR DB index is out of range\r\n"].concat());
    assert_eq!(simulation.done(get), Done::Failed(error::handshake("ERR DB index is out of range")));
}

#[test]
fn after_a_refused_login_the_next_operation_tries_anew() {
    let redis = Redis::with_password("changed");
    let mut simulation = Simulation::new(Config { fail_fast: false, ..config_with_password() }, Server::Redis(redis));
    let refused = simulation.get("a");
    simulation.drive();
    assert!(matches!(simulation.done(refused), Done::Failed(error) if error.code() == "WRONGPASS"));
    simulation.redis().password = Some("secret".into());
    simulation.redis().put("a", "1");
    let get = simulation.get("a");
    simulation.drive();
    assert_eq!(simulation.done(get), Done::value(b"1"));
    assert_eq!(simulation.connects().len(), 2);
}

#[test]
fn a_refused_name_is_ignored() {
    let mut simulation = Simulation::new(config(), Server::Script);
    let get = simulation.get("a");
    simulation.advance(ROUND_TRIP);
    let refused =
        [&HANDSHAKE_REPLY[..HANDSHAKE_REPLY.len() - b"+OK\r\n".len()], b"-NOPERM no permissions\r\n$1\r\n1\r\n"]
            .concat();
    simulation.reply(&refused);
    assert_eq!(simulation.done(get), Done::value(b"1"));
    let next = simulation.get("a");
    simulation.drain();
    simulation.network = simulation::Network::Refuses;
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.done(next), Done::Failed(error::unreachable()), "the old refusal explains nothing");
}

#[test]
fn a_refused_name_does_not_explain_a_loss_long_after() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.get("a");
    simulation.advance(ROUND_TRIP);
    let refused =
        [&HANDSHAKE_REPLY[..HANDSHAKE_REPLY.len() - b"+OK\r\n".len()], b"-NOPERM no permissions\r\n$1\r\n1\r\n"]
            .concat();
    simulation.reply(&refused);
    let increment = simulation.submit(Operation::Increment { key: b"n", delta: 1 });
    simulation.drain();
    simulation.lose();
    assert_eq!(simulation.done(increment), Done::Failed(error::lost()));
}

#[test]
fn a_server_that_says_why_and_closes_is_quoted() {
    let words = ["ERR max number of clients reached", "DENIED Redis is running in protected mode"];
    for (config, words) in [config(), config_with_password()].into_iter().zip(words) {
        let config = Config { fail_fast: false, ..config };
        let has_password = config.connection.password.is_some();
        let mut simulation = Simulation::new(config, Server::Script);
        let (get, increment) = (simulation.get("a"), simulation.submit(Operation::Increment { key: b"n", delta: 1 }));
        let mut connections = 0;
        while !simulation.is_done(get) {
            connections += 1;
            simulation.advance(ROUND_TRIP);
            simulation.reply(format!("-{words}\r\n").as_bytes());
            if !simulation.is_done(get) {
                simulation.lose();
            }
        }
        assert_eq!(connections, 1, "a server that refuses us is not pestered");
        assert_eq!(simulation.done(get), Done::Failed(error::handshake(words)));
        assert_eq!(simulation.done(increment), Done::Failed(error::handshake(words)));

        let next = simulation.get("a");
        simulation.advance(100);
        let login = if has_password && !cfg!(feature = "resp3") { &b"+OK\r\n"[..] } else { b"" };
        simulation.reply(&[login, HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat());
        assert_eq!(simulation.done(next), Done::value(b"1"));
    }
}
