//! Why a request came to nothing.

use super::{ErrorCode, Unavailable};
use crate::connection;
use crate::resp::{ErrorReply, ProtocolError};
use std::fmt;

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The connection that it was on, or waited for, ended.
    Connection(connection::Error),
    /// It was not tried, since the server does not work.
    Unavailable(Box<Unavailable>),
    /// The server answered with an error.
    Server(ErrorReply),
    /// Too many bytes of earlier requests have no reply yet: see [`Config::max_queued`](super::Config::max_queued).
    QueueFull,
    /// There is no memory for its command.
    OutOfMemory,
    /// It took longer than its deadline allows.
    Timeout,
    /// No sentinel knows the master's name.
    UnknownMaster,
    /// The caller gave up.
    Aborted,
    /// The client was closed.
    Closed,
}

impl Error {
    /// The server's error, of a command or of the handshake.
    #[must_use]
    pub const fn reply(&self) -> Option<&ErrorReply> {
        match self {
            Self::Server(reply) => Some(reply),
            _ => match self.connection() {
                Some(connection::Error::Handshake(reply)) => Some(reply),
                _ => None,
            },
        }
    }

    /// How the connection ended that it was on, or would have needed.
    #[must_use]
    pub const fn connection(&self) -> Option<&connection::Error> {
        match self {
            Self::Connection(error) => Some(error),
            Self::Unavailable(unavailable) => Some(&unavailable.cause),
            _ => None,
        }
    }

    /// A stable name, in capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        use connection::Error::{ConnectTimeout, Protocol, Unreachable};
        match (self, self.connection()) {
            (Self::QueueFull, _) => "QUEUE_FULL",
            (Self::OutOfMemory, _) | (_, Some(Protocol(ProtocolError::OutOfMemory))) => "OUT_OF_MEMORY",
            (Self::Timeout, _) => "TIMEOUT",
            (Self::Aborted, _) => "ABORTED",
            (Self::UnknownMaster, _) => "UNKNOWN_MASTER",
            (_, Some(Unreachable)) => "UNREACHABLE",
            (_, Some(ConnectTimeout)) => "CONNECT_TIMEOUT",
            (_, Some(Protocol(_))) => "PROTOCOL",
            _ => self.reply().map_or("CONNECTION_LOST", ErrorCode::name),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Unavailable(unavailable) => unavailable.cause.fmt(f),
            Self::Server(reply) => reply.fmt(f),
            Self::QueueFull => f.write_str("too many bytes wait for an answer"),
            Self::OutOfMemory => f.write_str("there is no memory for the command"),
            Self::Timeout => f.write_str("there was no answer in time"),
            Self::UnknownMaster => f.write_str("no sentinel knows the master"),
            Self::Aborted => f.write_str("the caller gave up"),
            Self::Closed => f.write_str("the client was closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.connection().map(|error| error as _)
    }
}
