//! Callers of `getOrSet` for key `k`, as JavaScript drives them, and what may be expected of their answers: the source changes and is
//! then deleted from the cache, and what a caller reads is never older than the deletion that was done before it asked.

use super::lease::{FOREVER, GRACE, LENGTH, LOAD};
use super::{Done, Random};
use cachelib_edge::cache::{Expiry, Freshness, LeaseId, Operation, Purpose};

pub(crate) const CLIENTS: usize = 3;
/// How long a lease is held at most.
pub(crate) const MOST: u64 = 60_000;
/// How long a factory takes, unless it never ends.
pub(crate) const LONGEST: u64 = 3_000;
pub(crate) const TAG: &[u8] = b"t~tag";

/// The clients that the callers use, on machines whose clocks may differ.
pub(crate) trait Clients {
    fn now(&self) -> u64;

    fn submit(&mut self, client: usize, operation: Operation<'_>) -> u32;

    /// The outcome of a call, once it has one.
    fn take_done(&mut self, client: usize, call: u32) -> Option<Done>;
}

/// What callers may do besides.
#[derive(Clone, Copy, Default)]
pub(crate) struct Habits {
    /// The value has a tag.
    pub(crate) tags: bool,
    /// Factories may run for longer than any lease is held.
    pub(crate) never_ends: bool,
    /// Factories may fail: then nobody tries again for a while.
    pub(crate) failures: bool,
    /// They may take the lock alone.
    pub(crate) locks: bool,
    /// They may want a new value in any case.
    pub(crate) replaces: bool,
}

/// A caller.
enum Caller {
    Loading(u32),
    Acquiring(u32, Purpose),
    Computing(Computation),
    /// The value that it stores, if its factory has not failed.
    Ending(u32, Option<u64>),
    Idle,
}

#[derive(Clone, Copy)]
struct Computation {
    began_at: u64,
    until: u64,
    lease: LeaseId,
    /// What the source said when it began; none where it only keeps others out, or fails.
    value: Option<u64>,
}

/// One for each client.
pub(crate) struct Callers {
    habits: Habits,
    random: Random,
    callers: [Caller; CLIENTS],
    /// What the source says, and the oldest of it that may still be read.
    pub(crate) source: u64,
    pub(crate) oldest: u64,
    /// Of each caller's call: the oldest of then, and when it began.
    asked: [(u64, u64); CLIENTS],
    /// Deletions that are under way: the client, the call, and what the source said.
    deletions: Vec<(usize, u32, u64)>,
    /// When somebody could not store a value, whose lock stays until it expires.
    disturbed_at: u64,
}

impl Callers {
    pub(crate) fn new(habits: Habits, seed: u64) -> Self {
        Self {
            habits,
            random: Random(seed),
            callers: std::array::from_fn(|_| Caller::Idle),
            source: 1,
            oldest: 1,
            asked: [(0, 0); CLIENTS],
            deletions: Vec::new(),
            disturbed_at: 0,
        }
    }

    /// A caller asks, if it waits for nothing.
    pub(crate) fn ask(&mut self, index: usize, clients: &mut impl Clients) {
        if matches!(self.callers[index], Caller::Idle) {
            self.asked[index] = (self.oldest, clients.now());
            self.callers[index] = match self.random.below(6) {
                0 if self.habits.locks => self.acquire(index, Purpose::Lock, 2_000, clients),
                1 if self.habits.replaces => self.acquire(index, Purpose::Replace, FOREVER, clients),
                _ => Caller::Loading(clients.submit(index, LOAD)),
            };
        }
    }

    fn acquire(&self, index: usize, purpose: Purpose, wait: u64, clients: &mut impl Clients) -> Caller {
        let tags: &[&[u8]] = if self.habits.tags { &[TAG] } else { &[] };
        let acquire = Operation::Acquire { key: b"k", tags, above: GRACE, length: LENGTH, purpose, wait };
        Caller::Acquiring(clients.submit(index, acquire), purpose)
    }

    /// The source changes, and the value is deleted.
    pub(crate) fn delete(&mut self, client: usize, deletion: Operation<'_>, clients: &mut impl Clients) {
        self.source += 1;
        self.deletions.push((client, clients.submit(client, deletion), self.source));
    }

    pub(crate) fn is_deleting(&self) -> bool {
        !self.deletions.is_empty()
    }

