//! How often and when the map of a cluster is asked for: twenty caches that know nothing of each other, three minutes of simulated
//! time, three calls of each every 200 ms.
#![cfg(feature = "cluster")]

mod cluster_simulation;
mod simulation;

use cluster_simulation::{CLOSE, KEYS, World, config, slot};
use simulation::Done;

const CACHES: u64 = 20;
const PERIOD: u64 = 200;
/// When the cluster changes, and when the test ends, in milliseconds.
const CHANGE: u64 = 40_000;
const END: u64 = 160_000;

/// What each cache asked for from the change on: `act` changes its cluster, every 200 ms.
fn run(mut act: impl FnMut(&mut World)) -> Vec<Asked> {
    let worlds = (0..CACHES).map(|seed| World::new(config(), seed));
    let run = |mut world: World| {
        let mut failed = 0;
        while world.now < END {
            if world.now >= CHANGE {
                act(&mut world);
            }
            let calls = KEYS.map(|key| world.get(key));
            world.advance(PERIOD);
            failed += calls.iter().filter(|&&call| world.is_done(call) && is_failure(&world.done(call))).count();
        }
        let (before, times): (Vec<_>, Vec<_>) = world.maps_asked.iter().partition(|(at, _)| *at < CHANGE);
        Asked { before: before.len(), times: times.into_iter().map(|(at, _)| at).collect(), failed }
    };
    worlds.map(run).collect()
}

fn is_failure(done: &Done) -> bool {
    matches!(done, Done::Failed(_))
}

/// When a cache asked for the map, before the change and from then on; and how many of its calls failed soon.
struct Asked {
    before: usize,
    times: Vec<u64>,
    failed: usize,
}

impl Asked {
    fn gaps(&self) -> impl Iterator<Item = u64> {
        self.times.windows(2).map(|pair| pair[1] - pair[0])
    }
}

