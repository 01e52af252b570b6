//! How long an operation may take, wherever it is, and how long connecting may.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use simulation::{
    Action, Done, HANDSHAKE_REPLY, NIL, Network, ROUND_TRIP, Server, Simulation, config, config_with_password,
    config_without_fail_fast, error,
};

const GET: Operation<'_> = Operation::Get { key: b"a" };
const SET: Operation<'_> = Operation::Set { key: b"s", value: b"v", expiry: Expiry::Never };
const INCREMENT: Operation<'_> = Operation::Increment { key: b"n", delta: 1 };

fn timed_out() -> Done {
    Done::Failed(error::timeout())
}

#[test]
fn an_operation_in_flight_expires_when_its_time_is_up_and_not_before() {
    let mut simulation = Simulation::ready();
    let get = simulation.submit_for(100, GET);
    simulation.advance(99);
    assert!(!simulation.is_done(get));
    simulation.advance(1);
    assert_eq!(simulation.done(get), timed_out());
}

#[test]
fn a_timer_that_fires_early_expires_nothing() {
    let mut simulation = Simulation::ready();
    let get = simulation.submit_for(100, GET);
    for _ in 0..99 {
        simulation.now += 1;
        simulation.cache.timeout(simulation.now);
        assert!(!simulation.is_done(get), "at {} ms", simulation.now);
    }
}

#[test]
fn the_cache_asks_to_be_woken_at_the_earliest_deadline_and_not_at_all_when_idle() {
    let mut simulation = Simulation::ready();
    let start = simulation.now;
    assert_eq!(simulation.cache.poll_timeout(), None);
    for timeout in [300, 100, 200] {
        simulation.submit_for(timeout, GET);
    }
    simulation.drain();
    assert_eq!(simulation.cache.poll_timeout(), Some(start + 100));
    simulation.advance(100);
    assert_eq!(simulation.cache.poll_timeout(), Some(start + 200));
    simulation.reply(b"$1\r\n1\r\n$1\r\n1\r\n$1\r\n1\r\n");
    assert_eq!(simulation.cache.poll_timeout(), None);
}

#[test]
fn no_wake_up_is_asked_for_once_everything_came_to_an_end() {
    let mut simulation = Simulation::ready();
    let increment = simulation.submit(INCREMENT);
    simulation.drain();
    simulation.lose();
    assert_eq!(simulation.done(increment), Done::Failed(error::lost()));
    assert_eq!(simulation.cache.poll_timeout(), None);

    let get = simulation.submit(GET);
    simulation.abort(get);
    assert_eq!(simulation.cache.poll_timeout(), None);

    simulation.network = Network::Refuses;
    let get = simulation.submit(GET);
    while !simulation.is_done(get) {
        simulation.step();
    }
    assert_eq!(simulation.done(get), Done::Failed(error::unreachable()));
    assert_eq!(simulation.cache.poll_timeout(), None, "a pause that nobody waits for needs no alarm");
}

#[test]
fn an_operation_expires_while_the_socket_is_being_opened() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.network = Network::BlackHole;
    let get = simulation.submit_for(300, GET);
    simulation.advance(299);
    assert!(!simulation.is_done(get));
    simulation.advance(1);
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()));
}

#[test]
fn a_write_that_waits_for_the_login_expires_unsent() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    let set = simulation.submit_for(300, Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never });
    simulation.advance(300);
    assert_eq!(simulation.done(set), Done::Failed(error::connect_timeout()));
    simulation.actions.clear();
    simulation.reply(b"+OK\r\n+OK\r\n");
    assert_eq!(simulation.actions, []);
}

#[test]
fn an_operation_expires_in_the_pause_between_two_attempts() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    simulation.network = Network::Refuses;
    let get = simulation.submit_for(ROUND_TRIP + 10, GET);
    simulation.advance(ROUND_TRIP + 10);
    assert_eq!(simulation.done(get), Done::Failed(error::unreachable()));
    assert_eq!(simulation.connects().len(), 1);
}

#[test]
fn an_operation_with_no_timeout_at_all_fails_at_once() {
    let mut simulation = Simulation::ready();
    let get = simulation.submit_for(0, GET);
    simulation.advance(0);
    assert_eq!(simulation.done(get), timed_out());
}

#[test]
fn an_operation_with_endless_timeout_waits() {
    let mut simulation = Simulation::ready();
    let get = simulation.submit_for(u64::MAX, GET);
    simulation.drive();
    assert!(!simulation.is_done(get));
    simulation.reply(b"$1\r\n1\r\n");
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn endless_timeout_with_connecting_is_no_overflow() {
    let mut config = config();
    config.connect_timeout = u64::MAX;
    let mut simulation = Simulation::new(config, Server::Script);
    simulation.network = Network::BlackHole;
    simulation.now = 7;
    let get = simulation.submit_for(10_000, GET);
    simulation.advance(10_000);
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()));
}

