//! When the map of a cluster is asked for again. Requests find their way without it, by redirections, so that many clients need
//! not ask all at once.

use crate::client::backoff::Jitter;
use crate::client::context::LostDiscovery;

/// Maps are asked for no sooner after each other than this, in milliseconds; and after a change by chance within twice as long.
const INTERVAL: u64 = 15_000;
/// The same at first where a whole shard is lost. It doubles up to [`INTERVAL`] as long as the map stays the same.
const URGENT_INTERVAL: u64 = 1_000;
/// For so long calls whose shard is lost wait for the map that is on its way.
const PATIENCE: u64 = 100;
/// So often an interval doubles, at most.
const MAX_DOUBLINGS: u32 = 4;

/// What the map is asked for again for, the more urgent the later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::client) enum Reason {
    /// Nothing.
    #[default]
    None,
    /// A node has named another for a slot.
    Moved,
    /// Nobody serves a slot, as a node says.
    Unserved,
    /// The cluster is down, as a node says.
    CutOff,
    /// No node of a shard works.
    ShardLost,
}

/// When the map is asked for again.
#[derive(Debug, Default)]
pub(in crate::client) struct Refresh {
    /// Not before; at first at once.
    due_at: u64,
    asked_at: u64,
    /// What `due_at` was chosen for: once, not for each request that finds out.
    reason: Reason,
    /// It is asked for even where nothing else is to be sent, and not from this node.
    pub(in crate::client) avoids: Option<u16>,
    /// Whether it was asked for, and has neither come nor been refused.
    pub(in crate::client) is_under_way: bool,
    /// How often it did not come, one time after the other.
    failures: u32,
    /// How often it was the same although a shard is lost, or was still awaited when it was due again.
    repeats: u32,
}

impl Refresh {
    pub(in crate::client) const fn is_due(&self, now: u64) -> bool {
        now >= self.due_at
    }

    /// Until when the map that is asked for may say who serves the slots of a lost shard, as after a scale-in: unless it was lost, or the
    /// same, before.
    pub(in crate::client) fn expected_until(&self, now: u64) -> Option<u64> {
        let until = self.asked_at.saturating_add(PATIENCE);
        (self.is_under_way && self.attempts() == 0 && now < until).then_some(until)
    }

    /// How many nodes have not helped, one after the other: then another one is asked.
    pub(in crate::client) const fn attempts(&self) -> usize {
        (self.failures + self.repeats) as usize
    }

    /// It is asked for. The client that asks may be dropped before the map comes: then another one does, later.
    pub(in crate::client) fn begin(&mut self, now: u64, jitter: &mut Jitter) {
        self.repeats = self.repeats.saturating_add(self.is_under_way.into());
        (self.asked_at, self.is_under_way) = (now, true);
        self.due_at = self.next_at(jitter);
    }

    /// The map has come.
    pub(in crate::client) fn succeed(&mut self, is_changed: bool) {
        let is_in_vain = self.reason == Reason::ShardLost && !is_changed;
        self.repeats = if is_in_vain { self.repeats.saturating_add(1) } else { 0 };
        (self.due_at, self.reason, self.avoids) = (u64::MAX, Reason::None, None);
        (self.is_under_way, self.failures) = (false, 0);
    }

    /// The connection was lost before the map came. That may be chance once; a server or proxy that does so with every such request
    /// would take all others on its connections along. Where a shard is lost, one that was not ready is down like that, and the pauses
    /// between attempts to connect hold.
    pub(in crate::client) fn lose(&mut self, lost: LostDiscovery, now: u64, jitter: &mut Jitter) {
        let is_sent = lost >= LostDiscovery::NotReady;
        let is_counted = is_sent && !(lost == LostDiscovery::NotReady && self.reason == Reason::ShardLost);
        if lost == LostDiscovery::Unreadable || (is_counted && self.failures > 0) {
            return self.refuse(now, jitter);
        }
        if std::mem::take(&mut self.is_under_way) {
            self.failures += u32::from(is_counted);
            self.due_at = now.saturating_add(if is_sent { jitter.pause(0) } else { 0 });
        }
    }

