//! Requests that go to another node: since one has said so, or does not work.

use super::refresh::Reason;
use super::slot::slot;
use crate::client::command::{self, ASKING};
use crate::client::node::push_failed;
use crate::client::{Address, Client, Error, ErrorCode, NodeId, Remedy};
use crate::connection::{self, Effect, Kind, Request};
use crate::resp::{ErrorReply, try_copy};

/// How often a request follows servers that name others. Nodes that do not agree come to agree within seconds, if ever.
const MAX_REDIRECTIONS: u8 = 16;
/// How often it does so at once. From then on there are pauses: the nodes send it to and fro.
const MAX_IMMEDIATE_REDIRECTIONS: u8 = 4;

/// A request that goes elsewhere.
pub(in crate::client) struct Rerouted<T> {
    request: Request<T>,
    command: Vec<u8>,
    /// What the server answered; nothing where it was not reached.
    error: Option<ErrorReply>,
}

impl<T: Copy> Rerouted<T> {
    /// `None` where there is no memory for a copy of the command.
    pub(in crate::client) fn new(request: Request<T>, command: &[u8], error: Option<ErrorReply>) -> Option<Self> {
        let command = try_copy(command::without_asking(command))?;
        Some(Self { request: Request { kind: Kind::Command, ..request }, command, error })
    }
}

