//! One connection: the life of one socket as a table of states, its handshake, and the requests that are on it.
//!
//! A connection never opens a second socket: once it has ended, it gives back the requests that have no reply, and whoever
//! owns it decides what becomes of them.
//!
//! The methods come in four sorts, as in all of the core: plain getters; calls of the application ([`Connection::push`],
//! [`Connection::close`]); transport events (`handle_*`); and [`Connection::poll`] and [`Connection::poll_transmit`], which
//! are called after each of the others until they have nothing to say.

mod error;
mod handshake;
mod output;
mod queue;
mod receive;
mod request;
mod state;
mod transmit;

pub use error::Error;
pub use handshake::{ConnectionInfo, Role};
pub use output::{Ended, Output};
pub(crate) use queue::RequestQueue;
pub(crate) use request::Requeued;
pub use request::{Effect, Kind, Request};
pub use state::{Event, State};

use crate::resp::{CommandBuffer, ErrorReply, ProtocolError, Reply, decode};
use handshake::{Handshake, Step};
use receive::ReceiveBuffer;
use std::ops::Range;
use transmit::Transmission;

/// One connection to one server.
#[derive(Debug)]
pub struct Connection<T> {
    state: State,
    handshake: Handshake,
    transmission: Transmission,
    queue: RequestQueue<T>,
    received: ReceiveBuffer,
    /// When connecting, or draining, has taken too long.
    state_deadline: u64,
    connect_timeout: u64,
    /// When the server last sent or took something, or began to owe a reply.
    last_activity: u64,
    /// Whether the socket was opened.
    has_opened: bool,
    /// Whether the server answered a request.
    has_answered: bool,
    /// What the server said against us, such as "max number of clients reached"; it explains a loss before any reply.
    refusal: Option<ErrorReply>,
    ended: Option<Ended>,
}

impl<T: Copy> Connection<T> {
    /// A connection whose socket is to be opened now, to a server that is to have this role. `connect_timeout` is in milliseconds.
    #[must_use]
    pub fn new(info: &ConnectionInfo, role: Role, connect_timeout: u64, now: u64) -> Self {
        Self {
            state: State::Connecting,
            handshake: Handshake::new(info, role),
            transmission: Transmission::Queue(0..0),
            queue: RequestQueue::default(),
            received: ReceiveBuffer::default(),
            state_deadline: now.saturating_add(connect_timeout),
            connect_timeout,
            last_activity: now,
            has_opened: false,
            has_answered: false,
            refusal: None,
            ended: None,
        }
    }

    /// Gives the attempt to connect up sooner.
    pub(crate) const fn connect_until(&mut self, deadline: u64) {
        self.state_deadline = deadline;
    }

    /// What the connection is doing.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether the socket was opened.
    pub(crate) const fn has_opened(&self) -> bool {
        self.has_opened
    }

    /// The bytes of a request, by the range that [`Output::Reply`] gave.
    #[must_use]
    pub fn request_bytes(&self, range: Range<usize>) -> &[u8] {
        self.queue.bytes(range)
    }

