//! What becomes of an operation.

use super::{Error, LeaseId};
use crate::resp::ProtocolError;
use std::fmt;

/// The result of an [`Operation`](super::Operation).
#[derive(PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The stored bytes, or `None` where the key is missing.
    Value(Option<&'a [u8]>),
    /// The stored bytes for each key.
    Values(Values),
    /// The stored bytes of one key, if it exists, and how fresh they are.
    Found(Values, Freshness),
    /// Yes or no.
    Flag(bool),
    /// The counter's new value.
    Integer(i64),
    /// What became of an operation on many keys: for which of them it failed, by node; none where it did not.
    Keys(Vec<PartialFailure>),
    /// The operation came to nothing.
    Failed(Error),
}

/// How fresh a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It need not be computed.
    Fresh,
    /// It is to be computed again, by somebody else where the operation asked for a lease. Its remaining life in
    /// milliseconds.
    Stale(u64),
    /// It is to be computed by the caller, who holds the lease. There is a stale value, or none.
    Leased(LeaseId),
}

/// For which keys of many an operation failed at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialFailure {
    /// The indices of the keys, in no order. One may stand there twice.
    pub keys: Vec<u32>,
    /// The first failure.
    pub error: Error,
}

impl PartialFailure {
    /// Adds keys for which the operation failed.
    // By itself: inlined in the operations of many it adds 0.4 KB to the module (2026-11-26).
    #[inline(never)]
    pub(super) fn add(failures: &mut Vec<Self>, keys: &mut dyn Iterator<Item = u32>, error: Error) {
        let known = failures.iter().position(|failure| failure.error.node() == error.node());
        let index = known.unwrap_or(failures.len());
        if known.is_none() {
            failures.push(Self { keys: Vec::new(), error });
        }
        failures[index].keys.extend(keys);
    }
}

/// Stored bytes in order of their keys, in one piece of memory.
#[derive(Default, PartialEq, Eq)]
pub struct Values {
    bytes: Vec<u8>,
    ranges: Vec<Option<(usize, usize)>>,
    /// The keys whose values are not known, by the node at which a command failed.
    pub failures: Vec<PartialFailure>,
}

impl Values {
    pub(super) fn missing(count: usize) -> Self {
        Self { bytes: Vec::new(), ranges: vec![None; count], failures: Vec::new() }
    }

    /// Keeps a copy of `value`, or says that there is no memory for it.
    pub(super) fn put(&mut self, index: usize, value: &[u8]) -> Result<(), ProtocolError> {
        if let Some(range) = self.ranges.get_mut(index) {
            self.bytes.try_reserve(value.len()).map_err(|_| ProtocolError::OutOfMemory)?;
            *range = Some((self.bytes.len(), value.len()));
            self.bytes.extend_from_slice(value);
        }
        Ok(())
    }

    /// The same behind all others.
    pub(super) fn push(&mut self, value: &[u8]) -> Result<(), ProtocolError> {
        self.ranges.push(None);
        self.put(self.ranges.len() - 1, value)
    }

    /// How many keys were asked for.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether no key was asked for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The stored bytes for each key, `None` where it is missing.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.ranges.iter().map(|range| range.map(|(start, length)| &self.bytes[start..start + length]))
    }
}

/// Values are shown by their lengths.
impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "Value({:?} bytes)", value.map(<[u8]>::len)),
            Self::Values(values) => values.fmt(f),
            Self::Found(_, freshness) => write!(f, "Found({freshness:?})"),
            Self::Flag(flag) => write!(f, "Flag({flag})"),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Keys(failures) => f.debug_tuple("Keys").field(failures).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

/// Values are shown by their lengths.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<_> = self.ranges.iter().map(|range| range.map(|(_, length)| length)).collect();
        f.debug_struct("Values").field("lengths", &lengths).field("failures", &self.failures).finish()
    }
}
