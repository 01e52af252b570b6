//! Bytes that came from the server and are not yet consumed.

use crate::resp::{ProtocolError, Scanner};
use std::{fmt, ops::Range};

/// The capacity that is kept once everything was read, in bytes.
const MAX_RETAINED: usize = 256 * 1024;
/// By how much the buffer grows at least, in bytes.
const MIN_GROWTH: usize = 16 * 1024;

/// A buffer that finds whole replies as they arrive. It grows only with bytes received, never by a declared length.
#[derive(Default)]
pub(super) struct ReceiveBuffer {
    /// All of it is initialised, so that the user may write into it.
    buffer: Vec<u8>,
    /// The first byte of the reply that is being scanned.
    start: usize,
    /// The end of what was received.
    end: usize,
    scanner: Scanner,
}

impl ReceiveBuffer {
    /// Where to write the next `length` bytes, or an error where there is no memory for them.
    pub(super) fn spare_mut(&mut self, length: usize) -> Result<&mut [u8], ProtocolError> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > MAX_RETAINED && length <= MAX_RETAINED {
                self.buffer = Vec::new();
            }
        }
        if self.buffer.len() - self.end < length {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let needed = self.end.saturating_add(length);
        if self.buffer.len() < needed {
            let grown = needed.max(self.buffer.len().saturating_mul(2)).max(MIN_GROWTH);
            let more = grown - self.buffer.len();
            self.buffer.try_reserve_exact(more).map_err(|_| ProtocolError::OutOfMemory)?;
            self.buffer.resize(grown, 0);
        }
        Ok(&mut self.buffer[self.end..][..length])
    }

    /// The first `length` bytes of the spare capacity were written.
    pub(super) fn commit(&mut self, length: usize) {
        self.end = self.buffer.len().min(self.end.saturating_add(length));
    }

    /// The range of the next whole reply, which is consumed: its bytes stay until [`spare_mut`](Self::spare_mut).
    pub(super) fn next(&mut self) -> Result<Option<Range<usize>>, ProtocolError> {
        if self.start == self.end {
            return Ok(None);
        }
        let found = self.scanner.scan(&self.buffer[self.start..self.end])?;
        Ok(found.map(|length| self.take(length)))
    }

    /// The same where the reply may have too many elements to be decoded: its range is empty then, and its bytes are not kept.
    pub(super) fn next_or_skip(&mut self) -> Result<Option<Range<usize>>, ProtocolError> {
        let found = self.scanner.scan_or_skip(&self.buffer[self.start..self.end])?;
        if !self.scanner.is_skipping() {
            return Ok(found.map(|length| self.take(length)));
        }
        self.start += found.unwrap_or_else(|| self.scanner.take_scanned());
        Ok(found.map(|_| self.start..self.start))
    }

    const fn take(&mut self, length: usize) -> Range<usize> {
        let start = self.start;
        self.start += length;
        start..self.start
    }

    /// Whether the next reply is an error, as far as it has come.
    pub(super) fn next_is_error(&self) -> bool {
        self.buffer.get(self.start) == Some(&b'-')
    }

    /// Nothing, where the range is no longer valid.
    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }
}

/// The bytes may be stored values.
impl fmt::Debug for ReceiveBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveBuffer").field("unread", &(self.end - self.start)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(buffer: &mut ReceiveBuffer, bytes: &[u8]) {
        buffer.spare_mut(bytes.len()).expect("there is memory").copy_from_slice(bytes);
        buffer.commit(bytes.len());
    }

    #[test]
    fn replies_come_out_whole_however_they_arrive() {
        let stream = [&b"+OK\r\n"[..], b"$70000\r\n", &[b'x'; 70_000], b"\r\n:1\r\n"].concat();
        for size in [1, 3, 1_000, 65_536, stream.len()] {
            let (mut buffer, mut lengths) = (ReceiveBuffer::default(), Vec::new());
            for chunk in stream.chunks(size) {
                feed(&mut buffer, chunk);
                while let Some(reply) = buffer.next().expect("well-formed") {
                    lengths.push(reply.len());
                }
            }
            assert_eq!(lengths, [5, 70_010, 4]);
        }
    }

    #[test]
    fn memory_for_a_large_reply_is_given_back() {
        let mut buffer = ReceiveBuffer::default();
        let large = [&b"$1000000\r\n"[..], &[b'x'; 1_000_000], b"\r\n"].concat();
        feed(&mut buffer, &large);
        assert!(buffer.next().expect("well-formed").is_some());
        feed(&mut buffer, b"+OK\r\n");
        assert!(buffer.buffer.len() <= MAX_RETAINED);
    }
}
