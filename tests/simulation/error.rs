//! Errors by a short name.

use cachelib_edge::cache::{Error, NodeId};
use cachelib_edge::resp::{ErrorReply, ProtocolError};
use cachelib_edge::{client, connection};

pub(crate) fn unreachable() -> Error {
    of_connection(connection::Error::Unreachable)
}

pub(crate) fn connect_timeout() -> Error {
    of_connection(connection::Error::ConnectTimeout)
}

pub(crate) fn lost() -> Error {
    of_connection(connection::Error::Lost)
}

pub(crate) fn unresponsive() -> Error {
    of_connection(connection::Error::Unresponsive)
}

pub(crate) fn protocol(error: ProtocolError) -> Error {
    of_connection(connection::Error::Protocol(error))
}

/// The server refused the handshake with these words.
pub(crate) fn handshake(words: &str) -> Error {
    of_connection(connection::Error::Handshake(ErrorReply::new(words.as_bytes())))
}

/// The server answered a command with these words.
pub(crate) fn server(words: &str) -> Error {
    of(client::Error::Server(ErrorReply::new(words.as_bytes())))
}

pub(crate) fn timeout() -> Error {
    of(client::Error::Timeout)
}

pub(crate) fn aborted() -> Error {
    of(client::Error::Aborted)
}

pub(crate) fn closed() -> Error {
    of(client::Error::Closed)
}

fn of_connection(error: connection::Error) -> Error {
    of(client::Error::Connection(error))
}

/// Of the only server.
fn of(error: client::Error) -> Error {
    Error::Client(error, NodeId::default())
}
