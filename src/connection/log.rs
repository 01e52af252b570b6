//! The requests that have no reply yet, and their bytes, oldest first. What was sent stays until it is answered, so that
//! it can be sent again on another connection.

use super::Request;
use std::{collections::VecDeque, ops::Range};

/// The room that is kept when nothing is outstanding, in bytes.
const KEPT: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) request: Request<T>,
    length: usize,
    /// Its caller no longer waits; its reply is consumed in its place all the same.
    pub(super) abandoned: bool,
}

#[derive(Debug)]
pub(super) struct RequestLog<T> {
    bytes: Vec<u8>,
    /// The first byte of the oldest entry.
    start: usize,
    /// The end of what was handed to the transport.
    sent: usize,
    entries: VecDeque<Entry<T>>,
    /// How many entries, from the oldest on, were handed to the transport.
    in_flight: usize,
}

impl<T> Default for RequestLog<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), start: 0, sent: 0, entries: VecDeque::new(), in_flight: 0 }
    }
}

impl<T: Copy> RequestLog<T> {
    pub(super) fn reserve(&mut self, length: usize) -> bool {
        self.bytes.try_reserve(length).is_ok()
    }

    pub(super) fn push(&mut self, request: Request<T>, encode: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        encode(&mut self.bytes);
        self.queued(request, self.bytes.len() - before);
    }

