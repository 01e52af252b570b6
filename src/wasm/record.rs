//! Operation records: what `js/operations.js` writes, little-endian.
//!
//! ```text
//! record  = length:u32 (of all that follows) verb:u8 call:u32 patience:u32 (ms) body
//! body    = key                                       get, has, delete; clear, whose key is the prefix
//!         | delta:i64 key                             inc
//!         | timeout:f64 (s) key value                 set, add
//!         | count:u32 key*                            getMany, deleteMany
//!         | timeout:f64 count:u32 (key value)*        setMany
//!         |                                           ping
//! key     = length:u32 bytes
//! value   = a tape (`serializer::tape`)
//! ```

use crate::cache::{Cache, CallId, Expiry, Operation};
use crate::failure::FailureKind;
use crate::serializer::{DumpError, tape::Dumper};
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

/// Turns records into operations; keeps its working memory from one batch to the next.
#[derive(Default)]
pub(super) struct Submitter {
    dumper: Dumper,
    /// Stored bytes of the operation at hand.
    stored: Vec<u8>,
}

impl Submitter {
    /// Begins every operation of `records`.
    pub(super) fn submit(&mut self, cache: &mut Cache, records: &[u8], now: u64) {
        let mut records = Fields { rest: records };
        while let Some(record) = records.bytes() {
            let mut fields = Fields { rest: record };
            let Some((verb, call, patience)) = fields.head() else {
                continue;
            };
            self.stored.clear();
            match self.operation(cache, verb, call, patience, &mut fields, now) {
                Ok(()) => {}
                Err(kind) => cache.fail(call, kind),
            }
        }
        if self.stored.capacity() > super::KEPT {
            self.stored = Vec::new();
        }
    }

    fn operation(
        &mut self,
        cache: &mut Cache,
        verb: u8,
        call: CallId,
        patience: u64,
        fields: &mut Fields<'_>,
        now: u64,
    ) -> Result<(), FailureKind> {
        let mut submit = |operation: Operation<'_>| cache.submit(call, operation, patience, now);
        match verb {
            GET => submit(Operation::Get { key: fields.key()? }),
            HAS => submit(Operation::Has { key: fields.key()? }),
            DELETE => submit(Operation::Delete { key: fields.key()? }),
            CLEAR => submit(Operation::Clear { prefix: fields.key()? }),
            PING => submit(Operation::Ping),
            INCREMENT => {
                let delta = fields.number().ok_or(MALFORMED)?;
                submit(Operation::Increment { key: fields.key()?, delta: i64::from_le_bytes(delta) });
            }
            SET | ADD => {
                let expiry = fields.expiry()?;
                let key = fields.key()?;
                let value = self.value(fields)?;
                let value = &self.stored[value];
                submit(if verb == SET {
                    Operation::Set { key, value, expiry }
                } else {
                    Operation::Add { key, value, expiry }
                });
            }
            GET_MANY => submit(Operation::GetMany { keys: &fields.keys()? }),
            DELETE_MANY => submit(Operation::DeleteMany { keys: &fields.keys()? }),
            SET_MANY => {
                let expiry = fields.expiry()?;
                let places = self.entries(fields)?;
                let entries: Vec<_> = places.into_iter().map(|(key, value)| (key, &self.stored[value])).collect();
                submit(Operation::SetMany { entries: &entries, expiry });
            }
            _ => return Err(MALFORMED),
        }
        Ok(())
    }

    /// Serialises one value; the place of its stored bytes.
    fn value(&mut self, fields: &mut Fields<'_>) -> Result<Range<usize>, FailureKind> {
        let start = self.stored.len();
        self.stored.try_reserve(fields.rest.len()).map_err(|_| FailureKind::TooLarge)?;
        let taken = self.dumper.dumps(fields.rest, &mut self.stored).map_err(FailureKind::Unserializable)?;
        fields.rest = fields.rest.get(taken..).ok_or(MALFORMED)?;
        Ok(start..self.stored.len())
    }

    fn entries<'a>(&mut self, fields: &mut Fields<'a>) -> Result<Vec<(&'a [u8], Range<usize>)>, FailureKind> {
        let count = fields.u32().ok_or(MALFORMED)?;
        (0..count).map(|_| Ok((fields.key()?, self.value(fields)?))).collect()
    }
}

/// Only a fault of this package's own JavaScript could write such a record.
const MALFORMED: FailureKind = FailureKind::Unserializable(DumpError::Malformed);

/// What is left of a record, or of a batch of them.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn head(&mut self) -> Option<(u8, CallId, u64)> {
        Some((self.number::<1>()?[0], CallId(self.u32()?), u64::from(self.u32()?)))
    }

    fn key(&mut self) -> Result<&'a [u8], FailureKind> {
        self.bytes().ok_or(MALFORMED)
    }

    fn keys(&mut self) -> Result<Vec<&'a [u8]>, FailureKind> {
        let count = self.u32().ok_or(MALFORMED)?;
        (0..count).map(|_| self.key()).collect()
    }

    fn expiry(&mut self) -> Result<Expiry, FailureKind> {
        Expiry::from_seconds(f64::from_le_bytes(self.number().ok_or(MALFORMED)?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.number().map(u32::from_le_bytes)
    }

    fn number<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*number)
    }
}