    /// The node does not tell, or not in a way that can be read. That counts once for all that it was asked.
    pub(in crate::client) fn refuse(&mut self, now: u64, jitter: &mut Jitter) {
        if !std::mem::take(&mut self.is_under_way) {
            return;
        }
        let interval = INTERVAL << self.failures.min(MAX_DOUBLINGS);
        self.failures = self.failures.saturating_add(1);
        self.due_at = now.saturating_add(interval + jitter.up_to(2 * INTERVAL));
        self.reason = self.reason.max(Reason::Unserved);
    }

    /// An operation needs the whole map.
    pub(in crate::client) const fn request_now(&mut self) {
        self.due_at = 0;
    }

    /// The map is not what it was, or a request cannot find its way.
    pub(in crate::client) fn request(&mut self, reason: Reason, now: u64, jitter: &mut Jitter) {
        if reason <= self.reason {
            return;
        }
        self.reason = reason;
        let due_at = match reason {
            Reason::Moved => now.max(self.asked_at.saturating_add(INTERVAL)).saturating_add(jitter.up_to(2 * INTERVAL)),
            _ => now.max(self.next_at(jitter)),
        };
        self.due_at = self.due_at.min(due_at);
    }

    fn next_at(&self, jitter: &mut Jitter) -> u64 {
        let interval = match self.reason {
            Reason::ShardLost => (URGENT_INTERVAL << self.repeats.min(MAX_DOUBLINGS)).min(INTERVAL),
            _ => INTERVAL,
        };
        self.asked_at.saturating_add(interval + jitter.up_to(interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_does_not_come_is_asked_for_again_later() {
        let (mut refresh, mut jitter) = (Refresh::default(), Jitter(1));
        for now in (0..).step_by(40_000).take(10) {
            assert!(refresh.is_due(now));
            refresh.begin(now, &mut jitter);
            assert!(refresh.is_under_way && !refresh.is_due(now + INTERVAL - 1) && refresh.is_due(now + 2 * INTERVAL));
        }
    }

    #[test]
    fn the_time_is_drawn_once_and_again_only_where_it_is_more_urgent() {
        let (mut refresh, mut jitter) = (Refresh::default(), Jitter(1));
        refresh.begin(0, &mut jitter);
        refresh.succeed(true);
        refresh.request(Reason::Moved, 0, &mut jitter);
        let due_at = refresh.due_at;
        assert!((INTERVAL..=3 * INTERVAL).contains(&due_at));
        (0..1_000).for_each(|now| refresh.request(Reason::Moved, now, &mut jitter));
        assert_eq!(refresh.due_at, due_at);
        refresh.request(Reason::ShardLost, 0, &mut jitter);
        assert!((URGENT_INTERVAL..=2 * URGENT_INTERVAL).contains(&refresh.due_at));
    }

    #[test]
    fn pauses_after_maps_that_do_not_come_grow_whatever_is_asked_for() {
        let (mut refresh, mut jitter, mut now) = (Refresh::default(), Jitter(1), 0);
        for least in [0, 30_000, 60_000, 120_000, 240_000, 240_000] {
            refresh.begin(now, &mut jitter);
            refresh.lose(LostDiscovery::Sent, now, &mut jitter);
            refresh.request(Reason::Unserved, now, &mut jitter);
            assert!((least..=least + 2 * INTERVAL).contains(&(refresh.due_at - now)), "{}", refresh.due_at - now);
            now = refresh.due_at;
        }
        refresh.begin(now, &mut jitter);
        refresh.lose(LostDiscovery::NotSent, now, &mut jitter);
        assert!(refresh.is_due(now), "it was not asked");
    }
}
