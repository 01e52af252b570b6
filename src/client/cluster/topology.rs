//! Which node has which hash slot, as far as is known: from `CLUSTER SLOTS`, and from redirections, which are newer.

use super::slot::SLOTS;
use super::slots_reply::{read_node, read_range};
use crate::client::route::MAX_NODES;
use crate::client::{Address, CircuitBreaker};
use crate::resp::Reply;
use std::ops::Range;

/// The address of a node that was forgotten.
const NOWHERE: Address = Address::Configured(u16::MAX);
/// No shard, where a shard is named by its index.
const NONE: u16 = u16::MAX;
/// A redirection that is younger than this, in milliseconds, is right where a map says otherwise: gossip takes seconds.
const GOSSIP: u64 = 15_000;
/// A shard is not taken over again so soon after the last time, in milliseconds: it takes longer to elect a primary.
const SETTLED: u64 = 1_000;
/// A node that says that the cluster is down counts as cut off for so many milliseconds.
const CUT_OFF: u64 = 1_000;
/// The most redirections that are remembered for that.
const MAX_RECENT: usize = 256;
/// The most slots that all ranges of a map may have, overlaps included.
const MAX_RANGES: usize = 2 * SLOTS;

/// A primary and its replicas, by the numbers of their nodes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::client) struct Shard {
    pub(in crate::client) primary: u16,
    pub(in crate::client) replicas: Vec<u16>,
}

/// A node that is known.
#[derive(Debug)]
pub(in crate::client) struct KnownNode {
    pub(in crate::client) address: Address,
    /// Its IP address, by which redirections name it, where it is reached by its host name.
    alias: Option<Address>,
    pub(in crate::client) breaker: CircuitBreaker,
    /// Until then it counts as cut off from the majority of the cluster.
    cut_off_until: u64,
}

impl KnownNode {
    /// It says that the cluster is down.
    pub(in crate::client) fn note_cut_off(&mut self, now: u64) {
        self.cut_off_until = now.saturating_add(CUT_OFF);
    }

    pub(in crate::client) const fn is_cut_off(&self, now: u64) -> bool {
        now < self.cut_off_until
    }
}

/// A redirection: a slot, or all slots of a shard, to a node.
#[derive(Debug)]
struct Redirection {
    slot: Option<u16>,
    node: u16,
    at: u64,
}

/// Which nodes there are, and which of them has which slot.
#[derive(Debug, Default)]
pub(in crate::client) struct Topology {
    pub(in crate::client) nodes: Vec<KnownNode>,
    /// The numbers of the nodes in the order of their addresses: a server may name any number of others.
    by_address: Vec<u16>,
    pub(in crate::client) shards: Vec<Shard>,
    /// The index of each slot's shard; empty as long as nothing is known.
    // A flat table: a look-up costs the same for any map, and a redirection changes one element.
    slots: Vec<u16>,
    /// Changes with the map.
    pub(in crate::client) version: u32,
    recent: Vec<Redirection>,
    /// Whether a node had no number left; and the numbers of nodes that were forgotten.
    pub(in crate::client) is_full: bool,
    vacant: Range<usize>,
    /// How often nodes were forgotten: their numbers stand for others since.
    pub(in crate::client) forgotten: u32,
}

impl Topology {
    /// The number of the node at this address, which is added if it is new; `None` where there are too many.
    pub(in crate::client) fn intern(&mut self, address: Address) -> Option<u16> {
        let place = match self.place_of(&address) {
            Ok(place) => return Some(self.by_address[place]),
            Err(place) => place,
        };
        let index = if self.nodes.len() < MAX_NODES {
            self.nodes.push(KnownNode { address, alias: None, breaker: CircuitBreaker::default(), cut_off_until: 0 });
            self.nodes.len() - 1
        } else {
            let vacant = self.vacant.next();
            self.is_full |= vacant.is_none();
            let index = vacant?;
            self.nodes[index].breaker.reset();
            self.nodes[index].address = address;
            index
        };
        self.by_address.insert(place, index as u16);
        Some(index as u16)
    }

