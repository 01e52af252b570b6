//! Leases on a cluster, in all orders of callers, deletions, slots that move, connections that are lost, and nodes that fail and are
//! replaced, that chance finds.
#![cfg(all(feature = "cluster", feature = "layer"))]

mod cluster_simulation;
mod simulation;

use cachelib_edge::cache::Operation;
use cluster_simulation::{Fleet, config, slot};
use simulation::callers::{CLIENTS, Callers, Clients, Habits, LONGEST};
use simulation::lease::LENGTH;
use simulation::{Random, Redis, run_schedules};

/// What happens is looked at so often at least.
const STEP: u64 = 300;
/// How long a shard is without a primary that works, at most: only one renewal of a lease falls into it.
const OUTAGE: u64 = 2_000;
/// How long a slot stays where it is, at least. A caller that follows an ASK of before would find another lock, or none, if it came back
/// to the same node within a round trip.
const STAY: u64 = 100;
/// How long a slot moves at most: meanwhile no script reaches a key and its lock that are on two nodes.
const MIGRATION: u64 = 2_000;

/// What may happen besides calls, slots that move, and connections that are lost.
#[derive(Clone, Copy, Default)]
struct Events {
    /// Deletions, which cancel leases.
    deletes: bool,
    /// Primaries fail, and their replicas take over, which have all their data.
    failovers: bool,
    /// A replica that takes over has missed the last writes.
    losses: bool,
}

#[test]
fn one_computes_at_a_time() {
    run_schedules(100, |seed| run_schedule(seed, Events::default()));
    run_schedules(100, |seed| run_schedule(seed, Events { failovers: true, ..Events::default() }));
}

#[test]
fn nothing_old_comes_back() {
    let events = Events { deletes: true, ..Events::default() };
    run_schedules(200, |seed| run_schedule(seed, events));
    run_schedules(200, |seed| run_schedule(seed, Events { failovers: true, ..events }));
}

/// Redis acknowledges writes before its replicas have them: what was deleted may be back after a failover, and a lock gone.
#[test]
fn after_a_failover_nothing_is_older_than_what_the_replica_had() {
    let events = Events { deletes: true, failovers: true, losses: true };
    run_schedules(200, |seed| run_schedule(seed, events));
}

struct Schedule {
    events: Events,
    random: Random,
    fleet: Fleet,
    callers: Callers,
    /// The node that has failed, and when it works again.
    failed: Option<(usize, u64)>,
    /// When the slot began to move, and when it came to its shard.
    moves_since: u64,
    stays_since: u64,
    /// What the replica of the key's shard has, which shard that is, and the oldest that could be read then.
    replica: Option<(Redis, usize, u64)>,
    /// When somebody was last kept from storing a value.
    disturbed_at: u64,
}

fn run_schedule(seed: u64, events: Events) {
    let mut random = Random(seed);
    let (gossip, round_trips) = (random.one_of(&[0, 50, 1_000]), [vec![2], vec![2, 6, 20]]);
    let fleet = Fleet::new(CLIENTS as u64, &config(), seed, |world| {
        world.gossip = gossip;
        world.round_trips = round_trips[(seed % 2) as usize].clone();
    });
    let callers = Callers::new(Habits::default(), seed ^ 0xABCD);
    let mut schedule = Schedule {
        events,
        random,
        fleet,
        callers,
        failed: None,
        moves_since: 0,
        stays_since: 0,
        replica: None,
        disturbed_at: 0,
    };
    let mut answers = 0;
    for _ in 0..1_000 {
        let pause = schedule.random.one_of(&[1, 2, 3, 5, STEP, STEP]);
        let pause = schedule.random.below(pause);
        schedule.fleet.advance(pause);
        schedule.let_something_happen();
        answers += schedule.callers.go_on(&mut schedule.fleet);
        schedule.check();
    }
    assert!(answers > 3, "{answers} answers");
}

impl Schedule {
    fn let_something_happen(&mut self) {
        let (events, now) = (self.events, self.fleet.now());
        let (client, node) = (self.random.below(CLIENTS as u64) as usize, self.random.below(6) as usize);
        if let Some((failed, _)) = self.failed.take_if(|(_, until)| *until <= now) {
            self.fleet.each(|world| world.resume(failed));
        }
        if now >= self.moves_since + MIGRATION {
            self.finish_move();
        }
        match self.random.below(16) {
            0 | 1 if events.deletes && self.random.below(4) == 0 => {
                self.callers.delete(client, Operation::Delete { key: b"k" }, &mut self.fleet);
                self.disturbed_at = now;
            }
            2 => self.fleet.world(client).lose_connections(node),
            3 | 4 => self.move_slot(),
            5 | 6 => self.finish_move(),
            7 if events.losses => self.replicate(),
            8 if events.failovers && self.failed.is_none() => self.fail(),
            _ => self.callers.ask(client, &mut self.fleet),
        }
    }

    /// The slot begins to move, the key or its lock first.
    fn move_slot(&mut self) {
        let (to, keys) = (self.random.below(3) as usize, [&b"k"[..], b"k~lock{k}"]);
        let moves = keys.map(|_| self.random.below(2) == 0);
        let cluster = self.fleet.cluster();
        let number = slot(b"k");
        let stays = cluster.now < self.stays_since + STAY;
        if !stays && cluster.owners[usize::from(number)] != Some(to) && !cluster.moving.contains_key(&number) {
            cluster.migrate(number, to);
            self.moves_since = cluster.now;
        }
        keys.iter().zip(moves).filter(|(_, moves)| *moves).for_each(|(key, _)| cluster.move_key(key));
    }

    fn finish_move(&mut self) {
        let cluster = self.fleet.cluster();
        if cluster.moving.contains_key(&slot(b"k")) {
            cluster.finish_migration(slot(b"k"));
            self.stays_since = cluster.now;
        }
    }

    fn replicate(&mut self) {
        let oldest = self.callers.oldest;
        let cluster = self.fleet.cluster();
        let shard = cluster.owners[usize::from(slot(b"k"))].expect("served");
        self.replica = Some((cluster.shards[shard].redis.replica(), shard, oldest));
    }

    /// The primary of the key fails, and its replica takes over; or it comes back by itself.
    fn fail(&mut self) {
        let (now, outage) = (self.fleet.now(), self.random.below(OUTAGE));
        let is_replaced = self.random.below(3) > 0;
        let cluster = self.fleet.cluster();
        let shard = cluster.owners[usize::from(slot(b"k"))].expect("served");
        let primary = cluster.shards[shard].primary;
        self.failed = Some((primary, now + outage));
        self.disturbed_at = now + outage;
        self.fleet.each(|world| world.kill(primary));
        if is_replaced {
            self.fleet.cluster().promote(shard);
            self.lose_what_was_not_replicated(shard);
        }
    }

    fn lose_what_was_not_replicated(&mut self, shard: usize) {
        let cluster = self.fleet.cluster();
        // One of before the slot came to the shard would be empty.
        if let Some((replica, _, oldest)) = self.replica.take_if(|(_, of, _)| *of == shard && cluster.moving.is_empty())
        {
            cluster.shards[shard].redis = replica;
            self.callers.lose(oldest);
        }
    }

    fn check(&self) {
        let (now, events) = (self.fleet.now(), self.events);
        let computing = self.callers.computing(now);
        assert!(computing <= 1 || events.deletes, "{computing} compute");
        self.callers.check_waits(now, self.disturbed_at, 2 * LENGTH + LONGEST + STEP);
    }
}
