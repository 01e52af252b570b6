//! What is known of a server that does not work, so that no call waits for it in vain: a circuit breaker.
//!
//! Closed, requests wait for a connection. A failed attempt to connect opens it: from then on requests fail at once with that
//! attempt's cause, while one attempt at a time, after pauses that double, finds out when the server is back. Timers begin it,
//! which on Workers end with the request; where a request comes first, it waits for the attempt, if the last one failed quickly.

use super::backoff::Jitter;
use super::{ErrorCode, Remedy};
use crate::connection::{self, Ended};
use crate::resp::ProtocolError;
use std::cell::RefCell;
use std::rc::Rc;

/// What was learnt is forgotten when nobody has asked for so many milliseconds: the next request waits for its attempt.
pub(super) const STALE_AFTER: u64 = 30_000;
/// A connection that ends within so many milliseconds has shown no more than that the server accepts connections.
const SHORT_LIVED: u64 = 500;

/// An attempt that failed within so many milliseconds costs a request little to wait for.
pub(super) const QUICK: u64 = 100;

/// The circuit breaker of one server. All clients that are to know the same have a clone of it, and one clock.
#[derive(Clone, Debug, Default)]
pub(super) struct CircuitBreaker(Rc<RefCell<State>>);

/// Why a request was not tried: its server does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Why the last attempt to connect failed.
    pub cause: connection::Error,
    /// How many milliseconds ago that was.
    pub failed_ago: u64,
    /// In how many milliseconds the next attempt is due; 0 while one is under way.
    pub retry_in: u64,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    /// Why the last attempt failed.
    cause: Option<connection::Error>,
    failed_at: u64,
    /// How long that attempt took.
    took: u64,
    /// Attempts that failed, one after the other.
    failures: u32,
    /// Connections that were lost without an answer, or at once after it, one after the other.
    short_lived: u32,
    /// When the last of them was lost. Connections that were open by then were lost with it, not after it.
    lost_at: u64,
    /// No attempt is made before.
    retry_at: u64,
    /// Until then an attempt may be under way. A client that was dropped, or whose I/O ended, does not tell of its end.
    probe_until: u64,
    /// When a request or an attempt was the last to ask.
    used_at: u64,
}

impl CircuitBreaker {
    /// Why the last attempt failed, if none succeeded since.
    pub(super) fn cause(&self) -> Option<connection::Error> {
        self.0.borrow().cause.clone()
    }

    pub(super) fn retry_at(&self) -> u64 {
        self.0.borrow().retry_at
    }

    /// When the next probe is due, where the breaker is open.
    pub(super) fn probe_at(&self) -> Option<u64> {
        let state = self.0.borrow();
        state.is_open.then_some(state.retry_at.max(state.probe_until))
    }

    /// Whether it is open for a request that comes now, which is told so.
    pub(super) fn check(&self, now: u64) -> Option<Unavailable> {
        let mut state = self.0.borrow_mut();
        if state.is_open && now.saturating_sub(state.used_at) >= STALE_AFTER {
            *state = State::default();
        }
        state.used_at = now;
        let cause = state.cause.clone().filter(|_| state.is_open)?;
        let failed_ago = now.saturating_sub(state.failed_at);
        Some(Unavailable { cause, failed_ago, retry_in: state.retry_at.saturating_sub(now) })
    }

    /// Whether a probe may begin, which may take so many milliseconds. No other client's may until it has ended.
    pub(super) fn begin_probe(&self, now: u64, connect_timeout: u64) -> bool {
        let is_due = self.is_probe_due(now);
        if is_due {
            self.0.borrow_mut().probe_until = now.saturating_add(connect_timeout);
        }
        is_due
    }

    /// The same for a request that waits for its outcome, which it may where the last attempt failed quickly.
    pub(super) fn begin_trial(&self, now: u64, connect_timeout: u64) -> bool {
        self.check(now).is_some() && self.0.borrow().took <= QUICK && self.begin_probe(now, connect_timeout)
    }

    pub(super) fn is_probe_due(&self, now: u64) -> bool {
        self.probe_at().is_some_and(|at| now >= at)
    }

