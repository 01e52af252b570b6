//! One connection to one server: its life as a table of states, its handshake, the requests in flight and their
//! deadlines, the pauses between attempts.
//!
//! The methods come in four sorts, as in all of the core: plain getters; calls of the application ([`Connection::push`],
//! [`Connection::abandon`], [`Connection::close`]); news from outside (`handle_*`); and [`Connection::poll`], which is
//! called after each of the others until it answers `None`.

mod backoff;
mod handshake;
mod log;
mod loss;
mod receive;
mod state;

pub use handshake::Credentials;
pub use state::{Event, State};

use crate::failure::{Failure, FailureKind};
use crate::resp::{ProtocolError, Reply, decode};
use backoff::Backoff;
use handshake::Step;
use log::RequestLog;
use receive::Receiver;
use std::{collections::VecDeque, ops::Range};

/// The most bytes that are copied to leave in one write with the handshake.
const MOST_RIDING: usize = 1024 * 1024;

/// What it means to send a request twice, or before the handshake is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing: may go out with the handshake, and again on another connection.
    Read,
    /// Changes something, to the same end when it is repeated.
    Write,
    /// Must not be repeated once it may have been sent.
    Once,
}

/// One command on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<T> {
    /// What the layer above needs to know when the reply comes.
    pub tag: T,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// When its caller stops waiting, in milliseconds of the user's clock.
    pub deadline: u64,
    /// How many attempts to have it answered came to nothing.
    pub attempts: u8,
}

/// What [`Connection::poll`] wants done, or tells.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<T> {
    /// Open a socket to the server.
    Connect,
    /// Write [`Connection::transmission`] to the socket.
    Transmit,
    /// The reply to the request of this tag: [`Connection::reply`] decodes it. It is valid until something is put in.
    Reply(T, Range<usize>),
    /// A request came to nothing.
    Failed(T, Failure),
    /// Close the socket, and tell nothing more of it.
    Close,
}

/// How long a connection waits, and how often it tries.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From opening the socket to the end of the handshake, in milliseconds.
    pub connect_timeout: u64,
    /// How often a request that may be repeated is tried again.
    pub max_retries: u8,
}

/// One connection to one server.
#[derive(Debug)]
pub struct Connection<T> {
    state: State,
    patience: Patience,
    credentials: Credentials,
    steps: VecDeque<Step>,
    /// The handshake and what rides along with it, until it was handed out.
    greeting: Vec<u8>,
    greeting_is_out: bool,
    /// Whether the server answered a request on this socket.
    has_answered: bool,
    transmission: Transmission,
    log: RequestLog<T>,
    receiver: Receiver,
    backoff: Backoff,
    /// When connecting has taken too long, or the pause is over.
    patience_ends: u64,
    /// No deadline of a request is earlier than this.
    earliest_deadline: u64,
    /// Since when the server owes a reply and has sent nothing.
    silent_since: u64,
    /// What the server said against us, such as "max number of clients reached"; it explains a loss before any reply.
    refusal: Option<Failure>,
    failed: VecDeque<(T, Failure)>,
    connect_wanted: bool,
    close_wanted: bool,
}

#[derive(Debug)]
enum Transmission {
    Greeting,
    Log(Range<usize>),
}

impl<T: Copy> Connection<T> {
    /// A connection that opens when there is a request for it. `seed` makes its pauses differ from those of others.
    #[must_use]
    pub fn new(credentials: Credentials, patience: Patience, seed: u64) -> Self {
        Self {
            state: State::Idle,
            patience,
            credentials,
            steps: VecDeque::new(),
            greeting: Vec::new(),
            greeting_is_out: false,
            has_answered: false,
            transmission: Transmission::Log(0..0),
            log: RequestLog::default(),
            receiver: Receiver::default(),
            backoff: Backoff::new(seed),
            patience_ends: u64::MAX,
            earliest_deadline: u64::MAX,
            silent_since: 0,
            refusal: None,
            failed: VecDeque::new(),
            connect_wanted: false,
            close_wanted: false,
        }
    }

