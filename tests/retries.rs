//! Attempts to connect and their pauses; what a loss does to the operations under way.

mod simulation;

use cachelib_edge::cache::{Expiry, Operation};
use simulation::{
    Action, Done, HANDSHAKE_REPLY, NIL, Network, ROUND_TRIP, Redis, Server, Simulation, config_with_password,
    config_without_fail_fast, error,
};

const INCREMENT: Operation<'_> = Operation::Increment { key: b"n", delta: 1 };
const ADD: Operation<'_> = Operation::Add { key: b"k", value: b"v", expiry: Expiry::Never };
const SET: Operation<'_> = Operation::Set { key: b"k", value: b"v", expiry: Expiry::Never };

fn lost() -> Done {
    Done::Failed(error::lost())
}

#[test]
fn a_refused_connection_is_tried_again_after_growing_pauses() {
    for max_retries in [0, 1, 2, 5, 255] {
        let mut config = config_without_fail_fast();
        config.max_retries = max_retries;
        let mut simulation = Simulation::new(config, Server::Script);
        simulation.network = Network::Refuses;
        let calls = [INCREMENT, SET, Operation::Ping].map(|operation| simulation.submit_for(10_000_000, operation));
        simulation.drive();
        for call in calls {
            assert_eq!(simulation.done(call), Done::Failed(error::unreachable()));
        }
        let connects = simulation.connects();
        assert_eq!(connects.len(), usize::from(max_retries) + 1);
        for (attempt, times) in connects.windows(2).enumerate() {
            let (pause, most) = (times[1] - times[0] - ROUND_TRIP, (50 << attempt.min(10)).min(2_000));
            assert!((most / 2..=most).contains(&pause), "{pause} ms before attempt {}", attempt + 2);
        }
    }
}

#[test]
fn an_operation_that_comes_in_a_pause_waits_for_its_end_and_has_attempts_of_its_own() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    simulation.network = Network::Refuses;
    let first = simulation.submit(SET);
    simulation.advance(ROUND_TRIP);
    let second = simulation.submit(SET);
    simulation.drain();
    assert_eq!(simulation.connects().len(), 1);
    while !simulation.is_done(first) {
        simulation.step();
    }
    assert_eq!(simulation.connects().len(), 3);
    assert!(!simulation.is_done(second));
    simulation.drive();
    assert_eq!(simulation.done(second), Done::Failed(error::unreachable()));
    assert_eq!(simulation.connects().len(), 4);
}

#[test]
fn after_a_failure_the_next_operation_tries_anew_and_a_success_forgets_the_pauses() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Redis(Redis::default()));
    simulation.network = Network::Refuses;
    let refused = simulation.submit(SET);
    simulation.drive();
    assert_eq!(simulation.done(refused), Done::Failed(error::unreachable()));
    simulation.network = Network::Accepts;
    let set = simulation.submit(SET);
    simulation.drive();
    assert_eq!(simulation.done(set), Done::Flag(true));

    simulation.lose();
    simulation.network = Network::Refuses;
    simulation.actions.clear();
    simulation.submit(SET);
    simulation.drive();
    let connects = simulation.connects();
    assert!(connects[1] - connects[0] - ROUND_TRIP <= 50, "the first pause again: {connects:?}");
}

#[test]
fn a_server_that_accepts_and_closes_is_given_the_same_pauses() {
    let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
    let get = simulation.get("a");
    while !simulation.is_done(get) {
        simulation.step();
        if simulation.actions.last().is_some_and(|(_, action)| matches!(action, Action::Transmit(_))) {
            simulation.actions.pop();
            simulation.lose();
        }
    }
    assert_eq!(simulation.done(get), lost());
    let connects = simulation.connects();
    assert_eq!(connects.len(), 3);
    assert!(connects[2] - connects[1] >= 25, "the first loss costs no pause: {connects:?}");
}

#[test]
fn after_a_loss_reads_are_sent_again_and_writes_are_not() {
    let mut simulation = Simulation::ready();
    let get = simulation.submit(Operation::Get { key: b"k" });
    let writes = [SET, Operation::Delete { key: b"k" }, Operation::Clear { prefix: b"" }, INCREMENT, ADD]
        .map(|operation| simulation.submit(operation));
    let has = simulation.submit(Operation::Has { key: b"k" });
    simulation.drain();
    simulation.lose();
    for call in writes {
        assert_eq!(simulation.done(call), lost());
    }
    simulation.actions.clear();
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "GET k", "EXISTS k"]);
    simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\nv\r\n:1\r\n"].concat());
    assert_eq!(simulation.done(get), Done::value(b"v"));
    assert_eq!(simulation.done(has), Done::Flag(true));
}

#[test]
fn writes_that_were_not_sent_survive_a_loss() {
    let mut simulation = Simulation::ready();
    let get = simulation.get("a");
    simulation.drain();
    let writes = [SET, INCREMENT].map(|operation| simulation.submit(operation));
    simulation.lose();
    simulation.actions.clear();
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "GET a", "SET k v", "INCRBY n 1"]);
    simulation.reply(&[HANDSHAKE_REPLY, NIL, b"+OK\r\n:1\r\n"].concat());
    assert_eq!(simulation.done(get), Done::Value(None));
    assert_eq!(writes.map(|call| simulation.done(call)), [Done::Flag(true), Done::Integer(1)]);
}

