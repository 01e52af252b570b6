//! What a connection tells.

use super::{Error, Request};
use std::ops::Range;

/// What [`Connection::poll`](super::Connection::poll) tells.
#[derive(Debug)]
pub enum Output<T> {
    /// A request has its reply. What the ranges stand for is valid until the connection is polled or changed.
    Reply {
        /// The request.
        request: Request<T>,
        /// The request's own bytes: [`Connection::request_bytes`](super::Connection::request_bytes).
        bytes: Range<usize>,
        /// The reply: [`Connection::reply`](super::Connection::reply) decodes it.
        reply: Range<usize>,
    },
    /// The connection is over. It is told once, and nothing after it.
    Ended(Ended),
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// Why.
    pub error: Error,
    /// Whether the socket is still open, or being opened: it is to be closed.
    pub has_socket: bool,
    /// Whether the handshake was done.
    pub was_ready: bool,
    /// Whether the server answered a request.
    pub has_answered: bool,
}
