//! Operation records: what `js/core/records.js` writes, little-endian.
//!
//! ```text
//! record  = length:u32 (of kind to body) units:u32 kind:u8 call:u32 timeout:u32 (ms) body
//! body    = key                                       get, has, delete; clear, whose key is the prefix
//!         | delta:i64 key                             inc
//!         | timeout:f64 (s) key value                 set, add
//!         | count:u32 key*                            getMany, deleteMany
//!         | timeout:f64 count:u32 (key value)*        setMany
//!         |                                           ping, nodes
//!         | above:f64 (s) key                         load
//!         | above:f64 length:f64 wait:f64 (s) purpose:u8 keys      acquire: the key, then tags
//!         | lease:u32 timeout:f64 value               store
//!         | lease:u32 backoff:f64 (s)                 release
//!         | timeout:f64 only_new:u8 keys value        store with tags: the key, anything, then tags
//!         | effect:u8 key:u8 node:u32 keys            another command: its arguments in place of keys. Effect + 4 where it
//!                                                     cancels the lease of the key
//! keys    = count:u32 key*
//! key     = a text of a tape, with its tag
//! value   = a tape
//! ```
//!
//! Tapes: `cachelib_serializer::tape`. A record's short texts are the next `units` UTF-16 units of the batch's texts.

use super::report::BARE_PICKLES;
use crate::cache::{Cache, CallId, Expiry, LAYER, LeaseId, Operation, Purpose, Script};
use crate::connection::Effect;
use cachelib_serializer::DumpError;
use cachelib_serializer::tape::{Dumper, StringBatch, TapeReader};
use std::ops::Range;

const GET: u8 = 0;
const HAS: u8 = 1;
const DELETE: u8 = 2;
const CLEAR: u8 = 3;
const PING: u8 = 4;
const INCREMENT: u8 = 5;
const SET: u8 = 6;
const ADD: u8 = 7;
const GET_MANY: u8 = 8;
const DELETE_MANY: u8 = 9;
const SET_MANY: u8 = 10;
const LOAD: u8 = 11;
const ACQUIRE: u8 = 12;
const STORE: u8 = 13;
const RELEASE: u8 = 14;
const STORE_TAGGED: u8 = 15;
const COMMAND: u8 = 16;
const NODES: u8 = 17;

/// Why a record is not an operation.
#[derive(Clone, Copy)]
pub(super) enum Rejection {
    /// A value has no stored form.
    Unserializable(DumpError),
    InvalidTimeout,
}

impl From<DumpError> for Rejection {
    fn from(error: DumpError) -> Self {
        Self::Unserializable(error)
    }
}

/// Turns records into operations; keeps its working memory from one batch to the next.
#[derive(Default)]
pub(super) struct Submitter {
    dumper: Dumper,
    /// Stored bytes of the operation at hand.
    stored: Vec<u8>,
    /// Whether its pickles are stored as Django does, without cachelib's mark.
    is_bare: bool,
    /// Calls whose records are no operations.
    pub(super) rejected: Vec<(CallId, Rejection)>,
}

impl Submitter {
    /// Begins every operation of `records`, whose short texts are in `texts`.
    pub(super) fn submit(&mut self, cache: &mut Cache, records: &[u8], texts: &[u8], now: u64) {
        let mut records = TapeReader::new(records, StringBatch::new(texts));
        while let Ok(mut record) = records.part() {
            let Ok((kind, call, timeout)) = head(&mut record) else {
                continue;
            };
            self.stored.clear();
            self.is_bare = call.0 & BARE_PICKLES != 0;
            if let Err(rejection) = self.operation(cache, kind, call, timeout, &mut record, now) {
                self.rejected.push((call, rejection));
            }
        }
        if self.stored.capacity() > super::MAX_RETAINED {
            self.stored = Vec::new();
        }
    }

    fn operation(
        &mut self,
        cache: &mut Cache,
        kind: u8,
        call: CallId,
        timeout: u64,
        fields: &mut TapeReader<'_>,
        now: u64,
    ) -> Result<(), Rejection> {
        let mut submit = |operation: Operation<'_>| cache.submit(call, operation, timeout, now);
        match kind {
            GET => submit(Operation::Get { key: fields.text()? }),
            HAS => submit(Operation::Has { key: fields.text()? }),
            DELETE => submit(Operation::Delete { key: fields.text()? }),
            CLEAR => submit(Operation::Clear { prefix: fields.text()? }),
            PING => submit(Operation::Ping),
            INCREMENT => {
                let delta = i64::from_le_bytes(fields.array()?);
                submit(Operation::Increment { key: fields.text()?, delta });
            }
            SET | ADD => {
                let expiry = expiry(fields)?;
                let key = fields.text()?;
                let value = self.value(fields)?;
                submit(if kind == SET {
                    Operation::Set { key, value, expiry }
                } else {
                    Operation::Add { key, value, expiry }
                });
            }
            GET_MANY => submit(Operation::GetMany { keys: &keys(fields)? }),
            DELETE_MANY => submit(Operation::DeleteMany { keys: &keys(fields)? }),
            SET_MANY => {
                let expiry = expiry(fields)?;
                let places = self.entries(fields)?;
                let mut entries = with_room(places.len())?;
                for (key, value) in places {
                    entries.push((key, &self.stored[value]));
                }
                submit(Operation::SetMany { entries: &entries, expiry });
            }
            LOAD if LAYER => {
                let above = milliseconds(fields)?;
                submit(Operation::Load { key: fields.text()?, above });
            }
            _ if LAYER => return self.uncommon(cache, kind, (call, timeout, now), fields),
            _ => return Err(DumpError::Malformed.into()),
        }
        Ok(())
    }

