//! What goes with each command to the client, and comes back with its reply.

use super::{CommandKind, Operation};
use crate::cache::CallId;
use crate::client::{Client, Route};
use crate::connection::{Effect, Request};

/// What is known of a command when its reply comes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::cache) struct RequestTag {
    pub(in crate::cache) call: CallId,
    pub(in crate::cache) kind: CommandKind,
    /// The index of its operation among those of many commands, if it is a part of one.
    pub(in crate::cache) operation: u32,
    /// Which of its operation's commands it is; the operation knows what that means.
    pub(in crate::cache) part: u32,
}

impl RequestTag {
    /// That of a command whose reply nobody waits for.
    pub(in crate::cache) const FIRE_AND_FORGET: Self =
        Self { call: CallId(u32::MAX), kind: CommandKind::FireAndForget, operation: 0, part: 0 };
}

/// Sends a command whose reply nobody waits for: it is about a lock, and small.
pub(in crate::cache) fn fire_and_forget(client: &mut Client<RequestTag>, operation: &Operation<'_>, deadline: u64) {
    let request = Request::new(RequestTag::FIRE_AND_FORGET, operation.effect(), deadline);
    let size = operation.size().unwrap_or(usize::MAX);
    if let Ok(target) = client.reserve_always(operation.route(), request.effect, size) {
        client.push_to(target, request, |out| operation.encode_cold(out));
    }
}

/// Sends a command of an operation.
pub(super) fn push(
    client: &mut Client<RequestTag>,
    route: Route<'_>,
    request: Request<RequestTag>,
    operation: &Operation<'_>,
) {
    client.push(route, request, operation.size().unwrap_or(usize::MAX), &|out| operation.encode_cold(out));
}

/// Deletes a lock. Nobody waits for that.
pub(in crate::cache) fn delete_lock(client: &mut Client<RequestTag>, lock: &[u8], deadline: u64) {
    fire_and_forget(client, &Operation::command(&[b"DEL", lock], Effect::Idempotent), deadline);
}
