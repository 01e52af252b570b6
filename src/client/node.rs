//! One server: its connection, attempts to connect, and the requests that wait for it.

use super::circuit_breaker::QUICK;
use super::cluster::Rerouted;
use super::hold::Hold;
use super::{CircuitBreaker, ConnectionId, Context, Error, NodeId, Output};
use crate::connection::{self, Connection, Kind, Request, RequestQueue, State};
use std::collections::VecDeque;
use std::ops::Range;

/// One server, and what is under way to it.
#[derive(Debug)]
pub(super) struct Node<T> {
    pub(super) id: NodeId,
    /// Whether it is in the client's queue of nodes to poll, and of those to ask for transmissions.
    pub(super) is_touched: bool,
    pub(super) is_settled: bool,
    /// The connection that requests go to, if there is one.
    pub(super) in_use: Option<Socket<T>>,
    /// Requests, as long as there is none.
    pub(super) waiting: RequestQueue<T>,
    pub(super) breaker: CircuitBreaker,
    /// Whether the breaker does not know yet what becomes of the connection in use.
    pub(super) is_unproven: bool,
    /// Whether it had a connection whose handshake was done.
    pub(super) has_worked: bool,
    /// Until then probes are begun by themselves: requests failed not long ago.
    pub(super) probes_until: u64,
    /// Whether requests went to another node, since this one does not work.
    pub(super) is_avoided: bool,
    /// The order of the request that wants a connection for which there must be room first.
    pub(super) wants_connection: Option<u64>,
    /// Whether there is.
    pub(super) may_connect: bool,
    /// The order of the last request of an operation of many that had room here.
    pub(super) admitted: u64,
    /// The order of the last request.
    pub(super) last_order: u64,
    /// Up to this place requests are not in their order: others were sent on to this node, and stand behind them.
    pub(super) disordered_until: u64,
    /// A connection that takes the place of the one in use once it is ready; where there is none, it is the breaker's probe.
    pub(super) replacement: Option<Box<Socket<T>>>,
    /// What the server rejected, until it is sent again.
    pub(super) hold: Option<Box<Hold<T>>>,
    /// Connections that were replaced one soon after the other, and when the last one was.
    pub(super) replacements: u32,
    pub(super) replaced_at: u64,
    pub(super) outputs: VecDeque<Output<T>>,
    /// Requests that go elsewhere, a reply about the installation, and a slot that nobody serves: the client looks at them at once.
    pub(super) rerouted: Vec<Rerouted<T>>,
    pub(super) learned: Option<(ConnectionId, Range<usize>)>,
    pub(super) unassigned: Option<u16>,
}

#[derive(Debug)]
pub(super) struct Socket<T> {
    pub(super) id: ConnectionId,
    pub(super) connection: Connection<T>,
    pub(super) opened_at: u64,
    /// Whether the breaker is open, and requests wait for this attempt for as long as one that fails quickly takes.
    pub(super) is_trial: bool,
}

impl<T: Copy> Socket<T> {
    /// Until when requests wait for the attempt; `u64::MAX` where that is no trial.
    pub(super) fn trial_until(&self) -> u64 {
        let is_on_trial = self.is_trial && self.connection.state() == State::Connecting;
        if is_on_trial { self.opened_at.saturating_add(QUICK) } else { u64::MAX }
    }
}

