//! The order of each key while its slot goes from one node to another: a new request must not overtake those that the old node
//! has not answered, since it may send them on. It is held at the old node until they are.

use super::slot::slot;
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
    /// Each slot with that node.
    fenced: Vec<(u16, u16)>,
    /// Requests from this one on are not awaited.
    order: u64,
}

impl<T: Copy + Default> Client<T> {
    /// The node that a new request for the key must wait at.
    pub(super) fn fence_of(&mut self, slot: u16, key: &[u8]) -> Option<u16> {
        let version = self.context.installation.0.borrow().topology.version;
        let fences = &mut self.cluster.fences;
        if std::mem::take(&mut fences.is_stale) || version != fences.version {
            fences.version = version;
            self.find_fences();
        }
        let held = if self.context.has_holds { self.hold_of(key) } else { None };
        held.or_else(|| self.fence_of_slot(slot))
    }

    /// The node where an earlier request for the key is held.
    #[cold]
    fn hold_of(&mut self, key: &[u8]) -> Option<u16> {
        let mut holds = self.nodes.iter().filter_map(|node| Some((node.id.0, node.hold.as_ref()?))).peekable();
        self.context.has_holds = holds.peek().is_some();
        holds.find(|(_, hold)| hold.has_key(key)).map(|(node, _)| node)
    }

    fn fence_of_slot(&mut self, slot: u16) -> Option<u16> {
        let fences = &mut self.cluster.fences;
        let index = fences.fenced.iter().position(|&(fenced, _)| fenced == slot)?;
        let node = fences.fenced[index].1;
        let is_awaited = |order| order < fences.order;
        if self.nodes[usize::from(node)].queue().front().is_some_and(|request| is_awaited(request.order)) {
            return Some(node);
        }
        fences.fenced.swap_remove(index);
        self.fence_of_slot(slot)
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
        self.cluster.fences.order = self.context.requests;
        self.cluster.fences.fenced.clear();
        for (slot, node, effect) in found {
            let is_read = effect == Effect::ReadOnly && self.context.config.connection.reads_replicas;
            let is_at_home = is_read || self.node_of_slot(slot, effect) == node;
            if !is_at_home && !self.cluster.fences.fenced.contains(&(slot, node)) {
                self.cluster.fences.fenced.push((slot, node));
            }
        }
    }
}
