//! A vector that reports missing memory at the end, once, and not at each element.

use crate::fallible::TryGrow;
use core::ops::Range;

/// The largest buffers that are kept from one batch to the next, in elements.
const MAX_RETAINED: usize = 1 << 20;

/// Elements that are appended. Where there is no memory for one it is dropped, and [`Buffer::is_complete`] is false from then on,
/// until the buffer is truncated.
#[derive(Default)]
pub(super) struct Buffer<T> {
    elements: Vec<T>,
    is_incomplete: bool,
}

impl<T: Copy> Buffer<T> {
    #[inline]
    pub(super) fn push(&mut self, element: T) {
        if self.elements.len() < self.elements.capacity() {
            self.elements.push(element);
        } else {
            self.grow_and_push(element);
        }
    }

    // As all that is marked so in `program`: otherwise the module is 0.1 KB larger, and a `get` of 20 rows takes 1.04 times as long
    // (2026-11-27).
    #[inline(never)]
    fn grow_and_push(&mut self, element: T) {
        if self.elements.try_push(element).is_err() {
            self.is_incomplete = true;
        }
    }

    #[inline]
    pub(super) fn extend_from_slice(&mut self, added: &[T]) {
        if added.len() <= self.elements.capacity() - self.elements.len() || self.reserve(added.len()) {
            self.elements.extend_from_slice(added);
        }
    }

    /// Appends elements that are there already; nothing where they are not.
    #[inline]
    pub(super) fn extend_from_within(&mut self, range: Range<usize>) {
        if range.end <= self.elements.len() && self.reserve(range.len()) {
            self.elements.extend_from_within(range);
        }
    }

    /// Appends `count` times the same, and answers the place of all these; `None` without the memory.
    pub(super) fn extend_with(&mut self, element: T, count: usize) -> Option<&mut [T]> {
        let start = self.elements.len();
        self.reserve(count).then(|| {
            self.elements.resize(start + count, element);
            &mut self.elements[start..]
        })
    }

    /// Makes room for `count` more; answers whether there is memory for them.
    #[inline(never)]
    pub(super) fn reserve(&mut self, count: usize) -> bool {
        let is_reserved = self.elements.try_grow(count).is_ok();
        // Not by `|= !is_reserved`: inlined for wasm that marks all of them (rustc 1.95; a `get` of a text tells OUT_OF_MEMORY).
        if !is_reserved {
            self.is_incomplete = true;
        }
        is_reserved
    }

    /// Whether all that was appended is there.
    pub(super) const fn is_complete(&self) -> bool {
        !self.is_incomplete
    }

    pub(super) const fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn as_slice(&self) -> &[T] {
        &self.elements
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.elements.get_mut(index)
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.elements.truncate(length);
        self.is_incomplete = false;
    }

    /// Empties it, and gives back what an unusually large batch has taken.
    pub(super) fn clear(&mut self) {
        if self.elements.capacity() > MAX_RETAINED {
            self.elements = Vec::new();
        }
        self.truncate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_no_memory_for_is_missing_until_it_is_taken_back() {
        let mut buffer = Buffer::default();
        buffer.extend_from_slice(&[1_u64, 2]);
        assert!(buffer.is_complete());
        assert!(buffer.extend_with(0, usize::MAX / 2).is_none());
        buffer.push(3);
        assert!(!buffer.is_complete());
        buffer.truncate(1);
        assert!(buffer.is_complete());
        assert_eq!(buffer.as_slice(), [1]);
    }
}
