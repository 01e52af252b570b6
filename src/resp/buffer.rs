//! The bytes of commands, one after the other.

use std::{fmt, ops};

/// How much room is initialised at once, in bytes.
const ROOM: usize = 4096;

/// Bytes that are appended, most of them a few at a time.
///
/// It is a vector with initialised room behind its end, so that a few bytes are a comparison and a store. With a vector they
/// would be two calls, of which the second, `memory.copy`, leaves WebAssembly: 15 ns, a dozen times a command.
#[derive(Default)]
pub struct CommandBuffer {
    /// What was appended, and the room.
    bytes: Vec<u8>,
    length: usize,
}

impl CommandBuffer {
    /// Makes room for so many bytes; false where there is no memory for them.
    pub fn try_reserve(&mut self, more: usize) -> bool {
        if self.bytes.capacity() - self.length >= more {
            return true;
        }
        self.bytes.truncate(self.length);
        // Where there is no memory for twice as much, it grows by a part all the same: each time, all is copied.
        let part = more.max(self.length / 16);
        self.bytes.try_reserve(more).or_else(|_| self.bytes.try_reserve_exact(part)).is_ok()
    }

    /// Appends bytes whose count is known to the compiler.
    #[inline]
    pub fn put<const N: usize>(&mut self, few: &[u8; N]) {
        match self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut) {
            Some(room) => {
                *room = *few;
                self.length += N;
            }
            None => self.grow_and_append(few),
        }
    }

    /// Appends bytes.
    pub fn extend_from_slice(&mut self, added: &[u8]) {
        match self.bytes.get_mut(self.length..).and_then(|room| room.get_mut(..added.len())) {
            Some(room) => {
                copy(room, added);
                self.length += added.len();
            }
            None => self.grow_and_append(added),
        }
    }

    fn grow_and_append(&mut self, added: &[u8]) {
        self.bytes.truncate(self.length);
        self.bytes.extend_from_slice(added);
        self.length = self.bytes.len();
        self.bytes.resize((self.length + ROOM).min(self.bytes.capacity()), 0);
    }

    /// Keeps the first `length` bytes.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Removes the first `count` bytes.
    pub fn remove_front(&mut self, count: usize) {
        self.copy_within(count.., 0);
        self.truncate(self.length - count);
    }

    /// How many bytes its memory holds.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

/// A copy of bytes whose length others decide; `None` where there is no memory for it.
pub(crate) fn try_copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// Copies a slice onto one of the same length: a few bytes as two words that overlap.
fn copy(to: &mut [u8], from: &[u8]) {
    match *from {
        [] => {}
        [byte] => to[0] = byte,
        [_, _] | [_, _, _] => copy_halves::<2>(to, from),
        _ if from.len() <= 8 => copy_halves::<4>(to, from),
        _ if from.len() <= 16 => copy_halves::<8>(to, from),
        _ if from.len() <= 32 => copy_halves::<16>(to, from),
        _ if from.len() <= 64 => copy_halves::<32>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies `HALF` to 2 × `HALF` bytes.
#[inline]
fn copy_halves<const HALF: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(first), Some(last)) = (from.first_chunk::<HALF>(), from.last_chunk::<HALF>()) {
        if let Some(place) = to.first_chunk_mut() {
            *place = *first;
        }
        if let Some(place) = to.last_chunk_mut() {
            *place = *last;
        }
    }
}

impl ops::Deref for CommandBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl ops::DerefMut for CommandBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}

/// The bytes are keys and values, and a password.
impl fmt::Debug for CommandBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandBuffer").field("length", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_every_length_are_appended_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        for length in (0..300).chain([4095, 4096, 4097, 10_000]) {
            let mut buffer = CommandBuffer::default();
            buffer.put(b"before");
            for _ in 0..3 {
                buffer.extend_from_slice(&bytes[..length]);
            }
            buffer.put(b"behind");
            assert_eq!(*buffer, *[b"before", &bytes[..length], &bytes[..length], &bytes[..length], b"behind"].concat());
        }
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let mut buffer = CommandBuffer::default();
        buffer.extend_from_slice(b"one two three");
        buffer.truncate(8);
        assert!(buffer.try_reserve(100_000));
        assert!(buffer.capacity() >= 100_008);
        buffer.remove_front(4);
        assert_eq!(*buffer, *b"two ");
        buffer.put(b"four");
        assert_eq!(*buffer, *b"two four");
    }

    #[test]
    fn memory_that_is_not_there_is_told_and_nothing_is_lost() {
        let mut buffer = CommandBuffer::default();
        buffer.put(b"kept");
        assert!(!buffer.try_reserve(usize::MAX / 2));
        assert_eq!(*buffer, *b"kept");
    }
}
