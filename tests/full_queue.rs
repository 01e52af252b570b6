//! Bytes that wait for an answer are bounded: further operations fail at once, and go on when there is room again.

mod simulation;

use cachelib_edge::cache::{Error, Expiry, NodeId, Operation};
use cachelib_edge::client::{self, Config};
use simulation::{Done, Network, Redis, Server, Simulation, config, config_without_fail_fast};

const MAX_QUEUED: usize = 10_000;
const VALUE: [u8; 1_000] = [b'v'; 1_000];
const SET: Operation<'_> = Operation::Set { key: b"k", value: &VALUE, expiry: Expiry::Never };
/// How many of them are queued before the queue is full.
const ADMITTED: usize = 10;

fn full() -> Done {
    Done::Failed(Error::Client(client::Error::QueueFull, NodeId::default()))
}

fn with_redis(config: Config) -> Simulation {
    Simulation::new(Config { max_queued: MAX_QUEUED, ..config }, Server::Redis(Redis::default()))
}

/// Submits sets until the queue is full, and tells which wait.
fn fill(simulation: &mut Simulation) -> Vec<u32> {
    let calls: Vec<_> = (0..100).map(|_| simulation.submit(SET)).collect();
    let (waiting, refused): (Vec<u32>, Vec<u32>) = calls.into_iter().partition(|&call| !simulation.is_done(call));
    assert!(refused.into_iter().all(|call| simulation.done(call) == full()));
    waiting
}

#[test]
fn while_a_connection_is_being_opened() {
    let mut simulation = with_redis(config());
    let waiting = fill(&mut simulation);
    assert_eq!(waiting.len(), ADMITTED);
    let get = simulation.get("k");
    assert_eq!(simulation.done(get), full(), "reads too");
    simulation.drive();
    assert!(waiting.into_iter().all(|call| simulation.done(call) == Done::Flag(true)));
    assert_eq!(fill(&mut simulation).len(), ADMITTED);
}

#[test]
fn while_operations_wait_for_a_server_that_is_down() {
    let mut simulation = with_redis(config_without_fail_fast());
    simulation.network = Network::Refuses;
    assert_eq!(fill(&mut simulation).len(), ADMITTED);
    simulation.advance(10);
    assert_eq!(fill(&mut simulation), [], "they wait for another attempt");
    simulation.drive();
    assert_eq!(fill(&mut simulation).len(), ADMITTED, "all have failed");
}

#[test]
fn while_a_server_owes_replies() {
    let mut simulation = Simulation::ready_with(|config| config.max_queued = MAX_QUEUED);
    let waiting = fill(&mut simulation);
    assert_eq!(waiting.len(), ADMITTED);
    simulation.reply(b"+OK\r\n");
    assert_eq!(fill(&mut simulation).len(), 1, "there is room for one");
}

#[test]
fn while_rejected_requests_are_held() {
    let mut simulation = Simulation::ready_with(|config| config.max_queued = MAX_QUEUED);
    let waiting = fill(&mut simulation);
    simulation.reply(&b"-LOADING Redis is loading the dataset in memory\r\n".repeat(waiting.len()));
    assert_eq!(fill(&mut simulation), []);
    simulation.advance(4_999);
    simulation.advance(1);
    assert_eq!(fill(&mut simulation).len(), ADMITTED, "all have expired");
}

#[test]
fn a_delete_that_is_refused_sends_nothing() {
    let mut simulation = Simulation::ready_with(|config| config.max_queued = MAX_QUEUED);
    fill(&mut simulation);
    simulation.actions.clear();
    for _ in 0..100 {
        let delete = simulation.submit(Operation::Delete { key: b"k" });
        assert_eq!(simulation.done(delete), full());
    }
    assert_eq!(simulation.transmissions(), 0, "nor is its lock deleted");
}

#[test]
fn an_operation_is_as_large_as_it_is() {
    let mut simulation = with_redis(config());
    let entries = [(&b"k"[..], &VALUE[..]); 50];
    let many = simulation.submit(Operation::SetMany { entries: &entries, expiry: Expiry::Never });
    let get = simulation.get("k");
    assert_eq!(simulation.done(get), full());
    simulation.drive();
    assert_eq!(simulation.done(many), Done::Keys(Vec::new(), None));
    let clear = simulation.submit(Operation::Clear { prefix: b"k" });
    simulation.drive();
    assert_eq!(simulation.done(clear), Done::Flag(true));
}