    /// Where the number of the node at this address stands, or would.
    fn place_of(&self, address: &Address) -> Result<usize, usize> {
        self.by_address.binary_search_by(|&index| self.nodes[usize::from(index)].address.cmp(address))
    }

    /// Gives a node another address.
    pub(in crate::client) fn set_address(&mut self, node: u16, address: Address) {
        self.by_address.retain(|&index| index != node);
        let place = self.place_of(&address).unwrap_or_else(|place| place);
        self.by_address.insert(place, node);
        self.nodes[usize::from(node)].address = address;
    }

    /// Forgets all nodes from this one on, and with them the map.
    pub(in crate::client) fn forget_nodes(&mut self, first: usize) {
        for node in &mut self.nodes[first..] {
            (node.address, node.alias) = (NOWHERE, None);
        }
        self.by_address.retain(|&index| usize::from(index) < first);
        (self.is_full, self.vacant) = (false, first..self.nodes.len());
        self.forgotten = self.forgotten.wrapping_add(1);
        self.version = self.version.wrapping_add(1);
        self.slots.clear();
        self.shards.clear();
        self.recent.clear();
    }

    /// The node whose alias this is.
    pub(in crate::client) fn node_by_alias(&self, alias: &Address) -> Option<u16> {
        let index = self.nodes.iter().position(|node| node.alias.as_ref() == Some(alias))?;
        Some(index as u16)
    }

    pub(in crate::client) fn breaker(&self, node: u16) -> &CircuitBreaker {
        &self.nodes[usize::from(node)].breaker
    }

    /// Whether anything is known of the slots.
    pub(in crate::client) fn is_known(&self) -> bool {
        !self.shards.is_empty()
    }

    /// Who has the slot, if that is known.
    pub(in crate::client) fn shard(&self, slot: u16) -> Option<&Shard> {
        self.shards.get(usize::from(*self.slots.get(usize::from(slot))?))
    }

    /// The primaries that have slots, each once; and whether they have all of them.
    pub(in crate::client) fn primaries(&self) -> (Vec<u16>, bool) {
        let mut primaries = Vec::new();
        for (index, shard) in (0..).zip(&self.shards) {
            if self.slots.contains(&index) {
                primaries.push(shard.primary);
            }
        }
        (primaries, !self.slots.is_empty() && !self.slots.contains(&NONE))
    }

    /// A node has sent us to another for this slot. Whether no other slot has changed.
    pub(in crate::client) fn redirect(&mut self, slot: u16, node: u16, now: u64) -> bool {
        if self.shard(slot).is_some_and(|shard| shard.primary == node) {
            return true;
        }
        self.recent.retain(|redirection| now.saturating_sub(redirection.at) < GOSSIP);
        let is_promoted = self.apply_redirection(slot, node, now);
        if self.recent.len() == MAX_RECENT {
            self.recent.remove(0);
        }
        self.recent.push(Redirection { slot: (!is_promoted).then_some(slot), node, at: now });
        self.version = self.version.wrapping_add(1);
        !is_promoted
    }

    /// A replica of the slot's shard has taken over the shard, any other node only the slot. Whether it was a replica. A shard that was
    /// taken over just now is not again: all requests are looked at each time, and nodes may disagree with every reply.
    fn apply_redirection(&mut self, slot: u16, node: u16, now: u64) -> bool {
        self.slots.resize(SLOTS, NONE);
        let index = &mut self.slots[usize::from(slot)];
        let shard = self.shards.get_mut(usize::from(*index));
        let recent = &self.recent;
        let is_promoted = shard.is_some_and(|shard| {
            let is_recent = |promotion: &Redirection| now < promotion.at + SETTLED && promotion.slot.is_none();
            let is_settled = !recent.iter().any(|promotion| is_recent(promotion) && shard.has(promotion.node));
            is_settled && shard.promote(node)
        });
        if !is_promoted {
            let known = self.shards.iter().position(|shard| shard.primary == node);
            *index = known.unwrap_or(self.shards.len()) as u16;
            if known.is_none() {
                self.shards.push(Shard { primary: node, replicas: Vec::new() });
            }
        }
        is_promoted
    }

