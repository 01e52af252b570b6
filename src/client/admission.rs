//! Which node may open a connection, where there may not be any number of them.

use super::Client;
use super::node::Node;
use crate::connection::State;

impl<T: Copy + Default> Client<T> {
    /// Lets the node connect that has waited longest, or makes room for it; false when there is nothing to do.
    pub(super) fn admit(&mut self, now: u64) -> bool {
        if !std::mem::take(&mut self.context.wants_connection) {
            return false;
        }
        let waiting = self.nodes.iter().filter(|node| node.is_waiting_for_connection(now));
        let mut waiting: Vec<_> = waiting.map(|node| (node.wants_connection, node.id)).collect();
        let all = waiting.len();
        waiting.retain(|(_, node)| !self.context.lacks_master(*node));
        if waiting.len() < all && self.discover_master(now) {
            return true;
        }
        let Some((_, node)) = waiting.into_iter().min_by_key(|(order, _)| *order) else {
            return false;
        };
        if self.nodes.iter().map(Node::sockets).sum::<usize>() >= self.context.config.max_connections {
            return self.make_room(now);
        }
        let node = &mut self.nodes[node.index()];
        (node.wants_connection, node.may_connect) = (None, true);
        true
    }

    /// Drains the connection that was used least recently, one that is idle before others, unless one is being drained.
    fn make_room(&mut self, now: u64) -> bool {
        let connections = self.nodes.iter_mut().filter_map(|node| {
            let is_idle = node.queue().is_empty();
            Some((!is_idle, node.last_order, &mut node.in_use.as_mut()?.connection))
        });
        let mut connections: Vec<_> = connections.collect();
        if connections.iter().any(|(.., connection)| matches!(connection.state(), State::Draining | State::Closing)) {
            return false;
        }
        connections.retain(|(.., connection)| connection.state() == State::Ready);
        let oldest = connections.into_iter().min_by_key(|(is_busy, order, _)| (*is_busy, *order));
        oldest.map(|(.., connection)| connection.drain(now)).is_some()
    }
}
