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
        while self.context.lingering.front().is_some_and(|&until| until <= now) {
            self.context.lingering.pop_front();
        }
        let unfinished = self.context.lingering.len() + self.nodes.iter().map(Node::unfinished).sum::<usize>();
        let (mut first, mut needs_sentinel, mut is_held_up) = (None, false, false);
        for node in self.nodes.iter().filter(|node| node.is_waiting_for_connection(now)) {
            if self.context.lacks_address(node.id) {
                needs_sentinel = true;
            } else if unfinished >= self.max_unfinished(node) {
                is_held_up = true;
            } else if first.is_none_or(|(order, _)| node.wants_connection < order) {
                first = Some((node.wants_connection, node.id));
            }
        }
        // As long as one waits, whatever happens may let it connect.
        self.context.wants_connection = needs_sentinel || is_held_up || first.is_some();
        if needs_sentinel && self.discover_master(now) {
            return true;
        }
        let Some((_, node)) = first else {
            return false;
        };
        let sockets = self.context.lingering.len() + self.nodes.iter().map(Node::sockets).sum::<usize>();
        if sockets >= self.context.config.max_connections {
            return self.make_room(now);
        }
        let node = self.node_mut(node.index());
        (node.wants_connection, node.may_connect) = (None, true);
        true
    }

    /// How many attempts to connect may be unfinished, or linger, before one to this node begins. Where they linger, nodes that do not
    /// accept connections would hold every place before long: so those known not to work take a third of them at most, and with
    /// those not known to work two thirds.
    fn max_unfinished(&self, node: &Node<T>) -> usize {
        let most = self.context.config.max_connections;
        let kept = match self.context.config.connect_linger {
            0 => 0,
            _ if !self.context.is_cluster() => 0,
            _ if node.breaker.is_open() => most - most / 3,
            _ if !node.has_worked => most / 3,
            _ => 0,
        };
        (most - kept).max(1)
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
