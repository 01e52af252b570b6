//! Why an operation came to nothing.

use crate::client;
use std::fmt;

/// Why an operation came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server, or the way to it.
    Client(client::Error),
    /// A timeout is negative (but not -1), NaN or too far in the future.
    InvalidTimeout,
    /// A key or a value is longer than Redis stores, or there is no memory for its command.
    TooLarge,
}

impl Error {
    /// A stable name, in capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Client(error) => error.code(),
            Self::InvalidTimeout => "INVALID_TIMEOUT",
            Self::TooLarge => "TOO_LARGE",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::InvalidTimeout => {
                f.write_str("a timeout is a number of seconds from 0 on; 0, -1 and infinity mean never")
            }
            Self::TooLarge => f.write_str("a key or a value is larger than 512 MB, or than memory"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Client(error) => Some(error),
            _ => None,
        }
    }
}

impl From<client::Error> for Error {
    fn from(error: client::Error) -> Self {
        Self::Client(error)
    }
}
