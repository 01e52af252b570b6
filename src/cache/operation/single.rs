//! Operations of one command: they take no memory of their own.

use super::Operation;
use crate::cache::command::{increment, literals, name_and_key, name_only, set};
use crate::cache::{Error, Outcome};
use crate::client::{self, NodeId};
use crate::connection::Effect;
use crate::resp::{ErrorReply, ProtocolError, Reply};

/// One kind of command that the cache sends, and with it the kind of reply that is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cache) enum CommandKind {
    #[default]
    Get,
    Set,
    Add,
    Delete,
    Has,
    Increment,
    Flush,
    Ping,
    /// One of an operation of many.
    Part,
}

impl CommandKind {
    pub(in crate::cache) const fn effect(self) -> Effect {
        match self {
            Self::Get | Self::Has | Self::Ping => Effect::ReadOnly,
            Self::Set | Self::Delete | Self::Flush => Effect::Idempotent,
            Self::Add | Self::Increment | Self::Part => Effect::NonIdempotent,
        }
    }

    /// What the reply to a command of this kind comes to. `on_mismatch` is told of one that is none to it.
    #[inline]
    pub(in crate::cache) fn outcome<'a>(
        self,
        reply: Result<Reply<'a>, ProtocolError>,
        node: NodeId,
        on_mismatch: impl FnOnce(ProtocolError),
    ) -> Outcome<'a> {
        match (self, reply) {
            (Self::Get, Ok(Reply::Bulk(value))) => Outcome::Value(Some(value)),
            (Self::Get, Ok(Reply::Nil)) => Outcome::Value(None),
            (Self::Increment, Ok(Reply::Integer(number))) => Outcome::Integer(number),
            (Self::Has | Self::Delete, Ok(Reply::Integer(count))) => Outcome::Flag(count > 0),
            (Self::Set | Self::Add | Self::Flush, Ok(Reply::Status(b"OK"))) => Outcome::Flag(true),
            (Self::Ping, Ok(Reply::Status(b"PONG"))) => Outcome::Flag(true),
            (Self::Add, Ok(Reply::Nil)) => Outcome::Flag(false),
            (_, Ok(Reply::Error(text))) => {
                Outcome::Failed(Error::Client(client::Error::Server(ErrorReply::new(text)), node))
            }
            (_, reply) => {
                let error = reply.err().unwrap_or(ProtocolError::Unexpected);
                on_mismatch(error);
                Outcome::Failed(Error::Client(client::Error::Connection(error.into()), node))
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
            Self::Delete { .. } => CommandKind::Delete,
            Self::Set { .. } => CommandKind::Set,
            Self::Add { .. } => CommandKind::Add,
            Self::Increment { .. } => CommandKind::Increment,
            Self::Ping => CommandKind::Ping,
            Self::Clear { prefix: b"" } => CommandKind::Flush,
            Self::GetMany { .. } | Self::SetMany { .. } | Self::DeleteMany { .. } | Self::Clear { .. } => {
                CommandKind::Part
            }
        }
    }

    /// Appends the command of an operation that takes but one.
    #[inline]
    pub(in crate::cache) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Get { key } => name_and_key(out, literals::GET, key),
            Self::Has { key } => name_and_key(out, literals::EXISTS, key),
            Self::Delete { key } => name_and_key(out, literals::DEL, key),
            Self::Set { key, value, expiry } => set(out, key, value, expiry, false),
            Self::Add { key, value, expiry } => set(out, key, value, expiry, true),
            Self::Increment { key, delta } => increment(out, key, delta),
            Self::Clear { prefix: b"" } => name_only(out, literals::FLUSHDB),
            Self::Ping => name_only(out, literals::PING),
            // These take many, which are state machines; a prefix above all must never become a FLUSHDB.
            Self::GetMany { .. } | Self::SetMany { .. } | Self::DeleteMany { .. } | Self::Clear { .. } => {
                debug_assert!(false, "{self:?} takes many commands");
            }
        }
    }
}
