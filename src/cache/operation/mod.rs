//! The operations of a cache, one file for each kind.

mod acquire;
mod clear;
mod deletion;
mod get_many;
mod key_groups;
mod load;
mod multi;
mod request_tag;
mod set_many;
mod single;
mod store;

pub(super) use acquire::Acquire;
pub use acquire::Purpose;
pub(super) use clear::Clear;
pub(super) use deletion::Deletion;
pub(super) use get_many::GetMany;
pub(super) use load::Load;
pub(super) use multi::{Commands, MultiCommand, Operations};
use request_tag::push;
pub(super) use request_tag::{RequestTag, delete_lock, fire_and_forget};
pub(super) use set_many::SetMany;
pub(super) use single::CommandKind;

use super::command::{FRAMING, HEADER};
use super::{Expiry, LeaseId, Script};
use crate::client::Route;
use crate::connection::Effect;
use crate::resp::MAX_BULK;
use std::fmt;

/// No script and its arguments are longer, in bytes.
const MAX_SCRIPT: usize = 1536;

/// What a cache is asked for: cachelib's methods, and what the cache layer is made of. Keys are as on the wire, prefix included; values are stored bytes.
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
    /// Any other command: its reply as [`Outcome::Value`](super::Outcome::Value), `Integer`, `Flag` for a status, or
    /// `Values`: a name of the connection, and the bulk strings of an array, one after the other.
    ///
    /// In a cluster it follows redirections, and the order of the calls for a key is kept, where its keys are known by its name in capitals:
    /// DEL, EVAL, EXISTS, FLUSHDB, GET, GETDEL, INCRBY, MGET, PEXPIRE, PTTL, SET, UNLINK.
    ///
    /// Whatever its effect, it is sent again after an error by which a server rejects a command
    /// ([`RetryPolicy::may_be_executed`](crate::client::RetryPolicy::may_be_executed)). A script that writes must not answer by such an
    /// error of its own making: nobody could tell it from one of the server's, which sends none of them after a script has written.
    Command {
        /// Its name and arguments.
        arguments: &'a [&'a [u8]],
        /// Which of them is the key; 0 where it goes to a node.
        key: usize,
        /// The number of that node, as [`Nodes`](Self::Nodes) has it. Where no node is known by it, the outcome is no values.
        node: u32,
        /// What it means to repeat it.
        effect: Effect,
        /// Whether whoever computes the value of the key loses the lease, as by [`Delete`](Self::Delete).
        cancels_lease: bool,
    },
    /// The value of a key: [`Outcome::Found`](super::Outcome::Found), fresh or stale; `Value(None)` where it is missing.
    Load {
        /// The key.
        key: &'a [u8],
        /// A value that lives for longer than so many milliseconds is fresh.
        above: u64,
    },
    /// The lease of a key: [`Outcome::Found`](super::Outcome::Found); `Value(None)` where the lease was not to be had
    /// in time, nor a value. The operation's timeout is that of each attempt.
    Acquire {
        /// The key. Its lock is the key and `~lock`.
        key: &'a [u8],
        /// The tags of the value, as keys.
        tags: &'a [&'a [u8]],
        /// A value that lives for longer than so many milliseconds is fresh: then there is no lease.
        above: u64,
        /// How long the lease lasts, in milliseconds, if nothing more is heard of its holder.
        length: u64,
        /// What it is wanted for.
        purpose: Purpose,
        /// How long to wait for it at most, in milliseconds, where there is no value.
        wait: u64,
    },
    /// Stores a value under a lease, which ends: [`Outcome::Value`](super::Outcome::Value), `0` where the lease was
    /// lost, or cancelled by a deletion, or another value was stored meanwhile; or where it was stored already when the
    /// connection was lost. Without a lock it is [`Outcome::Flag`](super::Outcome::Flag). The lease ends in any case.
    Store {
        /// The lease.
        lease: LeaseId,
        /// The bytes to store.
        value: &'a [u8],
        /// When the key expires.
        expiry: Expiry,
    },
    /// Ends a lease without a value: [`Outcome::Value`](super::Outcome::Value), `0` where it was lost, or `Flag`.
    Release {
        /// The lease.
        lease: LeaseId,
        /// How many milliseconds nobody shall try again, as long as there is a stale value.
        backoff: u64,
    },
    /// A script: [`Outcome::Value`](super::Outcome::Value), `1` or `0`.
    Script {
        /// Which one; the rest is as it says.
        script: Script,
        /// At least one.
        keys: &'a [&'a [u8]],
        /// What [`Script::Fence`] has said, 64 bytes at most.
        fence: &'a [u8],
        /// Milliseconds; 0 for never.
        milliseconds: u64,
        /// Bytes to store.
        value: &'a [u8],
        /// The token of a lease.
        token: Option<&'a [u8]>,
    },
    /// `clear`: [`Outcome::Flag`](super::Outcome::Flag), true. Without a prefix the whole database is emptied.
    Clear {
        /// What the keys to delete start with.
        prefix: &'a [u8],
    },
    /// The nodes that have the keys: [`Outcome::Values`](super::Outcome::Values), the number of each in two bytes, little-endian.
    /// It stays that of the node, whatever becomes of the hash slots.
    Nodes,
    /// Asks the server for a sign of life: [`Outcome::Flag`](super::Outcome::Flag), true.
    Ping,
}

