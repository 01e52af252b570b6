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
        let mut open = OpenGroups::new(if client.is_cluster() { keys.len() } else { 1 });
        for (index, key) in (0..).zip(keys) {
            let open = open.of(client.slot(key));
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

/// For each slot that was met, the number of the group that takes its next key. A hash table as large as the keys are many: one of all
/// slots would cost a call for two keys more than all the rest of it.
struct OpenGroups(Vec<(u16, usize)>);

impl OpenGroups {
    const FREE: usize = usize::MAX;

    /// At least twice as large as there may be slots in it, so that a free place is found.
    fn new(keys: usize) -> Self {
        Self(vec![(0, Self::FREE); (2 * keys.min(SLOTS)).next_power_of_two()])
    }

    /// The number for a slot; one that no group has until the caller sets it.
    fn of(&mut self, slot: u16) -> &mut usize {
        let mask = self.0.len() - 1;
        let mut place = usize::from(slot);
        while self.0[place & mask].0 != slot && self.0[place & mask].1 != Self::FREE {
            place += 1;
        }
        let (owner, group) = &mut self.0[place & mask];
        *owner = slot;
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_group_of_its_own_however_many_there_are() {
        for count in [1, 2, 3, 1_000, SLOTS] {
            let mut open = OpenGroups::new(count);
            let slots = || (0..SLOTS as u16).rev().step_by(SLOTS / count).take(count);
            slots().for_each(|slot| *open.of(slot) = slot.into());
            assert!(slots().all(|slot| *open.of(slot) == usize::from(slot)), "{count}");
        }
    }
}
