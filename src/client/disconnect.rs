//! The end of a connection: which of its requests are sent again.

use super::circuit_breaker::passes;
use super::cluster::Rerouted;
use super::context::LostDiscovery;
use super::node::{Node, Socket, push_failed};
use super::{Context, Error, NodeId, Output};
use crate::connection::{self, Effect, Ended, Kind, Request, RequestQueue, Requeued};

impl<T: Copy> Node<T> {
    pub(super) fn disconnected(&mut self, ended: &Ended, now: u64, context: &mut Context) {
        let Some(Socket { id, connection, opened_at, .. }) = self.in_use.take() else {
            return;
        };
        self.breaker.end(ended, opened_at, now, &mut context.jitter);
        context.note_loss(&ended.error, self.id);
        let can_reroute = context.can_reroute(self.id);
        if can_reroute && ended.error == connection::Error::Unresponsive {
            self.breaker.trip(&ended.error, now, &mut context.jitter);
        }
        if ended.has_socket {
            context.note_close(&connection, now);
        }
        let mut queue = connection.into_queue();
        if context.is_cluster() {
            context.lost_discovery = context.lost_discovery.max(lost_discovery(&queue, ended));
        }
        self.keep_repeatable(&mut queue, ended, now, context);
        self.hold_conflicting(&mut queue);
        self.release_into(&mut queue);
        if can_reroute {
            self.reroute_all(&mut queue);
        }
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
        context.config.fail_fast
            && !context.is_distributed()
            && self.breaker.is_open()
            && ended.error != connection::Error::Closed
    }

    /// Ends the connections once they are answered; what waits for one, the client sends elsewhere.
    pub(super) fn leave(&mut self, now: u64, context: &mut Context) -> Vec<Rerouted<T>> {
        if let Some(socket) = self.replacement.take() {
            context.note_close(&socket.connection, now);
            self.outputs.push_back(Output::Close(socket.id));
        }
        self.probes_until = 0;
        if let Some(socket) = &mut self.in_use {
            socket.connection.drain(now);
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        self.reroute_all(&mut waiting);
        std::mem::take(&mut self.rerouted)
    }

    /// The client decides where each request goes now.
    pub(super) fn reroute_all(&mut self, queue: &mut RequestQueue<T>) {
        queue.requeue(&mut |Requeued { request, command, .. }| {
            match Rerouted::new(**request, command, None) {
                Some(rerouted) => self.rerouted.push(rerouted),
                None => push_failed(&mut self.outputs, request.tag, self.id, &Error::OutOfMemory),
            }
            false
        });
    }

    /// Fails the requests that are not worth another attempt, or must not have one.
    fn keep_repeatable(&mut self, queue: &mut RequestQueue<T>, ended: &Ended, now: u64, context: &mut Context) {
        let error = match &ended.error {
            connection::Error::Closed => Error::Closed,
            error => Error::Connection(error.clone()),
        };
        // The master answers what a replica does not.
        let passes = passes(&ended.error) || context.is_replica(self.id);
        if context.is_closed || self.is_given_up(ended, context) || !(passes || is_loss(&ended.error)) {
            return self.fail_all(queue, self.id, &error);
        }
        let is_distributed = context.is_distributed();
        let Context { config, .. } = context;
        let is_safe_to_repeat = |effect| match effect {
            Effect::ReadOnly | Effect::Fenced => true,
            Effect::Idempotent => config.retry_writes,
            Effect::NonIdempotent => false,
        };
        let Self { id, outputs, hold, .. } = self;
        queue.requeue(&mut |Requeued { request, command, is_sent, is_cancelled }| {
            if let Some(hold) = hold
                && *is_sent
                && request.effect != Effect::ReadOnly
            {
                // It may have been executed.
                hold.overtake(command, request.order);
            }
            // Another node takes over, in a cluster and behind sentinels: until then it is tried again, as long as one works.
            let is_tried = *is_sent || !(ended.was_ready || is_distributed);
            let is_left = passes || request.losses < config.max_retries;
            let is_unsafe = *is_sent && !is_safe_to_repeat(request.effect);
            let is_kept = !is_tried || (is_left && !is_unsafe && request.deadline > now);
            request.losses = request.losses.saturating_add(u8::from(is_tried && !passes));
            if !is_kept && !*is_cancelled {
                push_failed(outputs, request.tag, *id, &error);
            }
            is_kept
        });
    }

    /// Fails what is queued and what is held.
    pub(super) fn fail_all(&mut self, queue: &mut RequestQueue<T>, node: NodeId, error: &Error) {
        let outputs = &mut self.outputs;
        queue.requeue(&mut |Requeued { request, is_cancelled, .. }| {
            if !*is_cancelled {
                push_failed(outputs, request.tag, node, error);
            }
            false
        });
        if let Some(mut hold) = self.hold.take() {
            self.fail(hold.take(&|_| true), error);
        }
    }

    pub(super) fn fail(&mut self, requests: Vec<Request<T>>, error: &Error) {
        for request in requests {
            push_failed(&mut self.outputs, request.tag, self.id, error);
        }
    }
}

/// How a question about the cluster was lost, if one was on the connection.
fn lost_discovery<T: Copy>(queue: &RequestQueue<T>, ended: &Ended) -> Option<LostDiscovery> {
    let (mut lost, mut index) = (None, 0);
    queue.for_each(&mut |request, _| {
        if request.kind == Kind::Discovery {
            lost = lost.max(Some(match ended.error {
                // The reply to the oldest request is what cannot be read.
                connection::Error::Protocol(_) if index == 0 => LostDiscovery::Unreadable,
                _ if index >= queue.in_flight() => LostDiscovery::NotSent,
                _ if ended.was_ready => LostDiscovery::Sent,
                _ => LostDiscovery::NotReady,
            }));
        }
        index += 1;
    });
    lost
}

/// Whether the end of a connection says nothing against the requests that were on it.
const fn is_loss(error: &connection::Error) -> bool {
    !matches!(error, connection::Error::Protocol(_) | connection::Error::Handshake(_))
}
