//! `store` and `release`: the end of a lease.

use super::{Operation, fire_and_forget};
use crate::cache::lease::{Lease, hold};
use crate::cache::{Cache, CallId, Expiry, LeaseId, Outcome, Script};

/// Sends a command; its outcome where it cannot be sent.
type Push<'a> = dyn FnMut(&Operation<'_>) -> Option<Outcome<'static>> + 'a;

impl Cache {
    /// Stores the value of a lease, or gives it up.
    #[cold]
    pub(in crate::cache) fn end_lease(
        &mut self,
        call: CallId,
        lease: LeaseId,
        operation: Operation<'_>,
        deadline: u64,
        now: u64,
    ) -> Option<Outcome<'static>> {
        let Some(lease) = self.operations.leases.take(lease) else {
            return Some(Outcome::Flag(false));
        };
        let mut push = |operation: &Operation<'_>| self.push(call, operation, deadline);
        match operation {
            Operation::Store { value, expiry, .. } => {
                let refused = lease.store(value, expiry, &mut push)?;
                lease.release(0, now, &mut |release| {
                    fire_and_forget(&mut self.client, release, deadline);
                    None
                });
                Some(refused)
            }
            Operation::Release { backoff, .. } => lease.release(backoff, now, &mut push),
            _ => None,
        }
    }
}

impl Lease {
    /// Stores the value.
    fn store(&self, value: &[u8], expiry: Expiry, push: &mut Push<'_>) -> Option<Outcome<'static>> {
        if !self.is_locked && self.tags.is_empty() {
            return push(&Operation::Set { key: &self.key, value, expiry });
        }
        push(&Operation::Script {
            script: Script::Store,
            keys: &self.keys(),
            fence: if self.is_locked { &self.fence } else { b"" },
            milliseconds: expiry.milliseconds(),
            value,
            token: self.is_locked.then_some(&self.token),
        })
    }

    /// Gives the lock up. After a failure it stays, emptied, as long as nobody shall try again: but not longer than
    /// the value that is served meanwhile.
    pub(in crate::cache) fn release(&self, backoff: u64, now: u64, push: &mut Push<'_>) -> Option<Outcome<'static>> {
        if !self.is_locked {
            return Some(Outcome::Flag(true));
        }
        push(&hold(&[&self.lock], &self.token, b"", backoff.min(self.remaining_life(now))))
    }
}
