//! A cache, a network and a cluster in simulated time. Commands are executed when they arrive, half a round trip after they
//! were sent, and each connection has its own round trip: nothing but the cache keeps an order between two nodes.
#![allow(dead_code, unused_imports, reason = "each scenario uses a part of it")]

mod fleet;
mod network;
mod node;
mod order;
pub(crate) mod sentinels;
mod slots;
mod trace;

pub(crate) use fleet::Fleet;
pub(crate) use node::{CLOSE, Node, Shard};
pub(crate) use slots::{SLOTS, slot};
pub(crate) use trace::trace;

use crate::simulation::{Done, Random, TIMEOUT, done};
use cachelib_edge::cache::{Address, Cache, CallId, ConnectionId, Expiry, Operation, Output};
use cachelib_edge::client::{Config, Deployment, Installation};
use cachelib_edge::connection::ConnectionInfo;
use std::collections::{BTreeMap, BTreeSet};

/// A key of the shard of node 0, node 1 and node 2.
pub(crate) const KEYS: [&str; 3] = ["b", "c", "a"];

/// A cluster of three seeds.
pub(crate) fn config() -> Config {
    let deployment = Deployment::Cluster { prefers_hostnames: false };
    Config { deployment, seeds: 3, ..crate::simulation::config() }
}

#[derive(Debug)]
enum Event {
    Opened,
    Closed,
    /// To the node, and when it was sent.
    Request(u64, Vec<u8>),
    /// To the cache.
    Reply(Vec<u8>),
}

/// When a node hears of which primaries of slots.
pub(crate) type Rumour = (u64, usize, Vec<(u16, usize)>);

/// A socket, and what the node knows of it.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) node: usize,
    pub(crate) round_trip: u64,
    is_open: bool,
    pub(crate) input: Vec<u8>,
    /// What came while the node was silent, and when it was sent.
    unread: Vec<(u64, Vec<u8>)>,
    /// When the request that is executed was sent.
    pub(crate) sent_at: u64,
    pub(crate) is_asking: bool,
    pub(crate) is_readonly: bool,
    /// Whether the node answers nothing more, and closes it.
    is_closing: bool,
    /// When the cache hears that each key's last request was sent on.
    pub(crate) sent_on: BTreeMap<Vec<u8>, u64>,
}

/// The whole.
pub(crate) struct World {
    pub(crate) cache: Cache,
    pub(crate) now: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) shards: Vec<Shard>,
    /// The shard of each slot, if one has it; and where it is moving.
    pub(crate) owners: Vec<Option<usize>>,
    pub(crate) moving: BTreeMap<u16, usize>,
    /// When each slot last came to another node.
    pub(crate) told_at: BTreeMap<u16, u64>,
    /// The master that sentinels name, where there is no cluster: the nodes 0, 1 and 2 are the sentinels.
    pub(crate) named_master: Option<usize>,
    /// How long it takes until other nodes know of a change, in milliseconds.
    pub(crate) gossip: u64,
    /// What nodes will believe, and when.
    pub(crate) rumours: Vec<Rumour>,
    /// The most bytes that arrive at once, and the round trips that connections may have.
    pub(crate) chunk: usize,
    pub(crate) round_trips: Vec<u64>,
    pub(crate) random: Random,
    /// The nodes that were connected to, the commands that arrived by node and name, and the most sockets at once.
    pub(crate) connects: Vec<usize>,
    pub(crate) arrived: BTreeMap<(usize, String), u32>,
    pub(crate) most_sockets: usize,
    /// How many sockets the platform opens, for how long it counts one that was closed before it was open, and until when each is.
    pub(crate) max_sockets: usize,
    pub(crate) linger: u64,
    lingering: Vec<u64>,
    pub(crate) transmissions: BTreeMap<usize, u32>,
    /// When the map was asked for, and which node.
    pub(crate) maps_asked: Vec<(u64, usize)>,
    /// Keys of requests that a node executed although it had sent on an earlier one, before the cache could hear of that.
    pub(crate) overtaken: BTreeSet<Vec<u8>>,
    /// How often a node was named for a key by ASK, and did not execute anything for it after that; and when the cache has heard of
    /// what it did.
    asked: BTreeMap<(usize, Vec<u8>), (u32, u64)>,
    connections: BTreeMap<ConnectionId, Connection>,
    /// Connections that the cache has no more, while requests on them are still to arrive.
    gone: BTreeMap<ConnectionId, Connection>,
    events: BTreeMap<(u64, u64), (ConnectionId, Event)>,
    next_event: u64,
    next_call: u32,
    calls: BTreeMap<u32, Option<Done>>,
}

