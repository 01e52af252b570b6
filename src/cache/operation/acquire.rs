//! `acquire`: the lease of a key. Whoever has a stale value never waits for it; the others try again and again, until
//! they have the lease or its holder has stored a value.

use super::load::Stored;
use super::{Commands, MultiCommand};
use crate::cache::lease::{self, Lease};
use crate::cache::{Error, Expiry, Freshness, LeaseId, Operation, Outcome, Script};
use crate::client::{self, ErrorCode};
use crate::connection::Effect;
use crate::resp::{ProtocolError, Reply};

const LOCKED: u32 = 0;
const HOLDER: u32 = 1;
const TTL: u32 = 2;
const REGISTERED: u32 = 4;
const FENCE: u32 = 5;
const FREED: u32 = 6;

/// The first pause between two attempts, and the longest, in milliseconds. Each is half as long again as the one before.
const FIRST_PAUSE: u64 = 50;
const MAX_PAUSE: u64 = 500;
/// How many times its length a lease is held at most, with some time to spare: so long do tags remember a key that is
/// being computed.
const REGISTERED_LENGTHS: u64 = 8;

/// The most bytes of a fence: two numbers and a SHA-1 have fewer.
const MAX_FENCE: usize = 64;

/// The effect of the reads beside a lock: a replica may not know yet of the lock, nor of the value that its last holder has stored.
const FROM_PRIMARY: Effect = Effect::Idempotent;

/// What a lease is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To compute a value, unless there is a fresh one.
    Refresh,
    /// To compute a value in any case: the lease is taken from whoever holds it.
    Replace,
    /// To keep others out: values do not matter, and the lease is not renewed.
    Lock,
}

/// Who has the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Nobody,
    Us,
    Another,
    /// Nobody: its last holder has failed, and nobody shall try again as long as there is a value.
    Failure,
    /// Nobody: the mark of that failure is gone.
    Freed,
    /// It is no lock, or cannot be one.
    Unusable,
}

pub(in crate::cache) struct Acquire {
    /// What is wanted; taken from here once it is had.
    lease: Lease,
    above: u64,
    purpose: Purpose,
    wait_until: u64,
    attempts: u32,
    has_lost: bool,
    // Of the current attempt:
    holder: Holder,
    stored: Stored,
    error: Option<Error>,
    granted: Option<LeaseId>,
}

impl Acquire {
    #[cold]
    pub(in crate::cache) fn start(
        key: &[u8],
        tags: &[&[u8]],
        (above, length, wait): (u64, u64, u64),
        purpose: Purpose,
        commands: &mut Commands<'_>,
    ) -> Box<dyn MultiCommand> {
        let lease = Lease {
            key: key.to_vec(),
            lock: lease::lock_of(key, commands.is_cluster()),
            tags: tags.iter().map(|tag| tag.to_vec()).collect(),
            token: lease::token(commands.random()),
            length,
            is_renewed: purpose != Purpose::Lock,
            timeout: commands.time_left(),
            ..Lease::default()
        };
        let mut acquire = Box::new(Self {
            lease,
            above,
            purpose,
            wait_until: commands.now.saturating_add(wait),
            attempts: 0,
            has_lost: false,
            holder: Holder::Nobody,
            stored: Stored::new(),
            error: None,
            granted: None,
        });
        acquire.attempt(commands);
        acquire
    }

    /// One write takes the lock, tells who has it, and reads the value once more: it may have been stored since it was
    /// missed.
    fn attempt(&mut self, commands: &mut Commands<'_>) {
        (self.holder, self.stored, self.error) = (Holder::Nobody, Stored::new(), None);
        self.lease.fence.clear();
        let Lease { key, lock, tags, token, length, .. } = &self.lease;
        let expiry = Expiry::After(*length);
        // Taken from its holder in one step: where it is deleted for that, many who do so take it from each other again and again.
        let is_taken = self.purpose == Purpose::Replace && self.attempts > 0;
        let set = if is_taken {
            Operation::Set { key: lock, value: token, expiry }
        } else {
            Operation::Add { key: lock, value: token, expiry }
        };
        commands.send(LOCKED, &set);
        commands.send(HOLDER, &Operation::command(&[b"GET", lock], FROM_PRIMARY));
        if self.purpose == Purpose::Lock {
            return;
        }
        // Of a cluster's slot that moves, no node may have both keys.
        let keys: &[&[u8]] = if commands.is_cluster() { &[key] } else { &[key, lock] };
        let (script, token) = (Script::Fence, Some(&token[..]));
        // Before the value is read: one that is written between the two is taken for a later one.
        commands.send(FENCE, &Operation::Script { script, keys, fence: b"", milliseconds: 0, value: b"", token });
        Stored::send(commands, key, TTL, FROM_PRIMARY);
        if !tags.is_empty() {
            // Before the value is computed, so that a deletion of the tag finds the lease.
            let register = Operation::Script {
                script: Script::Register,
                keys: &self.lease.keys(),
                fence: b"",
                milliseconds: length.saturating_mul(REGISTERED_LENGTHS),
                value: b"",
                token: None,
            };
            commands.send(REGISTERED, &register);
        }
    }