/// The most that all caches asked within a second, from `begin` on.
fn most_in_a_second(asked: &[Asked], begin: u64) -> usize {
    let mut times: Vec<_> = asked.iter().flat_map(|asked| &asked.times).filter(|&&at| at >= begin).collect();
    times.sort();
    (0..times.len())
        .map(|first| times[first..].iter().take_while(|&&&at| at < times[first] + 1_000).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn a_cluster_that_does_not_change_is_asked_once() {
    for asked in run(|_| {}) {
        assert_eq!((asked.before, asked.times.len(), asked.failed), (1, 0, 0));
    }
}

#[test]
fn a_failover_is_asked_about_once_by_each_cache_and_at_different_times() {
    let asked = run(|world| {
        if world.now == CHANGE {
            world.promote(0);
        }
    });
    assert!(asked.iter().all(|asked| asked.before == 1 && asked.times.len() == 1 && asked.failed == 0));
    assert!(most_in_a_second(&asked, CHANGE) <= 4);
    assert!(asked.iter().all(|asked| asked.times[0] < CHANGE + 31_000));
}

#[test]
fn slots_that_move_twice_a_second_are_asked_about_every_fifteen_seconds_at_most() {
    let asked = run(|world| {
        let number = slot(KEYS[0].as_bytes());
        let to = world.owners[usize::from(number)].map_or(0, |shard| (shard + 1) % 3);
        world.reshard(number, to);
    });
    for asked in &asked {
        assert!(asked.gaps().all(|gap| gap >= 15_000), "{:?}", asked.times);
        assert!((2..=7).contains(&asked.times.len()), "{:?}", asked.times);
    }
    assert!(most_in_a_second(&asked, CHANGE) <= 6);
}

#[test]
fn a_slot_that_nobody_serves_is_asked_about_at_once_and_then_not_by_all_together() {
    let asked = run(|world| {
        let number = usize::from(slot(KEYS[0].as_bytes()));
        world.owners[number] = None;
        world.nodes.iter_mut().for_each(|node| node.view[number] = None);
    });
    for asked in &asked {
        assert!(asked.times[0] < CHANGE + PERIOD);
        assert!(asked.gaps().all(|gap| gap >= 15_000), "{:?}", asked.times);
        assert!(asked.times.len() >= 4, "{:?}", asked.times);
    }
    assert!(most_in_a_second(&asked, CHANGE + 10_000) <= 5, "{}", most_in_a_second(&asked, CHANGE + 10_000));
}

#[test]
fn a_shard_that_is_lost_is_asked_about_less_and_less_often() {
    let asked = run(|world| {
        if world.now == CHANGE {
            world.kill(0);
            world.kill(3);
        }
    });
    for asked in &asked {
        assert!(asked.times[0] < CHANGE + PERIOD);
        let gaps: Vec<_> = asked.gaps().collect();
        assert!(
            gaps.iter().zip([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]).all(|(gap, least)| *gap >= least),
            "{gaps:?}"
        );
        assert!(gaps.iter().all(|&gap| gap <= 30_000 + 2 * PERIOD), "{gaps:?}");
        assert!((6..=10).contains(&asked.times.len()), "{:?}", asked.times);
    }
    assert!(most_in_a_second(&asked, CHANGE + 10_000) <= 10, "{}", most_in_a_second(&asked, CHANGE + 10_000));
}

/// The shard is served by a node that no map has named before.
#[test]
fn a_shard_that_comes_back_elsewhere_is_found_and_the_next_loss_is_asked_about_soon() {
    let asked = run(|world| match world.now - CHANGE {
        0 => {
            world.kill(0);
            world.kill(3);
        }
        20_000 => {
            world.nodes[0].address = "10.1.0.0:6379".into();
            world.resume(0);
        }
        70_000 => {
            world.kill(1);
            world.kill(4);
        }
        _ => {}
    });
    for asked in &asked {
        let (first, later): (Vec<u64>, Vec<u64>) = asked.times.iter().partition(|&&at| at < CHANGE + 70_000);
        assert!(first.len() <= 6 && later[1] - later[0] <= 2_000 + 2 * PERIOD, "{first:?}, {later:?}");
    }
}

/// One that closes the connection when it hears `CLUSTER SLOTS`, as some proxies do with what they do not know.
#[test]
fn a_server_that_closes_the_connection_when_it_is_asked_for_the_map_is_asked_seldom() {
    for node in 0..6 {
        let mut world = World::new(config(), node);
        world.nodes.iter_mut().for_each(|node| drop(node.faults.insert("CLUSTER".into(), CLOSE.into())));
        let mut failed = 0;
        while world.now < 10 * END {
            let calls = KEYS.map(|key| world.increment(key));
            world.advance(PERIOD);
            failed += calls.into_iter().filter(|&call| is_failure(&world.outcome(call))).count();
        }
        let times: Vec<_> = world.maps_asked.iter().map(|(at, _)| *at).collect();
        assert!(times.len() <= 9 && failed <= 3 * times.len(), "{failed} of 24,000 failed: {times:?}");
        // The first loss may be chance: it is asked again at once.
        assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= 15_000), "{times:?}");
    }
}

/// The same where a shard is lost, for which the map is asked for sooner; and where the node that is asked first flaps.
#[test]
fn one_that_closes_while_a_shard_is_lost_is_asked_seldom_too() {
    let asked = run(|world| {
        if world.now == CHANGE {
            world.nodes.iter_mut().for_each(|node| drop(node.faults.insert("CLUSTER".into(), CLOSE.into())));
            world.kill(0);
            world.kill(3);
        }
    });
    for asked in &asked {
        assert!(asked.times.len() <= 6, "{:?}", asked.times);
        // As above.
        assert!(asked.gaps().skip(1).all(|gap| gap >= 15_000), "{:?}", asked.times);
    }
}

/// A minority that was cut off knows an old map and names a shard's nodes that are gone: <https://github.com/redis/redis/issues/3138>.
#[test]
fn a_node_whose_map_does_not_help_is_not_the_only_one_that_is_asked() {
    for seed in 0..6 {
        let mut world = World::new(config(), seed);
        let warm = KEYS.map(|key| world.get(key));
        world.advance(100);
        assert!(warm.into_iter().all(|call| world.done(call) == Done::Value(None)));
        world.maps_asked.clear();
        world.kill(0);
        world.kill(3);
        while world.now < 60_000 {
            world.get(KEYS[0]);
            world.advance(PERIOD);
        }
        let nodes: std::collections::BTreeSet<_> = world.maps_asked.iter().map(|(_, node)| node).collect();
        assert!(nodes.len() >= 3, "{:?}", world.maps_asked);
    }
}
