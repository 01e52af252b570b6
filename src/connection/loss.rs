//! What becomes of the requests when their connection is lost, or their time is up.

use super::{Connection, Effect, Event, State, Transmission};
use crate::failure::{Failure, FailureKind};

impl<T: Copy> Connection<T> {
    /// The socket is gone. Requests that may be tried again stay queued; the others fail.
    pub(super) fn lose(&mut self, failure: &Failure, now: u64) {
        let connected = matches!(self.state, State::Ready | State::Closing);
        self.enter(if self.state == State::Ready && !self.has_answered { Event::Spurned } else { Event::Lost });
        self.disconnect();
        if self.state == State::Closed {
            return self.fail_all(failure);
        }
        self.patience_ends = if self.state == State::BackingOff { now + self.backoff.next_pause() } else { u64::MAX };
        let (most, failed) = (self.patience.max_retries, &mut self.failed);
        self.log.rewind(|request, sent| {
            let tried = sent || !connected;
            let may_repeat = request.attempts < most && !(sent && request.effect == Effect::Once);
            let again = !tried || (may_repeat && request.deadline > now);
            request.attempts = request.attempts.saturating_add(u8::from(tried));
            if !again {
                failed.push_back((request.tag, failure.clone()));
            }
            again
        });
    }

    /// The server cannot be used as it is: nothing that waits for it is worth another attempt.
    pub(super) fn give_up(&mut self, failure: &Failure, now: u64) {
        self.lose(failure, now);
        self.fail_all(failure);
    }

    pub(super) fn fail_all(&mut self, failure: &Failure) {
        let failed = &mut self.failed;
        self.log.rewind(|request, _| {
            failed.push_back((request.tag, failure.clone()));
            false
        });
        self.earliest_deadline = u64::MAX;
    }

    fn disconnect(&mut self) {
        self.receiver.clear();
        self.steps.clear();
        self.greeting = Vec::new();
        self.greeting_is_out = false;
        self.has_answered = false;
        self.transmission = Transmission::Log(0..0);
        self.refusal = None;
    }

    /// Fails the requests whose time is up.
    pub(super) fn expire(&mut self, now: u64) {
        let failed = &mut self.failed;
        self.log.abandon(
            |request| request.deadline <= now,
            |request| failed.push_back((request.tag, FailureKind::Timeout.into())),
        );
        self.earliest_deadline = self.log.awaited().map(|request| request.deadline).min().unwrap_or(u64::MAX);
        if self.state == State::Ready && self.is_deaf(now) {
            self.close_wanted = true;
            self.lose(&FailureKind::ConnectionLost.into(), now);
        }
    }

    /// A server that owes a reply and has said nothing for long may be gone without a word: the next requests deserve a
    /// new connection.
    pub(super) fn is_deaf(&self, now: u64) -> bool {
        self.log.in_flight() > 0 && now.saturating_sub(self.silent_since) >= self.patience.connect_timeout / 2
    }
}
