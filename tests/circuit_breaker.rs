//! A server that does not work: operations fail at once with the cause, and one attempt at a time finds out when it is back.

mod simulation;

use cachelib_edge::cache::{Cache, Operation};
use cachelib_edge::client::{self, Installation};
use cachelib_edge::{cache, connection};
use simulation::{
    Done, HANDSHAKE_REPLY, Network, ROUND_TRIP, Redis, Server, Simulation, config, config_with_password, error,
};

const GET: Operation<'_> = Operation::Get { key: b"a" };
/// Far more than a test takes, in milliseconds.
const LONG: u64 = 10_000_000;
const MAX_PAUSE: u64 = 2_000;

fn simulation(network: Network) -> Simulation {
    let mut simulation = Simulation::with_redis();
    simulation.network = network;
    simulation
}

/// Submits a get, which must fail at once, and tells the cause and when the next attempt is due.
fn fails_at_once(simulation: &mut Simulation) -> (connection::Error, u64) {
    let get = simulation.submit_for(LONG, GET);
    match simulation.done(get) {
        Done::Failed(cache::Error::Client(client::Error::Unavailable(outage), _)) => (outage.cause, outage.retry_in),
        other => panic!("it was tried: {other:?}"),
    }
}

/// Opens the breaker by a first operation, which waits for its attempt.
fn open(simulation: &mut Simulation, expected: &cache::Error) {
    let first = simulation.submit_for(LONG, GET);
    while !simulation.is_done(first) {
        assert!(simulation.step(), "the first operation ends");
    }
    assert_eq!(simulation.done(first), Done::Failed(expected.clone()));
}

#[test]
fn after_a_refused_attempt_operations_fail_at_once_with_its_cause() {
    let mut simulation = simulation(Network::Refuses);
    let waiting = simulation.submit_for(LONG, Operation::Ping);
    open(&mut simulation, &error::unreachable());
    assert_eq!(simulation.now, ROUND_TRIP, "no call waits for a second attempt");
    assert_eq!(simulation.done(waiting), Done::Failed(error::unreachable()));
    for _ in 0..100 {
        let (cause, retry_in) = fails_at_once(&mut simulation);
        assert_eq!(cause, connection::Error::Unreachable);
        assert!(retry_in <= 50, "{retry_in} ms");
    }
    assert_eq!(simulation.connects().len(), 1);
}

#[test]
fn the_first_operation_waits_for_the_connect_timeout_and_no_longer() {
    let mut simulation = simulation(Network::BlackHole);
    open(&mut simulation, &error::connect_timeout());
    assert_eq!(simulation.now, config().connect_timeout);
    assert_eq!(fails_at_once(&mut simulation).0, connection::Error::ConnectTimeout);
}

#[test]
fn while_it_is_in_use_probes_come_by_themselves_one_at_a_time_and_ever_more_seldom() {
    let mut simulation = simulation(Network::Refuses);
    open(&mut simulation, &error::unreachable());
    for _ in 0..20_000 {
        fails_at_once(&mut simulation);
        simulation.advance(1);
    }
    let connects = simulation.connects();
    for (failures, times) in connects.windows(2).enumerate() {
        let pause = times[1] - times[0] - ROUND_TRIP;
        let most = (50 << failures.min(10)).min(MAX_PAUSE);
        assert!((most / 2..=most).contains(&pause), "{pause} ms after {} failures", failures + 1);
    }
    assert!(connects.len() > 10, "{connects:?}");
}

#[test]
fn a_probe_that_takes_long_holds_up_nobody_and_has_no_company() {
    let mut simulation = simulation(Network::Refuses);
    open(&mut simulation, &error::unreachable());
    simulation.network = Network::BlackHole;
    for _ in 0..config().connect_timeout {
        assert_eq!(fails_at_once(&mut simulation).0, connection::Error::Unreachable);
        simulation.advance(1);
    }
    assert_eq!(simulation.connects().len(), 2);
    assert!(simulation.cache.is_probing());
    simulation.advance(100);
    assert_eq!(fails_at_once(&mut simulation).0, connection::Error::ConnectTimeout);
}

