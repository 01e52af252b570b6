//! Operations that take many commands: each is a state machine, and this is what runs them.

use super::{CommandKind, Operation, RequestTag, fire_and_forget, push};
use crate::cache::lease::Leases;
use crate::cache::{CallId, Error, LAYER, Outcome};
use crate::client::{self, Client, ConnectionId, NodeId, Route};
use crate::connection::Request;
use crate::resp::{ErrorReply, ProtocolError, Reply};
use std::collections::VecDeque;
use std::{fmt, ops::Range};

/// The most keys in one command: a server answers others between two commands, not within one.
pub(super) const CHUNK: usize = 1_000;

/// No timer.
const NEVER: u64 = u64::MAX;

/// An operation of many commands. It is done when all of them are answered or have failed, and it has no timer.
// Without `Debug`, which a trait object would bring into the module for npm: 13 KB.
pub(in crate::cache) trait MultiCommand {
    /// The command of this part has its reply, which is no error.
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError>;

    /// The command of this part came to nothing.
    fn on_error(&mut self, part: u32, error: Error);

    /// Sends what follows from a reply.
    fn send_next(&mut self, _commands: &mut Commands<'_>) {}

    /// The time has come that it asked for by [`Commands::wake_at`].
    fn on_timer(&mut self, _commands: &mut Commands<'_>) {}

    /// What it all adds up to.
    fn outcome(self: Box<Self>) -> Outcome<'static>;
}

/// How an operation sends its commands.
pub(in crate::cache) struct Commands<'a> {
    client: &'a mut Client<RequestTag>,
    pub(super) leases: &'a mut Leases,
    pub(super) now: u64,
    tag: RequestTag,
    progress: Progress,
}

/// How far an operation is.
#[derive(Clone, Copy)]
struct Progress {
    deadline: u64,
    /// Commands that are neither answered nor failed.
    outstanding: u32,
    timer: u64,
    /// The connection of the last reply.
    replied_by: Option<ConnectionId>,
}

impl Commands<'_> {
    /// Sends one command, by its operation. `part` comes back with its reply.
    pub(super) fn send(&mut self, part: u32, operation: &Operation<'_>) {
        self.send_to(operation.route(), part, operation);
    }

    /// The same, to where the route says.
    pub(super) fn send_to(&mut self, route: Route<'_>, part: u32, operation: &Operation<'_>) {
        let request = Request::new(RequestTag { part, ..self.tag }, operation.effect(), self.progress.deadline);
        self.progress.outstanding += 1;
        push(self.client, route, request, operation);
    }

    /// How many keys one DEL or UNLINK may have. A cluster refuses those of two slots, and while a slot moves those of which a
    /// node has but a part: so there it is one.
    pub(super) const fn most_keys_of_write(&self) -> usize {
        if self.is_cluster() { 1 } else { CHUNK }
    }

    pub(super) const fn is_cluster(&self) -> bool {
        self.client.is_cluster()
    }

    pub(super) fn request_map(&mut self) {
        self.client.request_map();
    }

    /// Sends one command whose reply nobody waits for.
    pub(super) fn fire_and_forget(&mut self, operation: &Operation<'_>) {
        fire_and_forget(self.client, operation, self.progress.deadline);
    }

    /// Whether no command is outstanding.
    pub(super) const fn is_answered(&self) -> bool {
        self.progress.outstanding == 0
    }

    /// The connection by which the last reply came.
    pub(super) const fn replied_by(&self) -> Option<ConnectionId> {
        self.progress.replied_by
    }

    /// Has the operation called again at this time.
    pub(super) const fn wake_at(&mut self, time: u64) {
        self.progress.timer = time;
    }

    /// How long commands may take, in milliseconds.
    pub(super) const fn time_left(&self) -> u64 {
        self.progress.deadline.saturating_sub(self.now)
    }

    /// Lets the next commands take so many milliseconds.
    pub(super) const fn extend_deadline(&mut self, timeout: u64) {
        self.progress.deadline = self.now.saturating_add(timeout);
    }

    pub(super) const fn random(&mut self) -> u64 {
        self.client.random()
    }

    pub(super) const fn client(&self) -> &Client<RequestTag> {
        self.client
    }
}

/// An operation that is under way.
struct Running {
    operation: Box<dyn MultiCommand>,
    tag: RequestTag,
    progress: Progress,
}

/// The operations of many commands that are under way, and the leases that some of them have brought.
pub(in crate::cache) struct Operations {
    running: Vec<Option<Running>>,
    /// Indices of `running` that are free.
    free: Vec<u32>,
    /// No operation has an earlier timer.
    earliest_timer: u64,
    pub(in crate::cache) leases: Leases,
}