#[test]
fn with_retry_writes_reads_and_sets_are_sent_again_in_order_after_a_loss_and_counters_are_not() {
    let mut simulation = Simulation::ready_with(|config| config.retry_writes = true);
    let [set, get, delete] = [SET, Operation::Get { key: b"k" }, Operation::Delete { key: b"k" }]
        .map(|operation| [simulation.submit(operation), simulation.submit(INCREMENT)]);
    let add = simulation.submit(ADD);
    simulation.drain();
    simulation.lose();
    for call in [set[1], get[1], delete[1], add] {
        assert_eq!(simulation.done(call), lost());
    }
    simulation.actions.clear();
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "SET k v", "GET k", "DEL k~lock", "DEL k"]);
    simulation.reply(&[HANDSHAKE_REPLY, b"+OK\r\n$1\r\nv\r\n:0\r\n:1\r\n"].concat());
    assert_eq!(simulation.done(set[0]), Done::Flag(true));
    assert_eq!(simulation.done(get[0]), Done::value(b"v"));
    assert_eq!(simulation.done(delete[0]), Done::Flag(true));
}

#[test]
fn counters_that_were_never_sent_survive_a_loss() {
    let mut simulation = Simulation::new(config_with_password(), Server::Script);
    let calls = [simulation.submit(INCREMENT), simulation.submit(ADD)];
    simulation.advance(ROUND_TRIP);
    assert!(!simulation.commands().iter().any(|command| command.contains("INCRBY")));
    simulation.lose();
    simulation.advance(100);
    simulation.reply(b"+OK\r\n+OK\r\n");
    assert_eq!(simulation.commands()[2..], ["INCRBY n 1", "SET k v NX"]);
    simulation.reply(&[b":1\r\n", NIL].concat());
    assert_eq!(simulation.done(calls[0]), Done::Integer(1));
    assert_eq!(simulation.done(calls[1]), Done::Flag(false));
}

#[test]
fn counters_submitted_in_the_tick_of_a_loss_are_executed_once() {
    let mut simulation = Simulation::with_redis();
    simulation.submit(Operation::Ping);
    simulation.drive();
    let increment = simulation.submit(INCREMENT);
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.done(increment), Done::Integer(1));
    assert_eq!(simulation.redis().executed["INCRBY"], 1);
}

#[test]
fn a_counter_that_may_have_been_counted_is_counted_at_most_once() {
    let mut simulation = Simulation::with_redis();
    let increment = simulation.submit(INCREMENT);
    simulation.advance(ROUND_TRIP);
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.done(increment), lost());
    assert_eq!(simulation.redis().value("n"), Some(&b"1"[..]));
}

#[test]
fn the_loss_of_an_idle_connection_costs_nothing() {
    let mut simulation = Simulation::with_redis();
    simulation.submit(Operation::Ping);
    simulation.drive();
    simulation.actions.clear();
    simulation.lose();
    simulation.drive();
    assert_eq!(simulation.actions, [], "nobody needs a connection");
    let increment = simulation.submit(INCREMENT);
    let begun = simulation.now;
    while !simulation.is_done(increment) {
        simulation.step();
    }
    assert_eq!(simulation.now - begun, 2 * ROUND_TRIP, "no pause, no failed attempt");
    assert_eq!(simulation.done(increment), Done::Integer(1));
}

#[test]
fn a_loss_in_the_middle_of_a_reply_leaves_nothing_of_it() {
    let reply = b"$6\r\n+OK\r\nx\r\n";
    for cut in 0..reply.len() {
        let mut simulation = Simulation::ready();
        let get = simulation.get("a");
        simulation.drain();
        simulation.reply(&reply[..cut]);
        simulation.lose();
        simulation.advance(ROUND_TRIP);
        simulation.reply(&[HANDSHAKE_REPLY, b"$1\r\n2\r\n"].concat());
        assert_eq!(simulation.done(get), Done::value(b"2"), "cut at {cut}");
    }
}

#[test]
fn what_was_answered_before_a_loss_stays_answered() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.get("b")];
    simulation.drain();
    simulation.reply(b"$1\r\n1\r\n");
    simulation.lose();
    simulation.actions.clear();
    assert_eq!(simulation.done(calls[0]), Done::value(b"1"));
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "GET b"]);
}

#[test]
fn aborted_operations_are_not_sent_again() {
    let mut simulation = Simulation::ready();
    let calls = [simulation.get("a"), simulation.get("b")];
    simulation.drain();
    simulation.abort(calls[0]);
    simulation.lose();
    simulation.actions.clear();
    simulation.advance(ROUND_TRIP);
    assert_eq!(simulation.commands(), ["CLIENT SETNAME edge", "GET b"]);
}

#[test]
fn an_operation_that_is_lost_each_time_it_is_sent_fails_in_the_end() {
    let mut simulation = Simulation::ready_with(|config| config.fail_fast = false);
    let get = simulation.get("a");
    simulation.drain();
    let mut losses = 0;
    while !simulation.is_done(get) {
        simulation.lose();
        losses += 1;
        while !simulation.is_done(get) && simulation.transmissions() <= losses {
            simulation.step();
        }
        if !simulation.is_done(get) {
            simulation.reply(HANDSHAKE_REPLY);
        }
    }
    assert_eq!((losses, simulation.done(get)), (3, lost()));
    let connects = simulation.connects();
    let pause = connects[1] - connects[0] - ROUND_TRIP;
    assert!((25..=50).contains(&pause), "a server that welcomes and answers nothing is given a rest: {pause} ms");
}

#[test]
fn two_caches_do_not_try_in_step() {
    let times = |seed| {
        let mut simulation = Simulation::new(config_without_fail_fast(), Server::Script);
        simulation.cache = cachelib_edge::cache::Cache::new(config_without_fail_fast(), seed);
        simulation.network = Network::Refuses;
        simulation.submit(SET);
        simulation.drive();
        simulation.connects()
    };
    assert_ne!(times(1), times(2));
    assert_eq!(times(3), times(3));
}