#[test]
fn one_probe_finds_out_that_the_server_is_back() {
    let mut simulation = simulation(Network::Refuses);
    open(&mut simulation, &error::unreachable());
    fails_at_once(&mut simulation);
    simulation.network = Network::Accepts;
    simulation.advance(50 + 2 * ROUND_TRIP);
    assert_eq!(simulation.connects().len(), 2);
    let get = simulation.submit_for(LONG, GET);
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::Value(None));
    assert_eq!(simulation.connects().len(), 2, "on the probe's connection");
    assert_eq!(simulation.cache.poll_timeout(), None);
}

/// On Workers no timer outlives its request: the breaker is open, and nothing probes.
fn open_without_timers(network: Network) -> Simulation {
    let mut simulation = simulation(network);
    let first = simulation.submit_for(LONG, GET);
    while !simulation.is_done(first) {
        assert!(simulation.step(), "the first operation ends");
    }
    assert_eq!(simulation.cache.poll_timeout(), None);
    simulation.advance(60);
    simulation
}

#[test]
fn the_first_operation_after_the_pause_waits_for_an_attempt_and_finds_the_server_back() {
    let mut simulation = open_without_timers(Network::Refuses);
    simulation.network = Network::Accepts;
    let (get, set) = (simulation.submit(GET), simulation.submit(Operation::Increment { key: b"n", delta: 1 }));
    simulation.advance(2 * ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::Value(None));
    assert_eq!(simulation.done(set), Done::Integer(1));
    assert_eq!(simulation.connects().len(), 2);
}

#[test]
fn it_waits_for_no_longer_than_it_takes_to_be_refused() {
    let mut simulation = open_without_timers(Network::Refuses);
    let get = simulation.submit(GET);
    simulation.drain();
    assert!(simulation.cache.is_probing());
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::Failed(error::unreachable()));
    fails_at_once(&mut simulation);
}

#[test]
fn an_attempt_that_takes_longer_than_the_last_goes_on_without_it() {
    let mut simulation = open_without_timers(Network::Refuses);
    simulation.network = Network::BlackHole;
    let get = simulation.submit(GET);
    simulation.advance(99);
    assert!(!simulation.is_done(get));
    simulation.advance(1);
    match simulation.done(get) {
        Done::Failed(cache::Error::Client(client::Error::Unavailable(outage), _)) => {
            assert_eq!(outage.cause, connection::Error::Unreachable);
        }
        other => panic!("it waits: {other:?}"),
    }
    assert!(simulation.cache.is_probing());
    fails_at_once(&mut simulation);
    simulation.advance(900);
    assert_eq!(fails_at_once(&mut simulation).0, connection::Error::ConnectTimeout);
    assert_eq!(simulation.connects().len(), 2);
}

#[test]
fn nothing_waits_where_the_last_attempt_took_long() {
    let mut simulation = open_without_timers(Network::BlackHole);
    fails_at_once(&mut simulation);
    assert_eq!(simulation.connects().len(), 2, "a probe begins");
}

#[test]
fn probes_end_some_time_after_the_last_operation() {
    let mut simulation = simulation(Network::Refuses);
    open(&mut simulation, &error::unreachable());
    assert_eq!(simulation.cache.poll_timeout(), None, "nobody has asked since");
    fails_at_once(&mut simulation);
    simulation.drive();
    assert!(simulation.now < 35_000, "{} ms", simulation.now);
}

#[test]
fn knowledge_that_is_stale_is_forgotten() {
    let mut simulation = simulation(Network::BlackHole);
    open(&mut simulation, &error::connect_timeout());
    simulation.advance(29_999);
    fails_at_once(&mut simulation);
    simulation.drive();
    simulation.advance(30_000);
    simulation.network = Network::Accepts;
    let get = simulation.submit_for(LONG, GET);
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Value(None));
}

#[test]
fn a_wrong_password_opens_it_with_the_servers_error() {
    let mut simulation = Simulation::new(config_with_password(), Server::Redis(Redis::with_password("other")));
    let words = "WRONGPASS invalid username-password pair";
    open(&mut simulation, &error::handshake(words));
    assert_eq!(
        cache::Error::Client(client::Error::Connection(fails_at_once(&mut simulation).0), cache::NodeId::default()),
        error::handshake(words)
    );
    assert_eq!(simulation.connects().len(), 1);
}

