//! cachelib's `RedisCache`: operations in, outcomes out.
//!
//! [`Cache`] is what the crate's user holds. It turns each [`Operation`] into commands, hands them to the client layer, and
//! turns replies into an [`Outcome`]. Facts of cachelib are those of version 0.17, `src/cachelib/redis.py`.

mod gather;
pub mod key;
mod operation;
mod outcome;
mod timeout;

pub use operation::Operation;
pub use outcome::{Keys, Outcome, Values};
pub use timeout::Expiry;

pub use crate::client::ConnectionId;

use crate::client::{Client, Config};
use crate::connection::{self, Request};
use crate::failure::{Failure, FailureKind};
use crate::resp::{ProtocolError, Reply, encode};
use gather::{Gathering, PIECE};
use operation::{Verb, name_and_keys, scan, set, words};
use std::{collections::VecDeque, ops::Range};

/// The caller's name for one operation. It is the caller's to choose; its outcome carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId(pub u32);

/// What [`Cache::poll`] wants done, or tells.
#[derive(Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Open a socket to the server; then [`Cache::opened`] or [`Cache::closed`].
    Connect(ConnectionId),
    /// Write these bytes to the socket.
    Transmit(ConnectionId, &'a [u8]),
    /// Close the socket, and tell nothing more of it.
    Close(ConnectionId),
    /// An operation is done.
    Complete(CallId, Outcome<'a>),
}

/// What is known of a command when its reply comes.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    call: CallId,
    verb: Verb,
    /// Where the replies of its operation are gathered, when there are many.
    slot: u32,
    /// The index of the first key of this command within its operation.
    first: u32,
}

