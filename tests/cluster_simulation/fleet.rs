//! Several caches on one cluster.

use super::World;
use crate::simulation::Done;
use crate::simulation::callers::Clients;
use cachelib_edge::cache::Operation;
use cachelib_edge::client::Config;
use std::mem;

/// A world for each cache, with its connections; the cluster is in that of the cache whose turn it is.
pub(crate) struct Fleet {
    worlds: Vec<World>,
    turn: usize,
}

impl Fleet {
    pub(crate) fn new(count: u64, config: &Config, seed: u64, prepare: impl Fn(&mut World)) -> Self {
        let mut worlds: Vec<_> = (0..count).map(|number| World::new(config.clone(), seed * count + number)).collect();
        worlds.iter_mut().for_each(prepare);
        Self { worlds, turn: 0 }
    }

    /// The cluster.
    pub(crate) fn cluster(&mut self) -> &mut World {
        &mut self.worlds[self.turn]
    }

    /// The world of a cache, with the cluster in it.
    pub(crate) fn world(&mut self, index: usize) -> &mut World {
        if let Ok([from, to]) = self.worlds.get_disjoint_mut([self.turn, index]) {
            mem::swap(&mut from.nodes, &mut to.nodes);
            mem::swap(&mut from.shards, &mut to.shards);
            mem::swap(&mut from.owners, &mut to.owners);
            mem::swap(&mut from.moving, &mut to.moving);
            mem::swap(&mut from.told_at, &mut to.told_at);
            mem::swap(&mut from.rumours, &mut to.rumours);
        }
        self.turn = index;
        &mut self.worlds[index]
    }

    /// Something happens to a node, to which all are connected.
    pub(crate) fn each(&mut self, action: impl Fn(&mut World)) {
        (0..self.worlds.len()).for_each(|index| action(self.world(index)));
    }

    /// Lets so many milliseconds pass for all, one after the other's next event.
    pub(crate) fn advance(&mut self, milliseconds: u64) {
        let until = self.now() + milliseconds;
        self.each(World::drain);
        while let Some((_, index)) = self.next().filter(|(time, _)| *time <= until) {
            self.world(index).step();
        }
        self.each(|world| world.now = until);
        self.cluster().spread_rumours();
    }

    fn next(&self) -> Option<(u64, usize)> {
        let times = self.worlds.iter().enumerate();
        times.filter_map(|(index, world)| Some((world.next_time()?.max(world.now), index))).min()
    }
}

impl Clients for Fleet {
    fn now(&self) -> u64 {
        self.worlds[0].now
    }

    fn submit(&mut self, client: usize, operation: Operation<'_>) -> u32 {
        self.world(client).submit(operation)
    }

    fn take_done(&mut self, client: usize, call: u32) -> Option<Done> {
        let world = self.world(client);
        world.is_done(call).then(|| world.done(call))
    }
}