#[test]
fn a_handshake_error_that_passes_closes_it_and_is_waited_for_until_the_deadline() {
    let mut simulation = Simulation::new(config_with_password(), Server::Redis(Redis::with_password("secret")));
    simulation.network = Network::Refuses;
    open(&mut simulation, &error::unreachable());
    fails_at_once(&mut simulation);
    simulation.network = Network::Accepts;
    let busy = "BUSY Redis is busy running a script.";
    simulation.redis().faults.0 = Some(Box::new(|name| matches!(name, "AUTH" | "HELLO").then(|| busy.into())));
    simulation.advance(60);
    let (late, waiting) = (simulation.submit_for(3_000, GET), simulation.submit_for(LONG, GET));
    simulation.advance(2_999);
    assert!(!simulation.is_done(late));
    simulation.advance(1);
    assert_eq!(simulation.done(late), Done::Failed(error::handshake(busy)));
    simulation.redis().faults.0 = None;
    simulation.drive();
    assert_eq!(simulation.done(waiting), Done::Value(None));
    assert!(simulation.connects().len() < 12, "{:?}", simulation.connects());
}

#[test]
fn a_server_that_answers_once_and_closes_gets_few_connections() {
    let mut simulation = Simulation::new(config(), Server::Script);
    for _ in 0..1_000 {
        let get = simulation.submit_for(LONG, GET);
        simulation.advance(ROUND_TRIP);
        if !simulation.is_done(get) && !simulation.sockets().is_empty() {
            simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat());
        }
        simulation.lose_if_connected();
    }
    let connects = simulation.connects().len();
    assert!(connects < 12, "{connects} connections in {} ms", simulation.now);
}

#[test]
fn the_loss_of_a_connection_that_stood_is_no_failure_but_that_of_the_next_attempt_is() {
    let mut simulation = simulation(Network::Accepts);
    let get = simulation.submit(GET);
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Value(None));
    simulation.advance(1_000);
    simulation.network = Network::Refuses;
    let get = simulation.submit_for(LONG, GET);
    simulation.drain();
    simulation.lose();
    assert!(!simulation.is_done(get), "it waits for another connection");
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.done(get), Done::Failed(error::unreachable()));
    fails_at_once(&mut simulation);
}

#[test]
fn without_fail_fast_operations_wait_and_are_told_the_cause_at_their_deadline() {
    let mut config = config();
    config.fail_fast = false;
    config.max_retries = 255;
    let mut simulation = Simulation::new(config, Server::Redis(Redis::default()));
    simulation.network = Network::Refuses;
    let (late, patient) = (simulation.submit_for(300, GET), simulation.submit_for(LONG, GET));
    simulation.advance(299);
    assert!(!simulation.is_done(late));
    simulation.advance(1);
    assert_eq!(simulation.done(late), Done::Failed(error::unreachable()));
    simulation.network = Network::Accepts;
    simulation.drive();
    assert_eq!(simulation.done(patient), Done::Value(None));
}

#[test]
fn caches_that_share_a_breaker_know_what_one_has_found_and_probe_in_turn() {
    let installation = Installation::default();
    let [mut first, mut second] = [1, 2].map(|seed| {
        let mut simulation = simulation(Network::Refuses);
        simulation.cache = Cache::sharing(config(), seed, installation.clone());
        simulation
    });
    open(&mut first, &error::unreachable());
    second.now = first.now;
    assert_eq!(fails_at_once(&mut second).0, connection::Error::Unreachable);
    assert_eq!(second.connects(), []);

    first.network = Network::BlackHole;
    fails_at_once(&mut first);
    first.advance(60);
    second.now = first.now;
    assert_eq!(first.connects().len(), 2);
    second.network = Network::Accepts;
    second.advance(500);
    fails_at_once(&mut second);
    assert_eq!(second.connects(), [], "one probe at a time");

    // The first one's I/O ends without a word: its probe expires.
    second.advance(600);
    let get = second.submit_for(LONG, GET);
    second.advance(ROUND_TRIP);
    assert_eq!(second.done(get), Done::Value(None));
    first.now = second.now;
    let get = first.submit_for(LONG, GET);
    assert!(!first.is_done(get), "it is tried");
}