    /// The process of a client is killed.
    pub(crate) fn kill(&mut self, client: usize) {
        self.callers[client] = Caller::Idle;
        self.deletions.retain(|(of, ..)| *of != client);
    }

    /// The server has lost what it acknowledged since the oldest that may be read was this; and of the deletions that are under way
    /// what was done of them.
    pub(crate) fn lose(&mut self, oldest: u64) {
        self.deletions.clear();
        self.oldest = oldest;
        self.asked.iter_mut().for_each(|(asked, _)| *asked = oldest.min(*asked));
    }

    /// Lets everybody go on; how many have an answer then: what the source said when its value was computed.
    pub(crate) fn go_on(&mut self, clients: &mut impl Clients) -> usize {
        let oldest = &mut self.oldest;
        self.deletions.retain(|&(client, call, source)| {
            let done = clients.take_done(client, call);
            // One that has failed may be done later, or not.
            if done.as_ref().is_some_and(|done| !matches!(done, Done::Failed(_))) {
                *oldest = source.max(*oldest);
            }
            done.is_none()
        });
        (0..CLIENTS).filter(|&index| self.advance(index, clients)).count()
    }

    fn advance(&mut self, index: usize, clients: &mut impl Clients) -> bool {
        let Some((caller, answer)) = self.next(index, clients) else { return false };
        self.callers[index] = caller;
        let Some(answer) = answer else { return false };
        let oldest = self.asked[index].0;
        assert!(answer >= oldest, "{answer} was replaced before it was asked for: {oldest}");
        true
    }

    fn next(&mut self, index: usize, clients: &mut impl Clients) -> Option<(Caller, Option<u64>)> {
        let number = |value: &[u8]| String::from_utf8_lossy(value).parse().expect("a number");
        Some(match self.callers[index] {
            Caller::Loading(call) => match clients.take_done(index, call)? {
                Done::Found(Some(value), Freshness::Fresh) => (Caller::Idle, Some(number(&value))),
                _ => (self.acquire(index, Purpose::Refresh, FOREVER, clients), None),
            },
            Caller::Acquiring(call, purpose) => match clients.take_done(index, call)? {
                Done::Found(_, Freshness::Leased(lease)) => (self.compute(lease, purpose, clients.now()), None),
                Done::Found(Some(value), _) => (Caller::Idle, Some(number(&value))),
                Done::Failed(_) => (Caller::Idle, Some(self.source)),
                _ => (Caller::Idle, None),
            },
            Caller::Computing(Computation { until, lease, value, .. }) if until <= clients.now() => {
                let bytes = value.unwrap_or_default().to_string();
                let store = Operation::Store { lease, value: bytes.as_bytes(), expiry: Expiry::After(20_000) };
                let end = if value.is_some() { store } else { Operation::Release { lease, backoff: 5_000 } };
                (Caller::Ending(clients.submit(index, end), value), None)
            }
            Caller::Ending(call, value) => {
                if matches!(clients.take_done(index, call)?, Done::Failed(_)) {
                    self.disturbed_at = clients.now();
                }
                (Caller::Idle, value)
            }
            _ => return None,
        })
    }

    fn compute(&mut self, lease: LeaseId, purpose: Purpose, began_at: u64) -> Caller {
        let never_ends = self.habits.never_ends && self.random.below(10) == 0;
        let duration = if never_ends { MOST + 5_000 } else { self.random.below(LONGEST) };
        let fails = purpose == Purpose::Lock || self.habits.failures && self.random.below(3) == 0;
        let value = (!fails).then_some(self.source);
        Caller::Computing(Computation { began_at, until: began_at + duration, lease, value })
    }

    /// How many compute under a lease that is still held.
    pub(crate) fn computing(&self, now: u64) -> usize {
        let holds = |caller: &&Caller| matches!(caller, Caller::Computing(run) if now < run.began_at + MOST);
        self.callers.iter().filter(holds).count()
    }

    /// Nobody waits for a value for longer than this, counted from when somebody was last kept from storing one.
    pub(crate) fn check_waits(&self, now: u64, disturbed_at: u64, longest: u64) {
        let since = disturbed_at.max(self.disturbed_at);
        for (caller, (_, asked_at)) in self.callers.iter().zip(self.asked) {
            let is_waiting = matches!(caller, Caller::Loading(_) | Caller::Acquiring(..));
            assert!(!is_waiting || now.saturating_sub(asked_at.max(since)) < longest, "it takes long");
        }
    }
}
