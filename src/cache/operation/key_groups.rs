//! The keys of a `get_many`, in groups that one command may hold: those of one hash slot, and no more than a chunk of them.

use super::multi::CHUNK;
use super::{Commands, Operation};
use crate::cache::Error;
use crate::client::ErrorCode;
use std::ops::Range;

/// Set in the part of a command that is for one key alone; the other bits are its place in the order.
const SINGLE: u32 = 1 << 31;

/// The indices of keys by their hash slots; where those do not matter, in order. A group is named by its number, which is the
/// part of its command.
#[derive(Default)]
pub(in crate::cache) struct KeyGroups {
    order: Vec<u32>,
    /// Where each group ends in the order.
    ends: Vec<u32>,
    /// The keys in the order, of groups that may be split.
    keys: Vec<Box<[u8]>>,
    /// The group that is to be split.
    rejected: Option<u32>,
}

impl KeyGroups {
    pub(super) fn new(commands: &Commands<'_>, keys: &[&[u8]]) -> Self {
        let client = commands.client();
        let mut groups = Self::default();
        if !client.is_cluster() {
            groups.order.extend(0..keys.len() as u32);
            groups.close(|_, _| true);
            return groups;
        }
        let slots: Vec<_> = keys.iter().map(|key| client.slot(key)).collect();
        groups.order = sorted_by(&slots);
        groups.close(|first, next| slots[first as usize] == slots[next as usize]);
        groups
    }

    /// Ends a group where the next key does not belong to it, or it is a chunk.
    fn close(&mut self, belongs: impl Fn(u32, u32) -> bool) {
        let mut start = 0;
        for end in 1..=self.order.len() {
            let is_end = self.order.get(end).is_none_or(|&next| !belongs(self.order[start], next));
            if is_end || end - start == CHUNK {
                self.ends.push(end as u32);
                start = end;
            }
        }
    }

    /// Every group with the part that stands for it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        (0..self.ends.len() as u32).map(|part| (part, self.group(part)))
    }

    /// The indices of the keys that a part is about.
    pub(super) fn group(&self, part: u32) -> &[u32] {
        let range = self.places(part);
        self.order.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    fn places(&self, part: u32) -> Range<u32> {
        if part & SINGLE != 0 {
            let place = part & !SINGLE;
            return place..place + 1;
        }
        let end = |part: u32| self.ends.get(part as usize).copied().unwrap_or_default();
        part.checked_sub(1).map_or(0, end)..end(part)
    }

    // ---- Groups whose slot is moving, so that no node has all of their keys

    /// Keeps the keys of groups of many.
    pub(super) fn keep_keys(&mut self, keys: &[&[u8]]) {
        let mut kept = Vec::new();
        for (_, group) in self.iter() {
            let is_kept = group.len() > 1;
            kept.extend(group.iter().map(|&index| if is_kept { keys[index as usize].into() } else { Box::default() }));
        }
        self.keys = kept;
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
        for place in self.places(part) {
            commands.send(place | SINGLE, &Operation::Get { key: &self.keys[place as usize] });
        }
    }
}

/// The indices of slots, sorted by slot and then by index: by their lower seven bits, then by the upper ones.
fn sorted_by(slots: &[u16]) -> Vec<u32> {
    let mut order: Vec<_> = (0..slots.len() as u32).collect();
    let mut sorted = order.clone();
    for shift in [0, 7] {
        let digit = |index: u32| usize::from(slots[index as usize] >> shift) % 128;
        let mut places = [0_u32; 129];
        order.iter().for_each(|&index| places[digit(index) + 1] += 1);
        (1..129).for_each(|digit| places[digit] += places[digit - 1]);
        for &index in &order {
            let place = &mut places[digit(index)];
            sorted[*place as usize] = index;
            *place += 1;
        }
        std::mem::swap(&mut order, &mut sorted);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_sorted_by_slot_and_stay_in_order_within_one() {
        let mut number = 1_u32;
        let slots: Vec<u16> = (0..5_000)
            .map(|index| {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if index % 3 == 0 { 16_383 } else { (number >> 18) as u16 }
            })
            .collect();
        let mut expected: Vec<_> = (0..5_000).collect();
        expected.sort_by_key(|&index| slots[index as usize]);
        assert_eq!(sorted_by(&slots), expected);
        assert!(sorted_by(&[]).is_empty());
    }

    #[test]
    fn a_part_is_a_group_or_a_key_of_one() {
        let groups = KeyGroups { order: vec![4, 0, 2, 1, 3], ends: vec![2, 5], ..KeyGroups::default() };
        assert_eq!(groups.iter().collect::<Vec<_>>(), [(0, &[4, 0][..]), (1, &[2, 1, 3][..])]);
        assert_eq!(groups.group(SINGLE | 3), [1]);
        assert!(groups.group(7).is_empty() && groups.group(SINGLE | 5).is_empty());
    }
}
