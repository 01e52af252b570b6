//! Leases: who may compute the value of a key. A lease is a lock with a token, which is renewed while it is held, and
//! by which the value is stored: a lease that was lost, or that a deletion of the key has cancelled, stores nothing.

use super::operation::{self, RequestTag};
use super::{Operation, Script};
use crate::client::Client;

/// The key of a lock is that of its value and this: it keeps the prefix, for ACL rules and for `clear`.
const LOCK: &[u8] = b"~lock";
/// How many times its length a lease is held by renewals at most: whoever computes for longer is taken for dead.
const MAX_LENGTHS: u64 = 6;

/// The caller's name for a lease that it holds: good for one [`Operation::Store`] or [`Operation::Release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseId(pub u32);

/// The key of the lock of a key. In a cluster the key stands in it as a hash tag too, for one script to reach both; unless
/// the key has braces: where these make a hash tag, that of the lock is the same.
pub(super) fn lock_of(key: &[u8], is_cluster: bool) -> Vec<u8> {
    if is_cluster && !key.iter().any(|byte| matches!(byte, b'{' | b'}')) {
        return [key, LOCK, b"{", key, b"}"].concat();
    }
    [key, LOCK].concat()
}

/// The token of a lease: a `t`, for no number to be one, and 15 hexadecimal digits.
pub(super) type Token = [u8; 16];

/// A token for a random number.
pub(super) fn token(random: u64) -> Token {
    let digits = |digit| b"0123456789abcdef"[(random >> (4 * digit)) as usize & 15];
    std::array::from_fn(|index| if index == 0 { b't' } else { digits(index) })
}

/// Whether what a lock holds is somebody's lease. Anything else is no lock of ours, or that of a factory that has failed.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    matches!(bytes, [b't', digits @ ..] if digits.len() == 15 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// A lease, wanted or held.
#[derive(Default)]
pub(super) struct Lease {
    pub(super) id: u32,
    pub(super) key: Vec<u8>,
    /// The key of its lock.
    pub(super) lock: Vec<u8>,
    pub(super) tags: Vec<Vec<u8>>,
    pub(super) token: Token,
    /// False where there can be no lock: then the value is stored without a fence.
    pub(super) is_locked: bool,
    /// How long it lasts without renewal, in milliseconds.
    pub(super) length: u64,
    /// The remaining life of the value that it replaces when that was read: as PTTL has it, -2 where there is none.
    pub(super) ttl: i64,
    /// What the key held then, as [`Script::Fence`] says it; empty where it may have been written by anybody.
    pub(super) fence: Vec<u8>,
    pub(super) acquired_at: u64,
    pub(super) is_renewed: bool,
    /// How long a command that renews it may take, in milliseconds.
    pub(super) timeout: u64,
    pub(super) renew_at: u64,
}

impl Lease {
    /// When its lock is gone, whatever becomes of whoever has it. Without a lock it does not end by itself.
    const fn lapses_at(&self) -> u64 {
        let lengths = if self.is_renewed { MAX_LENGTHS } else { 1 };
        if self.is_locked { self.acquired_at.saturating_add(self.length.saturating_mul(lengths)) } else { u64::MAX }
    }

    /// When it is renewed next.
    fn next_renewal(&self, now: u64) -> u64 {
        let ends_at = self.acquired_at.saturating_add(self.length.saturating_mul(MAX_LENGTHS - 1));
        let is_over = !self.is_locked || !self.is_renewed || now >= ends_at;
        if is_over { u64::MAX } else { now.saturating_add((self.length / 3).max(1)) }
    }

    /// How long the value that was read lives from now on, in milliseconds.
    pub(super) fn remaining_life(&self, now: u64) -> u64 {
        let read_at = self.acquired_at;
        match self.ttl {
            -1 => u64::MAX,
            ttl => (ttl.max(0) as u64).saturating_sub(now.saturating_sub(read_at)),
        }
    }

    /// Its keys, as the scripts want them.
    pub(super) fn keys(&self) -> Vec<&[u8]> {
        let mut keys = vec![&self.key[..], &self.lock];
        keys.extend(self.tags.iter().map(Vec::as_slice));
        keys
    }
}

/// Sets a lock to a value for so many milliseconds, or deletes it where these are 0, if it holds the token.
pub(super) const fn hold<'a>(
    keys: &'a [&'a [u8]],
    token: &'a [u8],
    value: &'a [u8],
    milliseconds: u64,
) -> Operation<'a> {
    Operation::Script { script: Script::Hold, keys, fence: b"", milliseconds, value, token: Some(token) }
}

