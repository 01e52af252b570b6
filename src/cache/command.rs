//! The commands of a cache, encoded.

use super::Expiry;
use crate::resp::{CommandBuffer, encode};

/// The most bytes that a command takes beside its keys and values: names, options, lengths, numbers.
pub(super) const FRAMING: usize = 128;
/// The most bytes that an argument takes beside itself.
pub(super) const HEADER: usize = 32;

/// What commands always say, as bulk strings.
pub(super) mod literals {
    pub(in crate::cache) const EXISTS: &[u8] = b"$6\r\nEXISTS\r\n";
    pub(in crate::cache) const FLUSHDB: &[u8] = b"$7\r\nFLUSHDB\r\n";
    pub(in crate::cache) const GET: &[u8] = b"$3\r\nGET\r\n";
    pub(in crate::cache) const PING: &[u8] = b"$4\r\nPING\r\n";
    pub(super) const EX: &[u8] = b"$2\r\nEX\r\n";
    pub(super) const INCRBY: &[u8] = b"$6\r\nINCRBY\r\n";
    pub(super) const NX: &[u8] = b"$2\r\nNX\r\n";
    pub(super) const PX: &[u8] = b"$2\r\nPX\r\n";
    pub(super) const SET: &[u8] = b"$3\r\nSET\r\n";
}

/// A command of a name alone.
pub(super) fn name_only(out: &mut CommandBuffer, name: &[u8]) {
    encode::command(out, 1);
    out.extend_from_slice(name);
}

/// A command of a name and one key.
pub(super) fn name_and_key(out: &mut CommandBuffer, name: &[u8], key: &[u8]) {
    encode::command(out, 2);
    out.extend_from_slice(name);
    encode::bulk(out, key);
}

/// <https://redis.io/docs/latest/commands/set/>; `EX` where whole seconds say it, as redis-py does.
pub(super) fn set(out: &mut CommandBuffer, key: &[u8], value: &[u8], expiry: Expiry, only_new: bool) {
    let expires = matches!(expiry, Expiry::After(_));
    encode::command(out, 3 + 2 * usize::from(expires) + usize::from(only_new));
    out.extend_from_slice(literals::SET);
    encode::bulk(out, key);
    encode::bulk(out, value);
    if let Expiry::After(milliseconds) = expiry {
        let is_whole = milliseconds % 1_000 == 0;
        out.extend_from_slice(if is_whole { literals::EX } else { literals::PX });
        encode::integer(out, (if is_whole { milliseconds / 1_000 } else { milliseconds }) as i64);
    }
    if only_new {
        out.extend_from_slice(literals::NX);
    }
}

/// A command of these arguments, its name first.
pub(super) fn command(out: &mut CommandBuffer, arguments: &[&[u8]]) {
    encode::command(out, arguments.len());
    arguments.iter().for_each(|argument| encode::bulk(out, argument));
}

/// EVAL: <https://redis.io/docs/latest/commands/eval/>.
pub(super) fn eval(
    out: &mut CommandBuffer,
    text: &str,
    keys: &[&[u8]],
    (fence, milliseconds): (&[u8], u64),
    value: &[u8],
    token: Option<&[u8]>,
) {
    encode::command(out, 6 + keys.len() + usize::from(token.is_some()));
    encode::bulk(out, b"EVAL");
    encode::bulk(out, text.as_bytes());
    encode::integer(out, keys.len() as i64);
    keys.iter().for_each(|key| encode::bulk(out, key));
    encode::bulk(out, fence);
    encode::integer(out, milliseconds as i64);
    encode::bulk(out, value);
    if let Some(token) = token {
        encode::bulk(out, token);
    }
}

pub(super) fn increment(out: &mut CommandBuffer, key: &[u8], delta: i64) {
    encode::command(out, 3);
    out.extend_from_slice(literals::INCRBY);
    encode::bulk(out, key);
    encode::integer(out, delta);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_says_seconds_where_it_can() {
        let encoded = |expiry, only_new| {
            let mut out = CommandBuffer::default();
            set(&mut out, b"k", b"v", expiry, only_new);
            String::from_utf8(out.to_vec()).expect("ASCII").replace("\r\n", " ")
        };
        assert_eq!(encoded(Expiry::Never, false), "*3 $3 SET $1 k $1 v ");
        assert_eq!(encoded(Expiry::After(300_000), false), "*5 $3 SET $1 k $1 v $2 EX $3 300 ");
        assert_eq!(encoded(Expiry::After(1_500), true), "*6 $3 SET $1 k $1 v $2 PX $4 1500 $2 NX ");
    }
}
