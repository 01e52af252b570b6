//! Operations of one command: they take no memory of their own.

use super::Operation;
use crate::cache::command::{command, eval, increment, literals, name_and_key, name_only, set};
use crate::cache::{Error, Outcome, Values};
use crate::client::{self, ConnectionId};
use crate::connection::Effect;
use crate::resp::{CommandBuffer, ErrorReply, ProtocolError, Reply};
use std::slice;

/// One kind of command that the cache sends, and with it the kind of reply that is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cache) enum CommandKind {
    #[default]
    Get,
    Set,
    Add,
    Has,
    Increment,
    Flush,
    Ping,
    /// A command of the caller's, or a script.
    Command,
    /// One whose reply nobody waits for.
    FireAndForget,
    /// One of an operation of many.
    Part,
}

impl CommandKind {
    pub(in crate::cache) const fn effect(self) -> Effect {
        match self {
            Self::Get | Self::Has | Self::Ping => Effect::ReadOnly,
            Self::Set | Self::Flush => Effect::Idempotent,
            _ => Effect::NonIdempotent,
        }
    }

    /// Whether its reply is the outcome of its operation.
    #[inline]
    pub(in crate::cache) const fn is_single(self) -> bool {
        !matches!(self, Self::Part | Self::FireAndForget)
    }

    /// What the reply to a command of this kind comes to. `on_mismatch` is told of one that is none to it.
    #[inline]
    pub(in crate::cache) fn outcome<'a>(
        self,
        reply: Result<Reply<'a>, ProtocolError>,
        id: ConnectionId,
        on_mismatch: impl FnOnce(ProtocolError),
    ) -> Outcome<'a> {
        match (self, reply) {
            (Self::Get | Self::Command, Ok(Reply::Bulk(value))) => Outcome::Value(Some(value)),
            (Self::Get | Self::Command, Ok(Reply::Nil)) => Outcome::Value(None),
            (Self::Increment | Self::Command, Ok(Reply::Integer(number))) => Outcome::Integer(number),
            (Self::Has, Ok(Reply::Integer(count))) => Outcome::Flag(count > 0),
            (Self::Set | Self::Add | Self::Flush, Ok(Reply::Status(b"OK"))) => Outcome::Flag(true),
            (Self::Ping, Ok(Reply::Status(b"PONG"))) => Outcome::Flag(true),
            (Self::Add, Ok(Reply::Nil)) => Outcome::Flag(false),
            (Self::Command, Ok(Reply::Status(_))) => Outcome::Flag(true),
            (Self::Command, Ok(Reply::Array(parts))) => flatten(&parts, id, on_mismatch),
            (_, Ok(Reply::Error(text))) => {
                Outcome::Failed(Error::Client(client::Error::Server(ErrorReply::new(text)), id.node()))
            }
            (_, reply) => {
                let error = reply.err().unwrap_or(ProtocolError::Unexpected);
                on_mismatch(error);
                Outcome::Failed(Error::Client(client::Error::Connection(error.into()), id.node()))
            }
        }
    }
}

impl Operation<'_> {
    /// The kind of its command, if it takes but one.
    pub(in crate::cache) const fn kind(&self) -> CommandKind {
        match self {
            Self::Get { .. } => CommandKind::Get,
            Self::Has { .. } => CommandKind::Has,
            Self::Set { .. } => CommandKind::Set,
            Self::Add { .. } => CommandKind::Add,
            Self::Increment { .. } => CommandKind::Increment,
            Self::Ping => CommandKind::Ping,
            Self::Clear { prefix: b"" } => CommandKind::Flush,
            Self::Command { .. } | Self::Script { .. } => CommandKind::Command,
            _ => CommandKind::Part,
        }
    }

    /// Appends the command of an operation that takes but one.
    #[inline]
    pub(in crate::cache) fn encode(&self, out: &mut CommandBuffer) {
        match *self {
            Self::Get { key } => name_and_key(out, literals::GET, key),
            Self::Has { key } => name_and_key(out, literals::EXISTS, key),
            Self::Set { key, value, expiry } => set(out, key, value, expiry, false),
            Self::Add { key, value, expiry } => set(out, key, value, expiry, true),
            Self::Increment { key, delta } => increment(out, key, delta),
            Self::Clear { prefix: b"" } => name_only(out, literals::FLUSHDB),
            Self::Ping => name_only(out, literals::PING),
            _ => self.encode_uncommon(out),
        }
    }

    // By itself: inlined it would be another hundred instructions in the path of those above.
    #[cold]
    fn encode_uncommon(&self, out: &mut CommandBuffer) {
        match *self {
            Self::Command { arguments, .. } => command(out, arguments),
            Self::Script { script, keys, fence, milliseconds, value, token } => {
                eval(out, script.text(), keys, (fence, milliseconds), value, token);
            }
            // These take many, which are state machines; a prefix above all must never become a FLUSHDB.
            _ => debug_assert!(false, "{self:?} takes many commands"),
        }
    }

    /// As [`encode`](Self::encode), not inlined.
    #[cold]
    pub(in crate::cache) fn encode_cold(&self, out: &mut CommandBuffer) {
        self.encode(out);
    }
}

/// A name of the connection, and the bulk strings of an array, one after the other.
#[cold]
fn flatten(parts: &[Reply<'_>], id: ConnectionId, on_mismatch: impl FnOnce(ProtocolError)) -> Outcome<'static> {
    let mut values = Values::default();
    // Of ASCII: the strings are read as text.
    let mut result = values.push(&[0, 7, 14, 21, 28].map(|shift| (id.0 >> shift & 127) as u8));
    for part in parts {
        let strings = if let Reply::Array(inner) = part { inner } else { slice::from_ref(part) };
        for string in strings {
            if let Reply::Bulk(bytes) = string {
                result = result.and_then(|()| values.push(bytes));
            }
        }
    }
    if let Err(error) = result {
        on_mismatch(error);
        return Outcome::Failed(Error::Client(client::Error::Connection(error.into()), id.node()));
    }
    Outcome::Values(values)
}
