//! `get_many`: one MGET for a thousand keys.

use super::multi::CHUNK;
use super::{Commands, MultiCommand};
use crate::cache::command::{literals, name_and_keys};
use crate::cache::{Error, Outcome, PartialFailure, Values};
use crate::client::{self, Route};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// A part is the index of its first key.
pub(in crate::cache) struct GetMany {
    values: Values,
    is_answered: bool,
}

impl GetMany {
    pub(in crate::cache) fn start(keys: &[&[u8]], commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        for (first, chunk) in (0..).step_by(CHUNK).zip(keys.chunks(CHUNK)) {
            let encode = |out: &mut Vec<u8>| name_and_keys(out, literals::MGET, chunk);
            commands.send(Route::Key(chunk[0]), first, Effect::ReadOnly, encode);
        }
        Box::new(Self { values: Values::missing(keys.len()), is_answered: keys.is_empty() })
    }

    fn chunk(&self, first: u32) -> std::ops::Range<u32> {
        first..self.values.len().min(first as usize + CHUNK) as u32
    }
}

impl MultiCommand for GetMany {
    fn on_reply(&mut self, first: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        let indices = self.chunk(first);
        let Reply::Array(replies) = reply else {
            return Err(ProtocolError::Unexpected);
        };
        if replies.len() != indices.len() {
            return Err(ProtocolError::Unexpected);
        }
        for (index, reply) in indices.zip(replies) {
            match reply {
                Reply::Bulk(value) => self.values.put(index as usize, value)?,
                Reply::Nil => {}
                _ => return Err(ProtocolError::Unexpected),
            }
        }
        self.is_answered = true;
        Ok(())
    }

    fn on_error(&mut self, first: u32, error: Error) {
        let chunk = self.chunk(first);
        PartialFailure::add(&mut self.values.failure, chunk, error);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        match self.values.failure {
            Some(PartialFailure { error, .. }) if !self.is_answered || is_abort(&error) => Outcome::Failed(error),
            _ => Outcome::Values(self.values),
        }
    }
}

/// Whether the caller does not want to know what was found.
const fn is_abort(error: &Error) -> bool {
    matches!(error, Error::Client(client::Error::Aborted))
}
