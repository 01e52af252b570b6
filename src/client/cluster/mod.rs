//! A cluster: the node of each key, redirections, and the order of each key while its slot moves.

mod fence;
mod map;
mod redirect;
mod refresh;
mod slot;
mod slots_reply;
mod topology;

pub(super) use redirect::Rerouted;
pub(super) use refresh::{Reason, Refresh};
pub(crate) use slot::SLOTS;
pub(super) use slot::slot;
pub(super) use topology::Topology;

use super::{Client, ConnectionId, NodeId, Route, Target};
use crate::connection::Effect;
use fence::Fences;

/// What a client knows of its cluster beside the installation's topology.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    /// Chooses a seed, and one of several replicas: the same each time, so that there are few connections.
    pub(super) preference: usize,
    /// A node of the map, and the connection to a configured server that turned out to be it.
    stand_in: Option<(u16, ConnectionId)>,
    /// The node that requests go to whose node is not known.
    entry: u16,
    /// The cluster's name for the configured server that is asked for the map.
    own_id: Vec<u8>,
    /// Primaries that do not work, whose requests go to a replica: it knows when it has taken over.
    detours: Vec<u16>,
    fences: Fences,
    /// How often nodes were forgotten, as far as was noticed.
    forgotten: u32,
}

impl Cluster {
    pub(super) fn new(seed: u64) -> Self {
        Self { preference: (seed >> 33) as usize, ..Self::default() }
    }
}

impl<T: Copy + Default> Client<T> {
    /// The node that a request goes to, and whether it waits there for earlier ones before it goes on to where it belongs.
    pub(super) fn resolve_in_cluster(&mut self, route: Route<'_>, effect: Effect) -> Target {
        let (node, is_fenced) = match route {
            Route::Any => (self.entry_node(), false),
            Route::Node(NodeId(index)) => (index, false),
            Route::Key(key) => {
                let slot = slot(key);
                let node = self.node_of_slot(slot, effect);
                self.fence_of(slot, key, u64::MAX).map_or((node, false), |fence| (fence, true))
            }
        };
        self.add_nodes(node);
        Target { node: node.into(), is_fenced }
    }

    /// The node that answers for a slot, as far as is known.
    pub(super) fn node_of_slot(&mut self, slot: u16, effect: Effect) -> u16 {
        if self.context.is_sentinel() {
            return self.node_behind_sentinels(effect);
        }
        if self.cluster.stand_in.is_some_and(|(_, id)| !self.is_in_use(id)) {
            self.end_stand_in();
        }
        let knowledge = self.context.installation.0.clone();
        let topology = &knowledge.borrow().topology;
        let Some(shard) = topology.shard(slot) else {
            let node = self.entry_node();
            self.cluster.fences.is_stale |= std::mem::replace(&mut self.cluster.entry, node) != node;
            return node;
        };
        let works = |node: u16| !topology.breaker(node).is_open();
        let primary = shard.primary;
        let prefers_replica = effect == Effect::ReadOnly && self.context.config.reads_replicas;
        let primary_works = works(primary);
        let is_left = primary_works && self.is_cut_off(topology, primary);
        let replica = if primary_works && !prefers_replica && !is_left {
            None
        } else {
            let count = shard.replicas.len();
            let in_turn = |index| shard.replicas[(self.cluster.preference % count + index) % count];
            let now = self.context.now;
            let is_of_use =
                |&node: &u16| works(node) && !(primary_works && topology.nodes[usize::from(node)].is_cut_off(now));
            (0..count).map(in_turn).find(is_of_use)
        };
        // A primary that is cut off is waited for where no replica is of more use.
        let primary_works = primary_works && !(is_left && replica.is_some());
        if prefers_replica {
            // Those that do not work are read from again when they do.
            shard.replicas.iter().filter(|&&replica| !works(replica)).for_each(|&replica| self.avoid(replica));
            if let Some(replica) = replica {
                return replica;
            }
        }
        if primary_works {
            self.set_detour(primary, false);
            return self.standing_in_for(primary);
        }
        self.set_detour(primary, replica.is_some());
        self.avoid(primary);
        replica.unwrap_or_else(|| {
            // Whichever comes back first serves the slot, or knows who does: a configured name may stand for another node by then.
            let seeds = 0..self.context.config.seeds;
            seeds.chain(shard.replicas.iter().copied()).for_each(|node| self.avoid(node));
            self.context.unserved = Some((primary, Reason::ShardLost));
            primary
        })
    }

