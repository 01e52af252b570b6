//! Object keys that the host has as strings.

use crate::fallible::TryGrow;
use core::ops::Range;

/// So many keys are known at a time.
const MAX_KEYS: usize = 512;
/// Twice as many, so that one that is not known is found out soon.
const SLOTS: usize = MAX_KEYS * 2;
/// So far a key is looked for; one that is not found by then is a text like any other, and no set of keys makes this slow.
const MAX_PROBES: usize = 32;
/// A longer key, in bytes, is a text like any other.
const MAX_KEY_LENGTH: usize = 32;
const WORDS: usize = MAX_KEY_LENGTH / 8;

/// A key, filled up with zeros.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    words: [u64; WORDS],
    length: usize,
}

/// Short keys of ASCII, each with its number.
///
/// Numbers are given from 0 on. They last from batch to batch, until there are [`MAX_KEYS`]: the next batch then begins anew.
#[derive(Default)]
pub(crate) struct KeyTable {
    known: Vec<Key>,
    /// By hash: the number of a key, plus one. Empty until there is a key.
    slots: Vec<u16>,
    first: u32,
    new: Vec<u8>,
}

impl KeyTable {
    /// A new batch begins.
    pub(crate) fn begin(&mut self) {
        self.new.clear();
        if self.known.len() == MAX_KEYS {
            self.known.clear();
            self.slots.fill(0);
        }
        self.first = self.known.len() as u32;
    }

    /// The keys that are new in this batch: the length of each, and its bytes.
    pub(crate) fn new_keys(&self) -> &[u8] {
        &self.new
    }

    /// The number of the first new key.
    pub(crate) const fn first(&self) -> u32 {
        self.first
    }

    /// The number of the key that is this range of `source`; `None` where it is none for here, or there are too many.
    #[inline]
    pub(crate) fn number(&mut self, source: &[u8], range: Range<usize>) -> Option<u32> {
        let key = Key::new(source, range)?;
        let mut slot = key.hash();
        for _ in 0..MAX_PROBES {
            match self.slots.get(slot) {
                Some(&number) if number > 0 => {
                    let number = usize::from(number) - 1;
                    if self.known[number] == key {
                        return Some(number as u32);
                    }
                }
                _ => return self.add(key, slot),
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }

    #[inline(never)]
    fn add(&mut self, key: Key, slot: usize) -> Option<u32> {
        if self.known.len() == MAX_KEYS {
            return None;
        }
        if self.slots.is_empty() {
            self.known.try_grow(MAX_KEYS).ok()?;
            self.new.try_grow(MAX_KEYS * (MAX_KEY_LENGTH + 1)).ok()?;
            self.slots.try_grow(SLOTS).ok()?;
            self.slots.resize(SLOTS, 0);
        }
        self.known.push(key);
        self.slots[slot] = self.known.len() as u16;
        self.new.push(key.length as u8);
        let bytes = key.words.map(u64::to_le_bytes);
        self.new.extend_from_slice(&bytes.as_flattened()[..key.length]);
        Some(self.known.len() as u32 - 1)
    }
}

impl Key {
    /// `None` when it is too long or not ASCII.
    #[inline]
    fn new(source: &[u8], range: Range<usize>) -> Option<Self> {
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        let length = range.len();
        if length > MAX_KEY_LENGTH {
            return None;
        }
        let mut words = [0; WORDS];
        let mut seen = 0;
        for (word, at) in words.iter_mut().zip(range.clone().step_by(8)) {
            let left = range.end - at;
            *word = match source[at..].first_chunk() {
                Some(chunk) if left >= 8 => u64::from_le_bytes(*chunk),
                Some(chunk) => u64::from_le_bytes(*chunk) & ((1 << (left * 8)) - 1),
                None => source[at..range.end].iter().rfold(0, |word, &byte| word << 8 | u64::from(byte)),
            };
            seen |= *word;
        }
        (seen & HIGHS == 0).then_some(Self { words, length })
    }

    #[inline]
    fn hash(&self) -> usize {
        let mut hash = self.length as u64;
        for &word in &self.words[..self.length.div_ceil(8)] {
            hash = (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        // The high bits depend on all bits of the key.
        (hash >> (u64::BITS - SLOTS.ilog2())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_number() {
        let mut keys = KeyTable::default();
        let texts: Vec<String> = (0..=32).map(|length| "abcdefgh".repeat(5)[..length].to_owned()).collect();
        for round in 0..2 {
            keys.begin();
            for (number, text) in texts.iter().enumerate() {
                // Whatever stands before or behind it.
                for around in ["", "x", "yy-yy-yy-"] {
                    let source = format!("{around}{text}{around}");
                    let range = around.len()..around.len() + text.len();
                    assert_eq!(keys.number(source.as_bytes(), range), Some(number as u32), "{source}");
                }
            }
            assert_eq!(keys.new_keys().is_empty(), round == 1);
        }
    }

    #[test]
    fn what_is_long_or_not_ascii_is_no_key() {
        let mut keys = KeyTable::default();
        for text in ["x".repeat(33), "é".to_owned(), "0123456789é".to_owned()] {
            assert_eq!(keys.number(text.as_bytes(), 0..text.len()), None);
        }
        assert!(keys.new_keys().is_empty());
    }

    #[test]
    fn numbers_last_as_long_as_the_batch() {
        let mut keys = KeyTable::default();
        let number = |keys: &mut KeyTable, text: &str| keys.number(text.as_bytes(), 0..text.len());
        keys.begin();
        for index in 0..MAX_KEYS {
            assert_eq!(number(&mut keys, &format!("key {index}")), Some(index as u32));
        }
        assert_eq!(number(&mut keys, "one more"), None);
        assert_eq!(number(&mut keys, "key 0"), Some(0));
        keys.begin();
        assert_eq!((keys.first(), keys.new_keys()), (0, &b""[..]));
        assert_eq!(number(&mut keys, "one more"), Some(0));
        assert_eq!((keys.first(), keys.new_keys()), (0, &b"\x08one more"[..]));
        keys.begin();
        assert_eq!((keys.first(), keys.new_keys()), (1, &b""[..]));
    }
}
