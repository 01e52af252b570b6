//! `delete_many`: one DEL for a thousand keys, in a cluster for each key.

use super::{Commands, MultiCommand, Operation};
use crate::cache::lease::lock_of;
use crate::cache::{Error, Outcome, PartialFailure};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// The part of every DEL of locks, which answers nobody.
const LOCKS: u32 = u32::MAX;

/// Another part is the index of its first key. After DEL every key of it is absent, so that cachelib's EXISTS for each
/// of them has but one answer.
pub(in crate::cache) struct DeleteMany {
    keys: u32,
    chunk: u32,
    failures: Vec<PartialFailure>,
}

impl DeleteMany {
    pub(in crate::cache) fn start(keys: &[&[u8]], commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        let most = commands.most_keys_of_write();
        for (index, chunk) in keys.chunks(most).enumerate() {
            // First: what is computed under a lease could be stored between the two.
            let locks: Vec<_> = chunk.iter().map(|key| lock_of(key, commands.is_cluster())).collect();
            let names: Vec<_> = locks.iter().map(Vec::as_slice).collect();
            delete(commands, LOCKS, &names);
            delete(commands, (index * most) as u32, chunk);
        }
        Box::new(Self { keys: keys.len() as u32, chunk: most as u32, failures: Vec::new() })
    }
}

fn delete(commands: &mut Commands<'_>, part: u32, keys: &[&[u8]]) {
    let arguments = [&[&b"DEL"[..]], keys].concat();
    commands.send(part, &Operation::command(&arguments, Effect::Idempotent));
}

impl MultiCommand for DeleteMany {
    fn on_reply(&mut self, _first: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        matches!(reply, Reply::Integer(_)).then_some(()).ok_or(ProtocolError::Unexpected)
    }

    fn on_error(&mut self, first: u32, error: Error) {
        if first != LOCKS {
            PartialFailure::add(&mut self.failures, &mut (first..self.keys.min(first + self.chunk)), error);
        }
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        Outcome::Keys(self.failures)
    }
}
