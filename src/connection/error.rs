//! Why a connection ended.

use crate::resp::{ErrorReply, ProtocolError};
use std::fmt;

/// Why a connection ended, or was never made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The socket could not be opened. The transport knows why.
    Unreachable,
    /// Connecting, the TLS handshake and the Redis handshake together took longer than the connect timeout.
    ConnectTimeout,
    /// The socket closed.
    Lost,
    /// The server owed a reply and sent nothing for long.
    Unresponsive,
    /// The server sent bytes that are not RESP, or not a reply to what was asked.
    Protocol(ProtocolError),
    /// The server refused the handshake: AUTH, HELLO or SELECT; or it said why it closes, as in
    /// `ERR max number of clients reached`.
    Handshake(ErrorReply),
    /// The application closed the connection.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("the server cannot be reached"),
            Self::ConnectTimeout => f.write_str("connecting took too long"),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Unresponsive => f.write_str("the server does not respond"),
            Self::Protocol(error) => error.fmt(f),
            Self::Handshake(reply) => write!(f, "the handshake failed: {reply}"),
            Self::Closed => f.write_str("the connection was closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Protocol(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}