#[test]
fn connecting_may_take_the_connect_timeout_and_is_tried_again() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    simulation.network = Network::BlackHole;
    let get = simulation.submit(GET);
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()));
    let actions: Vec<_> = simulation.actions.iter().map(|(_, action)| action.clone()).collect();
    assert_eq!(actions, vec![[Action::Connect, Action::Close]; 3].concat(), "2 retries");
    assert_eq!(simulation.actions[1].0, 1_000);
}

#[test]
fn a_server_that_accepts_and_never_speaks_is_a_connect_timeout_too() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    let get = simulation.submit(GET);
    simulation.drive();
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()));
}

#[test]
fn when_both_times_are_up_at_once_the_cause_is_told() {
    let mut simulation = Simulation::new(config(), Server::Script);
    simulation.network = Network::BlackHole;
    let get = simulation.submit_for(1_000, GET);
    simulation.advance(1_000);
    assert_eq!(simulation.done(get), Done::Failed(error::connect_timeout()));
}

#[test]
fn once_greeted_the_connect_timeout_is_forgotten() {
    let mut simulation = Simulation::new(config(), Server::Script);
    let get = simulation.submit(GET);
    simulation.advance(ROUND_TRIP);
    simulation.reply(HANDSHAKE_REPLY);
    simulation.advance(4_000);
    assert!(!simulation.is_done(get));
    assert_eq!(simulation.connects().len(), 1);
    simulation.reply(b"$1\r\n1\r\n");
    assert_eq!(simulation.done(get), Done::value(b"1"));
}

#[test]
fn an_unresponsive_server_is_left_for_a_new_connection_and_what_may_be_is_sent_again() {
    let mut simulation = Simulation::ready();
    let (late, patient) = (simulation.submit_for(600, GET), simulation.submit(GET));
    let increment = simulation.submit(INCREMENT);
    simulation.advance(600);
    assert_eq!(simulation.done(late), timed_out());
    assert_eq!(simulation.done(increment), Done::Failed(error::unresponsive()));
    assert!(matches!(simulation.actions[1..], [(_, Action::Close), (_, Action::Connect)]));
    simulation.advance(ROUND_TRIP);
    simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\n1\r\n"].concat());
    assert_eq!(simulation.done(patient), Done::value(b"1"));
}

#[test]
fn a_server_that_is_slow_but_responsive_keeps_its_connection() {
    let mut simulation = Simulation::ready();
    let (answered, late) = (simulation.get("a"), simulation.submit_for(600, GET));
    simulation.advance(500);
    simulation.reply(b"$1\r\n1\r\n");
    simulation.advance(100);
    assert_eq!(simulation.done(late), timed_out());
    assert_eq!(simulation.done(answered), Done::value(b"1"));
    assert_eq!(simulation.connects(), []);
}

#[test]
fn a_server_that_takes_a_large_value_slowly_keeps_its_connection() {
    let mut simulation = Simulation::ready();
    let set = simulation.submit_for(10_000, SET);
    let get = simulation.submit_for(600, GET);
    for _ in 0..50 {
        simulation.advance(100);
        simulation.cache.progressed(simulation.id(), simulation.now);
    }
    assert_eq!(simulation.done(get), timed_out());
    let behind = simulation.submit_for(10_000, GET);
    simulation.drain();
    simulation.reply(&[b"+OK\r\n", NIL, NIL].concat());
    assert_eq!(simulation.done(set), Done::Flag(true));
    assert_eq!(simulation.done(behind), Done::Value(None));
    assert_eq!(simulation.connects(), []);
}

#[test]
fn an_operation_after_a_silence_does_not_trust_the_old_connection() {
    let mut simulation = Simulation::ready();
    let late = simulation.submit_for(100, GET);
    simulation.advance(10_000);
    assert_eq!(simulation.done(late), timed_out());
    assert_eq!(simulation.connects(), [], "nobody needs one");
    simulation.actions.clear();
    let increment = simulation.submit(INCREMENT);
    simulation.advance(ROUND_TRIP);
    assert!(matches!(simulation.actions[..2], [(_, Action::Close), (_, Action::Connect)]));
    simulation.reply(&[HANDSHAKE_REPLY, b":1\r\n"].concat());
    assert_eq!(simulation.done(increment), Done::Integer(1));
}

#[test]
fn a_connection_that_was_idle_for_long_is_not_taken_for_unresponsive() {
    let mut simulation = Simulation::ready();
    simulation.advance(100_000);
    let get = simulation.submit_for(100, GET);
    simulation.advance(100);
    assert_eq!(simulation.done(get), timed_out());
    assert_eq!(simulation.connects(), [], "it was silent for 100 ms only");
}