impl<'a> Operation<'a> {
    /// A command of a name and its arguments, the first of which is its key, if it has one.
    pub(super) const fn command(arguments: &'a [&'a [u8]], effect: Effect) -> Self {
        Self::Command { arguments, key: 1, node: 0, effect, cancels_lease: false }
    }

    /// Whether it needs the feature `layer`.
    pub(super) const fn is_of_layer(&self) -> bool {
        matches!(
            self,
            Self::Nodes
                | Self::Command { .. }
                | Self::Load { .. }
                | Self::Acquire { .. }
                | Self::Store { .. }
                | Self::Release { .. }
                | Self::Script { .. }
        )
    }

    /// The most bytes that its commands take, or `None` where a key or a value is longer than Redis stores.
    pub(super) fn size(&self) -> Option<usize> {
        let none: &[&[u8]] = &[];
        // A key, a value, more keys; how often they are sent at most, and what else is.
        let (key, value, keys, copies, more): (&[u8], &[u8], _, _, _) = match *self {
            Self::Get { key } | Self::Has { key } | Self::Increment { key, .. } => (key, b"", none, 1, 0),
            Self::Set { key, value, .. } | Self::Add { key, value, .. } => (key, value, none, 1, 0),
            Self::SetMany { entries, .. } => (b"", b"", none, 1, size_of_entries(entries)?),
            Self::GetMany { keys } => (b"", b"", keys, 1, 0),
            Self::Command { arguments, cancels_lease, .. } => (b"", b"", arguments, 1 + usize::from(cancels_lease), 0),
            Self::DeleteMany { keys } => (b"", b"", keys, 2, 0),
            // With a second command.
            Self::Delete { key } | Self::Load { key, .. } => (key, b"", none, 2, 0),
            // The key stands in four commands and two scripts.
            Self::Acquire { key, tags, .. } => (key, b"", tags, 8, 2 * MAX_SCRIPT),
            Self::Store { value, .. } => (b"", value, none, 1, 0),
            Self::Script { keys, value, .. } => (b"", value, keys, 1, MAX_SCRIPT),
            // Each byte of a pattern may be escaped.
            Self::Clear { prefix } => (prefix, b"", none, 2, 0),
            Self::Ping | Self::Nodes | Self::Release { .. } => (b"", b"", none, 1, 0),
        };
        let mut size = length(key)?.saturating_add(length(value)?).saturating_add(FRAMING);
        for key in keys {
            size = size.saturating_add(length(key)?).saturating_add(HEADER);
        }
        Some(size.saturating_mul(copies).saturating_add(more))
    }

    /// What it means to repeat its command, if it takes but one. A script that ends a lease takes away the token that it
    /// asks for; one that renews it does the same again.
    pub(super) const fn effect(&self) -> Effect {
        match self {
            Self::Command { effect, .. } => *effect,
            Self::Script { token: Some(_), .. } => Effect::Fenced,
            _ => self.kind().effect(),
        }
    }

    /// Where its command goes, if it takes but one.
    pub(super) const fn route(&self) -> Route<'a> {
        match self {
            Self::Get { key }
            | Self::Set { key, .. }
            | Self::Add { key, .. }
            | Self::Delete { key }
            | Self::Has { key }
            | Self::Increment { key, .. }
            | Self::Load { key, .. }
            | Self::Acquire { key, .. } => Route::Key(key),
            Self::Script { keys: [key, ..], .. } => Route::Key(key),
            Self::Command { arguments, key, .. } if *key < arguments.len() => Route::Key(arguments[*key]),
            _ => Route::Any,
        }
    }
}

