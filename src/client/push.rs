//! Takes requests: where each goes, and whether there is room for it there.

use super::{Client, Error, NodeId, Output, Route, Target};
use crate::connection::{Effect, Request};
use crate::resp::CommandBuffer;

impl<T: Copy + Default> Client<T> {
    /// Where a request goes, with room for so many bytes of its command there.
    ///
    /// # Errors
    /// [`Error::QueueFull`] and [`Error::OutOfMemory`], each with the node.
    pub(crate) fn reserve(
        &mut self,
        route: Route<'_>,
        effect: Effect,
        length: usize,
    ) -> Result<Target, (Error, NodeId)> {
        self.reserve_within(self.context.config.max_queued, route, effect, length)
    }

    /// The same for a command that ends what was begun: a full queue does not refuse it.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], with the node.
    pub(crate) fn reserve_always(
        &mut self,
        route: Route<'_>,
        effect: Effect,
        length: usize,
    ) -> Result<Target, (Error, NodeId)> {
        self.reserve_within(usize::MAX, route, effect, length)
    }

    fn reserve_within(
        &mut self,
        limit: usize,
        route: Route<'_>,
        effect: Effect,
        length: usize,
    ) -> Result<Target, (Error, NodeId)> {
        let target = self.target(route, effect, length);
        let node = &mut self.nodes[target.node];
        node.reserve(length, limit).map(|()| target).map_err(|error| (error, node.id))
    }

    /// Where a request of so many bytes goes.
    fn target(&mut self, route: Route<'_>, effect: Effect, length: usize) -> Target {
        let mut target = self.resolve(route, effect);
        if self.context.is_cluster() && !target.is_fenced && matches!(route, Route::Key(_)) {
            target.is_fenced = self.waits_for_map(target.node, length);
        }
        target
    }

    /// An operation of many commands begins. Where its first one at a node has room, the others have it too: a call may be as large as it is.
    pub(crate) const fn begin_operation(&mut self) {
        self.context.begun_at = self.context.requests;
    }

    /// Queues one command of at most `length` bytes, which `encode` appends. It is a part of what was admitted as a whole, in a
    /// cluster by each node.
    pub(crate) fn push(
        &mut self,
        route: Route<'_>,
        request: Request<T>,
        length: usize,
        encode: &dyn Fn(&mut CommandBuffer),
    ) {
        let target = self.target(route, request.effect, length);
        let (order, is_cluster) = (self.context.requests, self.context.is_cluster());
        let node = &mut self.nodes[target.node];
        let is_admitted = !is_cluster || node.admitted > self.context.begun_at;
        let limit = if is_admitted { usize::MAX } else { self.context.config.max_queued };
        match node.reserve(length, limit) {
            Ok(()) => {
                node.admitted = order + 1;
                self.push_to(target, request, encode);
            }
            Err(error) => {
                let id = node.id;
                self.node_mut(id.index()).outputs.push_back(Output::Failed(request.tag, id, error));
            }
        }
    }

    /// The same where room was reserved. Nothing may have been put in meanwhile but what has room beside it.
    pub(crate) fn push_to(&mut self, target: Target, request: Request<T>, encode: impl FnOnce(&mut CommandBuffer)) {
        encode(self.nodes[target.node].queue_mut().bytes_mut());
        self.push_encoded(target, request);
    }

    // By itself, since `push` is compiled for each `encode`.
    fn push_encoded(&mut self, target: Target, mut request: Request<T>) {
        request.order = self.context.requests;
        self.context.requests += 1;
        let is_closed = self.context.is_closed;
        let is_fenced = self.context.is_cluster() && target.is_fenced;
        self.context.has_holds |= is_fenced;
        let node = self.node_mut(target.node);
        if is_fenced {
            node.push_fenced(request, is_closed);
        } else {
            node.push_encoded(request, is_closed);
        }
    }

    fn resolve(&mut self, route: Route<'_>, effect: Effect) -> Target {
        let node = match route {
            _ if self.context.is_cluster() => return self.resolve_in_cluster(route, effect),
            Route::Key(_) if self.context.is_sentinel() => self.node_behind_sentinels(effect),
            _ => self.context.main_node(),
        };
        Target { node: node.into(), is_fenced: false }
    }
}
