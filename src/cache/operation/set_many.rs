//! `set_many`: one SET for each key, in one write.

use super::{Commands, MultiCommand, Operation};
use crate::cache::{Error, Expiry, Outcome, PartialFailure};
use crate::resp::{ProtocolError, Reply};

/// A part is the index of its key.
pub(in crate::cache) struct SetMany {
    failures: Vec<PartialFailure>,
}

impl SetMany {
    pub(in crate::cache) fn start(
        entries: &[(&[u8], &[u8])],
        expiry: Expiry,
        commands: &mut Commands<'_>,
    ) -> Box<dyn MultiCommand> {
        for (index, (key, value)) in (0..).zip(entries) {
            commands.send(index, &Operation::Set { key, value, expiry });
        }
        Box::new(Self { failures: Vec::new() })
    }
}

impl MultiCommand for SetMany {
    fn on_reply(&mut self, _index: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        matches!(reply, Reply::Status(b"OK")).then_some(()).ok_or(ProtocolError::Unexpected)
    }

    fn on_error(&mut self, index: u32, error: Error) {
        PartialFailure::add(&mut self.failures, &mut (index..index + 1), error);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        Outcome::Keys(self.failures)
    }
}
