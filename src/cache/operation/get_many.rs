//! `get_many`: one MGET for a thousand keys, in a cluster for those of one hash slot.

use super::key_groups::KeyGroups;
use super::{Commands, MultiCommand, Operation};
use crate::cache::{Error, Outcome, PartialFailure, Values};
use crate::client::{self, ErrorCode};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// A part is one of the groups.
pub(in crate::cache) struct GetMany {
    groups: KeyGroups,
    values: Values,
    is_answered: bool,
}

impl GetMany {
    pub(in crate::cache) fn start(keys: &[&[u8]], commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        let mut groups = KeyGroups::new(commands, keys);
        let is_cluster = commands.client().is_cluster();
        for (part, group) in groups.iter() {
            if is_cluster && group.len() == 1 {
                commands.send(part, &Operation::Get { key: keys[group[0] as usize] });
                continue;
            }
            let mut arguments = vec![&b"MGET"[..]];
            arguments.extend(group.iter().map(|&index| keys[index as usize]));
            commands.send(part, &Operation::command(&arguments, Effect::ReadOnly));
        }
        if is_cluster {
            groups.keep_keys(keys);
        }
        Box::new(Self { groups, values: Values::missing(keys.len()), is_answered: keys.is_empty() })
    }
}

impl MultiCommand for GetMany {
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        let indices = self.groups.group(part);
        let replies = if let Reply::Array(replies) = reply { replies } else { std::slice::from_ref(reply) };
        if replies.len() != indices.len() {
            return Err(ProtocolError::Unexpected);
        }
        for (&index, reply) in indices.iter().zip(replies) {
            match reply {
                Reply::Bulk(value) => self.values.put(index as usize, value)?,
                Reply::Nil => {}
                _ => return Err(ProtocolError::Unexpected),
            }
        }
        self.is_answered = true;
        Ok(())
    }

    fn on_error(&mut self, part: u32, error: Error) {
        if self.groups.reject(part, &error) {
            return;
        }
        // MGET takes a value of another type for none; GET, in its place for a key alone, does not.
        if cfg!(feature = "cluster")
            && error.reply_code() == Some(ErrorCode::WrongType)
            && self.groups.group(part).len() == 1
        {
            self.is_answered = true;
            return;
        }
        PartialFailure::add(&mut self.values.failures, &mut self.groups.group(part).iter().copied(), error);
    }

    fn send_next(&mut self, commands: &mut Commands<'_>) {
        self.groups.send_singly(commands);
    }

    fn outcome(mut self: Box<Self>) -> Outcome<'static> {
        let failures = &mut self.values.failures;
        let is_aborted = failures.first().is_some_and(|failure| is_abort(&failure.error));
        // Where several nodes have failed each is told of, though nothing was found.
        if is_aborted || (failures.len() == 1 && !self.is_answered) {
            return Outcome::Failed(failures.swap_remove(0).error);
        }
        Outcome::Values(self.values)
    }
}

/// Whether the caller does not want to know what was found.
const fn is_abort(error: &Error) -> bool {
    matches!(error, Error::Client(client::Error::Aborted, _))
}
