//! The operations of a cache, one file for each kind.

mod clear;
mod delete_many;
mod get_many;
mod key_groups;
mod multi;
mod set_many;
mod single;

pub(super) use clear::Clear;
pub(super) use delete_many::DeleteMany;
pub(super) use get_many::GetMany;
pub(super) use multi::{Commands, MultiCommand, Operations};
pub(super) use set_many::SetMany;
pub(super) use single::CommandKind;

use super::{CallId, Expiry};
use crate::client::Route;
use crate::resp::MAX_BULK;
use std::fmt;

/// The most that a command holds beside one key and its value, in bytes: names, options, lengths, numbers.
const FRAMING: usize = 128;

/// A method of cachelib's `RedisCache`. Keys are as on the wire, prefix included; values are stored bytes.
#[derive(Clone, Copy)]
pub enum Operation<'a> {
    /// `get`: [`Outcome::Value`](super::Outcome::Value).
    Get {
        /// The key.
        key: &'a [u8],
    },
    /// `get_many`: [`Outcome::Values`](super::Outcome::Values), one for each key.
    GetMany {
        /// The keys; repeated ones are answered each time.
        keys: &'a [&'a [u8]],
    },
    /// `set`: [`Outcome::Flag`](super::Outcome::Flag), true.
    Set {
        /// The key.
        key: &'a [u8],
        /// The bytes to store.
        value: &'a [u8],
        /// When the key expires.
        expiry: Expiry,
    },
    /// `add`: [`Outcome::Flag`](super::Outcome::Flag), false when the key exists. One atomic `SET … NX`.
    Add {
        /// The key.
        key: &'a [u8],
        /// The bytes to store.
        value: &'a [u8],
        /// When the key expires.
        expiry: Expiry,
    },
    /// `set_many`: [`Outcome::Keys`](super::Outcome::Keys).
    SetMany {
        /// Keys and the bytes to store.
        entries: &'a [(&'a [u8], &'a [u8])],
        /// When the keys expire.
        expiry: Expiry,
    },
    /// `delete`: [`Outcome::Flag`](super::Outcome::Flag), whether the key existed.
    Delete {
        /// The key.
        key: &'a [u8],
    },
    /// `delete_many`: [`Outcome::Keys`](super::Outcome::Keys).
    DeleteMany {
        /// The keys.
        keys: &'a [&'a [u8]],
    },
    /// `has`: [`Outcome::Flag`](super::Outcome::Flag).
    Has {
        /// The key.
        key: &'a [u8],
    },
    /// `inc`, and `dec` with a negative delta: [`Outcome::Integer`](super::Outcome::Integer), the new value.
    Increment {
        /// The key.
        key: &'a [u8],
        /// What is added.
        delta: i64,
    },
    /// `clear`: [`Outcome::Flag`](super::Outcome::Flag), true. Without a prefix the whole database is emptied.
    Clear {
        /// What the keys to delete start with.
        prefix: &'a [u8],
    },
    /// Asks the server for a sign of life: [`Outcome::Flag`](super::Outcome::Flag), true.
    Ping,
}

impl Operation<'_> {
    /// The most bytes that its commands take, or `None` where a key or a value is longer than Redis stores.
    pub(super) fn size(&self) -> Option<usize> {
        let size = |bytes: &[u8]| (bytes.len() <= MAX_BULK).then_some(bytes.len());
        let keys_and_values = match self {
            Self::Set { key, value, .. } | Self::Add { key, value, .. } => size(key)?.saturating_add(size(value)?),
            Self::SetMany { entries, .. } => entries.iter().try_fold(0_usize, |sum, (key, value)| {
                Some(sum.saturating_add(size(key)?).saturating_add(size(value)?).saturating_add(FRAMING))
            })?,
            Self::GetMany { keys } | Self::DeleteMany { keys } => keys
                .iter()
                .try_fold(0_usize, |sum, key| Some(sum.saturating_add(size(key)?).saturating_add(FRAMING)))?,
            Self::Get { key } | Self::Delete { key } | Self::Has { key } | Self::Increment { key, .. } => size(key)?,
            // Each byte of a pattern may be escaped.
            Self::Clear { prefix } => size(prefix)?.saturating_mul(2),
            Self::Ping => 0,
        };
        Some(keys_and_values.saturating_add(FRAMING))
    }

    /// Where its command goes, if it takes but one.
    pub(super) const fn route(&self) -> Route<'_> {
        match self {
            Self::Get { key }
            | Self::Set { key, .. }
            | Self::Add { key, .. }
            | Self::Delete { key }
            | Self::Has { key }
            | Self::Increment { key, .. } => Route::Key(key),
            _ => Route::Any,
        }
    }
}

/// Keys and values are shown by their lengths.
impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get { key } => write!(f, "Get({} bytes)", key.len()),
            Self::GetMany { keys } => write!(f, "GetMany({} keys)", keys.len()),
            Self::Set { key, value, .. } => write!(f, "Set({} bytes, {} bytes)", key.len(), value.len()),
            Self::Add { key, value, .. } => write!(f, "Add({} bytes, {} bytes)", key.len(), value.len()),
            Self::SetMany { entries, .. } => write!(f, "SetMany({} entries)", entries.len()),
            Self::Delete { key } => write!(f, "Delete({} bytes)", key.len()),
            Self::DeleteMany { keys } => write!(f, "DeleteMany({} keys)", keys.len()),
            Self::Has { key } => write!(f, "Has({} bytes)", key.len()),
            Self::Increment { key, .. } => write!(f, "Increment({} bytes)", key.len()),
            Self::Clear { prefix } => write!(f, "Clear({} bytes)", prefix.len()),
            Self::Ping => f.write_str("Ping"),
        }
    }
}

/// What is known of a command when its reply comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RequestTag {
    pub(super) call: CallId,
    pub(super) kind: CommandKind,
    /// The index of its operation among those of many commands, if it is a part of one.
    pub(super) operation: u32,
    /// Which of its operation's commands it is; the operation knows what that means.
    pub(super) part: u32,
}

#[cfg(test)]
mod tests {
    use super::super::{command, key};
    use super::*;

    #[test]
    fn no_command_is_larger_than_it_was_said_to_be() {
        let (key, value) = (&[b'k'; 300][..], &[b'v'; 200_000][..]);
        let expiry = Expiry::After(8_999_999_999_999_999);
        let is_enough = |operation: Operation<'_>, out: &[u8]| operation.size().is_some_and(|size| size >= out.len());

        let mut out = Vec::new();
        command::set(&mut out, key, value, expiry, true);
        assert!(is_enough(Operation::Add { key, value, expiry }, &out));

        let mut out = Vec::new();
        command::increment(&mut out, key, i64::MIN);
        assert!(is_enough(Operation::Increment { key, delta: i64::MIN }, &out));

        let mut out = Vec::new();
        let prefix = &[b'*'; 300];
        command::scan(&mut out, b"0", &key::pattern(prefix));
        assert!(is_enough(Operation::Clear { prefix }, &out));
    }

    #[test]
    fn debug_shows_neither_keys_nor_values() {
        let (key, value) = (&b"hunter2"[..], &b"hunter2"[..]);
        let operation = Operation::Set { key, value, expiry: Expiry::Never };
        assert_eq!(format!("{operation:?}"), "Set(7 bytes, 7 bytes)");
    }
}
