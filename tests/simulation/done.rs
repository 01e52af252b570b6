//! Outcomes that a test can keep.

use cachelib_edge::cache::{Error, Freshness, Outcome, PartialFailure, Values};

/// An [`Outcome`] that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Value(Option<Vec<u8>>),
    Values(Vec<Option<Vec<u8>>>),
    /// Values, the indices of those that are not known, and why.
    ValuesInPart(Vec<Option<Vec<u8>>>, Vec<u32>, Error),
    /// A value, if there is one.
    Found(Option<Vec<u8>>, Freshness),
    Flag(bool),
    Integer(i64),
    /// The indices of the keys for which it failed, and why.
    Keys(Vec<u32>, Option<Error>),
    Failed(Error),
}

impl Done {
    pub(crate) fn value(value: &[u8]) -> Self {
        Self::Value(Some(value.to_vec()))
    }

    pub(crate) fn is_protocol_error(&self) -> bool {
        matches!(self, Self::Failed(error) if error.code() == "PROTOCOL")
    }
}

pub(crate) fn done(outcome: Outcome<'_>) -> Done {
    match outcome {
        Outcome::Value(value) => Done::Value(value.map(<[u8]>::to_vec)),
        Outcome::Values(values) => match first_failure(&values.failures) {
            (_, None) => Done::Values(owned(&values)),
            (keys, Some(error)) => Done::ValuesInPart(owned(&values), keys, error),
        },
        Outcome::Found(values, freshness) => Done::Found(owned(&values).remove(0), freshness),
        Outcome::Flag(flag) => Done::Flag(flag),
        Outcome::Integer(number) => Done::Integer(number),
        Outcome::Keys(failures) => {
            let (keys, error) = first_failure(&failures);
            Done::Keys(keys, error)
        }
        Outcome::Failed(error) => Done::Failed(error),
    }
}

/// All keys that failed, in order, and the first reason.
fn first_failure(failures: &[PartialFailure]) -> (Vec<u32>, Option<Error>) {
    let mut keys: Vec<_> = failures.iter().flat_map(|failure| failure.keys.iter().copied()).collect();
    keys.sort_unstable();
    keys.dedup();
    (keys, failures.first().map(|failure| failure.error.clone()))
}

fn owned(values: &Values) -> Vec<Option<Vec<u8>>> {
    values.iter().map(|value| value.map(<[u8]>::to_vec)).collect()
}