impl<T: Copy> Node<T> {
    pub(super) fn new(id: NodeId, breaker: CircuitBreaker) -> Self {
        Self {
            id,
            is_touched: false,
            is_settled: false,
            in_use: None,
            waiting: RequestQueue::default(),
            breaker,
            is_unproven: false,
            has_worked: false,
            probes_until: 0,
            is_avoided: false,
            wants_connection: None,
            may_connect: false,
            admitted: 0,
            last_order: 0,
            disordered_until: 0,
            replacement: None,
            hold: None,
            replacements: 0,
            replaced_at: 0,
            outputs: VecDeque::new(),
            rerouted: Vec::new(),
            learned: None,
            unassigned: None,
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        let is_held = self.hold.as_ref().is_some_and(|hold| !hold.is_empty());
        self.queue().is_awaited() || is_held || !self.outputs.is_empty()
    }

    /// Whether it has a connection, or requests that wait for one.
    pub(super) fn has_or_gets_connection(&self) -> bool {
        self.in_use.is_some() || !self.waiting.is_empty()
    }

    /// How many sockets it has, or is opening.
    pub(super) fn sockets(&self) -> usize {
        usize::from(self.in_use.is_some()) + usize::from(self.replacement.is_some())
    }

    /// How many of them it is opening.
    pub(super) fn unfinished(&self) -> usize {
        let is_connecting = |socket: &Socket<T>| socket.connection.state() == State::Connecting;
        usize::from(self.in_use.as_ref().is_some_and(is_connecting))
            + usize::from(self.replacement.as_deref().is_some_and(is_connecting))
    }

    /// Whether it has something for the client to look at.
    pub(super) fn has_updates(&self) -> bool {
        !self.rerouted.is_empty() || self.learned.is_some() || self.unassigned.is_some()
    }

    pub(super) fn is_waiting_for_connection(&self, now: u64) -> bool {
        let has_use = !self.waiting.is_empty() || self.hold.is_some() || self.probes_until > now;
        has_use && self.wants_connection.is_some()
    }

    /// Whether something is under way that no call waits for: a probe, or a question about the installation.
    pub(super) fn is_probing(&self) -> bool {
        let is_asking = self.queue().front().is_some_and(|request| request.kind == Kind::Discovery);
        let is_probing = |socket: &Socket<T>| socket.trial_until() < u64::MAX;
        (cfg!(feature = "cluster") && is_asking)
            || self.in_use.as_ref().map_or_else(|| self.replacement.is_some(), is_probing)
    }

    pub(super) fn connection(&self, id: ConnectionId) -> Option<&Connection<T>> {
        match &self.in_use {
            Some(socket) if socket.id == id => Some(&socket.connection),
            _ => self.replacement.as_deref().filter(|socket| socket.id == id).map(|socket| &socket.connection),
        }
    }

    pub(super) fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection<T>> {
        match &mut self.in_use {
            Some(socket) if socket.id == id => Some(&mut socket.connection),
            _ => self.replacement.as_deref_mut().filter(|socket| socket.id == id).map(|socket| &mut socket.connection),
        }
    }

    pub(super) fn queue(&self) -> &RequestQueue<T> {
        self.in_use.as_ref().map_or(&self.waiting, |socket| socket.connection.queue())
    }

    /// Whether a request before this place in the order has no reply yet.
    pub(super) fn awaits_before(&self, order: u64) -> bool {
        let queue = self.queue();
        queue.front().is_some_and(|front| {
            let mut is_awaited = front.order < order;
            if !is_awaited && front.order <= self.disordered_until {
                queue.for_each(&mut |request, _| is_awaited |= request.order < order);
            }
            is_awaited
        })
    }

    pub(super) fn queue_mut(&mut self) -> &mut RequestQueue<T> {
        match &mut self.in_use {
            None => &mut self.waiting,
            Some(socket) => socket.connection.queue_mut(),
        }
    }

    // ---- Calls of the application

    /// Makes room for so many bytes, where no more than `limit` have no reply yet.
    pub(super) fn reserve(&mut self, length: usize, limit: usize) -> Result<(), Error> {
        let held = self.hold.as_ref().map_or(0, |hold| hold.length());
        let queue = self.queue_mut();
        if queue.length() + held >= limit {
            return Err(Error::QueueFull);
        }
        queue.reserve(length).then_some(()).ok_or(Error::OutOfMemory)
    }

    /// Queues a request whose bytes were appended to the queue.
    pub(super) fn push_encoded(&mut self, request: Request<T>, is_closed: bool) {
        if cfg!(feature = "cluster") && request.order < self.last_order {
            self.disordered_until = self.last_order;
        } else {
            self.last_order = request.order;
        }
        self.queue_mut().push_encoded(request);
        if is_closed {
            self.fail_last(&Error::Closed);
        } else if self.hold.is_some() {
            self.fence_last();
        }
    }

    #[cold]
    fn fail_last(&mut self, error: &Error) {
        if let Some(request) = self.queue_mut().pop_unsent() {
            push_failed(&mut self.outputs, request.tag, self.id, error);
        }
    }

    /// Queues a request whose bytes were appended, and which waits here until all before it are answered.
    #[cold]
    pub(super) fn push_fenced(&mut self, request: Request<T>, is_closed: bool) {
        self.queue_mut().push_encoded(request);
        if is_closed {
            return self.fail_last(&Error::Closed);
        }
        let mut hold = self.hold.take().unwrap_or_else(|| Box::new(Hold::for_order()));
        hold.fence = hold.fence.max(request.order);
        self.hold_last(hold);
    }

    /// Holds a request until all before it are answered; false where there is no memory for it.
    pub(super) fn hold_until_answered(&mut self, request: &Request<T>, command: Vec<u8>) -> bool {
        let hold = self.hold.get_or_insert_with(|| Box::new(Hold::for_order()));
        hold.fence = hold.fence.max(request.order);
        hold.insert(request, command)
    }

    /// Closes the connection, on which nothing is awaited.
    pub(super) fn close_in_use(&mut self) {
        if let Some(socket) = &mut self.in_use {
            socket.connection.close();
        }
    }

    /// A request for a key of one that is held must not overtake it.
    #[cold]
    fn fence_last(&mut self) {
        let Some(hold) = self.hold.take() else {
            return;
        };
        let last = self.queue().last_unsent();
        if last.is_some_and(|(_, command)| hold.conflicts_with(command)) {
            self.hold_last(hold);
        } else {
            self.hold = Some(hold);
        }
    }

    /// Moves the request that was queued last to the requests that are held. Without the memory for it, it fails: it must not
    /// overtake them.
    fn hold_last(&mut self, mut hold: Box<Hold<T>>) {
        let last = self.queue().last_unsent();
        if last.is_some_and(|(request, command)| hold.insert_copy(request, command)) {
            self.queue_mut().pop_unsent();
        } else {
            self.fail_last(&Error::OutOfMemory);
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
        self.close_in_use();
        self.probes_until = 0;
        let mut waiting = std::mem::take(&mut self.waiting);
        self.fail_all(&mut waiting, self.id, &Error::Closed);
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
            // Before anything that is told leads to further requests.
            if self.has_updates() {
                return None;
            }
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            match self.in_use.as_mut().and_then(|socket| socket.connection.poll(now)) {
                Some(connection::Output::Reply { request, bytes, reply }) => {
                    let Some(socket) = &self.in_use else { continue };
                    if request.kind == Kind::Discovery {
                        self.learned = Some((socket.id, reply));
                        return None;
                    }
                    if self.hold.is_none() && !socket.connection.is_error(&reply) {
                        return Some(Output::Reply(request.tag, socket.id, reply));
                    }
                    if let Some(output) = self.handle_uncommon_reply(request, bytes, reply, now, context) {
                        return Some(output);
                    }
                }
                Some(connection::Output::Ended(ended)) => self.disconnected(&ended, now, context),
                None if self.advance(now, context) => {}
                None => {
                    // What it may open a connection for came to an end meanwhile.
                    self.may_connect = false;
                    return None;
                }
            }
        }
    }

    /// The connection that has something to write.
    pub(super) fn poll_transmit(&mut self, now: u64) -> Option<ConnectionId> {
        if let Some(socket) = &mut self.in_use
            && socket.connection.poll_transmit(now)
        {
            return Some(socket.id);
        }
        let socket = self.replacement.as_deref_mut()?;
        socket.connection.poll_transmit(now).then_some(socket.id)
    }

    /// Goes on where nothing came from the connection in use; false when there is nothing to go on with.
    fn advance(&mut self, now: u64, context: &mut Context) -> bool {
        self.advance_replacement(now, context) || self.release(now, context) || self.connect(now, context)
    }
}

/// Reports that a request has failed.
// By itself: inlined where it is called it adds 1.1 KB to the module (2026-11-26).
#[inline(never)]
pub(super) fn push_failed<T>(outputs: &mut VecDeque<Output<T>>, tag: T, node: NodeId, error: &Error) {
    outputs.push_back(Output::Failed(tag, node, error.clone()));
}
