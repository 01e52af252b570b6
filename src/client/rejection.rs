//! What becomes of a request that the server answered with an error: told, or sent again later, perhaps elsewhere.

use super::cluster::{Rerouted, slot};
use super::command;
use super::hold::Hold;
use super::node::{Node, push_failed};
use super::{Context, Error, ErrorCode, Output, Remedy};
use crate::connection::{self, Effect, Request, RequestQueue, Requeued, State};
use crate::resp::{ErrorReply, Reply, try_copy};
use std::ops::Range;

/// `clusterRedirectClient` of cluster.c.
const SLOT_NOT_SERVED: &[u8] = b"CLUSTERDOWN Hash slot not served";
/// When no connection was replaced for so many milliseconds, the next one is replaced without a pause.
const REPLACEMENTS_FORGOTTEN: u64 = 10_000;
/// How often a script is tried again whose keys are on two nodes: for a third of a second.
const MAX_FENCED_ATTEMPTS: u8 = 3;

impl<T: Copy> Node<T> {
    /// A reply that is an error, or that comes while requests are held: what is to be told, if anything.
    #[cold]
    pub(super) fn handle_uncommon_reply(
        &mut self,
        mut request: Request<T>,
        bytes: Range<usize>,
        reply: Range<usize>,
        now: u64,
        context: &mut Context,
    ) -> Option<Output<T>> {
        let Some(socket) = &self.in_use else {
            return None;
        };
        let output = Output::Reply(request.tag, socket.id, reply.clone());
        let Ok(Reply::Error(text)) = socket.connection.reply(reply) else {
            return self.keep_order(output, &request, bytes, true, context);
        };
        let error = ErrorReply::new(text);
        let code = ErrorCode::parse(error.as_bytes());
        let command = socket.connection.request_bytes(bytes.clone());
        let is_closing = socket.connection.state() == State::Closing;
        if context.can_reroute(self.id)
            && !is_closing
            && let Some(rerouted) = self.reroute_rejected(&request, command, code, &error, context)
        {
            self.rerouted.push(rerouted);
            return None;
        }
        let policy = code.retry_policy();
        let remedy = match policy.remedy {
            Remedy::Redirect if context.is_cluster() => Remedy::Wait,
            remedy => remedy,
        };
        let is_final = context.is_cluster() && code == ErrorCode::TryAgain && has_another_way(&request, command);
        if is_closing || is_final || !is_repeated(remedy, &request, context) {
            return self.keep_order(output, &request, bytes, policy.may_be_executed, context);
        }
        request.reauthentications += u8::from(remedy == Remedy::Reauthenticate);
        request.try_agains = request.try_agains.saturating_add(u8::from(code == ErrorCode::TryAgain));
        if context.is_cluster()
            && let Some(slot) = unserved_slot(command, &error)
        {
            self.unassigned = Some(slot);
        }
        context.note_rejection(code, self.id, self.unassigned.is_some());
        let Some(command) = try_copy(command) else {
            return Some(output);
        };
        self.hold_rejected(request, command, error, remedy, now, context).is_some().then_some(output)
    }

    /// The request for another node of a cluster, where the server says so or cannot answer. What has no key can only wait, and so
    /// can what comes after a request that is held.
    fn reroute_rejected(
        &self,
        request: &Request<T>,
        command: &[u8],
        code: ErrorCode,
        error: &ErrorReply,
        context: &Context,
    ) -> Option<Rerouted<T>> {
        let is_held_up = self.hold.as_ref().is_some_and(|hold| hold.conflicts_with(command));
        if !is_rerouted(code, request, context) || is_held_up {
            return None;
        }
        command::first_key(command)?;
        Rerouted::new(*request, command, Some(error.clone()))
    }

