//! Which node may open a connection, where there may not be any number of them.

use super::Client;
use super::node::Node;
use crate::connection::State;

impl<T: Copy + Default> Client<T> {
    /// Lets the node connect that has waited longest, or makes room for it; false when there is nothing to do.
    pub(super) fn admit(&mut self, now: u64) -> bool {
        if !self.context.wants_connection {
            return false;
        }
        let (mut first, mut needs_master) = (None, false);
        for node in self.nodes.iter().filter(|node| node.is_waiting_for_connection(now)) {
            if self.context.lacks_master(node.id) {
                needs_master = true;
            } else if first.is_none_or(|(order, _)| node.wants_connection < order) {
                first = Some((node.wants_connection, node.id));
            }
        }
        // As long as one waits, whatever happens may let it connect.
        self.context.wants_connection = needs_master || first.is_some();
        if needs_master && self.discover_master(now) {
            return true;
        }
        let Some((_, node)) = first else {
            return false;
        };
        if self.nodes.iter().map(Node::sockets).sum::<usize>() >= self.context.config.max_connections {
            return self.make_room(now);
        }
        let node = self.node_mut(node.index());
        (node.wants_connection, node.may_connect) = (None, true);
        true
    }

    /// Drains the connection that was used least recently, one that is idle before others, unless one is being drained.
    fn make_room(&mut self, now: u64) -> bool {
        let mut oldest = None;
        for node in &self.nodes {
            let Some(socket) = &node.in_use else { continue };
            let age = (!node.queue().is_empty(), node.last_order);
            match socket.connection.state() {
                State::Draining | State::Closing => return false,
                State::Ready if oldest.is_none_or(|(oldest, _)| age < oldest) => oldest = Some((age, socket.id)),
                _ => {}
            }
        }
        let oldest = oldest.and_then(|(_, id)| self.connection_mut(id));
        oldest.map(|connection| connection.drain(now)).is_some()
    }
}
