//! Why an operation failed: one type for all layers.

use crate::resp::ProtocolError;
use cachelib_serializer::DumpError;

/// What went wrong, by who is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A connection could not be made. The transport knows why.
    Unreachable,
    /// Connecting, the TLS handshake and the Redis handshake together took longer than the connect timeout.
    ConnectTimeout,
    /// The connection closed while the reply was outstanding.
    ConnectionLost,
    /// The operation took longer than its deadline allows.
    Timeout,
    /// The caller gave up.
    Aborted,
    /// The cache was closed.
    Closed,
    /// The server sent bytes that are not RESP, or not a reply to what was asked.
    Protocol(ProtocolError),
    /// The server refused the handshake: AUTH, HELLO or SELECT. [`Failure::reply`] holds its words.
    Handshake,
    /// The server answered with an error. [`Failure::reply`] holds its words.
    Server,
    /// A timeout is negative (but not -1), NaN or too far in the future.
    InvalidTimeout,
    /// A key or a value is longer than Redis stores, or there is no memory for its command.
    TooLarge,
    /// A value has no stored form.
    Unserializable(DumpError),
}

/// Why an operation failed, with the server's words when it was the server that said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The server's error, at most [`Failure::MAX_REPLY`] bytes of it; empty for every kind but `Handshake` and `Server`.
    pub reply: Vec<u8>,
}

impl Failure {
    /// How much of a server's error is kept, in bytes.
    pub const MAX_REPLY: usize = 256;

    /// A failure with the server's words.
    #[must_use]
    pub fn with_reply(kind: FailureKind, reply: &[u8]) -> Self {
        Self { kind, reply: reply[..reply.len().min(Self::MAX_REPLY)].to_vec() }
    }
}

impl From<DumpError> for FailureKind {
    fn from(error: DumpError) -> Self {
        Self::Unserializable(error)
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self { kind, reply: Vec::new() }
    }
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        FailureKind::Protocol(error).into()
    }
}
