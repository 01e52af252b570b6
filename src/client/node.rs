//! One server: its connection, attempts to connect, and the requests that wait for it.

use super::circuit_breaker::{STALE_AFTER, passes};
use super::hold::Hold;
use super::{Address, CircuitBreaker, Config, ConnectionId, Context, Error, NodeId, Output};
use crate::connection::{self, Connection, Effect, Ended, Request, RequestQueue, Requeued, State};
use std::collections::VecDeque;

/// One server, and what is under way to it.
#[derive(Debug)]
pub(super) struct Node<T> {
    id: NodeId,
    address: Address,
    /// The connection that requests go to, if there is one.
    pub(super) in_use: Option<Socket<T>>,
    /// Requests, as long as there is none.
    pub(super) waiting: RequestQueue<T>,
    pub(super) breaker: CircuitBreaker,
    /// Whether the breaker does not know yet what becomes of the connection in use.
    is_unproven: bool,
    /// Until then probes are begun by themselves: requests failed not long ago.
    probes_until: u64,
    /// A connection that takes the place of the one in use once it is ready; where there is none, it is the breaker's probe.
    pub(super) replacement: Option<Box<Socket<T>>>,
    /// What the server rejected, until it is sent again.
    pub(super) hold: Option<Box<Hold<T>>>,
    /// Connections that were replaced one soon after the other, and when the last one was.
    pub(super) replacements: u32,
    pub(super) replaced_at: u64,
    pub(super) outputs: VecDeque<Output<T>>,
}

#[derive(Debug)]
pub(super) struct Socket<T> {
    pub(super) id: ConnectionId,
    pub(super) connection: Connection<T>,
    pub(super) opened_at: u64,
}

impl<T: Copy> Node<T> {
    pub(super) fn new(id: NodeId, address: Address, breaker: CircuitBreaker) -> Self {
        Self {
            id,
            address,
            in_use: None,
            waiting: RequestQueue::default(),
            breaker,
            is_unproven: false,
            probes_until: 0,
            replacement: None,
            hold: None,
            replacements: 0,
            replaced_at: 0,
            outputs: VecDeque::new(),
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        let is_held = self.hold.as_ref().is_some_and(|hold| !hold.is_empty());
        self.queue().is_awaited() || is_held || !self.outputs.is_empty()
    }

    pub(super) const fn is_probing(&self) -> bool {
        self.in_use.is_none() && self.replacement.is_some()
    }

    pub(super) fn connection(&self, id: ConnectionId) -> Option<&Connection<T>> {
        let sockets = self.in_use.iter().chain(self.replacement.as_deref());
        sockets.into_iter().find(|socket| socket.id == id).map(|socket| &socket.connection)
    }

    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        let mut sockets = self.in_use.iter_mut().chain(self.replacement.as_deref_mut());
        sockets.find(|socket| socket.id == id).map(|socket| &mut socket.connection)
    }

    fn queue(&self) -> &RequestQueue<T> {
        self.in_use.as_ref().map_or(&self.waiting, |socket| socket.connection.queue())
    }

    pub(super) fn queue_mut(&mut self) -> &mut RequestQueue<T> {
        match &mut self.in_use {
            None => &mut self.waiting,
            Some(socket) => socket.connection.queue_mut(),
        }
    }

    // ---- Calls of the application

    pub(super) fn reserve(&mut self, length: usize) -> bool {
        self.queue_mut().reserve(length)
    }

    /// Queues a request whose bytes were appended to the queue.
    pub(super) fn push_encoded(&mut self, request: Request<T>, is_closed: bool) {
        self.queue_mut().push_encoded(request);
        if is_closed {
            self.reject_last();
        } else if self.hold.is_some() {
            self.fence_last();
        }
    }

    #[cold]
    fn reject_last(&mut self) {
        if let Some((request, _)) = self.queue_mut().pop_last() {
            self.outputs.push_back(Output::Failed(request.tag, Error::Closed));
        }
    }

    /// A request for a key of one that is held must not overtake it.
    #[cold]
    fn fence_last(&mut self) {
        let Some(mut hold) = self.hold.take() else {
            return;
        };
        if let Some((request, command)) = self.queue_mut().pop_last() {
            let is_fenced = hold.conflicts_with(&command) && hold.insert(request, &command);
            if !is_fenced {
                self.queue_mut().push(request, |out| out.extend_from_slice(&command));
            }
        }
        self.hold = Some(hold);
    }

