//! Servers behind sentinels that fail in any order: reads from replicas go on.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::client::Config;
use cluster_simulation::World;
use cluster_simulation::sentinels::{MASTER, OTHER, REPLICA, arrived, behind, preferring_replicas};
use simulation::{Done, Random};

/// A server that takes the place of the master, as Sentinels do it.
fn fail_over(world: &mut World, to: usize) {
    let former = std::mem::replace(&mut world.shards[0].primary, to);
    world.shards[0].replicas = (MASTER..=OTHER).filter(|&node| node != to).collect();
    world.named_master = Some(to);
    world.lose_connections(former);
    world.lose_connections(to);
}

fn disturb(world: &mut World, random: &mut Random) {
    let (any, server) = (random.below(6) as usize, MASTER + random.below(3) as usize);
    match random.below(6) {
        0 => world.kill(any),
        1 => world.nodes[any].is_silent = true,
        2 => fail_over(world, server),
        3 => drop(world.nodes[server].faults.insert("GET".into(), "-LOADING Redis is loading\r\n".into())),
        4 => drop(world.nodes[server].faults.insert("link".into(), "err".into())),
        _ => restore(world, any),
    }
}

fn restore(world: &mut World, node: usize) {
    world.nodes[node].faults.clear();
    world.resume(node);
}

#[test]
fn whatever_fails_every_call_ends_and_at_last_replicas_are_read_again() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let config = Config { fail_fast: seed % 2 == 0, ..preferring_replicas() };
        let mut world = behind(World::new(config, seed << 32 | seed), &[REPLICA, OTHER]);
        let mut calls = Vec::new();
        for _ in 0..80 {
            if random.below(2) == 0 {
                disturb(&mut world, &mut random);
            }
            calls.extend([world.get("n"), world.increment("m"), world.get_many(&["m".into(), "n".into()])]);
            world.advance(random.below(400));
        }
        (0..6).for_each(|node| restore(&mut world, node));
        calls.into_iter().for_each(|call| drop(world.outcome(call)));

        // Reads have the sentinels asked, and look for what is back.
        for second in 0..40 {
            let call = world.get("n");
            let done = world.outcome(call);
            assert!(done == Done::Value(None) || second < 5, "seed {seed}, {second} s: {done:?}");
            world.advance(1_000);
        }
        world.forget();
        let call = world.get("n");
        assert_eq!(world.outcome(call), Done::Value(None));
        let master = world.shards[0].primary;
        assert_eq!(arrived(&world, master, "GET"), 0, "seed {seed}: {:?}", world.arrived);
    }
}
