//! The operations of a lease on key `k`, for the tests of leases.

use cachelib_edge::cache::{Expiry, LeaseId, Operation, Purpose};

/// Milliseconds.
pub(crate) const LENGTH: u64 = 10_000;
pub(crate) const GRACE: u64 = 5_000;
pub(crate) const FOREVER: u64 = u64::MAX;

pub(crate) const fn acquire<'a>(key: &'a [u8], purpose: Purpose, wait: u64) -> Operation<'a> {
    Operation::Acquire { key, tags: &[], above: GRACE, length: LENGTH, purpose, wait }
}

pub(crate) const REFRESH: Operation<'_> = acquire(b"k", Purpose::Refresh, FOREVER);
pub(crate) const LOAD: Operation<'_> = Operation::Load { key: b"k", above: GRACE };

pub(crate) const fn store(lease: LeaseId, value: &[u8]) -> Operation<'_> {
    Operation::Store { lease, value, expiry: Expiry::After(20_000) }
}