fn size_of_entries(entries: &[(&[u8], &[u8])]) -> Option<usize> {
    let mut size = 0_usize;
    for (key, value) in entries {
        size = size.saturating_add(length(key)?).saturating_add(length(value)?).saturating_add(FRAMING);
    }
    Some(size)
}

/// The length of a key or a value, as far as Redis stores it.
const fn length(bytes: &[u8]) -> Option<usize> {
    if bytes.len() <= MAX_BULK { Some(bytes.len()) } else { None }
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
            Self::Nodes => f.write_str("Nodes"),
            Self::Ping => f.write_str("Ping"),
            Self::Command { arguments, .. } => write!(f, "Command({} arguments)", arguments.len()),
            Self::Load { key, .. } => write!(f, "Load({} bytes)", key.len()),
            Self::Acquire { key, .. } => write!(f, "Acquire({} bytes)", key.len()),
            Self::Store { lease, value, .. } => write!(f, "Store({lease:?}, {} bytes)", value.len()),
            Self::Release { lease, .. } => write!(f, "Release({lease:?})"),
            Self::Script { script, keys, .. } => write!(f, "Script({script:?}, {} keys)", keys.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{command, key};
    use super::*;
    use crate::resp::CommandBuffer;

    #[test]
    fn no_command_is_larger_than_it_was_said_to_be() {
        let (key, value) = (&[b'k'; 300][..], &[b'v'; 200_000][..]);
        let expiry = Expiry::After(8_999_999_999_999_999);
        let is_enough = |operation: Operation<'_>, out: &[u8]| operation.size().is_some_and(|size| size >= out.len());

        let mut out = CommandBuffer::default();
        command::set(&mut out, key, value, expiry, true);
        assert!(is_enough(Operation::Add { key, value, expiry }, &out));

        let mut out = CommandBuffer::default();
        command::increment(&mut out, key, i64::MIN);
        assert!(is_enough(Operation::Increment { key, delta: i64::MIN }, &out));

        for script in [Script::Store, Script::Hold, Script::Register, Script::Fence] {
            let (keys, fence, milliseconds) = (&[key, key, value][..], &[b'0'; 64], u64::MAX >> 1);
            let operation = Operation::Script { script, keys, fence, milliseconds, value, token: Some(&[b't'; 16]) };
            let mut out = CommandBuffer::default();
            operation.encode(&mut out);
            assert!(is_enough(operation, &out));
        }

        let operation = Operation::Command {
            arguments: &[key, value],
            key: 1,
            node: 0,
            effect: Effect::ReadOnly,
            cancels_lease: false,
        };
        let mut out = CommandBuffer::default();
        operation.encode(&mut out);
        assert!(is_enough(operation, &out));

        let prefix = &[b'*'; 300];
        let mut out = CommandBuffer::default();
        command::command(
            &mut out,
            &[b"SCAN", b"18446744073709551615", b"MATCH", &key::pattern(prefix), b"COUNT", b"5000"],
        );
        assert!(is_enough(Operation::Clear { prefix }, &out));
    }

    #[test]
    fn debug_shows_neither_keys_nor_values() {
        let (key, value) = (&b"hunter2"[..], &b"hunter2"[..]);
        let operation = Operation::Set { key, value, expiry: Expiry::Never };
        assert_eq!(format!("{operation:?}"), "Set(7 bytes, 7 bytes)");
    }
}
