//! cachelib's `RedisCache`: operations in, outcomes out.
//!
//! [`Cache`] is what the crate's user holds. It turns each [`Operation`] into commands, hands them to the client layer, and
//! turns replies into an [`Outcome`]. Facts of cachelib are those of version 0.17, `src/cachelib/redis.py`.

mod command;
mod error;
pub mod key;
mod lease;
mod operation;
mod outcome;
mod output;
mod script;
mod timeout;

pub use error::Error;
pub use lease::LeaseId;
pub use operation::{Operation, Purpose};
pub use outcome::{Freshness, Outcome, PartialFailure, Values};
pub use output::Output;
pub use script::Script;
pub use timeout::Expiry;

pub use crate::client::{Address, ConnectionId, NodeId};

use crate::client::{self, Client, Config, Installation, Route};
use crate::connection::Request;
use crate::resp::ProtocolError;
use operation::{
    Acquire, Clear, CommandKind, Commands, Deletion, GetMany, Load, MultiCommand, Operations, RequestTag, SetMany,
    delete_lock,
};
use std::{collections::VecDeque, ops::Range};

/// Whether there are leases, scripts and commands of the caller's: what depends on it is not in a module without them.
pub(crate) const LAYER: bool = cfg!(feature = "layer");

/// The caller's name for one operation. It is the caller's to choose; its outcome carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallId(pub u32);

/// A cache in a Redis installation: one server, a cluster, or the master that sentinels know.
#[derive(Debug)]
pub struct Cache {
    client: Client<RequestTag>,
    operations: Operations,
    /// Calls that were given up and are still to be told so: one pass over the requests serves them all.
    aborted: Vec<u32>,
    /// Operations that were done by something else than a reply.
    done: VecDeque<(CallId, Outcome<'static>)>,
    /// The connection whose last reply was not one to its command. No other reply of it is told: the next poll ends it before it looks
    /// at another reply, so that there is one at most.
    desynced: Option<(ConnectionId, ProtocolError)>,
}

impl Cache {
    /// A cache that connects with the first operation. `seed` makes its pauses between attempts differ from others'.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self::sharing(config, seed, Installation::default())
    }

    /// A cache that shares with others, in which the same clock runs, what is known of the servers.
    #[must_use]
    pub fn sharing(config: Config, seed: u64, installation: Installation) -> Self {
        Self {
            client: Client::new(config, seed, installation),
            operations: Operations::default(),
            aborted: Vec::new(),
            done: VecDeque::new(),
            desynced: None,
        }
    }

