//! Bytes that came from the server and are not yet consumed.

use crate::resp::{ProtocolError, Scanner};
use std::ops::Range;

/// The room that is kept once everything was read, in bytes.
const KEPT: usize = 256 * 1024;
/// The least room that is made at once, in bytes.
const LEAST: usize = 16 * 1024;

/// A buffer that finds whole replies as they arrive. It grows only with bytes received, never by a declared length.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    /// All of it is initialised, so that the user may write into it.
    buffer: Vec<u8>,
    /// The first byte of the reply that is being scanned.
    start: usize,
    /// The end of what was received.
    end: usize,
    scanner: Scanner,
}

impl Receiver {
    /// Room for `length` more bytes, or an error where there is no memory for them.
    pub(super) fn room(&mut self, length: usize) -> Result<&mut [u8], ProtocolError> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > KEPT && length <= KEPT {
                self.buffer = Vec::new();
            }
        }
        if self.buffer.len() - self.end < length {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let needed = self.end.saturating_add(length);
        if self.buffer.len() < needed {
            let grown = needed.max(self.buffer.len().saturating_mul(2)).max(LEAST);
            let more = grown - self.buffer.len();
            self.buffer.try_reserve_exact(more).map_err(|_| ProtocolError::TooLarge)?;
            self.buffer.resize(grown, 0);
        }
        Ok(&mut self.buffer[self.end..][..length])
    }

    /// Takes note of `length` bytes written into the room.
    pub(super) fn filled(&mut self, length: usize) {
        self.end = self.buffer.len().min(self.end.saturating_add(length));
    }

    /// The place of the next whole reply, which is consumed: its bytes stay until room is asked for.
    pub(super) fn next(&mut self) -> Result<Option<Range<usize>>, ProtocolError> {
        if self.start == self.end {
            return Ok(None);
        }
        let found = self.scanner.scan(&self.buffer[self.start..self.end])?;
        Ok(found.map(|length| {
            let start = self.start;
            self.start += length;
            start..self.start
        }))
    }

    /// Nothing, where the place is of a time gone by.
    pub(super) fn bytes(&self, place: Range<usize>) -> &[u8] {
        self.buffer.get(place).unwrap_or_default()
    }

    /// Forgets everything: the next byte belongs to a new connection.
    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
        self.scanner = Scanner::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(receiver: &mut Receiver, bytes: &[u8]) {
        receiver.room(bytes.len()).expect("there is memory").copy_from_slice(bytes);
        receiver.filled(bytes.len());
    }

    #[test]
    fn replies_come_out_whole_however_they_arrive() {
        let stream = [&b"+OK\r\n"[..], b"$70000\r\n", &[b'x'; 70_000], b"\r\n:1\r\n"].concat();
        for size in [1, 3, 1_000, 65_536, stream.len()] {
            let (mut receiver, mut lengths) = (Receiver::default(), Vec::new());
            for chunk in stream.chunks(size) {
                feed(&mut receiver, chunk);
                while let Some(place) = receiver.next().expect("well-formed") {
                    lengths.push(place.len());
                }
            }
            assert_eq!(lengths, [5, 70_010, 4]);
        }
    }

    #[test]
    fn room_for_a_large_reply_is_given_back() {
        let mut receiver = Receiver::default();
        let large = [&b"$1000000\r\n"[..], &[b'x'; 1_000_000], b"\r\n"].concat();
        feed(&mut receiver, &large);
        assert!(receiver.next().expect("well-formed").is_some());
        feed(&mut receiver, b"+OK\r\n");
        assert!(receiver.buffer.len() <= KEPT);
    }
}