    /// Nobody serves the slot.
    pub(in crate::client) fn unassign(&mut self, slot: u16) {
        if let Some(index) = self.slots.get_mut(usize::from(slot)) {
            *index = NONE;
            self.version = self.version.wrapping_add(1);
        }
    }

    /// The replica does not serve reads.
    pub(in crate::client) fn forget_replica(&mut self, slot: u16, node: u16) {
        if let Some(shard) =
            self.slots.get(usize::from(slot)).and_then(|&index| self.shards.get_mut(usize::from(index)))
        {
            shard.replicas.retain(|&replica| replica != node);
        }
    }

    /// Takes the reply to `CLUSTER SLOTS`, which the node at `from` gave. `own_id` is the cluster's name for that node, if it is
    /// known: the number of the node that has it comes back. The error is a reply that is no map, or one without a slot.
    pub(in crate::client) fn take_map(
        &mut self,
        reply: &Reply<'_>,
        from: &Address,
        own_id: &[u8],
        prefers_hostnames: bool,
        now: u64,
    ) -> Result<Option<u16>, ()> {
        let (mut slots, mut shards, mut count, mut own) = (vec![NONE; SLOTS], Vec::<Shard>::new(), 0, None);
        let mut known = None;
        for range in reply.parts() {
            let (range, nodes) = read_range(range).ok_or(())?;
            let mut nodes = nodes.iter().map_while(read_node).map(|entry| {
                let is_own = !own_id.is_empty() && entry.id == own_id;
                let has_name = prefers_hostnames && !entry.hostname.is_empty();
                let host = if has_name { entry.hostname } else { entry.host };
                let node = Address::numbered(host, entry.port, from).and_then(|address| self.intern(address));
                if has_name && let Some(node) = node {
                    self.nodes[usize::from(node)].alias = Address::numbered(entry.host, entry.port, from);
                }
                own = if is_own { node } else { own };
                node
            });
            let Some(Some(primary)) = nodes.next() else {
                continue;
            };
            // Ranges of one shard mostly come together.
            if known.is_none_or(|index: usize| shards[index].primary != primary) {
                known = shards.iter().position(|shard| shard.primary == primary);
            }
            let index = *known.get_or_insert_with(|| {
                shards.push(Shard { primary, replicas: nodes.flatten().filter(|&node| node != primary).collect() });
                shards.len() - 1
            });
            count += range.len();
            if count > MAX_RANGES {
                return Err(());
            }
            slots.get_mut(range).ok_or(())?.fill(index as u16);
        }
        if count == 0 {
            return Err(());
        }
        let slots = std::mem::replace(&mut self.slots, slots);
        let shards = std::mem::replace(&mut self.shards, shards);
        self.apply_recent(now);
        if slots != self.slots || shards != self.shards {
            self.version = self.version.wrapping_add(1);
        }
        Ok(own)
    }

    /// What redirections said shortly before the map came is newer than it, where it does not agree: then gossip has not come
    /// round yet. Once it has, and where the node has failed since, the map is newer.
    fn apply_recent(&mut self, now: u64) {
        let mut recent = std::mem::take(&mut self.recent);
        recent.retain(|&Redirection { slot, node, at }| {
            let is_current = now.saturating_sub(at) < GOSSIP && !self.breaker(node).is_open();
            is_current
                && match slot {
                    Some(slot) if self.shard(slot).is_some_and(|shard| shard.primary == node) => false,
                    Some(slot) => {
                        self.apply_redirection(slot, node, now);
                        true
                    }
                    None => self.shards.iter_mut().any(|shard| shard.promote(node)),
                }
        });
        self.recent = recent;
    }
}

impl Shard {
    fn has(&self, node: u16) -> bool {
        self.primary == node || self.replicas.contains(&node)
    }

    /// Makes a replica the primary, and the primary a replica; false where the node is no replica.
    fn promote(&mut self, node: u16) -> bool {
        let replica = self.replicas.iter_mut().find(|replica| **replica == node);
        replica.map(|replica| std::mem::swap(replica, &mut self.primary)).is_some()
    }
}