/// A cache in one Redis server.
#[derive(Debug)]
pub struct Cache {
    client: Client<Ticket>,
    gatherings: Vec<Option<Gathering>>,
    /// Places in `gatherings` that are free.
    free: Vec<u32>,
    /// Calls that were given up and are still to be told so: one pass over the requests serves them all.
    aborted: Vec<u32>,
    /// Operations that were done before they were sent.
    done: VecDeque<(CallId, Outcome<'static>)>,
    /// A connection whose last reply was not one to its command, and what was wrong with it.
    confused: Option<(ConnectionId, ProtocolError)>,
}

impl Cache {
    /// A cache that connects with the first operation. `seed` makes its pauses between attempts differ from others'.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            client: Client::new(config, seed),
            gatherings: Vec::new(),
            free: Vec::new(),
            aborted: Vec::new(),
            done: VecDeque::new(),
            confused: None,
        }
    }

    /// Whether an operation is not done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.done.is_empty() || self.client.is_busy()
    }

    // ---- Calls of the application

    /// Begins an operation, which is given up `patience` milliseconds from `now`.
    pub fn submit(&mut self, call: CallId, operation: Operation<'_>, patience: u64, now: u64) {
        self.tell_aborted();
        let deadline = now.saturating_add(patience);
        if !operation.size().is_some_and(|size| self.client.reserve(size)) {
            return self.fail(call, FailureKind::TooLarge);
        }
        let verb = match operation {
            Operation::Get { .. } => Verb::Get,
            Operation::Has { .. } => Verb::Has,
            Operation::Delete { .. } => Verb::Delete,
            Operation::Set { .. } => Verb::Set,
            Operation::Add { .. } => Verb::Add,
            Operation::Increment { .. } => Verb::Increment,
            Operation::Ping => Verb::Ping,
            Operation::GetMany { keys } => return self.get_many(call, keys, deadline),
            Operation::SetMany { entries, expiry } => return self.set_many(call, entries, expiry, deadline),
            Operation::DeleteMany { keys } => return self.delete_many(call, keys, deadline),
            Operation::Clear { prefix: b"" } => Verb::Flush,
            Operation::Clear { prefix } => return self.clear(call, prefix, deadline),
        };
        let ticket = Ticket { call, verb, slot: 0, first: 0 };
        self.client.push(request(ticket, deadline), |out| operation.encode(out));
    }

    /// Ends an operation before it began: its outcome is this failure.
    pub fn fail(&mut self, call: CallId, kind: FailureKind) {
        self.done.push_back((call, Outcome::Failed(kind.into())));
    }

    /// The caller gives an operation up: it fails as aborted, whatever its reply will be.
    pub fn abort(&mut self, call: CallId) {
        if let Err(place) = self.aborted.binary_search(&call.0) {
            self.aborted.insert(place, call.0);
        }
    }

    /// Closes for good: what is in flight is still answered, everything else fails.
    pub fn close(&mut self) {
        self.tell_aborted();
        self.client.close();
    }

    // ---- News from outside

    /// The socket is open, TLS included.
    pub fn opened(&mut self, id: ConnectionId, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_opened(now);
        }
    }

    /// The socket is gone, or could not be opened.
    pub fn closed(&mut self, id: ConnectionId, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_closed(now);
        }
    }

    /// Bytes came from the server.
    pub fn receive(&mut self, id: ConnectionId, bytes: &[u8], now: u64) {
        if let Some(room) = self.room(id, bytes.len(), now) {
            room.copy_from_slice(bytes);
            self.received(id, bytes.len(), now);
        }
    }

    /// Room to read `length` bytes from the socket into; then [`received`](Self::received). `None` where there is no memory
    /// for them, which ends the connection.
    pub fn room(&mut self, id: ConnectionId, length: usize, now: u64) -> Option<&mut [u8]> {
        let connection = self.client.connection_mut(id)?;
        if let Err(error) = connection.room(length).map(|_| ()) {
            connection.handle_protocol_error(error, now);
            return None;
        }
        connection.room(length).ok()
    }

    /// The first `length` bytes of the room came from the server.
    pub fn received(&mut self, id: ConnectionId, length: usize, now: u64) {
        if let Some(connection) = self.client.connection_mut(id) {
            connection.handle_received(length, now);
        }
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named.
    pub fn timeout(&mut self, now: u64) {
        self.client.handle_timeout(now);
    }

    // ---- What is to be done

    /// When to call [`timeout`](Self::timeout), in milliseconds of the user's clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        self.client.poll_timeout()
    }

    /// The next thing to do or to know, until there is none. What an output borrows is valid until something is put in;
    /// a transmission comes after everything else that there is of its connection.
    // Returned through memory, an outcome would be copied in words that are not the ones just written: a stall a reply.
    #[inline(always)]
    pub fn poll(&mut self, now: u64) -> Option<Output<'_>> {
        if let Some((call, outcome)) = self.done.pop_front() {
            return Some(Output::Complete(call, outcome));
        }
        self.tell_aborted();
        if let Some((id, error)) = self.confused.take()
            && let Some(connection) = self.client.connection_mut(id)
        {
            connection.handle_protocol_error(error, now);
        }
        loop {
            let (id, output) = self.client.poll(now)?;
            let (ticket, result) = match output {
                connection::Output::Connect => return Some(Output::Connect(id)),
                connection::Output::Close => return Some(Output::Close(id)),
                connection::Output::Transmit => return Some(Output::Transmit(id, self.client.transmission(id))),
                connection::Output::Reply(ticket, place) if !ticket.verb.is_part() => {
                    return Some(Output::Complete(ticket.call, self.whole(id, ticket.verb, place)));
                }
                connection::Output::Failed(ticket, failure) if !ticket.verb.is_part() => {
                    return Some(Output::Complete(ticket.call, Outcome::Failed(failure)));
                }
                connection::Output::Reply(ticket, place) => (ticket, Ok(place)),
                connection::Output::Failed(ticket, failure) => (ticket, Err(failure)),
            };
            if let Some(outcome) = self.part(id, ticket, result) {
                return Some(Output::Complete(ticket.call, outcome));
            }
        }
    }

    #[inline]
    fn tell_aborted(&mut self) {
        if !self.aborted.is_empty() {
            self.abandon_aborted();
        }
    }

    #[cold]
    fn abandon_aborted(&mut self) {
        let calls = std::mem::take(&mut self.aborted);
        self.client.abandon(|ticket| calls.binary_search(&ticket.call.0).is_ok(), FailureKind::Aborted);
    }

    /// The outcome of an operation of one command.
    fn whole(&mut self, id: ConnectionId, verb: Verb, place: Range<usize>) -> Outcome<'_> {
        match (verb, self.client.reply(id, place)) {
            (_, Ok(Reply::Error(text))) => Outcome::Failed(Failure::with_reply(FailureKind::Server, text)),
            (Verb::Get, Ok(Reply::Bulk(value))) => Outcome::Value(Some(value)),
            (Verb::Get, Ok(Reply::Nil)) => Outcome::Value(None),
            (Verb::Increment, Ok(Reply::Integer(number))) => Outcome::Integer(number),
            (Verb::Has | Verb::Delete, Ok(Reply::Integer(count))) => Outcome::Flag(count > 0),
            (Verb::Set | Verb::Add | Verb::Flush | Verb::Ping, Ok(Reply::Status(_))) => Outcome::Flag(true),
            (Verb::Add, Ok(Reply::Nil)) => Outcome::Flag(false),
            (_, reply) => {
                let error = reply.err().unwrap_or(ProtocolError::Unexpected);
                self.confused = Some((id, error));
                Outcome::Failed(error.into())
            }
        }
    }

    /// One command of an operation of many; the outcome once it was the last.
    // Rare, and large: it would take registers from the road of the others.
    #[inline(never)]
    fn part(
        &mut self,
        id: ConnectionId,
        ticket: Ticket,
        result: Result<Range<usize>, Failure>,
    ) -> Option<Outcome<'static>> {
        let entry = self.gatherings.get_mut(ticket.slot as usize)?;
        let gathering = entry.as_mut()?;
        gathering.remaining -= 1;
        match result.map(|place| self.client.reply(id, place)) {
            Err(failure) => gathering.failed(ticket.verb, ticket.first, failure),
            Ok(Ok(Reply::Error(text))) => {
                gathering.failed(ticket.verb, ticket.first, Failure::with_reply(FailureKind::Server, text));
            }
            Ok(reply) => match reply.and_then(|reply| gathering.reply(ticket.verb, ticket.first, &reply)) {
                Ok(next) => Self::follow_up(&mut self.client, gathering, ticket, next),
                Err(error) => {
                    gathering.failed(ticket.verb, ticket.first, error.into());
                    self.confused = Some((id, error));
                }
            },
        }
        if gathering.remaining > 0 {
            return None;
        }
        self.free.push(ticket.slot);
        entry.take().map(Gathering::outcome)
    }

    // ---- Operations of many commands

    fn get_many(&mut self, call: CallId, keys: &[&[u8]], deadline: u64) {
        if keys.is_empty() {
            return self.done.push_back((call, Outcome::Values(Values::default())));
        }
        let slot = self.gather(Gathering::values(keys.len(), deadline));
        for (first, piece) in (0..).step_by(PIECE).zip(keys.chunks(PIECE)) {
            let ticket = Ticket { call, verb: Verb::GetPiece, slot, first };
            self.client.push(request(ticket, deadline), |out| name_and_keys(out, words::MGET, piece));
        }
    }

    fn set_many(&mut self, call: CallId, entries: &[(&[u8], &[u8])], expiry: Expiry, deadline: u64) {
        if entries.is_empty() {
            return self.done.push_back((call, Outcome::Keys(Keys::default())));
        }
        let slot = self.gather(Gathering::keys(entries.len(), entries.len(), deadline));
        for (first, (key, value)) in (0..).zip(entries) {
            let ticket = Ticket { call, verb: Verb::SetPiece, slot, first };
            self.client.push(request(ticket, deadline), |out| set(out, key, value, expiry, false));
        }
    }

    /// After DEL every key of it is absent, so that cachelib's EXISTS for each of them has but one answer.
    fn delete_many(&mut self, call: CallId, keys: &[&[u8]], deadline: u64) {
        if keys.is_empty() {
            return self.done.push_back((call, Outcome::Keys(Keys::default())));
        }
        let slot = self.gather(Gathering::keys(keys.len(), keys.len().div_ceil(PIECE), deadline));
        for (first, piece) in (0..).step_by(PIECE).zip(keys.chunks(PIECE)) {
            let ticket = Ticket { call, verb: Verb::DeletePiece, slot, first };
            self.client.push(request(ticket, deadline), |out| name_and_keys(out, words::DEL, piece));
        }
    }

    fn clear(&mut self, call: CallId, prefix: &[u8], deadline: u64) {
        let pattern = key::pattern(prefix);
        let slot = self.gather(Gathering::clear(pattern.clone(), deadline));
        let ticket = Ticket { call, verb: Verb::Scan, slot, first: 0 };
        self.client.push(request(ticket, deadline), |out| scan(out, b"0", &pattern));
    }

    /// The next step of `clear`: delete what was found, and look on. Both leave in one write.
    fn follow_up(client: &mut Client<Ticket>, gathering: &mut Gathering, ticket: Ticket, next: gather::FollowUp) {
        for piece in next.unlink.chunks(PIECE) {
            let unlink = Ticket { verb: Verb::Unlink, ..ticket };
            gathering.remaining += 1;
            client.push(request(unlink, gathering.deadline), |out| {
                encode::command(out, 1 + piece.len());
                encode::bulk(out, b"UNLINK");
                piece.iter().for_each(|key| encode::bulk(out, key));
            });
        }
        if let Some(cursor) = next.cursor {
            gathering.remaining += 1;
            client.push(request(ticket, gathering.deadline), |out| scan(out, &cursor, gathering.pattern()));
        }
    }

    fn gather(&mut self, gathering: Gathering) -> u32 {
        let slot = self.free.pop().unwrap_or(self.gatherings.len() as u32);
        match self.gatherings.get_mut(slot as usize) {
            Some(place) => *place = Some(gathering),
            None => self.gatherings.push(Some(gathering)),
        }
        slot
    }
}

const fn request(tag: Ticket, deadline: u64) -> Request<Ticket> {
    Request { tag, effect: tag.verb.effect(), deadline, attempts: 0 }
}