impl Default for Operations {
    fn default() -> Self {
        Self { running: Vec::new(), free: Vec::new(), earliest_timer: NEVER, leases: Leases::default() }
    }
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
        (now, deadline): (u64, u64),
        start: impl FnOnce(&mut Commands<'_>) -> Box<dyn MultiCommand>,
    ) -> Option<Outcome<'static>> {
        let index = self.free.pop().unwrap_or(self.running.len() as u32);
        if index as usize == self.running.len() {
            self.running.push(None);
        }
        let tag = RequestTag { call, kind: CommandKind::Part, operation: index, part: 0 };
        let progress = Progress { deadline, outstanding: 0, timer: NEVER, replied_by: None };
        let mut commands = Commands { client, leases: &mut self.leases, now, tag, progress };
        let operation = start(&mut commands);
        let progress = commands.progress;
        self.finish_or_keep(Running { operation, tag, progress })
    }

    /// One command of an operation is answered or has failed; the operation's outcome once it was the last.
    // Inlined into `Cache::poll` it takes registers from the path of single commands, whose get is 18 % slower then
    // (native, 1,000 in flight, 2026-11-26).
    #[inline(never)]
    pub(in crate::cache) fn handle(
        &mut self,
        client: &mut Client<RequestTag>,
        tag: RequestTag,
        result: Result<(ConnectionId, Range<usize>), Error>,
        now: u64,
    ) -> Option<Outcome<'static>> {
        let mut running = self.running.get_mut(tag.operation as usize)?.take()?;
        let operation = &mut running.operation;
        match result {
            Err(error) => operation.on_error(tag.part, error),
            Ok((id, range)) => {
                running.progress.replied_by = Some(id);
                if let Err(error) = on_reply(operation, tag.part, id, client.reply(id, range)) {
                    client.handle_protocol_error(id, error);
                    operation.on_error(tag.part, Error::Client(client::Error::Connection(error.into()), id.node()));
                }
            }
        }
        running.progress.outstanding -= 1;
        self.resume(client, running, now, |operation, commands| operation.send_next(commands))
    }

    fn resume(
        &mut self,
        client: &mut Client<RequestTag>,
        mut running: Running,
        now: u64,
        go_on: fn(&mut dyn MultiCommand, &mut Commands<'_>),
    ) -> Option<Outcome<'static>> {
        let Running { tag, progress, .. } = running;
        let mut commands = Commands { client, leases: &mut self.leases, now, tag, progress };
        go_on(&mut *running.operation, &mut commands);
        running.progress = commands.progress;
        self.finish_or_keep(running)
    }

    fn finish_or_keep(&mut self, running: Running) -> Option<Outcome<'static>> {
        let index = running.tag.operation;
        if running.progress.outstanding == 0 && running.progress.timer == NEVER {
            self.free.push(index);
            return Some(running.operation.outcome());
        }
        self.earliest_timer = self.earliest_timer.min(running.progress.timer);
        self.running[index as usize] = Some(running);
        None
    }

    // ---- Time

    /// When to call [`handle_timeout`](Self::handle_timeout); `u64::MAX` for never.
    pub(in crate::cache) fn poll_timeout(&self) -> u64 {
        self.earliest_timer.min(self.leases.poll_timeout())
    }

    /// Resumes the operations whose time has come, and gives the outcomes of those that are done.
    #[cold]
    pub(in crate::cache) fn handle_timeout(
        &mut self,
        client: &mut Client<RequestTag>,
        now: u64,
        done: &mut VecDeque<(CallId, Outcome<'static>)>,
    ) {
        if LAYER {
            self.leases.handle_timeout(client, now);
        }
        if now < self.earliest_timer {
            return;
        }
        self.earliest_timer = NEVER;
        for index in 0..self.running.len() {
            let Some(running) = &mut self.running[index] else { continue };
            let timer = running.progress.timer;
            if timer > now {
                self.earliest_timer = self.earliest_timer.min(timer);
                continue;
            }
            running.progress.timer = NEVER;
            let call = running.tag.call;
            let outcome = self.running[index].take().and_then(|running| {
                self.resume(client, running, now, |operation, commands| operation.on_timer(commands))
            });
            if let Some(outcome) = outcome {
                done.push_back((call, outcome));
            }
        }
    }

    /// Whether an operation waits for its time.
    pub(in crate::cache) const fn is_waiting(&self) -> bool {
        self.earliest_timer < NEVER
    }

    /// Ends the operations that wait for their time, as far as `picked` names their calls: nothing else would tell them.
    #[cold]
    pub(in crate::cache) fn fail_waiting(
        &mut self,
        picked: &dyn Fn(CallId) -> bool,
        error: &client::Error,
        done: &mut VecDeque<(CallId, Outcome<'static>)>,
    ) {
        for (index, slot) in (0..).zip(&mut self.running) {
            let Some(call) =
                slot.as_ref().filter(|running| running.progress.outstanding == 0).map(|running| running.tag.call)
            else {
                continue;
            };
            if picked(call) {
                *slot = None;
                self.free.push(index);
                done.push_back((call, Outcome::Failed(Error::Client(error.clone(), NodeId::default()))));
            }
        }
        let timers = self.running.iter().flatten().map(|running| running.progress.timer);
        self.earliest_timer = timers.min().unwrap_or(NEVER);
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
