//! Outcomes that a test can keep.

use cachelib_edge::cache::Outcome;
use cachelib_edge::failure::{Failure, FailureKind};

/// An [`Outcome`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Value(Option<Vec<u8>>),
    Values(Vec<Option<Vec<u8>>>),
    Flag(bool),
    Integer(i64),
    Keys(Vec<u32>, Option<FailureKind>),
    Failed(Failure),
}

impl Done {
    pub(crate) fn value(value: &[u8]) -> Self {
        Self::Value(Some(value.to_vec()))
    }

    pub(crate) fn failed(kind: FailureKind) -> Self {
        Self::Failed(kind.into())
    }

    /// A failure with the server's words.
    pub(crate) fn refused(kind: FailureKind, words: &str) -> Self {
        Self::Failed(Failure::with_reply(kind, words.as_bytes()))
    }
}

pub(crate) fn done(outcome: Outcome<'_>) -> Done {
    match outcome {
        Outcome::Value(value) => Done::Value(value.map(<[u8]>::to_vec)),
        Outcome::Values(values) => Done::Values(values.iter().map(|value| value.map(<[u8]>::to_vec)).collect()),
        Outcome::Flag(flag) => Done::Flag(flag),
        Outcome::Integer(number) => Done::Integer(number),
        Outcome::Keys(keys) => Done::Keys(keys.failed, keys.failure.map(|failure| failure.kind)),
        Outcome::Failed(failure) => Done::Failed(failure),
    }
}
