//! What a cache wants done, or tells.

use super::{Address, CallId, ConnectionId, Outcome};
use std::fmt;

/// What [`Cache::poll`](super::Cache::poll) wants done, or tells.
#[derive(PartialEq, Eq)]
pub enum Output<'a> {
    /// Open a socket to the server; then [`Cache::opened`](super::Cache::opened) or [`Cache::closed`](super::Cache::closed).
    Connect(ConnectionId, Address),
    /// Write these bytes to the socket.
    Transmit(ConnectionId, &'a [u8]),
    /// Close the socket, and tell nothing more of it.
    Close(ConnectionId),
    /// An operation is done.
    Complete(CallId, Outcome<'a>),
}

/// The bytes are shown by their length: they hold the password, keys and values.
impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(id, address) => f.debug_tuple("Connect").field(id).field(address).finish(),
            Self::Transmit(id, bytes) => write!(f, "Transmit({id:?}, {} bytes)", bytes.len()),
            Self::Close(id) => f.debug_tuple("Close").field(id).finish(),
            Self::Complete(call, outcome) => f.debug_tuple("Complete").field(call).field(outcome).finish(),
        }
    }
}