    /// Holds a request that was not executed. It is told, with its cause, where it could not be sent again in time, or there is
    /// no memory for it.
    pub(super) fn hold_rejected(
        &mut self,
        request: Request<T>,
        command: Vec<u8>,
        cause: ErrorReply,
        remedy: Remedy,
        now: u64,
        context: &mut Context,
    ) -> Option<ErrorReply> {
        let pause = match remedy {
            _ if self.hold.is_some() => 0,
            Remedy::Wait => context.pause(request.rejections.into()),
            _ => self.replacement_pause(now, context),
        };
        context.has_holds = true;
        let request = Request { rejections: request.rejections.saturating_add(1), ..request };
        let new = || Box::new(Hold::new(cause.clone(), now.saturating_add(pause)));
        let hold = self.hold.get_or_insert_with(new);
        if request.deadline <= hold.release_at || !hold.insert(&request, command) {
            return Some(cause);
        }
        hold.cause = cause;
        hold.fence = context.requests;
        hold.needs_replacement |= remedy != Remedy::Wait;
        None
    }

    /// The first replacement comes at once: the one in use may stand for a server of the past. The next ones have pauses.
    fn replacement_pause(&mut self, now: u64, context: &mut Context) -> u64 {
        if now.saturating_sub(self.replaced_at) >= REPLACEMENTS_FORGOTTEN {
            self.replacements = 0;
        }
        self.replacements.checked_sub(1).map_or(0, |failures| context.jitter.pause(failures))
    }

    /// A reply to a request that was sent before it was known that an earlier one was rejected: where they are for the same
    /// key, a read is sent again after that one, and a write that was executed leaves no place for it. What is held may also be
    /// later requests, which wait for this reply.
    fn keep_order(
        &mut self,
        output: Output<T>,
        request: &Request<T>,
        bytes: Range<usize>,
        may_be_executed: bool,
        context: &Context,
    ) -> Option<Output<T>> {
        let (Some(hold), Some(socket)) = (&mut self.hold, &self.in_use) else {
            return Some(output);
        };
        let command = socket.connection.request_bytes(bytes);
        if !hold.conflicts_with(command) {
            return Some(output);
        }
        if request.effect != Effect::ReadOnly {
            if may_be_executed {
                hold.overtake(command, request.order);
            }
            return Some(output);
        }
        if !hold.precedes(request.order) {
            return Some(output);
        }
        if request.deadline > hold.release_at && hold.insert_copy(request, command) {
            hold.fence = context.requests;
            return None;
        }
        Some(Output::Failed(request.tag, self.id, Error::Server(hold.cause.clone())))
    }

    // ---- Sending again

    /// Sends what is held once its pause is over, and replies that could be for the same keys have come.
    pub(super) fn release(&mut self, now: u64, context: &mut Context) -> bool {
        let Some(hold) = &mut self.hold else {
            return false;
        };
        if hold.is_empty() {
            self.hold = None;
            return false;
        }
        hold.is_due |= now >= hold.release_at;
        let is_ready = self.in_use.as_ref().is_some_and(|socket| socket.connection.state() == State::Ready);
        if !hold.is_due || !(is_ready || context.is_cluster()) {
            return false;
        }
        if hold.needs_replacement && self.in_use.is_some() {
            return is_ready && self.replacement.is_none() && self.replace(now, context);
        }
        let fence = hold.fence;
        if self.awaits_before(fence) {
            return false;
        }
        let mut queue = if context.is_cluster() { RequestQueue::default() } else { std::mem::take(self.queue_mut()) };
        self.release_into(&mut queue);
        if context.is_cluster() {
            self.reroute_all(&mut queue);
        } else {
            *self.queue_mut() = queue;
        }
        true
    }

    /// Before everything is sent again: what is queued for the keys of held requests takes its place among them.
    pub(super) fn hold_conflicting(&mut self, queue: &mut RequestQueue<T>) {
        let Self { id, outputs, hold, .. } = self;
        if let Some(hold) = hold {
            queue.requeue(&mut |Requeued { request, command, .. }| {
                let is_conflicting = hold.conflicts_with(command);
                if is_conflicting && !hold.insert_copy(request, command) {
                    push_failed(outputs, request.tag, *id, &Error::OutOfMemory);
                }
                !is_conflicting
            });
        }
    }

