//! Operations that take many commands: what their replies add up to.

use super::operation::Verb;
use super::outcome::{Keys, Outcome, Values};
use crate::failure::Failure;
use crate::resp::{ProtocolError, Reply};

/// The most keys in one command: a server answers others between two commands, not within one.
pub(super) const PIECE: usize = 1_000;

/// One operation whose replies are being gathered.
#[derive(Debug)]
pub(super) struct Gathering {
    /// Commands that are neither answered nor failed.
    pub(super) remaining: u32,
    pub(super) deadline: u64,
    result: Gathered,
}

#[derive(Debug)]
enum Gathered {
    Values { values: Values, failure: Option<Failure> },
    Keys { total: usize, keys: Keys },
    Clear { pattern: Vec<u8>, failure: Option<Failure> },
}

/// What else is to be sent for an operation after one of its replies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FollowUp {
    /// The cursor of the next SCAN.
    pub(super) cursor: Option<Vec<u8>>,
    /// Keys to delete.
    pub(super) unlink: Vec<Vec<u8>>,
}

impl Gathering {
    pub(super) fn values(keys: usize, deadline: u64) -> Self {
        let result = Gathered::Values { values: Values::missing(keys), failure: None };
        Self { remaining: keys.div_ceil(PIECE) as u32, deadline, result }
    }

    pub(super) fn keys(total: usize, commands: usize, deadline: u64) -> Self {
        Self { remaining: commands as u32, deadline, result: Gathered::Keys { total, keys: Keys::default() } }
    }

    pub(super) fn clear(pattern: Vec<u8>, deadline: u64) -> Self {
        Self { remaining: 1, deadline, result: Gathered::Clear { pattern, failure: None } }
    }

    /// What `clear` looks for.
    pub(super) fn pattern(&self) -> &[u8] {
        match &self.result {
            Gathered::Clear { pattern, .. } => pattern,
            _ => &[],
        }
    }

    /// One command, which began at the key of index `first`, is answered.
    pub(super) fn reply(&mut self, verb: Verb, first: u32, reply: &Reply<'_>) -> Result<FollowUp, ProtocolError> {
        match (verb, reply, &mut self.result) {
            (Verb::GetPiece, Reply::Array(replies), Gathered::Values { values, .. }) => {
                if replies.len() != PIECE.min(values.len() - first as usize) {
                    return Err(ProtocolError::Unexpected);
                }
                for (index, reply) in (first as usize..).zip(replies) {
                    if let Reply::Bulk(value) = reply {
                        values.put(index, value)?;
                    }
                }
                Ok(FollowUp::default())
            }
            (Verb::SetPiece, Reply::Status(_), _) | (Verb::DeletePiece | Verb::Unlink, Reply::Integer(_), _) => {
                Ok(FollowUp::default())
            }
            (Verb::Scan, Reply::Array(parts), _) => found(parts),
            _ => Err(ProtocolError::Unexpected),
        }
    }

    /// One command, which began at the key of index `first`, came to nothing.
    pub(super) fn failed(&mut self, verb: Verb, first: u32, because: Failure) {
        let failure = match &mut self.result {
            Gathered::Values { failure, .. } | Gathered::Clear { failure, .. } => failure,
            Gathered::Keys { total, keys } => {
                let length = if verb == Verb::DeletePiece { PIECE } else { 1 };
                keys.failed.extend(first..(first as usize + length).min(*total) as u32);
                &mut keys.failure
            }
        };
        failure.get_or_insert(because);
    }

    /// What it all adds up to, once nothing remains.
    pub(super) fn outcome(self) -> Outcome<'static> {
        match self.result {
            Gathered::Values { failure: Some(failure), .. } | Gathered::Clear { failure: Some(failure), .. } => {
                Outcome::Failed(failure)
            }
            Gathered::Values { values, .. } => Outcome::Values(values),
            Gathered::Keys { keys, .. } => Outcome::Keys(keys),
            Gathered::Clear { .. } => Outcome::Flag(true),
        }
    }
}

/// SCAN's reply: the next cursor, `0` at the end, and keys.
fn found(parts: &[Reply<'_>]) -> Result<FollowUp, ProtocolError> {
    let [Reply::Bulk(cursor), Reply::Array(keys)] = parts else {
        return Err(ProtocolError::Unexpected);
    };
    let unlink = keys.iter().map(|key| match key {
        Reply::Bulk(key) => Ok(key.to_vec()),
        _ => Err(ProtocolError::Unexpected),
    });
    Ok(FollowUp { cursor: (*cursor != b"0").then(|| cursor.to_vec()), unlink: unlink.collect::<Result<_, _>>()? })
}
