//! `load`: a value and whether it is fresh, by its remaining life alone.

use super::{Commands, MultiCommand, Operation};
use crate::cache::{Error, Freshness, Outcome, Values};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// What is stored under a key: read by PTTL and GET, in this order and in one write. A value that is written between
/// the two then looks older than it is; in the other order an old one would look new.
pub(super) struct Stored {
    pub(super) ttl: i64,
    pub(super) value: Values,
}

impl Stored {
    pub(super) fn new() -> Self {
        Self { ttl: -2, value: Values::missing(1) }
    }

    /// `effect` says whether a replica may answer.
    pub(super) fn send(commands: &mut Commands<'_>, key: &[u8], first_part: u32, effect: Effect) {
        for (part, name) in (first_part..).zip([&b"PTTL"[..], b"GET"]) {
            commands.send(part, &Operation::command(&[name, key], effect));
        }
    }

    pub(super) fn on_reply(&mut self, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        match reply {
            Reply::Integer(ttl) => self.ttl = *ttl,
            Reply::Bulk(value) => self.value.put(0, value)?,
            Reply::Nil => {}
            _ => return Err(ProtocolError::Unexpected),
        }
        Ok(())
    }

    pub(super) fn exists(&self) -> bool {
        self.value.iter().any(|value| value.is_some())
    }

    /// Whether it lives for longer than `above` milliseconds. One that never expires does, and so does one that was
    /// written between PTTL and GET.
    pub(super) fn is_fresh(&self, above: u64) -> bool {
        self.exists() && u64::try_from(self.ttl).map_or(true, |ttl| ttl > above)
    }
}

pub(in crate::cache) struct Load {
    above: u64,
    stored: Stored,
    error: Option<Error>,
}

impl Load {
    pub(in crate::cache) fn start(key: &[u8], above: u64, commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        Stored::send(commands, key, 0, Effect::ReadOnly);
        Box::new(Self { above, stored: Stored::new(), error: None })
    }
}

impl MultiCommand for Load {
    fn on_reply(&mut self, _part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        self.stored.on_reply(reply)
    }

    fn on_error(&mut self, _part: u32, error: Error) {
        self.error.get_or_insert(error);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        let Self { above, stored, error } = *self;
        match error {
            Some(error) => Outcome::Failed(error),
            None if !stored.exists() => Outcome::Value(None),
            None if stored.is_fresh(above) => Outcome::Found(stored.value, Freshness::Fresh),
            None => Outcome::Found(stored.value, Freshness::Stale(stored.ttl.max(0) as u64)),
        }
    }
}