    /// All replies of an attempt have come.
    fn decide(&mut self, commands: &mut Commands<'_>) {
        if let Some(error) = &self.error {
            // The lock may have been set: its token will tell.
            let is_lost = matches!(error, Error::Client(client::Error::Connection(_), _));
            // Of whoever gives up, the server may set the lock all the same.
            let may_be_set = matches!(error, Error::Client(client::Error::Aborted | client::Error::Timeout, _));
            if is_lost && !self.has_lost {
                self.has_lost = true;
                self.retry(0, commands);
            } else if may_be_set || self.holder == Holder::Us {
                self.give_back(commands);
            }
            return;
        }
        let is_fresh = self.purpose == Purpose::Refresh && self.stored.is_fresh(self.above);
        match self.holder {
            Holder::Failure if self.purpose == Purpose::Refresh && !self.stored.exists() => {
                // Others may see it as well: it is deleted only if it is still there, and then one of all gets the lock.
                commands.send(FREED, &lease::hold(&[&self.lease.lock], b"", b"", 0));
            }
            Holder::Freed => self.retry(0, commands),
            Holder::Us if is_fresh => self.give_back(commands),
            Holder::Unusable if is_fresh => {}
            Holder::Us | Holder::Unusable => {
                let mut lease = std::mem::take(&mut self.lease);
                lease.is_locked = self.holder == Holder::Us;
                lease.ttl = if self.stored.exists() { self.stored.ttl } else { -2 };
                lease.acquired_at = commands.now;
                self.granted = Some(commands.leases.insert(lease));
            }
            Holder::Another | Holder::Failure if self.purpose == Purpose::Replace => {
                self.attempts = 1;
                self.retry(0, commands);
            }
            _ => {
                if self.purpose != Purpose::Refresh || !self.stored.exists() {
                    let pause = self.pause(commands.random());
                    self.retry(pause, commands);
                }
            }
        }
    }

    /// Gives up the lock that it got.
    fn give_back(&mut self, commands: &mut Commands<'_>) {
        commands.extend_deadline(self.lease.timeout);
        self.lease.is_locked = true;
        self.lease.release(0, commands.now, &mut |release| {
            commands.fire_and_forget(release);
            None
        });
    }

    fn retry(&mut self, pause: u64, commands: &mut Commands<'_>) {
        if commands.now < self.wait_until {
            commands.wake_at(commands.now.saturating_add(pause).min(self.wait_until));
        }
    }

    /// The key of the lock holds something else, or may not be used.
    fn give_up_lock(&mut self) {
        if self.holder != Holder::Us && self.purpose != Purpose::Lock {
            self.holder = Holder::Unusable;
        }
    }

    fn pause(&mut self, random: u64) -> u64 {
        let pause = (0..self.attempts).fold(FIRST_PAUSE, |pause, _| (pause + pause / 2).min(MAX_PAUSE));
        self.attempts = (self.attempts + 1).min(8);
        pause / 2 + random % (pause / 2 + 1)
    }
}

impl MultiCommand for Acquire {
    fn on_reply(&mut self, part: u32, reply: &Reply<'_>) -> Result<(), ProtocolError> {
        match (part, reply) {
            (LOCKED, Reply::Status(b"OK")) => self.holder = Holder::Us,
            (LOCKED, Reply::Nil) => self.holder = Holder::Another,
            // A lock that has expired since is not there any more.
            (HOLDER, Reply::Nil) if self.holder == Holder::Another => self.holder = Holder::Nobody,
            (HOLDER, Reply::Bulk(token)) if *token == self.lease.token => self.holder = Holder::Us,
            (HOLDER, Reply::Bulk(b"")) => self.holder = Holder::Failure,
            (HOLDER, Reply::Bulk(other)) if !lease::is_token(other) => self.give_up_lock(),
            (HOLDER, Reply::Nil | Reply::Bulk(_)) | (REGISTERED, _) => {}
            (FREED, _) => self.holder = Holder::Freed,
            (FENCE, Reply::Bulk(fence)) if fence.len() <= MAX_FENCE => self.lease.fence = fence.to_vec(),
            (TTL..REGISTERED, _) => return self.stored.on_reply(reply),
            _ => return Err(ProtocolError::Unexpected),
        }
        Ok(())
    }

    fn on_error(&mut self, part: u32, error: Error) {
        match (part, &error) {
            (REGISTERED | FENCE, Error::Client(client::Error::Server(_), _)) => {}
            // Where there can be no lock, the value is computed and stored without a lease.
            (LOCKED | HOLDER | FREED, _) if self.purpose != Purpose::Lock && says_no_lock(&error) => {
                self.give_up_lock();
            }
            _ => Error::note(&mut self.error, error),
        }
    }

    fn send_next(&mut self, commands: &mut Commands<'_>) {
        if commands.is_answered() {
            self.decide(commands);
        }
    }

    fn on_timer(&mut self, commands: &mut Commands<'_>) {
        commands.extend_deadline(self.lease.timeout);
        self.attempt(commands);
    }

    fn outcome(self: Box<Self>) -> Outcome<'static> {
        let Self { stored, granted, error, purpose, above, .. } = *self;
        match (error, granted) {
            (Some(error), _) => Outcome::Failed(error),
            (_, Some(lease)) => Outcome::Found(stored.value, Freshness::Leased(lease)),
            _ if !stored.exists() => Outcome::Value(None),
            _ if purpose == Purpose::Refresh && stored.is_fresh(above) => {
                Outcome::Found(stored.value, Freshness::Fresh)
            }
            _ => Outcome::Found(stored.value, Freshness::Stale(stored.ttl.max(0) as u64)),
        }
    }
}

/// Whether a server that refuses a lock may store a value all the same: one that is read-only or has no memory may not.
pub(super) fn says_no_lock(error: &Error) -> bool {
    matches!(error.reply_code(), Some(ErrorCode::NoPerm | ErrorCode::WrongType | ErrorCode::Other))
}
