//! Why an operation came to nothing.

use crate::client::{self, ErrorCode, NodeId};
use std::fmt;

/// Why an operation came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server, or the way to it.
    Client(client::Error, NodeId),
    /// `clear` in a cluster of which it is not known which nodes have all keys.
    IncompleteTopology,
    /// A timeout is negative (but not -1), NaN or too far in the future.
    InvalidTimeout,
    /// A key or a value is longer than Redis stores.
    TooLarge,
    /// The operation needs the feature `layer`, without which the crate was built.
    Unsupported,
}

impl Error {
    /// A stable name, in capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Client(error, _) => error.code(),
            Self::IncompleteTopology => "INCOMPLETE_TOPOLOGY",
            Self::InvalidTimeout => "INVALID_TIMEOUT",
            Self::TooLarge => "TOO_LARGE",
            Self::Unsupported => "UNSUPPORTED",
        }
    }

    /// The node that failed, if one did.
    #[must_use]
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::Client(_, node) => Some(*node),
            _ => None,
        }
    }

    /// What the server's reply to the command means, if that is why.
    pub(super) fn reply_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Client(client::Error::Server(reply), _) => Some(ErrorCode::parse(reply.as_bytes())),
            _ => None,
        }
    }

    /// Notes why an operation of many commands fails: the first reason, unless its caller gave up since, or the client was closed:
    /// then nothing is tried again.
    pub(super) fn note(noted: &mut Option<Self>, error: Self) {
        let is_end = matches!(error, Self::Client(client::Error::Aborted | client::Error::Closed, _));
        if is_end || noted.is_none() {
            *noted = Some(error);
        }
    }
}

impl From<(client::Error, NodeId)> for Error {
    fn from((error, node): (client::Error, NodeId)) -> Self {
        Self::Client(error, node)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error, _) => error.fmt(f),
            Self::IncompleteTopology => f.write_str("it is not known which nodes have all slots of the cluster"),
            Self::InvalidTimeout => {
                f.write_str("a timeout is a number of seconds from 0 on; 0, -1 and infinity mean never")
            }
            Self::TooLarge => f.write_str("a key or a value is larger than 512 MB"),
            Self::Unsupported => f.write_str("the crate is built without its feature `layer`"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Client(error, _) => Some(error),
            _ => None,
        }
    }
}
