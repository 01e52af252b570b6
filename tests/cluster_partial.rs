//! Operations on many keys of a cluster of which nodes fail.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::Operation;
use cachelib_edge::client::Config;
use cluster_simulation::{World, config};
use simulation::Done;

const KEYS: usize = 30;

/// A get of keys of all nodes, of which those that are named die.
fn get_many_without(nodes: &[usize]) -> (Vec<usize>, Done) {
    let mut world = World::new(Config { max_retries: 0, ..config() }, 1);
    let keys: Vec<_> = (0..KEYS).map(|number| format!("k{number}")).collect();
    let call = world.get_many(&keys);
    assert_eq!(world.outcome(call), Done::Values(vec![None; KEYS]));
    nodes.iter().for_each(|&node| world.kill(node));
    // No replica takes their places.
    (3..6).for_each(|node| world.kill(node));
    let call = world.get_many(&keys);
    let owners = keys.iter().map(|key| world.node_of(key)).collect();
    (owners, world.outcome(call))
}

#[test]
fn a_get_of_many_tells_for_which_keys_it_failed_though_all_nodes_did() {
    for nodes in [&[0, 1][..], &[0, 1, 2]] {
        let (owners, done) = get_many_without(nodes);
        let failed: Vec<_> = (0..KEYS as u32).filter(|&key| nodes.contains(&owners[key as usize])).collect();
        let Done::ValuesInPart(values, keys, _) = done else { panic!("{done:?}") };
        assert_eq!((values, keys), (vec![None; KEYS], failed));
    }
}

#[test]
fn a_get_of_many_that_goes_to_one_node_fails_with_it() {
    let mut world = World::warm(Config { max_retries: 0, ..config() });
    (0..6).for_each(|node| world.kill(node));
    let call = world.submit(Operation::GetMany { keys: &[b"{a}1", b"{a}2"] });
    assert!(matches!(world.outcome(call), Done::Failed(_)));
}
