//! The requests that have no reply yet, and their bytes, oldest first. What was sent stays until its reply was looked at, so
//! that it can be sent again.

use super::request::{Answered, Kind, Request, Requeued};
use crate::resp::CommandBuffer;
use std::{collections::VecDeque, fmt, ops::Range};

/// The capacity that is kept when nothing is outstanding, in bytes.
const MAX_RETAINED: usize = 256 * 1024;

#[derive(Debug)]
struct Entry<T> {
    request: Request<T>,
    length: usize,
    /// Its caller no longer waits; its reply is consumed in its place all the same.
    is_cancelled: bool,
}

impl<T> Entry<T> {
    /// Whether it is not to be sent, since its caller gave up.
    fn is_given_up(&self) -> bool {
        self.is_cancelled && self.request.kind != Kind::Discovery
    }
}

/// A first-in, first-out queue of requests, of which the oldest may be in flight.
pub(crate) struct RequestQueue<T> {
    bytes: CommandBuffer,
    /// The first byte of the oldest entry.
    start: usize,
    /// The end of what was handed to the transport.
    sent: usize,
    /// The end of the last entry.
    end: usize,
    entries: VecDeque<Entry<T>>,
    /// How many entries, from the oldest on, were handed to the transport.
    in_flight: usize,
    /// No deadline of a request is earlier than this.
    earliest_deadline: u64,
}

impl<T> Default for RequestQueue<T> {
    fn default() -> Self {
        let (bytes, entries) = (CommandBuffer::default(), VecDeque::new());
        Self { bytes, start: 0, sent: 0, end: 0, entries, in_flight: 0, earliest_deadline: u64::MAX }
    }
}

impl<T: Copy> RequestQueue<T> {
    // ---- Getters

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many bytes the requests have that have no reply.
    pub(crate) const fn length(&self) -> usize {
        self.end - self.start
    }

    /// How many bytes were not handed to the transport.
    pub(super) fn unsent(&self) -> usize {
        self.bytes.len() - self.sent
    }

    pub(crate) const fn earliest_deadline(&self) -> u64 {
        self.earliest_deadline
    }

    /// The oldest request.
    pub(crate) fn front(&self) -> Option<&Request<T>> {
        self.entries.front().map(|entry| &entry.request)
    }

    /// Each request that has no reply, with its bytes.
    pub(crate) fn for_each(&self, each: &mut dyn FnMut(&Request<T>, &[u8])) {
        let mut start = self.start;
        for Entry { request, length, .. } in &self.entries {
            each(request, self.bytes(start..start + length));
            start += length;
        }
    }