    /// The reply, by the range that [`Output::Reply`] gave.
    pub fn reply(&self, range: Range<usize>) -> Result<Reply<'_>, ProtocolError> {
        decode(self.received.bytes(range))
    }

    /// Whether a reply, by the range that [`Output::Reply`] gave, is an error.
    pub(crate) fn is_error(&self, range: &Range<usize>) -> bool {
        self.received.bytes(range.clone()).first() == Some(&b'-')
    }

    pub(crate) const fn queue(&self) -> &RequestQueue<T> {
        &self.queue
    }

    pub(crate) const fn queue_mut(&mut self) -> &mut RequestQueue<T> {
        &mut self.queue
    }

    /// What the server said against us, where it has said nothing else.
    pub(crate) fn refusal(&self) -> Option<ErrorReply> {
        self.refusal.clone().filter(|_| !self.has_answered)
    }

    // ---- Calls of the application

    /// Queues one command, which `encode` appends.
    pub fn push(&mut self, request: Request<T>, encode: impl FnOnce(&mut CommandBuffer)) {
        encode(self.queue.bytes_mut());
        self.queue.push_encoded(request);
    }

    /// Closes the connection once what is queued has been answered; at once where the handshake is not done.
    pub fn close(&mut self) {
        self.request_end(Event::CloseRequested);
    }

    /// Closes the connection once what is in flight has been answered, which may take as long as connecting. What is not
    /// sent stays in the queue.
    pub fn drain(&mut self, now: u64) {
        self.state_deadline = now.saturating_add(self.connect_timeout);
        self.request_end(Event::DrainRequested);
    }

    fn request_end(&mut self, event: Event) {
        let ended = self.describe_end(Error::Closed, true);
        if self.enter(event) && self.state == State::Closed {
            self.ended = Some(ended);
        }
    }

    /// The requests that have no reply, of a connection that has ended.
    pub(crate) fn into_queue(self) -> RequestQueue<T> {
        self.queue
    }

    // ---- Transport events

    /// The socket is open, TLS included.
    pub fn handle_opened(&mut self, now: u64) {
        if self.enter(Event::Opened) {
            (self.last_activity, self.has_opened) = (now, true);
            self.finish_handshake();
        }
    }

    /// The socket is gone, or never opened.
    pub fn handle_closed(&mut self) {
        let is_connecting = self.state == State::Connecting;
        self.end(if is_connecting { Error::Unreachable } else { Error::Lost }, false);
    }

    /// Where to write the next `length` bytes from the socket; then [`handle_received`](Self::handle_received).
    pub fn spare_mut(&mut self, length: usize) -> Result<&mut [u8], ProtocolError> {
        self.received.spare_mut(length)
    }

    /// The first `length` bytes of the spare capacity came from the server.
    pub fn handle_received(&mut self, length: usize, now: u64) {
        self.received.commit(length);
        self.last_activity = now;
        if self.handshake.is_sent {
            self.handshake.bytes = CommandBuffer::default();
        }
    }

    /// Bytes that were transmitted have moved on: the server, or the network, takes them.
    pub const fn handle_progress(&mut self, now: u64) {
        self.last_activity = now;
    }

    /// Bytes that are not a reply to what was asked, or memory for them that is not there: no more replies are read.
    pub fn handle_protocol_error(&mut self, error: ProtocolError) {
        self.end(error.into(), true);
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named. Requests whose time is up are given back.
    pub fn handle_timeout(&mut self, now: u64, expired: &mut Vec<Request<T>>) {
        if now >= self.state_deadline {
            let is_draining = self.state == State::Draining;
            return self.end(if is_draining { Error::Unresponsive } else { Error::ConnectTimeout }, true);
        }
        let before = expired.len();
        self.queue.expire(now, expired);
        if expired.len() > before && self.state == State::Ready && self.is_unresponsive(now) {
            self.end(Error::Unresponsive, true);
        }
    }

    // ---- What is to be done

    /// When to call [`handle_timeout`](Self::handle_timeout), in milliseconds of the user's clock; `u64::MAX` for never.
    #[must_use]
    pub fn poll_timeout(&self) -> u64 {
        self.state_deadline.min(self.queue.earliest_deadline())
    }

    /// The next reply, or the end of the connection; then `None`.
    pub fn poll(&mut self, now: u64) -> Option<Output<T>> {
        match self.next_reply() {
            Ok(None) => {}
            Ok(reply) => return reply,
            Err(error) => self.end(error, true),
        }
        self.end_if_due(now);
        self.ended.take().map(Output::Ended)
    }

    /// The next reply as [`poll`](Self::poll) tells it, where it is no error and its caller waits for it, as almost always. Without
    /// it a `get` takes 1.26 times as long (native, 1,000 in flight, 2026-11-27).
    #[inline]
    pub(crate) fn poll_success(&mut self) -> Option<(T, Range<usize>)> {
        let is_usual = self.handshake.steps.len() == 0 && self.queue.in_flight() > 0 && self.state != State::Closed;
        let is_command = self.queue.front().is_some_and(|request| request.kind == Kind::Command);
        if !(is_usual && is_command) || self.received.next_is_error() {
            return None;
        }
        match self.received.next() {
            Ok(reply) => {
                let reply = reply?;
                let answered = self.queue.pop_in_flight()?;
                self.has_answered = true;
                (!answered.is_cancelled).then_some((answered.request.tag, reply))
            }
            Err(error) => {
                self.end(error.into(), true);
                None
            }
        }
    }

    fn next_reply(&mut self) -> Result<Option<Output<T>>, Error> {
        if self.state == State::Closed {
            return Ok(None);
        }
        while let Some(reply) = self.next_range()? {
            if let Some(step) = self.handshake.steps.next() {
                self.handle_handshake_reply(step, reply)?;
                continue;
            }
            let answered = self.queue.pop_in_flight().ok_or(ProtocolError::Unexpected)?;
            self.has_answered = true;
            if !answered.is_cancelled || answered.request.kind == Kind::Discovery {
                return Ok(Some(Output::Reply { request: answered.request, bytes: answered.bytes, reply }));
            }
        }
        Ok(None)
    }

    /// A cluster's map may be larger than any other reply; it is not worth the connection.
    fn next_range(&mut self) -> Result<Option<Range<usize>>, ProtocolError> {
        let is_discovery = self.queue.front().is_some_and(|request| request.kind == Kind::Discovery);
        if is_discovery && self.handshake.steps.len() == 0 {
            return self.received.next_or_skip();
        }
        self.received.next()
    }

    fn handle_handshake_reply(&mut self, step: Step, range: Range<usize>) -> Result<(), Error> {
        let reply = self.reply(range)?;
        if let Reply::Error(text) = reply {
            let refusal = ErrorReply::new(text);
            if !step.accepts(&reply) {
                return Err(Error::Handshake(refusal));
            }
            self.refusal = Some(refusal);
        } else if let Some(objection) = step.objection(&reply) {
            return Err(Error::Handshake(ErrorReply::new(objection)));
        }
        self.finish_handshake();
        Ok(())
    }

    fn finish_handshake(&mut self) {
        if self.handshake.steps.len() == 0 && self.enter(Event::HandshakeDone) {
            self.state_deadline = u64::MAX;
        }
    }

    /// The end of a connection that has nothing left to do, or whose server owes a reply that nobody waits for any more.
    fn end_if_due(&mut self, now: u64) {
        let is_drained = match self.state {
            State::Closing => !self.queue.is_awaited(),
            State::Draining => self.queue.in_flight() == 0,
            _ => false,
        };
        if is_drained {
            self.ended = Some(self.describe_end(Error::Closed, true));
            self.enter(Event::Drained);
        } else if self.state == State::Ready && self.queue.waits_behind_cancelled() && self.is_unresponsive(now) {
            self.end(Error::Unresponsive, true);
        }
    }

    /// A server that owes a reply and has neither sent nor taken anything for long may be gone without a word.
    fn is_unresponsive(&self, now: u64) -> bool {
        self.queue.in_flight() > 0 && now.saturating_sub(self.last_activity) >= self.connect_timeout / 2
    }

    /// Ends the connection for good.
    fn end(&mut self, error: Error, has_socket: bool) {
        let error = match (&error, self.refusal()) {
            (Error::Lost | Error::Unresponsive, Some(refusal)) => Error::Handshake(refusal),
            _ => error,
        };
        let ended = self.describe_end(error, has_socket);
        if self.enter(Event::Disconnected) {
            self.state_deadline = u64::MAX;
            self.ended = Some(ended);
        }
    }

    const fn describe_end(&self, error: Error, has_socket: bool) -> Ended {
        let was_ready = !matches!(self.state, State::Connecting | State::Handshake);
        Ended { error, has_socket, was_ready, has_answered: self.has_answered }
    }

    /// Enters the state after `event`; false where the event means nothing in this state.
    fn enter(&mut self, event: Event) -> bool {
        let next = self.state.after(event);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }
}

#[cfg(test)]
mod tests;
