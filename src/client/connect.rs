//! How a node gets a connection: at once, after a pause, or by a probe.

use super::circuit_breaker::STALE_AFTER;
use super::node::{Node, Socket};
use super::{ConnectionId, Context, Error, Output, Unavailable};
use crate::connection::{Connection, State};

impl<T: Copy> Node<T> {
    pub(super) fn connect(&mut self, now: u64, context: &mut Context) -> bool {
        if let Some(socket) = &self.in_use {
            if now >= socket.trial_until() {
                self.end_trial(now, context);
                return true;
            }
            if self.is_unproven && socket.connection.state() == State::Ready {
                (self.is_unproven, self.has_worked) = (false, true);
                self.breaker.succeed();
            }
            return false;
        }
        let is_tried_at_once = context.is_tried_at_once(self.id);
        if is_tried_at_once {
            // The sentinels find out, when there is a request again.
            self.probes_until = 0;
        }
        let can_fail = (context.config.fail_fast || context.is_replica(self.id)) && !is_tried_at_once;
        let is_trial = can_fail && self.begin_trial(now, context);
        if can_fail
            && !is_trial
            && let Some(unavailable) = self.check_waiting(now)
        {
            return self.fail_or_wait(unavailable, now, context);
        }
        if !is_trial && !is_tried_at_once && self.probe(now, context) {
            return true;
        }
        let is_paused = !is_tried_at_once && now < self.breaker.retry_at();
        if self.waiting.is_empty() || is_paused || !self.take_permission(context) {
            return false;
        }
        self.is_unproven = true;
        let mut socket = self.open(now, context);
        socket.is_trial = is_trial;
        *socket.connection.queue_mut() = std::mem::take(&mut self.waiting);
        self.in_use = Some(socket);
        true
    }

    /// Whether the requests that wait begin the attempt that is due, and wait for it.
    fn begin_trial(&mut self, now: u64, context: &Context) -> bool {
        let is_begun = !self.waiting.is_empty()
            && self.replacement.is_none()
            && !context.is_distributed()
            && self.breaker.begin_trial(now, context.config.connect_timeout);
        if is_begun {
            self.probes_until = now.saturating_add(STALE_AFTER);
        }
        is_begun
    }

    /// The attempt takes longer than the last one did: it goes on as a probe.
    #[cold]
    fn end_trial(&mut self, now: u64, context: &mut Context) {
        let Some(mut socket) = self.in_use.take() else {
            return;
        };
        socket.is_trial = false;
        std::mem::swap(socket.connection.queue_mut(), &mut self.waiting);
        if self.breaker.is_open() {
            if let Some(unavailable) = self.check_waiting(now) {
                self.fail_fast(unavailable, now, context);
            }
            self.replacement = Some(Box::new(socket));
        } else {
            std::mem::swap(socket.connection.queue_mut(), &mut self.waiting);
            self.in_use = Some(socket);
        }
    }

    /// Whether the breaker is open for requests that wait.
    fn check_waiting(&self, now: u64) -> Option<Unavailable> {
        if self.waiting.is_empty() { None } else { self.breaker.check(now) }
    }

    /// Fails the requests that wait, unless the map that is on its way may name another node for them: then false.
    fn fail_or_wait(&mut self, unavailable: Unavailable, now: u64, context: &mut Context) -> bool {
        if let Some(until) = context.awaits_map(now) {
            self.breaker.delay(until);
            return false;
        }
        self.fail_fast(unavailable, now, context);
        true
    }

    /// Fails the requests that wait; the master answers what waits for a replica.
    fn fail_fast(&mut self, unavailable: Unavailable, now: u64, context: &mut Context) {
        self.probes_until = now.saturating_add(STALE_AFTER);
        let mut waiting = std::mem::take(&mut self.waiting);
        if context.is_replica(self.id) {
            self.reroute_all(&mut waiting);
        } else {
            self.fail_all(&mut waiting, self.id, &Error::Unavailable(Box::new(unavailable)));
        }
    }

    /// Begins an attempt that no request waits for, where one is due.
    fn probe(&mut self, now: u64, context: &mut Context) -> bool {
        if std::mem::take(&mut self.is_avoided) {
            self.probes_until = now.saturating_add(STALE_AFTER);
        }
        let is_wanted = self.probes_until > now && self.waiting.is_empty() && self.replacement.is_none();
        let is_wanted = is_wanted && self.breaker.is_probe_due(now);
        let is_begun =
            is_wanted && self.take_permission(context) && self.breaker.begin_probe(now, context.config.connect_timeout);
        if is_begun {
            self.replacement = Some(Box::new(self.open(now, context)));
        }
        is_begun
    }

    /// Whether another connection may be opened now. Where that is not the node's to say, the client is asked.
    pub(super) fn take_permission(&mut self, context: &mut Context) -> bool {
        if !context.has_gate() || std::mem::take(&mut self.may_connect) {
            return true;
        }
        self.wants_connection.get_or_insert(context.requests);
        context.wants_connection = true;
        false
    }

    pub(super) fn open(&mut self, now: u64, context: &mut Context) -> Socket<T> {
        let id = ConnectionId::new(context.connections, self.id);
        context.connections = context.connections.wrapping_add(1);
        self.outputs.push_back(Output::Connect(id, context.installation.address(self.id.0)));
        let connect_timeout = context.config.connect_timeout;
        let mut connection =
            Connection::new(context.connection_info(self.id), context.role_of(self.id), connect_timeout, now);
        if context.is_cluster() && context.can_pass_over(self.id) {
            connection.connect_until(now.saturating_add(connect_timeout / 3));
        }
        Socket { id, connection, opened_at: now, is_trial: false }
    }
}
