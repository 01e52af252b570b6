//! A client of a Redis installation: where a request goes, what a rejection means, and who the server is.
//!
//! That is one server, a cluster, or the master that sentinels know. Requests name their `Route`, and every output its
//! connection and node.

mod address;
mod admission;
mod backoff;
mod circuit_breaker;
mod cluster;
mod command;
mod config;
mod connect;
mod context;
mod deadlines;
mod disconnect;
mod error;
mod error_code;
mod hold;
mod installation;
mod node;
mod poll;
mod push;
mod rejection;
mod replica;
mod retry_policy;
mod route;
mod sentinel;

pub use address::Address;
use circuit_breaker::CircuitBreaker;
pub use circuit_breaker::Unavailable;
pub use config::{Config, Deployment};
pub use error::Error;
pub use error_code::ErrorCode;
pub use installation::Installation;
pub use retry_policy::{Remedy, RetryPolicy};
pub(crate) use route::Route;
pub use route::{ConnectionId, NodeId};

use crate::connection::Connection;
use crate::resp::{ProtocolError, Reply};
use cluster::Cluster;
pub(crate) use cluster::SLOTS;
use context::Context;
use node::Node;
use poll::RunQueue;
use sentinel::Discovery;
use std::ops::Range;

/// What [`Client::poll`] wants done, or tells.
#[derive(Debug)]
pub(crate) enum Output<T> {
    /// Open a socket.
    Connect(ConnectionId, Address),
    /// Write [`Client::transmission`] to the socket.
    Transmit(ConnectionId),
    /// Close the socket, and tell nothing more of it.
    Close(ConnectionId),
    /// The reply to the request of this tag: [`Client::reply`] decodes it. It is valid until something is put in.
    Reply(T, ConnectionId, Range<usize>),
    /// A request came to nothing, at this node.
    Failed(T, NodeId, Error),
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    node: usize,
    /// Whether it waits there for earlier ones before it goes on to where it belongs.
    is_fenced: bool,
}

/// The connections to a Redis installation. `T` is what the layer above wants back with each reply.
#[derive(Debug)]
pub(crate) struct Client<T> {
    nodes: Vec<Node<T>>,
    run_queue: RunQueue,
    context: Context,
    cluster: Cluster,
    discovery: Discovery,
}

impl<T: Copy + Default> Client<T> {
    /// A client that opens nothing until there is a request. `seed` makes its pauses differ from those of others; `installation`
    /// is what it shares with other clients of the same servers.
    #[must_use]
    pub(crate) fn new(config: Config, seed: u64, installation: Installation) -> Self {
        let context = Context::new(config, seed, installation);
        let (run_queue, cluster) = (RunQueue::default(), Cluster::new(seed));
        let mut client = Self { nodes: Vec::new(), run_queue, context, cluster, discovery: Discovery::default() };
        client.add_nodes(client.context.servers() - 1);
        client
    }

    /// Adds what is missing up to this node.
    fn add_nodes(&mut self, last: u16) {
        for index in self.nodes.len() as u16..=last {
            self.nodes.push(Node::new(NodeId(index), self.context.installation.breaker(index)));
            self.run_queue.add_node();
        }
    }

    /// Whether a request has neither been answered nor failed.
    #[must_use]
    pub(crate) fn is_busy(&self) -> bool {
        self.nodes.iter().any(Node::is_busy)
    }

    /// Whether a probe is under way, an attempt to connect that no request waits for; or a question about the installation.
    #[must_use]
    pub(crate) fn is_probing(&self) -> bool {
        self.nodes.iter().any(Node::is_probing)
    }

    /// The nodes that hold the installation's keys, each its own; and whether they hold all keys. Before the map of a cluster
    /// is known, it is a node that knows it.
    #[must_use]
    pub(crate) fn primaries(&self) -> (Vec<NodeId>, bool) {
        if self.context.is_cluster() {
            return self.primaries_of_cluster();
        }
        (vec![NodeId(self.context.main_node())], true)
    }

    /// The node of this number, if there is one.
    pub(crate) fn known_node(&self, number: u32) -> Option<NodeId> {
        let known = self.context.installation.0.borrow().topology.nodes.len();
        ((number as usize) < known).then_some(NodeId(number as u16))
    }

    /// The hash slot of a key, where that matters: keys of one command must have the same.
    #[must_use]
    pub(crate) fn slot(&self, key: &[u8]) -> u16 {
        if self.context.is_cluster() { cluster::slot(key) } else { 0 }
    }

    /// Whether keys are on several nodes.
    #[must_use]
    pub(crate) const fn is_cluster(&self) -> bool {
        self.context.is_cluster()
    }

    /// A random number, for what must differ from other clients'.
    pub(crate) const fn random(&mut self) -> u64 {
        self.context.jitter.draw()
    }

    // ---- Calls of the application

    /// Tells the time of the calls that follow.
    pub(crate) const fn handle_now(&mut self, now: u64) {
        self.context.now = now;
    }

    /// The caller no longer waits for the requests that `picked` names.
    pub(crate) fn cancel(&mut self, picked: impl Fn(&T) -> bool, error: &Error) {
        for index in 0..self.nodes.len() {
            self.nodes[index].cancel(&|request| picked(&request.tag), error);
            if !self.nodes[index].outputs.is_empty() {
                self.node_mut(index);
            }
        }
    }

    /// Closes every connection for good, once its replies have come.
    pub(crate) fn close(&mut self) {
        self.context.is_closed = true;
        (0..self.nodes.len()).for_each(|index| self.node_mut(index).close());
    }

    /// A reply was not one to its request: nothing more is read from the connection.
    pub(crate) fn handle_protocol_error(&mut self, id: ConnectionId, error: ProtocolError) {
        if let Some(connection) = self.connection_mut(id) {
            connection.handle_protocol_error(error);
        }
    }

    // ---- Transport events

    /// The connection of this identifier, as long as it has a socket.
    pub(crate) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        let index = id.node().index();
        if index < self.nodes.len() { self.node_mut(index).connection_mut(id) } else { None }
    }

    // ---- What an output spoke of

    /// The bytes that an [`Output::Transmit`] spoke of.
    #[must_use]
    pub(crate) fn transmission(&self, id: ConnectionId) -> &[u8] {
        self.connection(id).map_or(&[], Connection::transmission)
    }

    /// The reply in the range that an [`Output::Reply`] gave.
    pub(crate) fn reply(&self, id: ConnectionId, range: Range<usize>) -> Result<Reply<'_>, ProtocolError> {
        self.connection(id).ok_or(ProtocolError::Unexpected)?.reply(range)
    }

    fn connection(&self, id: ConnectionId) -> Option<&Connection<T>> {
        self.nodes.get(id.node().index())?.connection(id)
    }
}