    /// What the connection is doing.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether a request has neither been answered nor failed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.log.is_awaited() || !self.failed.is_empty()
    }

    /// The bytes that [`Output::Transmit`] spoke of; valid until something is put in.
    #[must_use]
    pub fn transmission(&self) -> &[u8] {
        match &self.transmission {
            Transmission::Greeting => &self.greeting,
            Transmission::Log(place) => self.log.bytes(place.clone()),
        }
    }

    /// The reply at the place that [`Output::Reply`] gave.
    pub fn reply(&self, place: Range<usize>) -> Result<Reply<'_>, ProtocolError> {
        decode(self.receiver.bytes(place))
    }

    // ---- Calls of the application

    /// Makes room for so many bytes of commands; false where there is no memory for them.
    #[must_use]
    pub fn reserve(&mut self, length: usize) -> bool {
        self.log.reserve(length)
    }

    /// Queues one command, which `encode` appends.
    pub fn push(&mut self, request: Request<T>, encode: impl FnOnce(&mut Vec<u8>)) {
        if self.accepts(request.tag, request.deadline) {
            self.log.push(request, encode);
        }
    }

    // By itself, since `push` is compiled for each `encode`.
    #[inline(never)]
    fn accepts(&mut self, tag: T, deadline: u64) -> bool {
        let is_closed = matches!(self.state, State::Closing | State::Closed);
        if is_closed {
            self.failed.push_back((tag, FailureKind::Closed.into()));
        } else {
            self.earliest_deadline = self.earliest_deadline.min(deadline);
        }
        !is_closed
    }

    /// The caller no longer waits for the requests that `picked` names.
    pub fn abandon(&mut self, picked: impl Fn(&T) -> bool, kind: FailureKind) {
        let failed = &mut self.failed;
        self.log.abandon(|request| picked(&request.tag), |request| failed.push_back((request.tag, kind.into())));
    }

    /// Closes for good: what is in flight is still answered, what waits for a connection fails.
    pub fn close(&mut self) {
        let had_socket = self.state.has_socket();
        if !self.enter(Event::CloseWanted) {
            return;
        }
        if self.state == State::Closed {
            self.close_wanted |= had_socket;
            self.connect_wanted = false;
            self.patience_ends = u64::MAX;
            self.fail_all(&FailureKind::Closed.into());
        }
    }

    // ---- News from outside

    /// The socket is open, TLS included.
    pub fn handle_opened(&mut self, now: u64) {
        if !self.enter(Event::Opened) {
            return;
        }
        self.silent_since = now;
        self.greeting.clear();
        self.steps = self.credentials.encode(&mut self.greeting).into();
        self.greet_if_done();
    }

    /// The socket is gone, or never opened.
    pub fn handle_closed(&mut self, now: u64) {
        if !self.state.has_socket() {
            return;
        }
        if let Some(refusal) = self.refusal.take() {
            return self.give_up(&refusal, now);
        }
        let kind = if self.state == State::Connecting { FailureKind::Unreachable } else { FailureKind::ConnectionLost };
        self.lose(&kind.into(), now);
    }

    /// Room for `length` bytes that the user reads from the socket; then [`handle_received`](Self::handle_received).
    pub fn room(&mut self, length: usize) -> Result<&mut [u8], ProtocolError> {
        self.receiver.room(length)
    }

    /// The first `length` bytes of the room came from the server. What comes late from a socket that was given up is not
    /// taken for words of the next one.
    pub fn handle_received(&mut self, length: usize, now: u64) {
        if self.state.has_socket() {
            self.receiver.filled(length);
            self.silent_since = now;
        }
        if self.greeting_is_out {
            self.greeting = Vec::new();
        }
    }

    /// Bytes that are not RESP, or memory for them that is not there: this connection is of no more use.
    pub fn handle_protocol_error(&mut self, error: ProtocolError, now: u64) {
        if self.state.has_socket() {
            self.close_wanted = true;
            self.give_up(&error.into(), now);
        }
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub fn handle_timeout(&mut self, now: u64) {
        if self.state.has_socket() && now >= self.patience_ends {
            self.patience_ends = u64::MAX;
            self.close_wanted = true;
            self.lose(&FailureKind::ConnectTimeout.into(), now);
        }
        if now >= self.earliest_deadline {
            self.expire(now);
        }
    }

    // ---- What is to be done

    /// When to call [`handle_timeout`](Self::handle_timeout), in milliseconds of the user's clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let next = match self.log.is_empty() {
            true if self.state == State::BackingOff => u64::MAX,
            true => self.patience_ends,
            false => self.patience_ends.min(self.earliest_deadline),
        };
        (next < u64::MAX).then_some(next)
    }

    /// The next thing to do or to know, until there is none. Transmissions come last, so that one carries all there is.
    pub fn poll(&mut self, now: u64) -> Option<Output<T>> {
        loop {
            if let Some((tag, failure)) = self.failed.pop_front() {
                return Some(Output::Failed(tag, failure));
            }
            if std::mem::take(&mut self.close_wanted) {
                return Some(Output::Close);
            }
            if std::mem::take(&mut self.connect_wanted) {
                return Some(Output::Connect);
            }
            match self.next_reply() {
                Ok(Some(output)) => return Some(output),
                Ok(None) => {}
                Err(failure) => {
                    self.close_wanted = true;
                    self.give_up(&failure, now);
                    continue;
                }
            }
            if self.state == State::Closing && !self.log.is_awaited() {
                self.enter(Event::Drained);
                self.close_wanted = true;
                self.fail_all(&FailureKind::Closed.into());
                continue;
            }
            if self.state == State::Ready && self.log.waits_behind_abandoned() && self.is_deaf(now) {
                self.close_wanted = true;
                self.lose(&FailureKind::ConnectionLost.into(), now);
                continue;
            }
            if self.state == State::BackingOff && now >= self.patience_ends {
                self.enter(Event::Rested);
                self.patience_ends = u64::MAX;
            }
            if self.state == State::Idle && !self.log.is_empty() {
                self.enter(Event::Wanted);
                self.patience_ends = now.saturating_add(self.patience.connect_timeout);
                self.connect_wanted = true;
                continue;
            }
            return self.next_transmission(now);
        }
    }

    fn next_reply(&mut self) -> Result<Option<Output<T>>, Failure> {
        if !self.state.has_socket() {
            return Ok(None);
        }
        while let Some(place) = self.receiver.next()? {
            if let Some(step) = self.steps.pop_front() {
                self.greeted(step, place)?;
                continue;
            }
            let Some(entry) = self.log.answered() else {
                return Err(ProtocolError::Unexpected.into());
            };
            if !std::mem::replace(&mut self.has_answered, true) {
                self.refusal = None;
                self.backoff.reset();
            }
            if self.log.is_empty() {
                self.earliest_deadline = u64::MAX;
            }
            if !entry.abandoned {
                return Ok(Some(Output::Reply(entry.request.tag, place)));
            }
        }
        Ok(None)
    }

    /// One reply of the handshake.
    fn greeted(&mut self, step: Step, place: Range<usize>) -> Result<(), Failure> {
        let reply = self.reply(place)?;
        if let Reply::Error(text) = reply {
            let refusal = Failure::with_reply(FailureKind::Handshake, text);
            if !step.accepts(&reply) {
                return Err(refusal);
            }
            self.refusal = Some(refusal);
        }
        self.greet_if_done();
        Ok(())
    }

    fn greet_if_done(&mut self) {
        if self.steps.is_empty() && self.enter(Event::Greeted) {
            self.patience_ends = u64::MAX;
        }
    }

    /// In the handshake only reads ride along, and writes too when it cannot change where they land; nothing overtakes.
    fn next_transmission(&mut self, now: u64) -> Option<Output<T>> {
        let all = match self.state {
            State::Ready | State::Closing => true,
            State::Handshake => !self.credentials.decide_where_writes_land(),
            _ => return None,
        };
        if self.log.in_flight() == 0 {
            self.silent_since = now;
        }
        let may_go = |request: &Request<T>| all || request.effect == Effect::Read;
        // A greeting that was handed out stays in memory until bytes come: the user may not have written it yet.
        if self.greeting.is_empty() || self.greeting_is_out {
            self.transmission = Transmission::Log(self.log.send(may_go)?);
            return Some(Output::Transmit);
        }
        if self.log.unsent() <= MOST_RIDING {
            let riding = self.log.send(may_go).unwrap_or_default();
            self.greeting.extend_from_slice(self.log.bytes(riding));
        }
        self.greeting_is_out = true;
        self.transmission = Transmission::Greeting;
        Some(Output::Transmit)
    }

    /// Enters the state after `event`; false where the event means nothing in this state.
    fn enter(&mut self, event: Event) -> bool {
        let next = self.state.after(event);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }
}