    pub(super) fn cancel(&mut self, picked: &dyn Fn(&Request<T>) -> bool, error: &Error) {
        let mut cancelled = Vec::new();
        self.queue_mut().cancel(picked, &mut cancelled);
        if let Some(hold) = &mut self.hold {
            cancelled.extend(hold.take(picked));
        }
        self.fail(cancelled, error);
    }

    pub(super) fn close(&mut self) {
        if let Some(socket) = self.replacement.take() {
            self.outputs.push_back(Output::Close(socket.id));
        }
        if let Some(socket) = &mut self.in_use {
            socket.connection.close();
        }
        self.probes_until = 0;
        let mut waiting = std::mem::take(&mut self.waiting);
        self.fail_all(&mut waiting, &Error::Closed);
    }

    // ---- Time

    pub(super) fn poll_timeout(&self) -> u64 {
        let in_use = match &self.in_use {
            Some(socket) => socket.connection.poll_timeout(),
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
            self.outputs.extend(expired.into_iter().map(|request| Output::Failed(request.tag, hold.error(&request))));
        }
    }

    /// Why a request was late. Where no connection stood, it is why the last attempt to connect failed.
    fn late_error(&self) -> Error {
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

    // ---- What is to be done

    /// Everything but transmissions.
    #[inline]
    pub(super) fn poll(&mut self, now: u64, context: &mut Context) -> Option<Output<T>> {
        if self.outputs.is_empty()
            && self.hold.is_none()
            && let Some(socket) = &mut self.in_use
            && let Some((tag, reply)) = socket.connection.poll_success()
        {
            return Some(Output::Reply(tag, socket.id, reply));
        }
        self.poll_any(now, context)
    }

    fn poll_any(&mut self, now: u64, context: &mut Context) -> Option<Output<T>> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            match self.in_use.as_mut().and_then(|socket| socket.connection.poll(now)) {
                Some(connection::Output::Reply { request, bytes, reply }) => {
                    let Some(socket) = &self.in_use else { continue };
                    if self.hold.is_none() && !socket.connection.is_error(&reply) {
                        return Some(Output::Reply(request.tag, socket.id, reply));
                    }
                    if let Some(output) = self.judge(request, bytes, reply, now, context) {
                        return Some(output);
                    }
                }
                Some(connection::Output::Ended(ended)) => self.disconnected(&ended, now, context),
                None if self.advance(now, context) => {}
                None => return None,
            }
        }
    }

    /// The connection that has something to write.
    pub(super) fn poll_transmit(&mut self, now: u64) -> Option<ConnectionId> {
        let mut sockets = self.in_use.iter_mut().chain(self.replacement.as_deref_mut());
        sockets.find_map(|socket| socket.connection.poll_transmit(now).then_some(socket.id))
    }

    /// Goes on where nothing came from the connection in use; false when there is nothing to go on with.
    fn advance(&mut self, now: u64, context: &mut Context) -> bool {
        self.advance_replacement(now, context) || self.release(now, context) || self.connect(now, context)
    }

    fn connect(&mut self, now: u64, context: &mut Context) -> bool {
        if let Some(socket) = &self.in_use {
            if self.is_unproven && socket.connection.state() == State::Ready {
                self.is_unproven = false;
                self.breaker.succeed();
            }
            return false;
        }
        if context.config.fail_fast && (self.fail_fast(now) || self.probe(now, context)) {
            return true;
        }
        if self.waiting.is_empty() || now < self.breaker.retry_at() {
            return false;
        }
        self.is_unproven = true;
        let mut socket = self.open(now, context);
        *socket.connection.queue_mut() = std::mem::take(&mut self.waiting);
        self.in_use = Some(socket);
        true
    }

    /// Fails the requests that wait, where the breaker is open.
    fn fail_fast(&mut self, now: u64) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        let Some(unavailable) = self.breaker.check(now) else {
            return false;
        };
        self.probes_until = now.saturating_add(STALE_AFTER);
        let mut waiting = std::mem::take(&mut self.waiting);
        self.fail_all(&mut waiting, &Error::Unavailable(Box::new(unavailable)));
        true
    }

    /// Begins an attempt that no request waits for, where one is due.
    fn probe(&mut self, now: u64, context: &mut Context) -> bool {
        let is_wanted = self.probes_until > now && self.replacement.is_none();
        let is_begun = is_wanted && self.breaker.begin_probe(now, context.config.connect_timeout);
        if is_begun {
            self.replacement = Some(Box::new(self.open(now, context)));
        }
        is_begun
    }

    pub(super) fn open(&mut self, now: u64, context: &mut Context) -> Socket<T> {
        let Config { connection, connect_timeout, .. } = &context.config;
        let id = ConnectionId::new(context.connections, self.id);
        context.connections = context.connections.wrapping_add(1);
        self.outputs.push_back(Output::Connect(id, self.address));
        Socket { id, connection: Connection::new(connection, *connect_timeout, now), opened_at: now }
    }

    // ---- The end of a connection

    fn disconnected(&mut self, ended: &Ended, now: u64, context: &mut Context) {
        let Some(Socket { id, connection, opened_at }) = self.in_use.take() else {
            return;
        };
        self.breaker.end(ended, opened_at, now, &mut context.jitter);
        let mut queue = connection.into_queue();
        self.keep_repeatable(&mut queue, ended, now, context);
        self.hold_conflicting(&mut queue);
        self.release_into(&mut queue);
        if ended.has_socket {
            self.outputs.push_back(Output::Close(id));
        }
        if !self.is_given_up(ended, context)
            && let Some(mut socket) = self.replacement.take()
        {
            *socket.connection.queue_mut() = queue;
            self.in_use = Some(*socket);
            return;
        }
        self.waiting = queue;
    }

    /// Whether the end of the connection opened the breaker, so that nothing waits for another.
    fn is_given_up(&self, ended: &Ended, context: &Context) -> bool {
        context.config.fail_fast && self.breaker.is_open() && ended.error != connection::Error::Closed
    }

    /// Fails the requests that are not worth another attempt, or must not have one.
    fn keep_repeatable(&mut self, queue: &mut RequestQueue<T>, ended: &Ended, now: u64, context: &Context) {
        let error = match &ended.error {
            connection::Error::Closed => Error::Closed,
            error => Error::Connection(error.clone()),
        };
        let passes = passes(&ended.error);
        if context.is_closed || self.is_given_up(ended, context) || !(passes || is_loss(&ended.error)) {
            return self.fail_all(queue, &error);
        }
        let is_safe_to_repeat = |effect| match effect {
            Effect::ReadOnly => true,
            Effect::Idempotent => context.config.retry_writes,
            Effect::NonIdempotent => false,
        };
        let Self { outputs, hold, .. } = self;
        queue.requeue(&mut |Requeued { request, command, is_sent, is_cancelled }| {
            if let Some(hold) = hold
                && *is_sent
                && request.effect != Effect::ReadOnly
            {
                // It may have been executed.
                hold.overtake(command, request.order);
            }
            let is_tried = *is_sent || !ended.was_ready;
            let is_left = passes || request.losses < context.config.max_retries;
            let is_unsafe = *is_sent && !is_safe_to_repeat(request.effect);
            let is_kept = !is_tried || (is_left && !is_unsafe && request.deadline > now);
            request.losses = request.losses.saturating_add(u8::from(is_tried && !passes));
            if !is_kept && !*is_cancelled {
                outputs.push_back(Output::Failed(request.tag, error.clone()));
            }
            is_kept
        });
    }

    /// Fails what is queued and what is held.
    fn fail_all(&mut self, queue: &mut RequestQueue<T>, error: &Error) {
        let outputs = &mut self.outputs;
        queue.requeue(&mut |Requeued { request, is_cancelled, .. }| {
            if !*is_cancelled {
                outputs.push_back(Output::Failed(request.tag, error.clone()));
            }
            false
        });
        if let Some(mut hold) = self.hold.take() {
            self.fail(hold.take(&|_| true), error);
        }
    }

    pub(super) fn fail(&mut self, requests: Vec<Request<T>>, error: &Error) {
        self.outputs.extend(requests.into_iter().map(|request| Output::Failed(request.tag, error.clone())));
    }
}

/// Whether the end of a connection says nothing against the requests that were on it.
const fn is_loss(error: &connection::Error) -> bool {
    !matches!(error, connection::Error::Protocol(_) | connection::Error::Handshake(_))
}
