//! The operations of a cache, and the commands that carry them out.

use super::timeout::Expiry;
use crate::connection::Effect;
use crate::resp::{MAX_BULK, encode};

/// The most that a command holds beside one key and its value, in bytes: names, options, lengths, numbers.
const FRAMING: usize = 128;

/// A method of cachelib's `RedisCache`. Keys are as on the wire, prefix included; values are stored bytes.
#[derive(Clone, Copy, Debug)]
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

    /// Appends the command of an operation that takes but one.
    #[inline]
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Get { key } => name_and_key(out, words::GET, key),
            Self::Has { key } => name_and_key(out, words::EXISTS, key),
            Self::Delete { key } => name_and_key(out, words::DEL, key),
            Self::Set { key, value, expiry } => set(out, key, value, expiry, false),
            Self::Add { key, value, expiry } => set(out, key, value, expiry, true),
            Self::Increment { key, delta } => increment(out, key, delta),
            Self::Clear { prefix: b"" } => name_and_keys(out, words::FLUSHDB, &[]),
            Self::Ping => name_and_keys(out, words::PING, &[]),
            // These take many, which the cache cuts; a prefix above all must never become a FLUSHDB.
            Self::GetMany { .. } | Self::SetMany { .. } | Self::DeleteMany { .. } | Self::Clear { .. } => {
                debug_assert!(false, "{self:?} takes many commands");
            }
        }
    }
}

/// One kind of command that the cache sends, and with it the kind of reply that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Set,
    Add,
    Delete,
    Has,
    Increment,
    Flush,
    Ping,
    /// A piece of `get_many`.
    GetPiece,
    /// One key of `set_many`.
    SetPiece,
    /// A piece of `delete_many`.
    DeletePiece,
    /// A step of `clear` with a prefix.
    Scan,
    /// What a step of `clear` found.
    Unlink,
}

impl Verb {
    /// Whether its operation takes many commands.
    pub(super) const fn is_part(self) -> bool {
        matches!(self, Self::GetPiece | Self::SetPiece | Self::DeletePiece | Self::Scan | Self::Unlink)
    }

    pub(super) const fn effect(self) -> Effect {
        match self {
            Self::Get | Self::Has | Self::GetPiece | Self::Scan | Self::Ping => Effect::Read,
            Self::Set | Self::SetPiece | Self::Delete | Self::DeletePiece | Self::Flush | Self::Unlink => Effect::Write,
            Self::Add | Self::Increment => Effect::Once,
        }
    }
}

/// How many keys SCAN looks at in a step: a small number costs a round trip for a handful of keys, a very large one
/// holds up the server's other clients.
const SCAN_COUNT: i64 = 5_000;

/// What commands always say, as bulk strings.
pub(super) mod words {
    pub(in crate::cache) const DEL: &[u8] = b"$3\r\nDEL\r\n";
    pub(super) const EXISTS: &[u8] = b"$6\r\nEXISTS\r\n";
    pub(super) const FLUSHDB: &[u8] = b"$7\r\nFLUSHDB\r\n";
    pub(super) const GET: &[u8] = b"$3\r\nGET\r\n";
    pub(in crate::cache) const MGET: &[u8] = b"$4\r\nMGET\r\n";
    pub(super) const PING: &[u8] = b"$4\r\nPING\r\n";
    pub(super) const EX: &[u8] = b"$2\r\nEX\r\n";
    pub(super) const INCRBY: &[u8] = b"$6\r\nINCRBY\r\n";
    pub(super) const NX: &[u8] = b"$2\r\nNX\r\n";
    pub(super) const PX: &[u8] = b"$2\r\nPX\r\n";
    pub(super) const SET: &[u8] = b"$3\r\nSET\r\n";
}

/// A command of a name, one of the [`words`], and keys: `GET k`, `DEL k …`.
pub(super) fn name_and_keys(out: &mut Vec<u8>, name: &[u8], keys: &[&[u8]]) {
    encode::command(out, 1 + keys.len());
    encode::encoded(out, name);
    for key in keys {
        encode::bulk(out, key);
    }
}

fn name_and_key(out: &mut Vec<u8>, name: &[u8], key: &[u8]) {
    encode::command(out, 2);
    encode::encoded(out, name);
    encode::bulk(out, key);
}

/// <https://redis.io/docs/latest/commands/set/>; `EX` where whole seconds say it, as redis-py does.
pub(super) fn set(out: &mut Vec<u8>, key: &[u8], value: &[u8], expiry: Expiry, only_new: bool) {
    let timed = matches!(expiry, Expiry::After(_));
    encode::command(out, 3 + 2 * usize::from(timed) + usize::from(only_new));
    encode::encoded(out, words::SET);
    encode::bulk(out, key);
    encode::bulk(out, value);
    if let Expiry::After(milliseconds) = expiry {
        let whole = milliseconds % 1_000 == 0;
        encode::encoded(out, if whole { words::EX } else { words::PX });
        encode::integer(out, (if whole { milliseconds / 1_000 } else { milliseconds }) as i64);
    }
    if only_new {
        encode::encoded(out, words::NX);
    }
}

fn increment(out: &mut Vec<u8>, key: &[u8], delta: i64) {
    encode::command(out, 3);
    encode::encoded(out, words::INCRBY);
    encode::bulk(out, key);
    encode::integer(out, delta);
}

/// <https://redis.io/docs/latest/commands/scan/>
pub(super) fn scan(out: &mut Vec<u8>, cursor: &[u8], pattern: &[u8]) {
    encode::command(out, 6);
    encode::bulk(out, b"SCAN");
    encode::bulk(out, cursor);
    encode::bulk(out, b"MATCH");
    encode::bulk(out, pattern);
    encode::bulk(out, b"COUNT");
    encode::integer(out, SCAN_COUNT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_larger_than_it_was_said_to_be() {
        let (key, value) = (&[b'k'; 300][..], &[b'v'; 200_000][..]);
        let expiry = Expiry::After(8_999_999_999_999_999);
        let is_enough = |operation: Operation<'_>, out: &[u8]| operation.size().is_some_and(|size| size >= out.len());

        let mut out = Vec::new();
        set(&mut out, key, value, expiry, true);
        assert!(is_enough(Operation::Add { key, value, expiry }, &out));

        let mut out = Vec::new();
        increment(&mut out, key, i64::MIN);
        assert!(is_enough(Operation::Increment { key, delta: i64::MIN }, &out));

        let mut out = Vec::new();
        let prefix = &[b'*'; 300];
        scan(&mut out, b"0", &super::super::key::pattern(prefix));
        assert!(is_enough(Operation::Clear { prefix }, &out));
    }

    #[test]
    fn set_says_seconds_where_it_can() {
        let encoded = |expiry, only_new| {
            let mut out = Vec::new();
            set(&mut out, b"k", b"v", expiry, only_new);
            String::from_utf8(out).expect("ASCII").replace("\r\n", " ")
        };
        assert_eq!(encoded(Expiry::Never, false), "*3 $3 SET $1 k $1 v ");
        assert_eq!(encoded(Expiry::After(300_000), false), "*5 $3 SET $1 k $1 v $2 EX $3 300 ");
        assert_eq!(encoded(Expiry::After(1_500), true), "*6 $3 SET $1 k $1 v $2 PX $4 1500 $2 NX ");
    }
}
