//! The keys of a `get_many`, in groups that one command may hold: those of one hash slot, and no more than a chunk of them.

use super::multi::CHUNK;
use super::{Commands, Operation};
use crate::cache::Error;
use crate::client::{ErrorCode, SLOTS};

/// The indices of keys. A group is named by its number, which is the part of its command.
#[derive(Default)]
pub(in crate::cache) struct KeyGroups {
    groups: Vec<Vec<u32>>,
    /// The keys of groups that may be split, by index.
    keys: Vec<Box<[u8]>>,
    /// The group that is to be split.
    rejected: Option<u32>,
}

impl KeyGroups {
    pub(super) fn new(commands: &Commands<'_>, keys: &[&[u8]]) -> Self {
        let client = commands.client();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        // For each slot, the number of the group that takes its next key.
        let mut open = vec![usize::MAX; if client.is_cluster() { SLOTS } else { 1 }];
        for (index, key) in (0..).zip(keys) {
            let open = &mut open[usize::from(client.slot(key))];
            if groups.get(*open).is_none_or(|group| group.len() == CHUNK) {
                *open = groups.len();
                groups.push(Vec::new());
            }
            groups[*open].push(index);
        }
        Self { groups, ..Self::default() }
    }

    /// Every group with the part that stands for it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        (0..).zip(&self.groups).map(|(part, group)| (part, &group[..]))
    }

    /// The indices of the keys that a part is about.
    pub(super) fn group(&self, part: u32) -> &[u32] {
        self.groups.get(part as usize).map_or(&[], Vec::as_slice)
    }

    // ---- Groups whose slot is moving, so that no node has all of their keys

    /// Keeps the keys of groups of many.
    pub(super) fn keep_keys(&mut self, keys: &[&[u8]]) {
        self.keys = vec![Box::default(); keys.len()];
        for group in self.groups.iter().filter(|group| group.len() > 1) {
            for &index in group {
                self.keys[index as usize] = keys[index as usize].into();
            }
        }
    }

    /// Whether the server rejected a command since its keys are on two nodes, and another is sent for each of them.
    pub(super) fn reject(&mut self, part: u32, error: &Error) -> bool {
        let is_rejected = cfg!(feature = "cluster")
            && self.group(part).len() > 1
            && error.reply_code() == Some(ErrorCode::TryAgain)
            && !self.keys.is_empty();
        if is_rejected {
            self.rejected = Some(part);
        }
        is_rejected
    }

    /// Sends a GET for each key of a group that was rejected. Writes that were sent after the group may be executed before it.
    pub(super) fn send_singly(&mut self, commands: &mut Commands<'_>) {
        let Some(part) = self.rejected.take().filter(|_| cfg!(feature = "cluster")) else {
            return;
        };
        for index in std::mem::take(&mut self.groups[part as usize]) {
            commands.send(self.groups.len() as u32, &Operation::Get { key: &self.keys[index as usize] });
            self.groups.push(vec![index]);
        }
    }
}
