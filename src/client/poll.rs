//! What is to be done next. A client may know thousands of nodes: only those that were touched are looked at.

use super::node::Node;
use super::{Client, ConnectionId, Output};

/// The nodes that may have something to do.
#[derive(Debug, Default)]
pub(super) struct RunQueue {
    /// Those that were touched, the last of which is polled first: each is there once.
    touched: Vec<u16>,
    /// Those of which nothing but transmissions is left to be told.
    settled: Vec<u16>,
    /// When each node wants to be called again, as it was found when it had nothing left to do.
    timeouts: Vec<u64>,
}

impl RunQueue {
    pub(super) fn add_node(&mut self) {
        self.timeouts.push(u64::MAX);
    }

    /// The nodes that may have something to transmit.
    pub(super) fn settled(&self) -> &[u16] {
        &self.settled
    }
}

impl<T: Copy + Default> Client<T> {
    /// A node that something is done with: it is polled.
    pub(super) fn node_mut(&mut self, index: usize) -> &mut Node<T> {
        let node = &mut self.nodes[index];
        if !node.is_touched {
            node.is_touched = true;
            self.run_queue.touched.push(index as u16);
        }
        node
    }

    // ---- Time

    /// When to call [`handle_timeout`](Self::handle_timeout), in milliseconds of the user's clock. Asked for when
    /// [`poll`](Self::poll) has nothing left.
    #[must_use]
    pub(crate) fn poll_timeout(&self) -> Option<u64> {
        let discovery = if self.context.is_sentinel() { self.discovery.poll_timeout() } else { u64::MAX };
        let waits = self.context.wants_connection && !self.context.is_closed;
        let room = self.context.lingering.front().filter(|_| waits);
        let first = room.map_or(discovery, |&at| discovery.min(at));
        let time = self.run_queue.timeouts.iter().fold(first, |first, &time| first.min(time));
        (time < u64::MAX).then_some(time)
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub(crate) fn handle_timeout(&mut self, now: u64) {
        for index in 0..self.run_queue.timeouts.len() {
            if self.run_queue.timeouts[index] <= now {
                self.node_mut(index).handle_timeout(now);
            }
        }
        if self.context.is_sentinel() {
            self.handle_discovery_timeout(now);
        }
    }

    // ---- What is to be done

    /// The next thing to do or to know, until there is none. All replies come before any transmission, so that one carries
    /// all there is.
    #[inline]
    pub(crate) fn poll(&mut self, now: u64) -> Option<Output<T>> {
        self.context.now = now;
        loop {
            while let Some(&index) = self.run_queue.touched.last() {
                if let Some(output) = self.nodes[usize::from(index)].poll(now, &mut self.context) {
                    return Some(output);
                }
                if self.context.is_distributed() && self.nodes[usize::from(index)].has_updates() {
                    self.handle_updates(index.into(), now);
                } else {
                    self.settle();
                }
            }
            if !(self.context.is_distributed() && self.coordinate(now)) {
                return self.poll_transmit(now).map(Output::Transmit);
            }
        }
    }

    /// The node that was polled has nothing left but transmissions.
    fn settle(&mut self) {
        let RunQueue { touched, settled, .. } = &mut self.run_queue;
        let Some(index) = touched.pop() else {
            return;
        };
        let node = &mut self.nodes[usize::from(index)];
        node.is_touched = false;
        if !std::mem::replace(&mut node.is_settled, true) {
            settled.push(index);
        }
    }

    fn poll_transmit(&mut self, now: u64) -> Option<ConnectionId> {
        let RunQueue { settled, timeouts, .. } = &mut self.run_queue;
        while let Some(&index) = settled.last() {
            let node = &mut self.nodes[usize::from(index)];
            let id = node.poll_transmit(now);
            if id.is_some() {
                return id;
            }
            timeouts[usize::from(index)] = node.poll_timeout();
            node.is_settled = false;
            settled.pop();
        }
        None
    }

    /// The node that was polled has requests for others, or learnt about the installation.
    #[cold]
    fn handle_updates(&mut self, index: usize, now: u64) {
        let node = &mut self.nodes[index];
        let (id, rerouted, unassigned) = (node.id, std::mem::take(&mut node.rerouted), node.unassigned.take());
        if let Some((connection, reply)) = node.learned.take() {
            if self.context.is_cluster() {
                self.learn_map(connection, reply, now);
                self.reroute_waiting();
            } else {
                self.learn_from_sentinel(connection, reply, now);
            }
        }
        if let Some(slot) = unassigned {
            self.unassign(slot, id);
        }
        for rerouted in rerouted {
            self.reroute(id, rerouted, now);
        }
    }

    /// What concerns several nodes; false when there is nothing to do, as after the end.
    fn coordinate(&mut self, now: u64) -> bool {
        if self.context.is_closed {
            return false;
        }
        (self.context.is_cluster() && self.refresh(now)) || self.look_for_replica(now) || self.admit(now)
    }
}