    /// Queues what is held. Nothing that is queued already is for the same keys.
    pub(super) fn release_into(&mut self, queue: &mut RequestQueue<T>) {
        let Some(hold) = self.hold.take() else {
            return;
        };
        let error = Error::Server(hold.cause.clone());
        for (request, command, is_late) in hold.into_released() {
            if is_late || !queue.reserve(command.len()) {
                push_failed(&mut self.outputs, request.tag, self.id, &error);
            } else {
                queue.push(request, &command);
            }
        }
    }

    // ---- Another connection in place of the one in use

    fn replace(&mut self, now: u64, context: &mut Context) -> bool {
        if !self.take_permission(context) {
            return false;
        }
        self.replacements = self.replacements.saturating_add(1);
        self.replaced_at = now;
        let socket = self.open(now, context);
        self.replacement = Some(Box::new(socket));
        true
    }

    /// Once the replacement is ready the connection in use is drained: only then is anything sent on the new one, so that
    /// nothing is overtaken.
    pub(super) fn advance_replacement(&mut self, now: u64, context: &mut Context) -> bool {
        let Some(socket) = &mut self.replacement else {
            return false;
        };
        if let Some(connection::Output::Ended(ended)) = socket.connection.poll(now) {
            if ended.has_socket {
                context.note_close(&socket.connection, now);
                self.outputs.push_back(Output::Close(socket.id));
            }
            let opened_at = socket.opened_at;
            self.replacement = None;
            if self.in_use.is_none() {
                self.breaker.end(&ended, opened_at, now, &mut context.jitter);
            }
            context.note_loss(&ended.error, self.id);
            if let Some(hold) = &mut self.hold {
                hold.is_due = false;
                hold.release_at = now.saturating_add(context.jitter.pause(self.replacements));
            }
            return true;
        }
        let is_ready = socket.connection.state() == State::Ready;
        if is_ready && self.in_use.is_none() {
            self.breaker.succeed();
            self.has_worked = true;
            *socket.connection.queue_mut() = std::mem::take(&mut self.waiting);
            self.in_use = self.replacement.take().map(|socket| *socket);
            return true;
        }
        match &mut self.in_use {
            Some(in_use) if is_ready && in_use.connection.state() == State::Ready => {
                in_use.connection.drain(now);
                true
            }
            _ => false,
        }
    }
}

/// The slot that nobody serves, as a node says.
fn unserved_slot(command: &[u8], error: &ErrorReply) -> Option<u16> {
    if error.as_bytes() == SLOT_NOT_SERVED { command::first_key(command).map(slot) } else { None }
}

/// Whether another node is asked: a primary, where it was a replica that cannot answer.
fn is_rerouted<T>(code: ErrorCode, request: &Request<T>, context: &Context) -> bool {
    match code {
        ErrorCode::Moved | ErrorCode::Ask => context.is_cluster(),
        ErrorCode::Loading | ErrorCode::MasterDown => request.effect == Effect::ReadOnly && request.redirections == 0,
        _ => false,
    }
}

/// Whether the layer above does without a command of several keys whose slot is moving: at once, or after some attempts.
fn has_another_way<T>(request: &Request<T>, command: &[u8]) -> bool {
    command::can_be_split(command) || (request.effect == Effect::Fenced && request.try_agains >= MAX_FENCED_ATTEMPTS)
}

/// Whether a request is sent again by itself.
fn is_repeated<T>(remedy: Remedy, request: &Request<T>, context: &Context) -> bool {
    match remedy {
        Remedy::Wait | Remedy::Reconnect => true,
        Remedy::Reauthenticate => context.config.connection.password.is_some() && request.reauthentications == 0,
        Remedy::Report | Remedy::Redirect => false,
    }
}