    #[inline]
    fn queued(&mut self, request: Request<T>, length: usize) {
        self.entries.push_back(Entry { request, length, abandoned: false });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many bytes were not handed to the transport.
    pub(super) const fn unsent(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Whether a caller still waits.
    pub(super) fn is_awaited(&self) -> bool {
        self.awaited().next().is_some()
    }

    /// Whether there is something to send, and the reply that is due first is one that its caller gave up.
    pub(super) fn waits_behind_abandoned(&self) -> bool {
        self.in_flight < self.entries.len() && self.entries.front().is_some_and(|entry| entry.abandoned)
    }

    /// Hands out the bytes of all entries that were not sent yet, up to the first that `may_go` holds back.
    pub(super) fn send(&mut self, may_go: impl Fn(&Request<T>) -> bool) -> Option<Range<usize>> {
        let waiting = self.entries.range(self.in_flight..).take_while(|entry| may_go(&entry.request));
        let (count, length) = waiting.fold((0, 0), |(count, length), entry| (count + 1, length + entry.length));
        let from = self.sent;
        self.in_flight += count;
        self.sent += length;
        (count > 0).then_some(from..self.sent)
    }

    /// Nothing, where the place is of a time gone by.
    pub(super) fn bytes(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or_default()
    }

    /// The oldest request is answered.
    pub(super) fn answered(&mut self) -> Option<Entry<T>> {
        if self.in_flight == 0 {
            return None;
        }
        let entry = self.entries.pop_front()?;
        self.in_flight -= 1;
        self.start += entry.length;
        self.give_back();
        Some(entry)
    }

    fn give_back(&mut self) {
        if self.entries.is_empty() {
            (self.start, self.sent) = (0, 0);
            self.bytes.clear();
            if self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
        } else if self.start > KEPT && self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.sent -= self.start;
            self.start = 0;
        }
    }

    /// Marks the entries that `gone` picks as abandoned, and reports each; those that were never sent are removed.
    pub(super) fn abandon(&mut self, gone: impl Fn(&Request<T>) -> bool, mut report: impl FnMut(Request<T>)) {
        let mut unsent = 0;
        for (index, entry) in self.entries.iter_mut().enumerate() {
            if !entry.abandoned && gone(&entry.request) {
                entry.abandoned = true;
                unsent += usize::from(index >= self.in_flight);
                report(entry.request);
            }
        }
        if self.in_flight == 0 {
            unsent -= self.drop_first_abandoned();
        }
        if unsent > 0 {
            self.retain(self.in_flight, |entry| !entry.abandoned);
        }
    }

    /// With nothing in flight: those that have waited longest expire first, and need not make all others move up.
    fn drop_first_abandoned(&mut self) -> usize {
        let mut dropped = 0;
        while self.entries.front().is_some_and(|entry| entry.abandoned) {
            self.start += self.entries.pop_front().map_or(0, |entry| entry.length);
            dropped += 1;
        }
        self.sent = self.start;
        self.give_back();
        dropped
    }

    /// The connection is gone: nothing is in flight any more. Keeps what `keep` says of each request that is still
    /// awaited and whether it was sent, in order.
    pub(super) fn rewind(&mut self, mut keep: impl FnMut(&mut Request<T>, bool) -> bool) {
        let in_flight = std::mem::take(&mut self.in_flight);
        self.sent = self.start;
        let mut index = 0;
        self.retain(0, |entry| {
            index += 1;
            !entry.abandoned && keep(&mut entry.request, index <= in_flight)
        });
    }

    /// Removes entries from the `first` on, with their bytes.
    fn retain(&mut self, first: usize, mut keep: impl FnMut(&mut Entry<T>) -> bool) {
        let (mut from, mut to) = (self.sent, self.sent);
        let mut index = 0;
        let bytes = &mut self.bytes;
        self.entries.retain_mut(|entry| {
            index += 1;
            if index <= first {
                return true;
            }
            let place = from..from + entry.length;
            from = place.end;
            let kept = keep(entry);
            if kept {
                bytes.copy_within(place, to);
                to += entry.length;
            }
            kept
        });
        self.bytes.truncate(to);
        self.give_back();
    }

    /// The requests whose callers still wait, in order.
    pub(super) fn awaited(&self) -> impl Iterator<Item = &Request<T>> {
        self.entries.iter().filter(|entry| !entry.abandoned).map(|entry| &entry.request)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;

    fn log(effects: &[Effect]) -> RequestLog<u8> {
        let mut log = RequestLog::default();
        for (tag, &effect) in (0..).zip(effects) {
            let request = Request { tag, effect, deadline: 0, attempts: 0 };
            log.push(request, |out| out.extend_from_slice(&[b'a' + tag; 3]));
        }
        log
    }

    fn send_all(log: &mut RequestLog<u8>) -> Vec<u8> {
        log.send(|_| true).map(|place| log.bytes(place).to_vec()).unwrap_or_default()
    }

    #[test]
    fn requests_are_sent_once_in_order_up_to_the_first_that_waits() {
        let mut log = log(&[Effect::Read, Effect::Read, Effect::Write, Effect::Read]);
        let place = log.send(|request| request.effect == Effect::Read).expect("two reads go");
        assert_eq!(log.bytes(place), b"aaabbb");
        assert_eq!(send_all(&mut log), b"cccddd");
        assert_eq!(log.send(|_| true), None);
        assert_eq!(log.in_flight(), 4);
    }

    #[test]
    fn what_was_never_sent_cannot_be_answered() {
        let mut log = log(&[Effect::Read]);
        assert!(log.answered().is_none());
        send_all(&mut log);
        assert_eq!(log.answered().expect("in flight").request.tag, 0);
        assert!(log.is_empty() && log.bytes.is_empty());
    }

    #[test]
    fn an_abandoned_request_keeps_its_place_when_sent_and_vanishes_when_not() {
        let mut log = log(&[Effect::Read, Effect::Read, Effect::Read]);
        log.send(|request| request.tag < 2);
        let mut reported = Vec::new();
        log.abandon(|request| request.tag > 0, |request| reported.push(request.tag));
        assert_eq!(reported, [1, 2]);
        assert_eq!(send_all(&mut log), b"");
        assert!(!log.answered().expect("in flight").abandoned);
        assert!(log.answered().expect("in flight").abandoned);
        assert!(log.is_empty());
    }

    #[test]
    fn those_that_expire_at_the_head_the_middle_and_the_end_of_a_queue_leave_the_others_whole() {
        let mut log = log(&[Effect::Read; 7]);
        let mut reported = Vec::new();
        log.abandon(|request| matches!(request.tag, 0 | 1 | 3 | 6), |request| reported.push(request.tag));
        assert_eq!(reported, [0, 1, 3, 6]);
        assert_eq!(send_all(&mut log), b"ccceeefff");
        assert_eq!(log.in_flight(), 3);
    }

    #[test]
    fn after_a_loss_the_kept_requests_are_sent_again_in_order() {
        let mut log = log(&[Effect::Read, Effect::Once, Effect::Write, Effect::Read]);
        log.send(|request| request.tag < 3);
        log.answered();
        log.rewind(|request, sent| !(sent && request.effect == Effect::Once));
        assert_eq!(send_all(&mut log), b"cccddd");
        assert_eq!(log.in_flight(), 2);
    }
}