/// The command is keys and values.
impl<T> std::fmt::Debug for Rerouted<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rerouted").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<T: Copy + Default> Client<T> {
    /// Sends a request of a node to where it belongs.
    pub(in crate::client) fn reroute(&mut self, from: NodeId, rerouted: Rerouted<T>, now: u64) {
        let Rerouted { mut request, command, error } = rerouted;
        let slot = command::first_key(&command).map(slot);
        let code = error.as_ref().map(|error| ErrorCode::parse(error.as_bytes()));
        if let (Some(slot), Some(error), Some(ErrorCode::Moved | ErrorCode::Ask)) = (slot, &error, code) {
            return self.redirect(from, slot, request, command, error, now);
        }
        let node = match (slot, error) {
            // A replica could not answer.
            (Some(slot), Some(error)) => {
                request.redirections = request.redirections.saturating_add(1);
                let node = self.node_of_slot(slot, Effect::Idempotent);
                if node == from.0 {
                    return self.hold_at(from, request, command, &error, Remedy::Wait, now);
                }
                node
            }
            (Some(slot), None) => self.node_of_slot(slot, request.effect),
            _ if command::is_for_any_node(&command) => self.entry_node(),
            _ => from.0,
        };
        self.send_in_order(node, slot, request, command);
    }

    /// Follows `MOVED slot host:port` and `ASK slot host:port`.
    fn redirect(
        &mut self,
        from: NodeId,
        slot: u16,
        request: Request<T>,
        command: Vec<u8>,
        error: &ErrorReply,
        now: u64,
    ) {
        let is_moved = error.as_bytes().starts_with(b"MOVED");
        let known = self.redirection_target(from, error);
        let target = known.filter(|&node| self.serves(node));
        if is_moved && let Some(node) = known {
            let is_read = request.effect == Effect::ReadOnly && self.context.config.reads_replicas;
            let is_refused_read = is_read && target.is_some();
            self.note_moved(slot, from, node, is_refused_read, now);
        }
        let Some(node) = target else {
            return match known.and_then(|node| self.refusal_of(node, now)) {
                Some((node, refusal)) => self.tell(node, &request, &refusal),
                // It does not work, or nobody knows it: a replica takes over, or the cluster comes to know it.
                None => self.hold_at(from, request, command, error, Remedy::Wait, now),
            };
        };
        let request = Request { redirections: request.redirections.saturating_add(1), ..request };
        if request.redirections > MAX_REDIRECTIONS {
            self.tell(from, &request, &Error::Server(error.clone()));
        } else if !is_moved {
            self.follow_ask(from, slot, node, request, command);
        } else if node == from.0 {
            self.hold_at(from, request, command, error, Remedy::Reconnect, now);
        } else if request.redirections > MAX_IMMEDIATE_REDIRECTIONS {
            self.hold_at(from, request, command, error, Remedy::Wait, now);
        } else {
            self.send_in_order(self.standing_in_for(node), Some(slot), request, command);
        }
    }

    /// Why a node that works does not serve us, as where it does not know our password: no replica takes over for that.
    fn refusal_of(&self, node: u16, now: u64) -> Option<(NodeId, Error)> {
        let unavailable = self.context.installation.breaker(node).check(now)?;
        let is_refused = self.context.config.fail_fast && matches!(unavailable.cause, connection::Error::Handshake(_));
        is_refused.then(|| (NodeId(node), Error::Unavailable(Box::new(unavailable))))
    }

    /// Sends a request to the node that a slot is moving to; unless the one that says so had sent others for the slot to a third one
    /// before, as a primary that was replaced and is one again: then it goes after those, and finds its way from there. They may also
    /// have come back meanwhile.
    fn follow_ask(&mut self, from: NodeId, slot: u16, node: u16, request: Request<T>, command: Vec<u8>) {
        if self.nodes[from.index()].awaits_before(request.order) {
            return self.hold_until_answered(from.0, request, command);
        }
        let primary = self.context.installation.0.borrow().topology.shard(slot).map(|shard| shard.primary);
        if primary.is_some_and(|primary| self.standing_in_for(primary) != from.0) {
            let primary = self.node_of_slot(slot, request.effect);
            // Unless it is the replica that has taken over.
            if primary != from.0 {
                return self.send_in_order(primary, Some(slot), request, command);
            }
        }
        let node = self.standing_in_for(node);
        self.send_in_order(node, Some(slot), Request { kind: Kind::Asking, ..request }, command);
    }

    /// Keeps a request at the node that sent it on.
    fn hold_at(
        &mut self,
        at: NodeId,
        request: Request<T>,
        command: Vec<u8>,
        error: &ErrorReply,
        remedy: Remedy,
        now: u64,
    ) {
        self.node_mut(at.index());
        let (node, context) = (&mut self.nodes[at.index()], &mut self.context);
        if let Some(cause) = node.hold_rejected(request, command, error.clone(), remedy, now, context) {
            self.tell(at, &request, &Error::Server(cause));
        }
    }

    /// The node that a redirection names, which may be new. `None` where it has no address, or its host name may be in the map
    /// that is on its way.
    fn redirection_target(&self, from: NodeId, error: &ErrorReply) -> Option<u16> {
        let address = error.as_bytes().split(|&byte| byte == b' ').nth(2)?;
        let address = Address::parse(address, &self.context.installation.address(from.0))?;
        let knowledge = &mut *self.context.installation.0.borrow_mut();
        let known = knowledge.topology.node_by_alias(&address);
        let is_named_soon = self.context.prefers_hostnames() && address.is_ip() && knowledge.refresh.is_under_way;
        if known.is_some() || is_named_soon { known } else { knowledge.topology.intern(address) }
    }

    fn note_moved(&mut self, slot: u16, from: NodeId, node: u16, is_refused_read: bool, now: u64) {
        if node != from.0 && self.standing_in_for(node) == from.0 {
            // The server behind the configured name is not the node that it was.
            self.end_stand_in();
        }
        // Its requests may be sent on a second time, and later than what is sent to the new one.
        let former = self.node_of_slot(slot, Effect::Idempotent);
        let knowledge = &mut *self.context.installation.0.borrow_mut();
        let topology = &mut knowledge.topology;
        let is_current = topology.shard(slot).is_some_and(|shard| shard.primary == node);
        if !is_current {
            let earlier = topology.version;
            if topology.redirect(slot, node, now) {
                let versions = (earlier, topology.version);
                self.cluster.fences.note_moved(slot, [from.0, former], self.context.requests, versions);
            }
            knowledge.refresh.request(Reason::Moved, now, &mut self.context.jitter);
        } else if is_refused_read {
            // The one that was asked is a replica, and does not serve reads.
            topology.forget_replica(slot, from.0);
        }
    }

    /// Nobody serves the slot, as a node says: its requests are for any node from now on.
    pub(in crate::client) fn unassign(&mut self, slot: u16, from: NodeId) {
        let former = self.node_of_slot(slot, Effect::Idempotent);
        let topology = &mut self.context.installation.0.borrow_mut().topology;
        let earlier = topology.version;
        topology.unassign(slot);
        let versions = (earlier, topology.version);
        self.cluster.fences.note_moved(slot, [from.0, former], self.context.requests, versions);
    }

    /// Sends a request again, where none before it for its slot is under way to another node.
    fn send_in_order(&mut self, node: u16, slot: Option<u16>, request: Request<T>, command: Vec<u8>) {
        let fence =
            slot.zip(command::first_key(&command)).and_then(|(slot, key)| self.fence_of(slot, key, request.order));
        match fence {
            Some(fence) => self.hold_until_answered(fence, Request { kind: Kind::Command, ..request }, command),
            None => self.send_again(node, request, &command),
        }
    }

    /// Keeps a request at a node until all before it are answered there.
    fn hold_until_answered(&mut self, node: u16, request: Request<T>, command: Vec<u8>) {
        self.context.has_holds = true;
        if !self.node_mut(node.into()).hold_until_answered(&request, command) {
            self.tell(NodeId(node), &request, &Error::OutOfMemory);
        }
    }

    fn send_again(&mut self, node: u16, request: Request<T>, command: &[u8]) {
        self.add_nodes(node);
        let is_closed = self.context.is_closed;
        let node = self.node_mut(node.into());
        if let Err(error) = node.reserve(ASKING.len() + command.len(), usize::MAX) {
            let id = node.id;
            return self.tell(id, &request, &error);
        }
        let bytes = node.queue_mut().bytes_mut();
        if request.kind == Kind::Asking {
            bytes.extend_from_slice(ASKING);
        }
        bytes.extend_from_slice(command);
        node.push_encoded(request, is_closed);
    }

    fn tell(&mut self, node: NodeId, request: &Request<T>, error: &Error) {
        push_failed(&mut self.node_mut(node.index()).outputs, request.tag, node, error);
    }
}