impl World {
    /// Three primaries and a replica of each: node 0 with node 3, and so on. The seeds are the primaries.
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        Self::sharing(config, seed, Installation::default())
    }

    pub(crate) fn sharing(config: Config, seed: u64, installation: Installation) -> Self {
        let shards = (0..3).map(|shard| Shard { primary: shard, replicas: vec![shard + 3], ..Shard::default() });
        let owners: Vec<_> = (0..SLOTS).map(|slot| Some(slot * 3 / SLOTS)).collect();
        let view = owners.clone();
        Self {
            cache: Cache::sharing(config, seed, installation),
            now: 0,
            nodes: (0..6).map(|index| Node::new(index, &view)).collect(),
            shards: shards.collect(),
            owners,
            moving: BTreeMap::new(),
            told_at: BTreeMap::new(),
            named_master: None,
            gossip: 0,
            rumours: Vec::new(),
            chunk: usize::MAX,
            round_trips: vec![2],
            random: Random(seed),
            connects: Vec::new(),
            arrived: BTreeMap::new(),
            most_sockets: 0,
            max_sockets: usize::MAX,
            linger: 0,
            lingering: Vec::new(),
            transmissions: BTreeMap::new(),
            maps_asked: Vec::new(),
            overtaken: BTreeSet::new(),
            asked: BTreeMap::new(),
            connections: BTreeMap::new(),
            gone: BTreeMap::new(),
            events: BTreeMap::new(),
            next_event: 0,
            next_call: 0,
            calls: BTreeMap::new(),
        }
    }

    /// One of so many primaries without replicas.
    pub(crate) fn of_primaries(count: usize, config: Config, seed: u64) -> Self {
        let mut world = Self::new(config, seed);
        world.shards = (0..count).map(|primary| Shard { primary, ..Shard::default() }).collect();
        world.owners = (0..SLOTS).map(|slot| Some(slot * count / SLOTS)).collect();
        world.nodes = (0..count).map(|index| Node::new(index, &world.owners)).collect();
        world
    }

    /// One whose cache knows the map.
    pub(crate) fn warm(config: Config) -> Self {
        let mut world = Self::new(config, 1);
        let get = world.submit(Operation::Get { key: b"warm" });
        world.advance(20);
        assert_eq!(world.done(get), Done::Value(None));
        world.forget();
        world
    }

    /// One whose cache has a connection to each primary, and has stored 0 for each of [`KEYS`].
    pub(crate) fn connected(config: Config) -> Self {
        let mut world = Self::warm(config);
        let calls = KEYS.map(|key| world.set(key, "0"));
        world.advance(20);
        assert_eq!(calls.map(|call| world.done(call)), [Done::Flag(true), Done::Flag(true), Done::Flag(true)]);
        world.forget();
        world
    }

    /// Counts from here on.
    pub(crate) fn forget(&mut self) {
        self.connects.clear();
        self.arrived.clear();
        self.transmissions.clear();
    }

    // ---- What the application does

    pub(crate) fn submit(&mut self, operation: Operation<'_>) -> u32 {
        self.submit_for(TIMEOUT, operation)
    }

    pub(crate) fn submit_for(&mut self, timeout: u64, operation: Operation<'_>) -> u32 {
        let call = self.next_call;
        self.next_call += 1;
        self.calls.insert(call, None);
        trace!("{} submit {call}", self.now);
        self.cache.submit(CallId(call), operation, timeout, self.now);
        call
    }

    pub(crate) fn get(&mut self, key: &str) -> u32 {
        self.submit(Operation::Get { key: key.as_bytes() })
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) -> u32 {
        self.submit(Operation::Set { key: key.as_bytes(), value: value.as_bytes(), expiry: Expiry::Never })
    }

    pub(crate) fn increment(&mut self, key: &str) -> u32 {
        self.submit(Operation::Increment { key: key.as_bytes(), delta: 1 })
    }

    pub(crate) fn get_many(&mut self, keys: &[String]) -> u32 {
        let keys: Vec<_> = keys.iter().map(String::as_bytes).collect();
        self.submit(Operation::GetMany { keys: &keys })
    }

    /// The outcome of an operation, which must be done; each is told once.
    pub(crate) fn done(&mut self, call: u32) -> Done {
        self.drain();
        self.calls.remove(&call).expect("submitted, and not asked for before").expect("the operation is done")
    }

    pub(crate) fn is_done(&mut self, call: u32) -> bool {
        self.drain();
        self.has_outcome(call)
    }

    /// The same after everything was drained.
    pub(crate) fn has_outcome(&self, call: u32) -> bool {
        self.calls[&call].is_some()
    }

    /// The outcome, however long it takes.
    pub(crate) fn outcome(&mut self, call: u32) -> Done {
        while !self.is_done(call) {
            assert!(self.step(), "call {call} is never done");
        }
        self.done(call)
    }

    // ---- Time

    pub(crate) fn step(&mut self) -> bool {
        self.drain();
        let Some(time) = self.next_time() else {
            return false;
        };
        self.now = self.now.max(time);
        self.spread_rumours();
        if self.events.first_key_value().is_some_and(|((at, _), _)| *at <= self.now)
            && let Some((_, (id, event))) = self.events.pop_first()
        {
            self.deliver(id, event);
        } else {
            self.cache.timeout(self.now);
        }
        self.drain();
        true
    }

    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        self.drain();
        let mut steps = 0;
        while self.next_time().is_some_and(|time| time <= until) {
            self.step();
            steps += 1;
            assert!(steps < 1_000_000, "it comes to no end");
        }
        self.now = until;
        self.spread_rumours();
    }

    pub(super) fn next_time(&self) -> Option<u64> {
        self.events.keys().next().map(|(time, _)| *time).into_iter().chain(self.cache.poll_timeout()).min()
    }
}