    /// The node does not work: it finds out by itself when it does again.
    pub(super) fn avoid(&mut self, node: u16) {
        self.add_nodes(node);
        self.node_mut(node.into()).is_avoided = true;
    }

    fn set_detour(&mut self, primary: u16, is_detour: bool) {
        let detours = &mut self.cluster.detours;
        let known = detours.iter().position(|&node| node == primary);
        match known {
            None if is_detour => detours.push(primary),
            Some(index) if !is_detour => drop(detours.swap_remove(index)),
            _ => return,
        }
        self.cluster.fences.is_stale = true;
    }

    /// Whether the node is left for a replica, since it is in a minority of the cluster, as it says. Where the majority says so, that
    /// is the cluster's state, and no other node is of more use.
    fn is_cut_off(&self, topology: &Topology, node: u16) -> bool {
        let says_so = |node| topology.nodes[usize::from(self.standing_in_for(node))].is_cut_off(self.context.now);
        says_so(node)
            && 2 * topology.shards.iter().filter(|shard| says_so(shard.primary)).count() < topology.shards.len()
    }

    /// Whether the node works, and is not cut off.
    pub(super) fn serves(&self, node: u16) -> bool {
        let topology = &self.context.installation.0.borrow().topology;
        !topology.breaker(node).is_open() && !self.is_cut_off(topology, node)
    }

    /// The node itself, or the configured server that it is, as long as there is that connection.
    fn standing_in_for(&self, node: u16) -> u16 {
        match self.cluster.stand_in {
            Some((known, id)) if known == node && self.is_in_use(id) => id.node().0,
            _ => node,
        }
    }

    /// The node is connected to by its own address from now on, unless it was found not to work.
    fn end_stand_in(&mut self) {
        let Some((node, id)) = self.cluster.stand_in.take() else {
            return;
        };
        self.cluster.fences.is_stale = true;
        self.add_nodes(node);
        self.nodes[usize::from(node)].has_worked |= self.nodes[id.node().index()].has_worked;
        let seed = &self.nodes[id.node().index()].breaker;
        if seed.is_open()
            && let Some(cause) = seed.cause()
        {
            let breaker = self.context.installation.breaker(node);
            breaker.trip(&cause, self.context.now, &mut self.context.jitter);
        }
    }

    /// The numbers of nodes stand for others from now on: what waits for them looks for its node again.
    fn leave_nodes(&mut self, now: u64) {
        self.cluster.stand_in = None;
        self.cluster.detours.clear();
        self.cluster.fences.is_stale = true;
        for index in usize::from(self.context.config.seeds)..self.nodes.len() {
            self.node_mut(index);
            let rerouted = self.nodes[index].leave(now, &mut self.context);
            let id = self.nodes[index].id;
            rerouted.into_iter().for_each(|rerouted| self.reroute(id, rerouted, now));
        }
    }

    fn is_in_use(&self, id: ConnectionId) -> bool {
        self.nodes[id.node().index()].in_use.as_ref().is_some_and(|socket| socket.id == id)
    }

    /// Any node that works, one with a connection first, then a configured server.
    pub(super) fn entry_node(&self) -> u16 {
        let is_used = |node: &usize| self.nodes[*node].has_or_gets_connection() && !self.nodes[*node].breaker.is_open();
        if let Some(node) = (0..self.nodes.len()).find(is_used) {
            return node as u16;
        }
        let topology = &self.context.installation.0.borrow().topology;
        let seeds = usize::from(self.context.config.seeds);
        let node = |index| if index < seeds { (self.cluster.preference + index) % seeds } else { index };
        // Where none works each is tried in its turn: those that come back may be others than those that were known to work.
        let turn = |node: &usize| topology.nodes[*node].breaker.probe_at();
        (0..topology.nodes.len()).map(node).min_by_key(turn).unwrap_or_default() as u16
    }

    /// The nodes that have the cluster's keys, each once; and whether they have all of them.
    pub(super) fn primaries_of_cluster(&self) -> (Vec<NodeId>, bool) {
        let (mut primaries, is_complete) = self.context.installation.0.borrow().topology.primaries();
        if primaries.is_empty() {
            primaries.push(self.entry_node());
        }
        (primaries.into_iter().map(|node| NodeId(self.standing_in_for(node))).collect(), is_complete)
    }
}
