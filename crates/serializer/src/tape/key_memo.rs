//! Object keys: one that comes again is written as a reference, as for Python's interned strings.

use crate::DumpError;
use crate::fallible::TryGrow;
use crate::pickle::PickleWriter;
use core::ops::Range;

/// The object keys of a value.
#[derive(Default)]
pub(crate) struct KeyMemo {
    known: Vec<Key>,
    /// An open-addressing table of numbers of `known`, plus one; empty until a key can repeat.
    slots: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Key {
    start: u32,
    end: u32,
    /// Its memo index; `UNWRITTEN` before its first use.
    memo: u32,
}

const UNWRITTEN: u32 = u32::MAX;
/// So far a key is looked for. Past it the key is written anew, which is as right, and no set of keys makes this slow.
const MAX_PROBES: usize = 16;

impl KeyMemo {
    pub(crate) fn clear(&mut self) {
        self.known.clear();
        self.slots.clear();
    }

    /// The number of the key that stands at `place` on the tape.
    pub(crate) fn number(&mut self, place: Range<usize>, tape: &[u8], may_repeat: bool) -> Result<u32, DumpError> {
        let number = self.known.len() as u32;
        if may_repeat {
            if self.known.len() * 2 >= self.slots.len() {
                self.rehash(tape)?;
            }
            if let Some(known) = self.find_or_insert(&tape[place.clone()], number, tape) {
                return Ok(known);
            }
        }
        self.known.try_push(Key { start: place.start as u32, end: place.end as u32, memo: UNWRITTEN })?;
        Ok(number)
    }

    fn rehash(&mut self, tape: &[u8]) -> Result<(), DumpError> {
        let size = (self.known.len() * 4).next_power_of_two().max(32);
        self.slots.clear();
        self.slots.try_grow(size)?;
        self.slots.resize(size, 0);
        for number in 0..self.known.len() {
            let Key { start, end, .. } = self.known[number];
            self.find_or_insert(&tape[start as usize..end as usize], number as u32, tape);
        }
        Ok(())
    }

    fn find_or_insert(&mut self, text: &[u8], number: u32, tape: &[u8]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let first = hash(text);
        for probe in 0..MAX_PROBES {
            let slot = (first as usize).wrapping_add(probe) & mask;
            let Some(known) = self.slots[slot].checked_sub(1) else {
                self.slots[slot] = number + 1;
                return None;
            };
            let key = &self.known[known as usize];
            if &tape[key.start as usize..key.end as usize] == text {
                return Some(known);
            }
        }
        None
    }

    pub(crate) fn write(&mut self, number: u32, tape: &[u8], writer: &mut PickleWriter<'_>) -> Result<(), DumpError> {
        let key = &mut self.known[number as usize];
        if key.memo == UNWRITTEN {
            key.memo = writer.next_memo();
            writer.text(&tape[key.start as usize..key.end as usize])
        } else {
            writer.reference(key.memo)
        }
    }
}

/// FNV-1a, with its high half folded in, since the table takes the low bits.
fn hash(text: &[u8]) -> u32 {
    let hash = text.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash ^ hash >> 15
}
