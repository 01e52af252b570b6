//! `clear` in a cluster, while a primary is replaced.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::{CallId, Operation};
use cluster_simulation::{KEYS, World, config};
use simulation::Done;

#[test]
fn clear_goes_on_with_the_primary_that_takes_the_place_of_a_lost_one() {
    for prefix in ["", "b"] {
        let mut world = World::connected(config());
        let clear = world.submit(Operation::Clear { prefix: prefix.as_bytes() });
        world.kill(0);
        world.advance(1_500);
        assert!(!world.is_done(clear));
        world.promote(0);
        assert_eq!(world.outcome(clear), Done::Flag(true));
        assert_eq!(world.value(KEYS[0]), None);
    }
}

/// Those that led a cold cache to a primary are not newer than the map that says that another has taken its place.
#[test]
fn redirections_to_a_primary_that_was_lost_do_not_outlive_the_next_map() {
    for seed in 0..6 {
        let mut world = World::new(config(), seed);
        let calls = ["p:1", "p:2", "p:3", "p:4", "p:5", "p:6"].map(|key| world.set(key, "0"));
        assert!(calls.into_iter().all(|call| world.outcome(call) == Done::Flag(true)));
        world.kill(1);
        let clear = world.submit(Operation::Clear { prefix: b"p:" });
        world.advance(1_500);
        world.promote(1);
        assert_eq!(world.outcome(clear), Done::Flag(true), "seed {seed}");
        assert!(world.now < 2_500, "{} ms", world.now);
        assert!(world.shards.iter().all(|shard| shard.redis.data.is_empty()));
    }
}

/// The whole cluster is away for a while: what is asked for its map fails as well.
#[test]
fn clear_goes_on_where_no_node_answered_when_it_looked_for_another_primary() {
    for prefix in ["", "b"] {
        let mut world = World::connected(config());
        let clear = world.submit(Operation::Clear { prefix: prefix.as_bytes() });
        world.kill(0);
        world.advance(500);
        (1..6).for_each(|node| world.kill(node));
        world.advance(1_500);
        assert!(!world.is_done(clear));
        world.promote(0);
        (1..6).for_each(|node| world.nodes[node].is_up = true);
        assert_eq!(world.outcome(clear), Done::Flag(true));
        assert_eq!(world.value(KEYS[0]), None);
    }
}

/// The last pauses are short, so that a promotion shortly before the end is in time.
#[test]
fn clear_follows_a_promotion_until_the_end_of_its_time() {
    let mut world = World::connected(config());
    let clear = world.submit(Operation::Clear { prefix: b"" });
    world.kill(0);
    world.advance(4_800);
    assert!(!world.is_done(clear));
    world.promote(0);
    assert_eq!(world.outcome(clear), Done::Flag(true));
}

#[test]
fn clear_that_is_aborted_waits_for_no_other_primary() {
    let mut world = World::connected(config());
    world.nodes[1].is_silent = true;
    let clear = world.submit(Operation::Clear { prefix: b"" });
    world.kill(0);
    world.advance(100);
    world.cache.abort(CallId(clear));
    assert!(matches!(world.done(clear), Done::Failed(error) if error.code() == "ABORTED"));
}

#[test]
fn clear_tells_why_it_failed_where_no_primary_takes_the_place_of_a_lost_one() {
    let mut world = World::connected(config());
    let clear = world.submit(Operation::Clear { prefix: b"" });
    world.kill(0);
    let begun_at = world.now;
    assert!(
        matches!(world.outcome(clear), Done::Failed(error) if error.code() == "UNREACHABLE" || error.code() == "CONNECTION_LOST")
    );
    assert!(world.now <= begun_at + 5_000);
}
