//! The order of each key while its slot goes from one node to another: a request must not overtake those before it that the old
//! node has not answered, since it may send them on. It is held at the old node until they are.

use super::slot::{SLOTS, slot};
use crate::client::Client;
use crate::client::command::{self, ASKING};
use crate::connection::{Effect, Kind};

/// Slots whose requests are under way to a node that is not theirs any more.
#[derive(Debug, Default)]
pub(super) struct Fences {
    /// The version of the topology that they were found by.
    version: u32,
    /// Whether requests of a slot go elsewhere now for another reason.
    pub(super) is_stale: bool,
    /// One for each node.
    fenced: Vec<Fence>,
}

impl Fences {
    /// A node has said that a slot is not its own: what is under way to it, or to the node that was taken for the slot's, may be for that
    /// slot. A cold client hears it for thousands of slots, so the requests themselves are not looked at. `order` is that of the
    /// next request; the versions of the topology are those before and after.
    pub(super) fn note_moved(&mut self, slot: u16, nodes: [u16; 2], order: u64, (earlier, version): (u32, u32)) {
        if self.version == earlier {
            self.version = version;
        }
        nodes.into_iter().for_each(|node| self.add(slot, node, order));
    }

    fn add(&mut self, slot: u16, node: u16, order: u64) {
        let known = self.fenced.iter().position(|fence| fence.node == node);
        let index = known.unwrap_or(self.fenced.len());
        if known.is_none() {
            self.fenced.push(Fence { node, order, slots: vec![0; SLOTS / 64] });
        }
        let fence = &mut self.fenced[index];
        fence.order = order;
        fence.slots[usize::from(slot) / 64] |= 1 << (slot % 64);
    }
}

/// Slots that are not, or not any more, those of a node, a bit for each, until its requests before this one are answered.
#[derive(Debug)]
struct Fence {
    node: u16,
    order: u64,
    slots: Vec<u64>,
}

impl Fence {
    fn has(&self, slot: u16) -> bool {
        self.slots[usize::from(slot) / 64] & 1 << (slot % 64) != 0
    }
}

impl<T: Copy + Default> Client<T> {
    /// The node that a request for the key must wait at, which has this place among all requests.
    pub(super) fn fence_of(&mut self, slot: u16, key: &[u8], order: u64) -> Option<u16> {
        let version = self.context.installation.0.borrow().topology.version;
        let fences = &mut self.cluster.fences;
        if std::mem::take(&mut fences.is_stale) || version != fences.version {
            fences.version = version;
            self.find_fences();
        }
        let held = if self.context.has_holds { self.hold_of(key) } else { None };
        held.or_else(|| self.fence_of_slot(slot, order))
    }

    /// The node where an earlier request for the key is held.
    #[cold]
    fn hold_of(&mut self, key: &[u8]) -> Option<u16> {
        let mut holds = self.nodes.iter().filter_map(|node| Some((node.id.0, node.hold.as_ref()?))).peekable();
        self.context.has_holds = holds.peek().is_some();
        holds.find(|(_, hold)| hold.has_key(key)).map(|(node, _)| node)
    }

    fn fence_of_slot(&mut self, slot: u16, order: u64) -> Option<u16> {
        let fenced = &mut self.cluster.fences.fenced;
        if fenced.is_empty() {
            return None;
        }
        let awaits = |node, order| self.nodes.get(usize::from(node)).is_some_and(|node| node.awaits_before(order));
        fenced.retain(|fence| awaits(fence.node, fence.order));
        // As long as a hold for the request lasts: it ends when nothing older is awaited.
        fenced.iter().find(|fence| fence.has(slot) && awaits(fence.node, order)).map(|fence| fence.node)
    }

    /// Looks at all requests that have no reply.
    #[cold]
    fn find_fences(&mut self) {
        let mut found = Vec::new();
        for node in &self.nodes {
            node.queue().for_each(&mut |request, command| {
                if let Some(key) = command::first_key(command)
                    && request.kind != Kind::Asking
                    && !command.starts_with(ASKING)
                {
                    found.push((slot(key), node.id.0, request.effect));
                }
            });
        }
        self.cluster.fences.fenced.clear();
        for (slot, node, effect) in found {
            let is_read = effect == Effect::ReadOnly && self.context.config.reads_replicas;
            if !is_read && self.node_of_slot(slot, effect) != node {
                self.cluster.fences.add(slot, node, self.context.requests);
            }
        }
    }
}
