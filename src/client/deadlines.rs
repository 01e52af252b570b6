//! When a node has to be looked at again, and what is late by then.

use super::Error;
use super::node::{Node, Socket, push_failed};
use crate::connection::{self, State};

impl<T: Copy> Node<T> {
    pub(super) fn poll_timeout(&self) -> u64 {
        let in_use = match &self.in_use {
            Some(socket) => socket.connection.poll_timeout().min(socket.trial_until()),
            // There is no room for a connection: that of another node is awaited, not a time.
            None if self.wants_connection.is_some() => self.waiting.earliest_deadline(),
            None if self.waiting.is_empty() => self.probe_at().unwrap_or(u64::MAX),
            None => self.waiting.earliest_deadline().min(self.breaker.retry_at()),
        };
        let replacement = self.replacement.as_ref().map_or(u64::MAX, |socket| socket.connection.poll_timeout());
        in_use.min(replacement).min(self.hold.as_ref().map_or(u64::MAX, |hold| hold.poll_timeout()))
    }

    /// When a probe begins by itself.
    fn probe_at(&self) -> Option<u64> {
        let is_idle = self.replacement.is_none();
        self.breaker.probe_at().filter(|&at| is_idle && at < self.probes_until)
    }

    pub(super) fn handle_timeout(&mut self, now: u64) {
        let mut expired = Vec::new();
        match &mut self.in_use {
            None => self.waiting.expire(now, &mut expired),
            Some(socket) => socket.connection.handle_timeout(now, &mut expired),
        }
        if !expired.is_empty() {
            self.fail(expired, &self.late_error());
        }
        if let Some(socket) = &mut self.replacement {
            socket.connection.handle_timeout(now, &mut Vec::new());
        }
        if let Some(hold) = &mut self.hold {
            let is_due = now >= hold.earliest_deadline();
            let expired = if is_due { hold.take(&|request| request.deadline <= now) } else { Vec::new() };
            for request in expired {
                push_failed(&mut self.outputs, request.tag, self.id, &hold.error(&request));
            }
        }
    }

    /// Why a request was late. Where no connection stood, it is why the last attempt to connect failed.
    pub(super) fn late_error(&self) -> Error {
        let cause = self.in_use.as_ref().map_or_else(
            || self.breaker.cause(),
            |Socket { connection, .. }| match connection.state() {
                State::Connecting | State::Handshake => {
                    self.breaker.cause().or(Some(connection::Error::ConnectTimeout))
                }
                _ => connection.refusal().map(connection::Error::Handshake),
            },
        );
        cause.map_or(Error::Timeout, Error::Connection)
    }
}
