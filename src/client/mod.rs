//! A client of a Redis installation: where a request goes, what a rejection means, and who the server is.
//!
//! Today that is one server. Requests name their [`Route`], and every output its connection and address, so that a cluster,
//! with its hash slots and redirections, adds nodes and changes nothing else.

mod backoff;
mod circuit_breaker;
mod command;
mod config;
mod error;
mod error_code;
mod hold;
mod node;
mod rejection;
mod retry_policy;
mod route;

pub use circuit_breaker::{CircuitBreaker, Unavailable};
pub use config::Config;
pub use error::Error;
pub use error_code::ErrorCode;
pub use retry_policy::{Remedy, RetryPolicy};
pub use route::{Address, ConnectionId, NodeId, Route};

use crate::connection::{Connection, Request};
use crate::resp::{ProtocolError, Reply};
use backoff::Jitter;
use node::Node;
use std::ops::Range;

/// What [`Client::poll`] wants done, or tells.
#[derive(Debug)]
pub enum Output<T> {
    /// Open a socket.
    Connect(ConnectionId, Address),
    /// Write [`Client::transmission`] to the socket.
    Transmit(ConnectionId),
    /// Close the socket, and tell nothing more of it.
    Close(ConnectionId),
    /// The reply to the request of this tag: [`Client::reply`] decodes it. It is valid until something is put in.
    Reply(T, ConnectionId, Range<usize>),
    /// A request came to nothing.
    Failed(T, Error),
}

/// What all nodes of a client have in common.
#[derive(Debug)]
struct Context {
    config: Config,
    jitter: Jitter,
    /// How many connections were made.
    connections: u32,
    /// How many requests were made.
    requests: u64,
    is_closed: bool,
}

/// The connections to a Redis installation. `T` is what the layer above wants back with each reply.
#[derive(Debug)]
pub struct Client<T> {
    nodes: Vec<Node<T>>,
    /// The node that is polled first: most outputs come from where the one before came from.
    polled: usize,
    context: Context,
}

impl<T: Copy> Client<T> {
    /// A client that opens nothing until there is a request. `seed` makes its pauses differ from those of others; `breaker` is
    /// what it shares with other clients of the same server.
    #[must_use]
    pub fn new(config: Config, seed: u64, breaker: CircuitBreaker) -> Self {
        let context = Context { config, jitter: Jitter(seed), connections: 0, requests: 0, is_closed: false };
        Self { nodes: vec![Node::new(NodeId(0), Address::Configured(0), breaker)], polled: 0, context }
    }

    /// Whether a request has neither been answered nor failed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.nodes.iter().any(Node::is_busy)
    }

    /// Whether a probe is under way: an attempt to connect that no request waits for.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.nodes.iter().any(Node::is_probing)
    }

    /// The nodes that hold the installation's keys, each its own.
    pub fn primaries(&self) -> impl Iterator<Item = NodeId> + use<T> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    // ---- Calls of the application

    /// Makes room for so many bytes of commands; false where there is no memory for them.
    #[must_use]
    pub fn reserve(&mut self, route: Route<'_>, length: usize) -> bool {
        let node = self.resolve(route);
        self.nodes[node].reserve(length)
    }

    /// Queues one command, which `encode` appends.
    pub fn push(&mut self, route: Route<'_>, request: Request<T>, encode: impl FnOnce(&mut Vec<u8>)) {
        let node = self.resolve(route);
        encode(self.nodes[node].queue_mut().bytes_mut());
        self.push_encoded(node, request);
    }

    // By itself, since `push` is compiled for each `encode`.
    fn push_encoded(&mut self, node: usize, mut request: Request<T>) {
        request.order = self.context.requests;
        self.context.requests += 1;
        self.nodes[node].push_encoded(request, self.context.is_closed);
    }

    /// The index of the node that a request goes to.
    fn resolve(&self, route: Route<'_>) -> usize {
        match route {
            Route::Any | Route::Key(_) => 0,
            Route::Node(NodeId(index)) => usize::from(index).min(self.nodes.len() - 1),
        }
    }

    /// The caller no longer waits for the requests that `picked` names.
    pub fn cancel(&mut self, picked: impl Fn(&T) -> bool, error: &Error) {
        for node in &mut self.nodes {
            node.cancel(&|request| picked(&request.tag), error);
        }
    }

    /// Closes every connection for good, once its replies have come.
    pub fn close(&mut self) {
        self.context.is_closed = true;
        self.nodes.iter_mut().for_each(Node::close);
    }

    /// A reply was not one to its request: nothing more is read from the connection.
    pub fn handle_protocol_error(&mut self, id: ConnectionId, error: ProtocolError) {
        if let Some(connection) = self.connection_mut(id) {
            connection.handle_protocol_error(error);
        }
    }

    // ---- Transport events

    /// The connection of this identifier, as long as it has a socket.
    pub fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        self.nodes.get_mut(id.node())?.connection_mut(id)
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub fn handle_timeout(&mut self, now: u64) {
        for node in &mut self.nodes {
            node.handle_timeout(now);
        }
    }

    // ---- What is to be done

    /// When to call [`handle_timeout`](Self::handle_timeout), in milliseconds of the user's clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        self.nodes.iter().map(Node::poll_timeout).min().filter(|&time| time < u64::MAX)
    }

    /// The next thing to do or to know, until there is none. All replies come before any transmission, so that one carries
    /// all there is.
    #[inline]
    pub fn poll(&mut self, now: u64) -> Option<Output<T>> {
        for _ in 0..self.nodes.len() {
            if let Some(output) = self.nodes[self.polled].poll(now, &mut self.context) {
                return Some(output);
            }
            self.polled += 1;
            if self.polled == self.nodes.len() {
                self.polled = 0;
            }
        }
        self.nodes.iter_mut().find_map(|node| node.poll_transmit(now)).map(Output::Transmit)
    }

    /// The bytes that an [`Output::Transmit`] spoke of.
    #[must_use]
    pub fn transmission(&self, id: ConnectionId) -> &[u8] {
        self.connection(id).map_or(&[], Connection::transmission)
    }

    /// The reply in the range that an [`Output::Reply`] gave.
    pub fn reply(&self, id: ConnectionId, range: Range<usize>) -> Result<Reply<'_>, ProtocolError> {
        self.connection(id).ok_or(ProtocolError::Unexpected)?.reply(range)
    }

    fn connection(&self, id: ConnectionId) -> Option<&Connection<T>> {
        self.nodes.get(id.node())?.connection(id)
    }
}
