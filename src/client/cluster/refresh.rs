//! When the map of a cluster is asked for again. Requests find their way without it, by redirections, so that many clients need
//! not ask all at once.

use crate::client::backoff::Jitter;

/// Maps are asked for no sooner after each other than this, in milliseconds; and after a change by chance within twice as long.
const INTERVAL: u64 = 15_000;
/// The same where a request cannot find its way.
const URGENT_INTERVAL: u64 = 1_000;

/// When the map is asked for again.
#[derive(Debug, Default)]
pub(in crate::client) struct Refresh {
    /// Not before; at first at once.
    due_at: u64,
    asked_at: u64,
    /// It is asked for even where nothing else is to be sent, and not from this node.
    pub(in crate::client) avoids: Option<u16>,
}

impl Refresh {
    pub(in crate::client) const fn is_due(&self, now: u64) -> bool {
        now >= self.due_at
    }

    /// It is asked for. The client that asks may be dropped before the map comes: then another one does, later.
    pub(in crate::client) const fn begin(&mut self, now: u64) {
        (self.asked_at, self.due_at) = (now, now.saturating_add(INTERVAL));
    }

    /// Whether it was asked for, and has neither come nor been refused.
    pub(in crate::client) const fn is_under_way(&self) -> bool {
        self.due_at == self.asked_at.saturating_add(INTERVAL)
    }

    /// The map has come.
    pub(in crate::client) const fn succeed(&mut self) {
        (self.due_at, self.avoids) = (u64::MAX, None);
    }

    /// The connection was lost before the map came.
    pub(in crate::client) fn lose(&mut self, now: u64, jitter: &mut Jitter) {
        self.due_at = now.saturating_add(jitter.pause(0));
    }

    /// The node does not tell.
    pub(in crate::client) fn refuse(&mut self, now: u64, jitter: &mut Jitter) {
        self.due_at = now.saturating_add(INTERVAL + jitter.up_to(2 * INTERVAL));
    }

    /// The map is not what it was.
    pub(in crate::client) fn request(&mut self, now: u64, jitter: &mut Jitter) {
        if self.due_at == u64::MAX {
            self.due_at = now.max(self.asked_at.saturating_add(INTERVAL)).saturating_add(jitter.up_to(2 * INTERVAL));
        }
    }

    /// An operation needs the whole map.
    pub(in crate::client) const fn request_now(&mut self) {
        self.due_at = 0;
    }

    /// Nobody serves a slot, as far as is known, or as this node says.
    pub(in crate::client) fn request_soon(&mut self, avoided: u16, is_lost: bool, now: u64, jitter: &mut Jitter) {
        let interval = if is_lost { URGENT_INTERVAL } else { INTERVAL };
        let due_at = now.max(self.asked_at.saturating_add(interval + jitter.up_to(interval)));
        self.due_at = self.due_at.min(due_at);
        self.avoids = Some(avoided);
    }
}