/// The leases that are held.
#[derive(Default)]
pub(super) struct Leases {
    held: Vec<Lease>,
    /// How many there have been.
    count: u32,
    /// No renewal is due earlier.
    renew_at: u64,
}

impl Leases {
    /// Those that have lapsed are forgotten: nobody need ever give one up.
    pub(super) fn insert(&mut self, mut lease: Lease) -> LeaseId {
        while let Some(lapsed) = self.held.iter().position(|held| held.lapses_at() <= lease.acquired_at) {
            self.held.swap_remove(lapsed);
        }
        lease.renew_at = lease.next_renewal(lease.acquired_at);
        self.renew_at = self.poll_timeout().min(lease.renew_at);
        self.count = self.count.wrapping_add(1);
        lease.id = self.count;
        self.held.push(lease);
        LeaseId(self.count)
    }

    pub(super) fn take(&mut self, id: LeaseId) -> Option<Lease> {
        let index = self.held.iter().position(|lease| lease.id == id.0)?;
        Some(self.held.swap_remove(index))
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
    }

    pub(super) fn poll_timeout(&self) -> u64 {
        if self.held.is_empty() { u64::MAX } else { self.renew_at }
    }

    /// Renews the leases whose time has come. Nobody waits for the replies: a lease that was lost shows when its value
    /// is stored.
    #[cold]
    pub(super) fn handle_timeout(&mut self, client: &mut Client<RequestTag>, now: u64) {
        if now < self.poll_timeout() {
            return;
        }
        self.renew_at = u64::MAX;
        for lease in &mut self.held {
            if now >= lease.renew_at {
                let deadline = now.saturating_add(lease.timeout);
                let keys = &[&lease.lock[..]];
                operation::fire_and_forget(client, &hold(keys, &lease.token, &lease.token, lease.length), deadline);
                lease.renew_at = lease.next_renewal(now);
            }
            self.renew_at = self.renew_at.min(lease.renew_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(ttl: i64) -> Lease {
        Lease { is_locked: true, length: 10_000, ttl, acquired_at: 1_000, is_renewed: true, ..Lease::default() }
    }

    #[test]
    fn tokens_are_known_from_what_else_a_lock_may_hold() {
        assert!(is_token(&token(u64::MAX)) && is_token(&token(0)));
        for other in ["", "t", "t0123456789abcd", "t0123456789abcdef", "t0123456789abcdg", "1700000000123456"] {
            assert!(!is_token(other.as_bytes()));
        }
    }

    #[test]
    fn a_lock_is_in_the_slot_of_its_key() {
        assert_eq!(lock_of(b"p:k", false), b"p:k~lock");
        assert_eq!(lock_of(b"p:k", true), b"p:k~lock{p:k}");
        assert_eq!(lock_of(b"{p}:k", true), b"{p}:k~lock");
    }

    #[test]
    fn a_value_lives_for_what_is_left_of_its_life() {
        assert_eq!(lease(5_000).remaining_life(2_280), 5_000 - 1_280);
        assert_eq!(lease(5_000).remaining_life(9_000), 0);
        assert_eq!(lease(-1).remaining_life(9_000), u64::MAX);
        assert_eq!(lease(-2).remaining_life(9_000), 0);
    }

    #[test]
    fn an_identifier_is_good_for_one_lease() {
        let mut leases = Leases::default();
        let first = leases.insert(lease(-2));
        assert!(leases.take(first).is_some() && leases.take(first).is_none());
        let second = leases.insert(lease(-2));
        assert!(first != second && leases.take(first).is_none() && leases.take(second).is_some());
        assert_eq!(leases.poll_timeout(), u64::MAX);
    }

    #[test]
    fn leases_that_nobody_gives_up_do_not_pile_up() {
        let mut leases = Leases::default();
        for second in 0..1_000 {
            leases.insert(Lease { acquired_at: second * 1_000, ..lease(-2) });
        }
        assert_eq!(leases.held.len(), 60, "six lengths of ten seconds");
    }

    #[test]
    fn a_lease_is_renewed_for_some_lengths_and_then_lapses() {
        let lease = lease(-2);
        assert_eq!(lease.next_renewal(1_000), 4_333);
        assert_eq!(lease.next_renewal(50_999), 54_332);
        assert_eq!(lease.next_renewal(51_000), u64::MAX);
        let short = Lease { length: 2, ..lease };
        assert_eq!(short.next_renewal(1_000), 1_001, "a timer that is due at once would never end");
    }
}