    /// Whether there is something that was not sent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.in_flight < self.entries.len()
    }

    /// Whether a caller still waits.
    pub(crate) fn is_awaited(&self) -> bool {
        self.entries.iter().any(|entry| !entry.is_cancelled)
    }

    /// Whether there is something to send, and the reply that is due first is one that its caller gave up.
    pub(super) fn waits_behind_cancelled(&self) -> bool {
        self.in_flight < self.entries.len() && self.entries.front().is_some_and(|entry| entry.is_cancelled)
    }

    /// Nothing, where the range is no longer valid.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    // ---- Queueing and sending

    /// Makes room for a request of so many bytes; false where there is no memory for it.
    pub(crate) fn reserve(&mut self, length: usize) -> bool {
        self.bytes.try_reserve(length) && self.entries.try_reserve(1).is_ok()
    }

    /// Queues a request and its command.
    pub(crate) fn push(&mut self, request: Request<T>, command: &[u8]) {
        self.bytes.extend_from_slice(command);
        self.push_encoded(request);
    }

    /// Where the next request is to be encoded; then [`push_encoded`](Self::push_encoded).
    pub(crate) const fn bytes_mut(&mut self) -> &mut CommandBuffer {
        &mut self.bytes
    }

    /// Queues a request whose bytes were appended.
    pub(crate) fn push_encoded(&mut self, request: Request<T>) {
        let length = self.bytes.len() - self.end;
        self.end = self.bytes.len();
        self.earliest_deadline = self.earliest_deadline.min(request.deadline);
        self.entries.push_back(Entry { request, length, is_cancelled: request.kind == Kind::Discovery });
    }

    /// Hands out the bytes of all entries that were not sent yet, up to the first that `can_send` holds back.
    pub(super) fn send(&mut self, can_send: impl Fn(&Request<T>) -> bool) -> Option<Range<usize>> {
        let waiting = self.entries.range(self.in_flight..).take_while(|entry| can_send(&entry.request));
        let (count, length) = waiting.fold((0, 0), |(count, length), entry| (count + 1, length + entry.length));
        let from = self.sent;
        self.in_flight += count;
        self.sent += length;
        (count > 0).then_some(from..self.sent)
    }

    /// The oldest request has its reply. That to ASKING is one that nobody waits for.
    pub(super) fn pop_in_flight(&mut self) -> Option<Answered<T>> {
        if self.in_flight == 0 {
            return None;
        }
        let oldest = self.entries.front_mut()?;
        if oldest.request.kind == Kind::Asking {
            oldest.request.kind = Kind::Command;
            return Some(Answered { request: oldest.request, is_cancelled: true, bytes: self.start..self.start });
        }
        let Entry { request, length, is_cancelled } = self.entries.pop_front()?;
        self.in_flight -= 1;
        let start = self.start;
        self.start += length;
        if self.entries.is_empty() {
            self.earliest_deadline = u64::MAX;
        }
        Some(Answered { request, is_cancelled, bytes: start..self.start })
    }

    /// Gives back the memory of what is no longer needed.
    pub(super) fn compact(&mut self) {
        if self.entries.is_empty() {
            (self.start, self.sent, self.end) = (0, 0, 0);
            self.bytes.truncate(0);
            if self.bytes.capacity() > MAX_RETAINED {
                self.bytes = CommandBuffer::default();
            }
        } else if self.start > MAX_RETAINED && self.start > self.bytes.len() / 2 {
            self.bytes.remove_front(self.start);
            self.sent -= self.start;
            self.end -= self.start;
            self.start = 0;
        }
    }

    // ---- Callers that no longer wait

    /// Cancels the requests whose time is up.
    pub(crate) fn expire(&mut self, now: u64, expired: &mut Vec<Request<T>>) {
        if now >= self.earliest_deadline {
            self.cancel(&|request| request.deadline <= now, expired);
            let awaited = self.entries.iter().filter(|entry| !entry.is_cancelled);
            self.earliest_deadline = awaited.map(|entry| entry.request.deadline).min().unwrap_or(u64::MAX);
        }
    }

    /// Cancels the requests that `picked` names; those that were never sent are removed.
    // By itself: inlined in `expire` it adds 0.6 KB to the module (2026-11-26).
    #[inline(never)]
    pub(crate) fn cancel(&mut self, picked: &dyn Fn(&Request<T>) -> bool, cancelled: &mut Vec<Request<T>>) {
        let mut unsent = 0;
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if !entry.is_cancelled && picked(&entry.request) {
                entry.is_cancelled = true;
                unsent += usize::from(index >= self.in_flight);
                cancelled.push(entry.request);
            }
        }
        if self.in_flight == 0 {
            unsent -= self.pop_cancelled();
        }
        if unsent > 0 {
            self.retain(self.in_flight, &mut |entry, _| !entry.is_given_up());
        }
        if self.entries.is_empty() {
            self.earliest_deadline = u64::MAX;
        }
    }

    /// With nothing in flight: those that have waited longest expire first, and need not make all others move up.
    fn pop_cancelled(&mut self) -> usize {
        let mut popped = 0;
        while self.entries.front().is_some_and(Entry::is_given_up) {
            self.start += self.entries.pop_front().map_or(0, |entry| entry.length);
            popped += 1;
        }
        self.sent = self.start;
        self.compact();
        popped
    }

    /// The connection is gone: nothing is in flight any more. Keeps what `keep` says, in order; what is cancelled is not kept.
    pub(crate) fn requeue(&mut self, keep: &mut dyn FnMut(&mut Requeued<'_, T>) -> bool) {
        let in_flight = std::mem::take(&mut self.in_flight);
        self.sent = self.start;
        let mut index = 0;
        self.retain(0, &mut |entry, command| {
            index += 1;
            let (request, is_cancelled) = (&mut entry.request, entry.is_cancelled);
            keep(&mut Requeued { request, command, is_sent: index <= in_flight, is_cancelled }) && !is_cancelled
        });
        if self.entries.is_empty() {
            self.earliest_deadline = u64::MAX;
        }
    }

    /// Removes entries from the `first` on, with their bytes.
    fn retain(&mut self, first: usize, keep: &mut dyn FnMut(&mut Entry<T>, &[u8]) -> bool) {
        let (mut from, mut to) = (self.sent, self.sent);
        let mut index = 0;
        let bytes = &mut self.bytes;
        self.entries.retain_mut(|entry| {
            index += 1;
            if index <= first {
                return true;
            }
            let range = from..from + entry.length;
            from = range.end;
            let is_kept = keep(entry, &bytes[range.clone()]);
            if is_kept {
                bytes.copy_within(range, to);
                to += entry.length;
            }
            is_kept
        });
        self.bytes.truncate(to);
        self.end = to;
        self.compact();
    }

    /// The request that was pushed last, with its bytes, if it was not sent.
    pub(crate) fn last_unsent(&self) -> Option<(&Request<T>, &[u8])> {
        let last = self.entries.back().filter(|_| self.has_unsent())?;
        Some((&last.request, self.bytes(self.end - last.length..self.end)))
    }

    /// Removes the request that was pushed last, if it was not sent.
    pub(crate) fn pop_unsent(&mut self) -> Option<Request<T>> {
        if !self.has_unsent() {
            return None;
        }
        let Entry { request, length, .. } = self.entries.pop_back()?;
        self.end -= length;
        self.bytes.truncate(self.end);
        Some(request)
    }
}

/// The bytes are keys and values.
impl<T> fmt::Debug for RequestQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RequestQueue");
        shown.field("requests", &self.entries.len()).field("in_flight", &self.in_flight).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
