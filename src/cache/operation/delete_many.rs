//! `delete_many`: one DEL for a thousand keys, in a cluster for those of one hash slot.

use super::key_groups::KeyGroups;
use super::{Commands, MultiCommand};
use crate::cache::command::{literals, name_and_keys};
use crate::cache::{Error, Outcome, PartialFailure};
use crate::client::Route;
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

/// A part is one of the groups. After DEL every key of it is absent, so that cachelib's EXISTS for each of them has but one
/// answer.
pub(in crate::cache) struct DeleteMany {
    groups: KeyGroups,
    failures: Vec<PartialFailure>,
}

impl DeleteMany {
    pub(in crate::cache) fn start(keys: &[&[u8]], commands: &mut Commands<'_>) -> Box<dyn MultiCommand> {
        let mut groups = KeyGroups::new(commands, keys);
        for (part, group) in groups.iter() {
            let chunk = group.iter().map(|&index| keys[index as usize]);
            let encode = |out: &mut Vec<u8>| name_and_keys(out, literals::DEL, chunk);
            commands.send(Route::Key(keys[group[0] as usize]), part, Effect::Idempotent, encode);
        }
        if commands.client().is_cluster() {
            groups.keep_keys(keys);
        }
        Box::new(Self { groups, failures: Vec::new() })
    }
}

impl MultiCommand for DeleteMany {
    fn on_reply(&mut self, _part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        matches!(reply, Reply::Integer(_)).then_some(()).ok_or(ProtocolError::Unexpected)
    }

    fn on_error(&mut self, part: u32, error: Error) {
        if !self.groups.reject(part, &error) {
            PartialFailure::add(&mut self.failures, self.groups.group(part), error);
        }
    }

    fn send_next(&mut self, commands: &mut Commands<'_>) {
        self.groups.send_singly(literals::DEL, Effect::Idempotent, commands);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        Outcome::Keys(self.failures)
    }
}
