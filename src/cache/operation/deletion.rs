//! `delete` and `delete_many`: one DEL for a thousand keys, in a cluster for each key. Nobody shall store after it what was computed
//! before, so the locks of the keys go first, in the same write. Where the server deletes them later than that, since it rejected
//! this at first or named another node, an old value may have been stored meanwhile: then the keys are deleted once more.

use super::acquire::says_no_lock;
use super::{Commands, MultiCommand, Operation};
use crate::cache::lease::lock_of;
use crate::cache::{Error, Outcome, PartialFailure};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};
use std::mem;

/// After DEL every key of it is absent, so that cachelib's EXISTS for each of them has but one answer.
pub(in crate::cache) struct Deletion {
    keys: Vec<Vec<u8>>,
    /// Whether the keys are answered for that could not be deleted; otherwise, whether the key existed.
    is_many: bool,
    existed: bool,
    /// How many keys one DEL has. It has two parts: that of their locks, and its own.
    chunk: u32,
    /// Whether its own part was answered, for each.
    deleted: Vec<bool>,
    failures: Vec<PartialFailure>,
    /// The part to send once more, none of which is 0.
    again: u32,
}

impl Deletion {
    pub(in crate::cache) fn start(keys: &[&[u8]], is_many: bool, commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        let chunk = commands.most_keys_of_write();
        let keys: Vec<_> = keys.iter().map(|key| key.to_vec()).collect();
        let mut part = 0;
        for keys in keys.chunks(chunk) {
            let locks: Vec<_> = keys.iter().map(|key| lock_of(key, commands.is_cluster())).collect();
            delete(part, &locks, commands);
            delete(part + 1, keys, commands);
            part += 2;
        }
        let (chunk, deleted, failures) = (chunk as u32, vec![false; part as usize / 2], Vec::new());
        Box::new(Self { keys, is_many, existed: false, chunk, deleted, failures, again: 0 })
    }

    /// The locks of some keys are gone, or the server does not let anybody have them.
    fn unlocked(&mut self, part: u32) {
        if self.deleted[part as usize / 2] {
            self.again = part + 1;
        }
    }
}

fn delete(part: u32, keys: &[Vec<u8>], commands: &mut Commands<'_>) {
    let mut arguments = vec![&b"DEL"[..]];
    arguments.extend(keys.iter().map(Vec::as_slice));
    commands.send(part, &Operation::command(&arguments, Effect::Idempotent));
}

impl MultiCommand for Deletion {
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        let Reply::Integer(count) = reply else { return Err(ProtocolError::Unexpected) };
        if part.is_multiple_of(2) {
            self.unlocked(part);
        } else {
            self.existed |= *count > 0;
            self.deleted[part as usize / 2] = true;
        }
        Ok(())
    }

    fn on_error(&mut self, part: u32, error: Error) {
        if part.is_multiple_of(2) && says_no_lock(&error) {
            return self.unlocked(part);
        }
        let (first, count) = (part / 2 * self.chunk, self.keys.len() as u32);
        PartialFailure::add(&mut self.failures, &mut (first..count.min(first + self.chunk)), error);
    }

    fn send_next(&mut self, commands: &mut Commands<'_>) {
        let part = mem::take(&mut self.again);
        if part > 0
            && let Some(keys) = self.keys.chunks(self.chunk as usize).nth(part as usize / 2)
        {
            delete(part, keys, commands);
        }
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        let Self { is_many, existed, mut failures, .. } = *self;
        if is_many {
            return Outcome::Keys(failures);
        }
        match failures.pop() {
            Some(failure) => Outcome::Failed(failure.error),
            None => Outcome::Flag(existed),
        }
    }
}
