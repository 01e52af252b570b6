//! Asks for the cluster's map, and takes it: `CLUSTER SLOTS` behind what is sent anyway.

use super::Reason;
use crate::client::installation::Knowledge;
use crate::client::{Client, ConnectionId, Target};
use crate::connection::{Effect, Kind, Request};
use crate::resp::{CommandBuffer, Reply};
use std::ops::Range;

/// Before the map is known, so many bytes go to the server that is asked for it: whatever is not its own goes twice.
const MAX_FIRST: usize = 64 * 1024;

/// The longest name of a node, in bytes: `CLUSTER_NAMELEN` of cluster.h.
const MAX_ID: usize = 40;

const MYID: &[u8] = b"*2\r\n$7\r\nCLUSTER\r\n$4\r\nMYID\r\n";
const SLOTS: &[u8] = b"*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n";

impl<T: Copy + Default> Client<T> {
    /// Asks for the map if it is time and a node can be asked; false when there is nothing to do.
    pub(in crate::client) fn refresh(&mut self, now: u64) -> bool {
        let forgotten = self.context.installation.0.borrow_mut().make_room(self.context.config.seeds);
        if forgotten != self.cluster.forgotten {
            self.cluster.forgotten = forgotten;
            self.leave_nodes(now);
            return true;
        }
        let unserved = self.context.unserved;
        let node = self.node_to_ask(now);
        if let Some(node) = node {
            self.ask_for_map(node);
        }
        if let Some((node, Reason::ShardLost)) = unserved {
            // Its requests wait for the map, or fail now.
            self.node_mut(node.into());
            return true;
        }
        node.is_some()
    }

    fn node_to_ask(&mut self, now: u64) -> Option<u16> {
        let context = &mut self.context;
        let knowledge = &mut *context.installation.0.borrow_mut();
        if let Some(lost) = context.lost_discovery.take() {
            knowledge.refresh.lose(lost, now, &mut context.jitter);
        }
        if let Some((node, reason)) = context.unserved.take() {
            knowledge.refresh.request(reason, now, &mut context.jitter);
            knowledge.refresh.avoids = Some(node);
            if reason == Reason::CutOff {
                knowledge.topology.nodes[usize::from(node)].note_cut_off(now);
            }
        }
        if !knowledge.refresh.is_due(now) {
            return None;
        }
        let nodes = &knowledge.topology.nodes;
        let works = |node: &usize| !nodes[*node].breaker.is_open();
        let node = match knowledge.refresh.avoids {
            Some(avoided) => {
                let can_tell = |node: &usize| *node != usize::from(avoided) && works(node);
                let mut asked = (0..nodes.len()).filter(can_tell);
                let turn = self.cluster.preference.wrapping_add(knowledge.refresh.attempts());
                turn.checked_rem(asked.clone().count()).and_then(|index| asked.nth(index))
            }
            None => {
                let mut settled = self.run_queue.settled().iter().map(|&node| usize::from(node));
                settled.find(|&node| self.nodes[node].queue().has_unsent())
            }
        };
        if node.is_some() {
            knowledge.refresh.begin(now, &mut context.jitter);
        }
        node.map(|node| node as u16)
    }

    /// The map is asked for with the next request, however long ago it was asked for last.
    pub(crate) fn request_map(&mut self) {
        self.context.installation.0.borrow_mut().refresh.request_now();
    }

    /// Whether a request of so many bytes is to wait at the node until the map has come.
    pub(in crate::client) fn waits_for_map(&mut self, node: usize, length: usize) -> bool {
        if self.nodes[node].queue().length().saturating_add(length) <= MAX_FIRST {
            return false;
        }
        let now = self.context.now;
        let knowledge = self.context.installation.0.clone();
        let Knowledge { topology, refresh, .. } = &mut *knowledge.borrow_mut();
        if topology.is_known() {
            return false;
        }
        let is_due = refresh.is_due(now);
        if is_due {
            refresh.begin(now, &mut self.context.jitter);
            self.ask_for_map(node as u16);
        }
        is_due || refresh.is_under_way
    }

    fn ask_for_map(&mut self, node: u16) {
        self.cluster.own_id.clear();
        if node < self.context.config.seeds {
            self.ask(node, &|out| out.extend_from_slice(MYID));
        }
        self.ask(node, &|out| out.extend_from_slice(SLOTS));
    }

    /// Sends a command whose reply is for the client.
    pub(in crate::client) fn ask(&mut self, node: u16, encode: &dyn Fn(&mut CommandBuffer)) {
        self.add_nodes(node);
        let request = Request { kind: Kind::Discovery, ..Request::new(T::default(), Effect::ReadOnly, u64::MAX) };
        self.push_to(Target { node: node.into(), is_fenced: false }, request, encode);
    }

    /// A node has answered what [`ask_for_map`](Self::ask_for_map) asked.
    pub(in crate::client) fn learn_map(&mut self, id: ConnectionId, reply: Range<usize>, now: u64) {
        let Some(connection) = self.connection(id) else {
            return;
        };
        let reply = connection.reply(reply).unwrap_or(Reply::Nil);
        if let Reply::Bulk(own_id) = reply {
            self.cluster.own_id = if own_id.len() <= MAX_ID { own_id.to_vec() } else { Vec::new() };
            return;
        }
        let address = self.context.installation.address(id.node().0);
        let prefers_hostnames = self.context.prefers_hostnames();
        let knowledge = &mut *self.context.installation.0.borrow_mut();
        let earlier = knowledge.topology.version;
        match knowledge.topology.take_map(&reply, &address, &self.cluster.own_id, prefers_hostnames, now) {
            Ok(own) => {
                knowledge.refresh.succeed(knowledge.topology.version != earlier);
                if let Some(node) = own {
                    self.cluster.stand_in = Some((node, id));
                    self.cluster.fences.is_stale = true;
                }
            }
            Err(()) => knowledge.refresh.refuse(now, &mut self.context.jitter),
        }
    }

    /// What waits for a node that does not work looks for its node again.
    pub(in crate::client) fn reroute_waiting(&mut self) {
        for index in 0..self.nodes.len() {
            let node = &mut self.nodes[index];
            if node.in_use.is_none() && !node.waiting.is_empty() && node.breaker.is_open() {
                let mut waiting = std::mem::take(&mut node.waiting);
                node.reroute_all(&mut waiting);
                self.node_mut(index);
            }
        }
    }
}