    /// By itself: what seldom runs need not be near what often does.
    #[cold]
    fn uncommon(
        &mut self,
        cache: &mut Cache,
        kind: u8,
        (call, timeout, now): (CallId, u64, u64),
        fields: &mut TapeReader<'_>,
    ) -> Result<(), Rejection> {
        let mut submit = |operation: Operation<'_>| cache.submit(call, operation, timeout, now);
        match kind {
            ACQUIRE => {
                let (above, length, wait) = (milliseconds(fields)?, milliseconds(fields)?, milliseconds(fields)?);
                let purposes = [Purpose::Refresh, Purpose::Replace, Purpose::Lock];
                let purpose = *purposes.get(usize::from(fields.byte()?)).ok_or(DumpError::Malformed)?;
                let keys = keys(fields)?;
                let (key, tags) = keys.split_first().ok_or(DumpError::Malformed)?;
                submit(Operation::Acquire { key, tags, above, length, purpose, wait });
            }
            STORE => {
                let lease = LeaseId(fields.u32()?);
                let expiry = expiry(fields)?;
                submit(Operation::Store { lease, value: self.value(fields)?, expiry });
            }
            RELEASE => {
                let lease = LeaseId(fields.u32()?);
                submit(Operation::Release { lease, backoff: milliseconds(fields)? });
            }
            STORE_TAGGED => {
                let milliseconds = expiry(fields)?.milliseconds();
                let fence: &[u8] = if fields.byte()? == 0 { b"" } else { b"-2 " };
                let (script, keys, value) = (Script::Store, &keys(fields)?, self.value(fields)?);
                submit(Operation::Script { script, keys, fence, milliseconds, value, token: None });
            }
            NODES => submit(Operation::Nodes),
            COMMAND => {
                let effects = [Effect::ReadOnly, Effect::Idempotent, Effect::NonIdempotent];
                let (bits, key, node) = (fields.byte()?, fields.byte()?.into(), fields.u32()?);
                let effect = *effects.get(usize::from(bits & 3)).ok_or(DumpError::Malformed)?;
                let arguments = &keys(fields)?[..];
                let cancels_lease = bits & 4 != 0 && key < arguments.len();
                submit(Operation::Command { arguments, key, node, effect, cancels_lease });
            }
            _ => return Err(DumpError::Malformed.into()),
        }
        Ok(())
    }

    /// Serialises the operation's value; its stored bytes.
    fn value(&mut self, fields: &mut TapeReader<'_>) -> Result<&[u8], DumpError> {
        self.append_value(fields)?;
        Ok(&self.stored)
    }

    /// Appends the stored bytes of one value.
    fn append_value(&mut self, fields: &mut TapeReader<'_>) -> Result<(), DumpError> {
        let start = self.stored.len();
        self.dumper.dumps(fields, &mut self.stored)?;
        if self.is_bare && self.stored[start..].first() == Some(&b'!') {
            self.stored.remove(start);
        }
        Ok(())
    }

    fn entries<'a>(&mut self, fields: &mut TapeReader<'a>) -> Result<Vec<(&'a [u8], Range<usize>)>, DumpError> {
        let count = fields.u32()?;
        let mut entries = with_room(count as usize)?;
        for _ in 0..count {
            let (key, start) = (fields.text()?, self.stored.len());
            self.append_value(fields)?;
            entries.push((key, start..self.stored.len()));
        }
        Ok(entries)
    }
}

fn head(record: &mut TapeReader<'_>) -> Result<(u8, CallId, u64), DumpError> {
    Ok((record.byte()?, CallId(record.u32()?), u64::from(record.u32()?)))
}

fn keys<'a>(fields: &mut TapeReader<'a>) -> Result<Vec<&'a [u8]>, DumpError> {
    let count = fields.u32()?;
    let mut keys = with_room(count as usize)?;
    for _ in 0..count {
        keys.push(fields.text()?);
    }
    Ok(keys)
}

/// Room for so many items, where there is memory for them.
fn with_room<T>(count: usize) -> Result<Vec<T>, DumpError> {
    let mut items = Vec::new();
    items.try_reserve_exact(count).map_err(|_| DumpError::OutOfMemory)?;
    Ok(items)
}

/// Seconds, as milliseconds; infinity is the most there is.
fn milliseconds(fields: &mut TapeReader<'_>) -> Result<u64, DumpError> {
    Ok((fields.f64()? * 1_000.0) as u64)
}

fn expiry(fields: &mut TapeReader<'_>) -> Result<Expiry, Rejection> {
    Expiry::from_seconds(fields.f64()?).map_err(|_| Rejection::InvalidTimeout)
}
