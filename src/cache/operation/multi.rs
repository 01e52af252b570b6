//! Operations that take many commands: each is a state machine, and this is what runs them.

use super::{CommandKind, RequestTag};
use crate::cache::{CallId, Error, Outcome};
use crate::client::{self, Client, ConnectionId, Route};
use crate::connection::{Effect, Request};
use crate::resp::{ErrorReply, ProtocolError, Reply};
use std::{fmt, ops::Range};

/// The most keys in one command: a server answers others between two commands, not within one.
pub(super) const CHUNK: usize = 1_000;

/// An operation of many commands. It is done when all of them are answered or have failed.
// Without `Debug`, which a trait object would bring into the module for npm: 13 KB.
pub(in crate::cache) trait MultiCommand {
    /// The command of this part has its reply, which is no error.
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError>;

    /// The command of this part came to nothing.
    fn on_error(&mut self, part: u32, error: Error);

    /// Sends what follows from a reply.
    fn send_next(&mut self, _commands: &mut Commands<'_>) {}

    /// What it all adds up to.
    fn outcome(self: Box<Self>) -> Outcome<'static>;
}

/// How an operation sends its commands.
pub(in crate::cache) struct Commands<'a> {
    client: &'a mut Client<RequestTag>,
    tag: RequestTag,
    deadline: u64,
    /// Commands that are neither answered nor failed.
    outstanding: u32,
}

impl Commands<'_> {
    /// Sends one command, which `encode` appends. `part` comes back with its reply.
    pub(super) fn send(&mut self, route: Route<'_>, part: u32, effect: Effect, encode: impl FnOnce(&mut Vec<u8>)) {
        let request = Request::new(RequestTag { part, ..self.tag }, effect, self.deadline);
        self.outstanding += 1;
        self.client.push(route, request, encode);
    }

    /// How many keys one DEL or UNLINK may have. A cluster refuses those of two slots, and while a slot moves those of which a
    /// node has but a part: so there it is one.
    pub(super) const fn most_keys_of_write(&self) -> usize {
        if self.client.is_cluster() { 1 } else { CHUNK }
    }

    /// Whether no command is outstanding.
    pub(super) const fn is_last(&self) -> bool {
        self.outstanding == 0
    }

    pub(super) fn request_map(&mut self) {
        self.client.request_map();
    }

    pub(super) const fn client(&self) -> &Client<RequestTag> {
        self.client
    }
}

/// An operation that is under way.
struct Running {
    operation: Box<dyn MultiCommand>,
    outstanding: u32,
    deadline: u64,
}

/// The operations of many commands that are under way.
#[derive(Default)]
pub(in crate::cache) struct Operations {
    running: Vec<Option<Running>>,
    /// Indices of `running` that are free.
    free: Vec<u32>,
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operations({} running)", self.running.len() - self.free.len())
    }
}

impl Operations {
    /// Begins an operation; its outcome where it needs no command.
    pub(in crate::cache) fn start(
        &mut self,
        client: &mut Client<RequestTag>,
        call: CallId,
        deadline: u64,
        start: impl FnOnce(&mut Commands<'_>) -> Box<dyn MultiCommand>,
    ) -> Option<Outcome<'static>> {
        let index = self.free.pop().unwrap_or(self.running.len() as u32);
        if index as usize == self.running.len() {
            self.running.push(None);
        }
        let tag = RequestTag { call, kind: CommandKind::Part, operation: index, part: 0 };
        let mut commands = Commands { client, tag, deadline, outstanding: 0 };
        let operation = start(&mut commands);
        let running = Running { operation, outstanding: commands.outstanding, deadline };
        self.finish_or_keep(index, running)
    }

    /// One command of an operation is answered or has failed; the operation's outcome once it was the last.
    // Inlined into `Cache::poll` it takes registers from the path of single commands, whose get is 18 % slower then (native,
    // 1,000 in flight, 2026-11-26).
    #[inline(never)]
    pub(in crate::cache) fn handle(
        &mut self,
        client: &mut Client<RequestTag>,
        tag: RequestTag,
        result: Result<(ConnectionId, Range<usize>), Error>,
    ) -> Option<Outcome<'static>> {
        let mut running = self.running.get_mut(tag.operation as usize)?.take()?;
        let operation = &mut running.operation;
        match result {
            Err(error) => operation.on_error(tag.part, error),
            Ok((id, range)) => {
                if let Err(error) = on_reply(operation, tag.part, id, client.reply(id, range)) {
                    client.handle_protocol_error(id, error);
                    operation.on_error(tag.part, Error::Client(client::Error::Connection(error.into()), id.node()));
                }
            }
        }
        let mut commands = Commands { client, tag, deadline: running.deadline, outstanding: running.outstanding - 1 };
        operation.send_next(&mut commands);
        running.outstanding = commands.outstanding;
        self.finish_or_keep(tag.operation, running)
    }

    fn finish_or_keep(&mut self, index: u32, running: Running) -> Option<Outcome<'static>> {
        if running.outstanding == 0 {
            self.free.push(index);
            return Some(running.operation.outcome());
        }
        self.running[index as usize] = Some(running);
        None
    }
}

fn on_reply(
    operation: &mut Box<dyn MultiCommand>,
    part: u32,
    id: ConnectionId,
    reply: Result<Reply<'_>, ProtocolError>,
) -> Result<(), ProtocolError> {
    match reply? {
        Reply::Error(text) => {
            operation.on_error(part, Error::Client(client::Error::Server(ErrorReply::new(text)), id.node()));
            Ok(())
        }
        reply => operation.on_reply(part, &reply),
    }
}
