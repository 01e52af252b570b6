//! One command on its way to a server.

use std::ops::Range;

/// What it means to send a command twice, or before the handshake is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: may go out with the handshake, and again on another connection.
    ReadOnly,
    /// Changes something, to the same end when it is repeated at once.
    Idempotent,
    /// Changes something the first time alone, whatever is executed between: may go out again on another connection.
    Fenced,
    /// Must not be repeated once it may have been executed.
    NonIdempotent,
}

/// What the replies to a request are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one reply is the caller's.
    Command,
    /// The command follows `ASKING`, whose reply comes first and is dropped: <https://redis.io/docs/latest/commands/asking/>.
    Asking,
    /// The reply tells the client layer about the installation. No caller waits for it.
    Discovery,
}

/// One command on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<T> {
    /// What the layer above needs to know when the reply comes.
    pub tag: T,
    /// When its caller stops waiting, in milliseconds of the user's clock.
    pub deadline: u64,
    /// Its place among all requests of the client.
    pub order: u64,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// How often a connection was lost, or could not be made, with the request on it.
    pub losses: u8,
    /// How often the server answered that it did not execute it.
    pub rejections: u8,
    /// How often it did so since it wants a password.
    pub reauthentications: u8,
    /// How often it did so since the keys are on two nodes.
    pub try_agains: u8,
    /// How often a server named another one for it.
    pub redirections: u8,
    /// What its replies are for.
    pub kind: Kind,
}

impl<T> Request<T> {
    /// A request that was not tried yet.
    pub const fn new(tag: T, effect: Effect, deadline: u64) -> Self {
        Self {
            tag,
            deadline,
            order: 0,
            effect,
            losses: 0,
            rejections: 0,
            reauthentications: 0,
            try_agains: 0,
            redirections: 0,
            kind: Kind::Command,
        }
    }
}

/// A request whose reply has come. Its bytes are valid until something is pushed, sent or compacted.
pub(super) struct Answered<T> {
    pub(super) request: Request<T>,
    pub(super) is_cancelled: bool,
    pub(super) bytes: Range<usize>,
}

/// A request of a connection that is gone.
pub(crate) struct Requeued<'a, T> {
    pub(crate) request: &'a mut Request<T>,
    pub(crate) command: &'a [u8],
    pub(crate) is_sent: bool,
    pub(crate) is_cancelled: bool,
}
