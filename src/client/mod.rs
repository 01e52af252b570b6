//! A client of a Redis installation: it owns the connections and decides which of them carries a request.
//!
//! Today that is one server and one connection. Every method and output names its connection, so that a cluster, with its
//! slots and redirections, is a matter of this layer alone.

use crate::connection::{self, Connection, Credentials, Patience, Request};
use crate::failure::FailureKind;
use crate::resp::{ProtocolError, Reply};
use std::ops::Range;

/// The user's name for one of the client's connections; it is stable across reconnections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId(pub u32);

/// What a client needs to know of its server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we are to the server, and which database we want.
    pub credentials: Credentials,
    /// How long to wait, and how often to try.
    pub patience: Patience,
}

impl Default for Config {
    /// No password, database 0, 5 s to connect, 2 retries.
    fn default() -> Self {
        Self {
            credentials: Credentials { client_name: "cachelib-edge".into(), ..Credentials::default() },
            patience: Patience { connect_timeout: 5_000, max_retries: 2 },
        }
    }
}

/// The connections to a Redis installation. `T` is what the layer above wants back with each reply.
#[derive(Debug)]
pub struct Client<T> {
    connections: Vec<Connection<T>>,
}

impl<T: Copy> Client<T> {
    /// A client that opens nothing until there is a request.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self { connections: vec![Connection::new(config.credentials, config.patience, seed)] }
    }

    /// Whether a request has neither been answered nor failed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.connections.iter().any(Connection::is_busy)
    }

    /// Makes room for so many bytes of commands; false where there is no memory for them.
    #[must_use]
    pub fn reserve(&mut self, length: usize) -> bool {
        self.connections.first_mut().is_some_and(|connection| connection.reserve(length))
    }

    /// Queues one command, which `encode` appends.
    pub fn push(&mut self, request: Request<T>, encode: impl FnOnce(&mut Vec<u8>)) {
        if let Some(connection) = self.connections.first_mut() {
            connection.push(request, encode);
        }
    }

    /// The caller no longer waits for the requests that `picked` names.
    pub fn abandon(&mut self, picked: impl Fn(&T) -> bool, kind: FailureKind) {
        for connection in &mut self.connections {
            connection.abandon(&picked, kind);
        }
    }

    /// Closes every connection for good, once its replies have come.
    pub fn close(&mut self) {
        self.connections.iter_mut().for_each(Connection::close);
    }

    /// The connection of this name, if the client gave it out.
    pub fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        self.connections.get_mut(id.0 as usize)
    }

    /// The bytes that an [`Output::Transmit`](connection::Output::Transmit) spoke of.
    #[must_use]
    pub fn transmission(&self, id: ConnectionId) -> &[u8] {
        self.connections.get(id.0 as usize).map_or(&[], Connection::transmission)
    }

    /// The reply at the place that an [`Output::Reply`](connection::Output::Reply) gave.
    #[inline]
    pub fn reply(&self, id: ConnectionId, place: Range<usize>) -> Result<Reply<'_>, ProtocolError> {
        self.connections.get(id.0 as usize).ok_or(ProtocolError::Unexpected)?.reply(place)
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub fn handle_timeout(&mut self, now: u64) {
        for connection in &mut self.connections {
            connection.handle_timeout(now);
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), in milliseconds of the user's clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        self.connections.iter().filter_map(Connection::poll_timeout).min()
    }

    /// The next thing to do or to know, until there is none.
    pub fn poll(&mut self, now: u64) -> Option<(ConnectionId, connection::Output<T>)> {
        let mut connections = (0..).map(ConnectionId).zip(&mut self.connections);
        connections.find_map(|(id, connection)| Some((id, connection.poll(now)?)))
    }
}
