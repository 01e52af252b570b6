//! What is under way between the cache and the nodes, and nodes that fail.

use super::trace::{texts, trace};
use super::{Connection, Event, World};
use crate::simulation::done;
use cachelib_edge::cache::{Address, CallId, ConnectionId, Output};

impl World {
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.cache.poll(self.now) {
            match output {
                Output::Complete(CallId(call), outcome) => {
                    let slot = self.calls.get_mut(&call).expect("a call that was submitted");
                    let before = slot.replace(done(outcome));
                    assert_eq!(before, None, "call {call} is completed once");
                }
                Output::Connect(id, address) => self.connect(id, &address),
                Output::Transmit(id, bytes) => {
                    let bytes = bytes.to_vec();
                    trace!("{} to node {}: {}", self.now, self.connections[&id].node, texts(&bytes));
                    assert!(!bytes.is_empty() && self.connections[&id].is_open, "a transmission");
                    *self.transmissions.entry(self.connections[&id].node).or_default() += 1;
                    self.schedule(id, 0, Event::Request(self.now, bytes));
                }
                Output::Close(id) => {
                    trace!("{} close {id:?}", self.now);
                    if self.connections.get(&id).is_some_and(|connection| !connection.is_open) {
                        self.lingering.push(self.now + self.linger);
                    }
                    self.forget_connection(id);
                }
            }
        }
    }

    fn connect(&mut self, id: ConnectionId, address: &Address) {
        let node = self.nodes.iter().position(|node| node.is_at(address));
        assert!(!self.connections.contains_key(&id), "{id:?} names a second socket");
        let round_trip = self.random.one_of(&self.round_trips);
        let index = node.unwrap_or(usize::MAX);
        trace!("{} connect {id:?} to {index} rtt {round_trip}", self.now);
        self.connects.push(index);
        self.connections.insert(id, Connection { node: index, round_trip, ..Connection::default() });
        self.lingering.retain(|&until| until > self.now);
        let sockets = self.connections.len() + self.lingering.len();
        self.most_sockets = self.most_sockets.max(sockets);
        match node.map(|node| &self.nodes[node]) {
            Some(node) if node.is_silent || sockets > self.max_sockets => {}
            Some(node) if node.is_up => self.schedule(id, 0, Event::Opened),
            _ => self.schedule(id, 0, Event::Closed),
        }
    }

    /// Half a round trip from now, and not before what was under way already.
    fn schedule(&mut self, id: ConnectionId, later: u64, event: Event) {
        let at = self.now + (self.connections[&id].round_trip / 2).max(1) + later;
        self.events.insert((at, self.next_event), (id, event));
        self.next_event += 1;
    }

    /// What was sent on a connection arrives all the same, sometimes, when the cache has lost or closed it.
    fn forget_connection(&mut self, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.remove(&id) else {
            return false;
        };
        self.note_failure(connection.node);
        let is_kept = self.random.below(2) == 0;
        self.events.retain(|_, (of, event)| *of != id || (is_kept && matches!(event, Event::Request(..))));
        if is_kept {
            self.gone.insert(id, connection);
        }
        true
    }

    pub(super) fn deliver(&mut self, id: ConnectionId, event: Event) {
        match event {
            Event::Opened => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.is_open = true;
                    self.cache.opened(id, self.now);
                }
            }
            Event::Closed => {
                trace!("{} lost {id:?}", self.now);
                if self.forget_connection(id) {
                    self.cache.closed(id);
                }
            }
            Event::Reply(bytes) => self.cache.receive(id, &bytes, self.now),
            Event::Request(sent_at, bytes) => self.serve(id, Some((sent_at, bytes))),
        }
    }

    /// Lets the node read what it has not read yet.
    fn serve(&mut self, id: ConnectionId, request: Option<(u64, Vec<u8>)>) {
        let is_gone = !self.connections.contains_key(&id);
        let Some(mut connection) = self.connections.remove(&id).or_else(|| self.gone.remove(&id)) else {
            return;
        };
        let node = &self.nodes[connection.node];
        let mut replies = Vec::new();
        connection.unread.extend(request);
        if !node.is_silent {
            let is_up = node.is_up;
            for (sent_at, bytes) in std::mem::take(&mut connection.unread) {
                connection.sent_at = sent_at;
                if is_up {
                    replies.extend(self.receive(&mut connection, &bytes));
                }
            }
        }
        if is_gone {
            self.gone.insert(id, connection);
            return;
        }
        let is_closing = connection.is_closing;
        self.connections.insert(id, connection);
        for chunk in replies.chunks(self.chunk) {
            self.schedule(id, 0, Event::Reply(chunk.to_vec()));
        }
        if is_closing {
            self.schedule(id, 0, Event::Closed);
        }
    }

    // ---- What happens to nodes

    /// A node dies: its connections are lost.
    pub(crate) fn kill(&mut self, node: usize) {
        self.nodes[node].is_up = false;
        self.lose_connections(node);
        self.gone.retain(|_, connection| connection.node != node);
    }

    /// A node that was silent, or dead, works again.
    pub(crate) fn resume(&mut self, node: usize) {
        (self.nodes[node].is_up, self.nodes[node].is_silent) = (true, false);
        let all = self.connections.iter().chain(&self.gone);
        let waiting: Vec<_> = all.filter(|(_, connection)| connection.node == node).map(|(&id, _)| id).collect();
        waiting.into_iter().for_each(|id| self.serve(id, None));
    }

    pub(crate) fn lose_connections(&mut self, node: usize) {
        let lost: Vec<_> = self.connections.iter().filter(|(_, connection)| connection.node == node).collect();
        let lost: Vec<_> = lost.into_iter().map(|(&id, _)| id).collect();
        lost.into_iter().for_each(|id| self.deliver(id, Event::Closed));
    }

    pub(crate) fn sockets(&self) -> Vec<usize> {
        self.connections.values().map(|connection| connection.node).collect()
    }
}