    /// Opens it at the first sign, since there are other servers.
    pub(super) fn trip(&self, cause: &connection::Error, now: u64, jitter: &mut Jitter) {
        let mut state = self.0.borrow_mut();
        (state.is_open, state.cause, state.failed_at, state.used_at) = (true, Some(cause.clone()), now, now);
        state.retry_at = now.saturating_add(jitter.pause(0));
    }

    /// No attempt is made before.
    pub(super) fn delay(&self, until: u64) {
        let mut state = self.0.borrow_mut();
        state.retry_at = state.retry_at.max(until);
    }

    /// The name stands for another server now.
    pub(super) fn reset(&self) {
        self.0.take();
    }

    /// A connection is ready.
    pub(super) fn succeed(&self) {
        let mut state = self.0.borrow_mut();
        (state.is_open, state.cause, state.retry_at, state.probe_until) = (false, None, 0, 0);
    }

    /// A connection has ended. The first loss means nothing: another is made at once. An error in the handshake that passes, as the
    /// retry policy has it, is waited for as one of a command is: it leaves the breaker closed.
    pub(super) fn end(&self, ended: &Ended, opened_at: u64, now: u64, jitter: &mut Jitter) {
        // Memory that is missing here says nothing of the server.
        if matches!(ended.error, connection::Error::Closed | connection::Error::Protocol(ProtocolError::OutOfMemory)) {
            return;
        }
        let mut state = self.0.borrow_mut();
        let is_good = ended.has_answered && now.saturating_sub(opened_at) >= SHORT_LIVED;
        let rank = if ended.has_answered || ended.error == connection::Error::Lost {
            state.failures = 0;
            // On Workers no connection lives for long.
            if is_good || now.saturating_sub(state.lost_at) >= STALE_AFTER {
                state.short_lived = 0;
            }
            if !is_good && opened_at >= state.lost_at {
                state.short_lived = state.short_lived.saturating_add(1);
                state.lost_at = now;
            }
            state.short_lived.saturating_sub(1)
        } else {
            state.failures = state.failures.saturating_add(1);
            state.failures
        };
        (state.retry_at, state.probe_until) = (0, 0);
        if rank > 0 {
            state.is_open = !passes(&ended.error);
            state.cause = Some(ended.error.clone());
            state.retry_at = now.saturating_add(jitter.pause(rank - 1));
            (state.failed_at, state.used_at, state.took) = (now, now, now.saturating_sub(opened_at));
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.borrow().is_open
    }
}

/// Whether the server refused the handshake for a reason that passes.
pub(super) fn passes(error: &connection::Error) -> bool {
    match error {
        connection::Error::Handshake(reply) => {
            let remedy = ErrorCode::parse(reply.as_bytes()).retry_policy().remedy;
            matches!(remedy, Remedy::Wait | Remedy::Reconnect)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lose(breaker: &CircuitBreaker, opened_at: u64, now: u64) {
        let ended = Ended { error: connection::Error::Lost, has_socket: false, was_ready: true, has_answered: false };
        breaker.end(&ended, opened_at, now, &mut Jitter(1));
    }

    #[test]
    fn memory_that_is_missing_here_says_nothing_of_the_server() {
        let breaker = CircuitBreaker::default();
        let error = connection::Error::Protocol(ProtocolError::OutOfMemory);
        let ended = Ended { error, has_socket: true, was_ready: true, has_answered: true };
        for now in 0..10 {
            breaker.end(&ended, now, now, &mut Jitter(1));
        }
        assert!(!breaker.is_open() && breaker.retry_at() == 0);
    }

    #[test]
    fn losses_that_are_far_apart_say_nothing() {
        let breaker = CircuitBreaker::default();
        for now in (0..10).map(|count| 100 + count * STALE_AFTER) {
            lose(&breaker, now - 100, now);
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn connections_that_are_lost_together_count_once() {
        let breaker = CircuitBreaker::default();
        for opened_at in [10, 20, 30] {
            lose(&breaker, opened_at, 100);
        }
        assert!(!breaker.is_open());
        lose(&breaker, 101, 120);
        assert!(breaker.is_open());
    }
}