    /// Whether an operation is not done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.done.is_empty() || self.client.is_busy() || self.operations.is_waiting()
    }

    /// Whether an attempt to connect is under way that no operation waits for, or a question about the installation.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.client.is_probing()
    }

    // ---- Calls of the application

    /// Begins an operation, which is given up `timeout` milliseconds from `now`.
    pub fn submit(&mut self, call: CallId, operation: Operation<'_>, timeout: u64, now: u64) {
        self.cancel_aborted();
        self.client.handle_now(now);
        let deadline = now.saturating_add(timeout);
        let kind = operation.kind();
        let is_uncommon = matches!(kind, CommandKind::Part | CommandKind::Command)
            || (kind == CommandKind::Flush && self.client.is_cluster());
        if is_uncommon && matches!(operation, Operation::Store { .. } | Operation::Release { .. }) {
            // Whatever is refused, the lease ends.
            return self.submit_uncommon(call, operation, deadline, now);
        }
        let Some(size) = operation.size() else {
            return self.done.push_back((call, Outcome::Failed(Error::TooLarge)));
        };
        if is_uncommon && self.client.is_cluster() {
            // Its commands go to several nodes, each of which has room for its part, or not.
            self.client.begin_operation();
            return self.submit_uncommon(call, operation, deadline, now);
        }
        let target = match self.client.reserve(operation.route(), kind.effect(), size) {
            Ok(target) => target,
            Err(error) => return self.done.push_back((call, Outcome::Failed(error.into()))),
        };
        if is_uncommon {
            return self.submit_uncommon(call, operation, deadline, now);
        }
        let tag = RequestTag { call, kind, operation: 0, part: 0 };
        let request = Request::new(tag, kind.effect(), deadline);
        self.client.push_to(target, request, |out| operation.encode(out));
    }

    /// Begins an operation of many commands, or of one of the caller's, or ends a lease.
    fn submit_uncommon(&mut self, call: CallId, operation: Operation<'_>, deadline: u64, now: u64) {
        let start = |commands: &mut Commands<'_>| -> Box<dyn MultiCommand> {
            match operation {
                Operation::GetMany { keys } => GetMany::start(keys, commands),
                Operation::SetMany { entries, expiry } => SetMany::start(entries, expiry, commands),
                Operation::Delete { key } => Deletion::start(&[key], false, commands),
                Operation::DeleteMany { keys } => Deletion::start(keys, true, commands),
                Operation::Clear { prefix } => Clear::start(prefix, false, commands),
                Operation::Nodes if LAYER => Clear::start(b"", true, commands),
                Operation::Load { key, above } if LAYER => Load::start(key, above, commands),
                Operation::Acquire { key, tags, above, length, purpose, wait } if LAYER => {
                    Acquire::start(key, tags, (above, length, wait), purpose, commands)
                }
                _ => unreachable!("an operation of one command"),
            }
        };
        let outcome = match operation {
            Operation::Command { .. } | Operation::Script { .. } if LAYER => self.push(call, &operation, deadline),
            Operation::Store { lease, .. } | Operation::Release { lease, .. } if LAYER => {
                self.end_lease(call, lease, operation, deadline, now)
            }
            _ if !LAYER && operation.is_of_layer() => Some(Outcome::Failed(Error::Unsupported)),
            _ => self.operations.start(&mut self.client, call, (now, deadline), start),
        };
        if let Some(outcome) = outcome {
            self.done.push_back((call, outcome));
        }
    }

    /// Sends one command; its outcome where it cannot be sent.
    fn push(&mut self, call: CallId, operation: &Operation<'_>, deadline: u64) -> Option<Outcome<'static>> {
        let (mut route, effect) = (operation.route(), operation.effect());
        if let Operation::Command { key: 0, node, .. } = *operation {
            let Some(node) = self.client.known_node(node) else {
                return Some(Outcome::Values(Values::default()));
            };
            route = Route::Node(node);
        }
        // A lease is given up however full the queue is: others wait for it.
        let is_end = matches!(operation, Operation::Script { script: Script::Hold, .. });
        let reserve = if is_end { Client::reserve_always } else { Client::reserve };
        let size = operation.size().ok_or(Error::TooLarge);
        let target = match size.and_then(|size| Ok(reserve(&mut self.client, route, effect, size)?)) {
            Ok(target) => target,
            Err(error) => return Some(Outcome::Failed(error)),
        };
        if let (Operation::Command { cancels_lease: true, .. }, Route::Key(key)) = (operation, route) {
            // There is room for both. Whoever computes the value of the key shall not store it.
            let lock = lease::lock_of(key, self.client.is_cluster());
            delete_lock(&mut self.client, &lock, deadline);
        }
        let tag = RequestTag { call, kind: operation.kind(), operation: 0, part: 0 };
        self.client.push_to(target, Request::new(tag, effect, deadline), |out| operation.encode_cold(out));
        None
    }

    /// The caller gives an operation up: it fails as aborted, whatever its reply will be.
    pub fn abort(&mut self, call: CallId) {
        if let Err(index) = self.aborted.binary_search(&call.0) {
            self.aborted.insert(index, call.0);
        }
    }

    /// Closes for good: what is in flight is still answered, everything else fails.
    pub fn close(&mut self) {
        self.cancel_aborted();
        self.client.close();
        self.operations.leases.clear();
        self.operations.fail_waiting(&|_| true, &client::Error::Closed, &mut self.done);
    }

    // ---- Transport events

    /// The socket is open, TLS included.
    pub fn opened(&mut self, id: ConnectionId, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_opened(now);
        }
    }

    /// The socket is gone, or could not be opened.
    pub fn closed(&mut self, id: ConnectionId) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_closed();
        }
    }

    /// Bytes came from the server.
    pub fn receive(&mut self, id: ConnectionId, bytes: &[u8], now: u64) {
        if let Some(spare) = self.spare_mut(id, bytes.len()) {
            spare.copy_from_slice(bytes);
            self.received(id, bytes.len(), now);
        }
    }

    /// Where to read `length` bytes from the socket into; then [`received`](Self::received). `None` where there is no memory
    /// for them, which ends the connection.
    pub fn spare_mut(&mut self, id: ConnectionId, length: usize) -> Option<&mut [u8]> {
        let connection = self.client.connection_mut(id)?;
        if let Err(error) = connection.spare_mut(length).map(|_| ()) {
            connection.handle_protocol_error(error);
            return None;
        }
        connection.spare_mut(length).ok()
    }

    /// The first `length` bytes of [`spare_mut`](Self::spare_mut) came from the server.
    pub fn received(&mut self, id: ConnectionId, length: usize, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_received(length, now);
        }
    }

    /// Bytes of a transmission have moved on: a large one may take long, and its server is not unresponsive then.
    pub fn progressed(&mut self, id: ConnectionId, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_progress(now);
        }
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub fn timeout(&mut self, now: u64) {
        self.client.handle_timeout(now);
        self.operations.handle_timeout(&mut self.client, now, &mut self.done);
    }

    // ---- What is to be done

    /// When to call [`timeout`](Self::timeout), in milliseconds of the user's clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let operations = Some(self.operations.poll_timeout()).filter(|&time| time < u64::MAX);
        self.client.poll_timeout().into_iter().chain(operations).min()
    }

    /// The next thing to do or to know, until there is none. What an output borrows is valid until something is put in;
    /// transmissions come after everything else that there is.
    pub fn poll(&mut self, now: u64) -> Option<Output<'_>> {
        self.cancel_aborted();
        if let Some((call, outcome)) = self.done.pop_front() {
            return Some(Output::Complete(call, outcome));
        }
        if let Some((id, error)) = self.desynced.take() {
            self.client.handle_protocol_error(id, error);
        }
        loop {
            let (tag, result) = match self.client.poll(now)? {
                client::Output::Connect(id, address) => return Some(Output::Connect(id, address)),
                client::Output::Close(id) => return Some(Output::Close(id)),
                client::Output::Transmit(id) => return Some(Output::Transmit(id, self.client.transmission(id))),
                client::Output::Reply(tag, id, range) if tag.kind.is_single() => {
                    return Some(Output::Complete(tag.call, self.complete_single(tag.kind, id, range)));
                }
                client::Output::Failed(tag, node, error) if tag.kind.is_single() => {
                    return Some(Output::Complete(tag.call, Outcome::Failed(Error::Client(error, node))));
                }
                client::Output::Reply(tag, id, range) => (tag, Ok((id, range))),
                client::Output::Failed(tag, node, error) => (tag, Err(Error::Client(error, node))),
            };
            if tag.kind == CommandKind::FireAndForget {
                continue;
            }
            if let Some(outcome) = self.operations.handle(&mut self.client, tag, result, now) {
                return Some(Output::Complete(tag.call, outcome));
            }
        }
    }

    fn complete_single(&mut self, kind: CommandKind, id: ConnectionId, range: Range<usize>) -> Outcome<'_> {
        kind.outcome(self.client.reply(id, range), id, |error| self.desynced = Some((id, error)))
    }

    #[inline]
    fn cancel_aborted(&mut self) {
        if !self.aborted.is_empty() {
            self.tell_aborted();
        }
    }

    #[cold]
    fn tell_aborted(&mut self) {
        let calls = std::mem::take(&mut self.aborted);
        let is_aborted = |call: CallId| calls.binary_search(&call.0).is_ok();
        let is_picked = |tag: &RequestTag| tag.kind != CommandKind::FireAndForget && is_aborted(tag.call);
        self.client.cancel(is_picked, &client::Error::Aborted);
        self.operations.fail_waiting(&is_aborted, &client::Error::Aborted, &mut self.done);
    }
}
