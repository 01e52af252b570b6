//! One complete reply, decoded by redis-protocol.

use super::ProtocolError;
#[cfg(not(feature = "resp3"))]
use redis_protocol::resp2::{decode::decode_range, types::RangeFrame};
#[cfg(feature = "resp3")]
use redis_protocol::resp3::{decode::complete::decode_range, types::RangeFrame};
use std::fmt;

/// A server's reply; its bytes are those of the frame.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply<'a> {
    /// A simple string, such as `OK`.
    Status(&'a [u8]),
    /// An error: a word in capitals, then text.
    Error(&'a [u8]),
    /// A 64-bit signed integer.
    Integer(i64),
    /// A string of bytes.
    Bulk(&'a [u8]),
    /// No value.
    Nil,
    /// Replies in order.
    Array(Vec<Self>),
}

impl Reply<'_> {
    /// The replies of an array; none of anything else.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Array(parts) => parts,
            _ => &[],
        }
    }
}

/// Shows types and lengths: the bytes may be a stored value.
impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(text) => write!(f, "Status({} bytes)", text.len()),
            Self::Error(text) => write!(f, "Error({} bytes)", text.len()),
            Self::Integer(_) => f.write_str("Integer"),
            Self::Bulk(bytes) => write!(f, "Bulk({} bytes)", bytes.len()),
            Self::Nil => f.write_str("Nil"),
            Self::Array(replies) => f.debug_tuple("Array").field(replies).finish(),
        }
    }
}

/// Decodes `frame`, which is exactly one reply that a [`Scanner`](super::Scanner) found: so it recurses no deeper than
/// [`MAX_DEPTH`](super::MAX_DEPTH).
///
/// A status and a bulk string, which almost every reply is, are taken as the scanner saw them; redis-protocol decodes the
/// rest.
#[inline]
pub fn decode(frame: &[u8]) -> Result<Reply<'_>, ProtocolError> {
    match frame {
        [b'+', status @ .., b'\r', b'\n'] => Ok(Reply::Status(status)),
        [b'$', b'0'..=b'9', rest @ .., b'\r', b'\n'] => bulk(rest),
        _ => decode_any(frame),
    }
}

fn decode_any(frame: &[u8]) -> Result<Reply<'_>, ProtocolError> {
    match decode_range(frame) {
        Ok(Some((reply, _))) => resolve(frame, &reply),
        Ok(None) | Err(_) => Err(ProtocolError::BadLine),
    }
}

/// The bytes after the line of a bulk string's length.
fn bulk(rest: &[u8]) -> Result<Reply<'_>, ProtocolError> {
    let line_end = rest.iter().position(|&byte| byte == b'\n').ok_or(ProtocolError::BadLine)?;
    Ok(Reply::Bulk(&rest[line_end + 1..]))
}

#[cfg(not(feature = "resp3"))]
fn resolve<'a>(frame: &'a [u8], reply: &RangeFrame) -> Result<Reply<'a>, ProtocolError> {
    Ok(resolve_resp2(frame, reply))
}

#[cfg(not(feature = "resp3"))]
fn resolve_resp2<'a>(frame: &'a [u8], reply: &RangeFrame) -> Reply<'a> {
    match *reply {
        RangeFrame::SimpleString((start, end)) => Reply::Status(&frame[start..end]),
        RangeFrame::Error((start, end)) => Reply::Error(&frame[start..end]),
        RangeFrame::Integer(number) => Reply::Integer(number),
        RangeFrame::BulkString((start, end)) => Reply::Bulk(&frame[start..end]),
        RangeFrame::Null => Reply::Nil,
        RangeFrame::Array(ref replies) => {
            let mut array = Vec::with_capacity(replies.len());
            for reply in replies {
                array.push(resolve_resp2(frame, reply));
            }
            Reply::Array(array)
        }
    }
}

#[cfg(feature = "resp3")]
fn resolve<'a>(frame: &'a [u8], reply: &RangeFrame) -> Result<Reply<'a>, ProtocolError> {
    Ok(match *reply {
        RangeFrame::SimpleString { data: (start, end), .. } => Reply::Status(&frame[start..end]),
        RangeFrame::SimpleError { data: (start, end), .. } => Reply::Error(&frame[start..end]),
        RangeFrame::Number { data, .. } => Reply::Integer(data),
        RangeFrame::BlobString { data: (start, end), .. } => Reply::Bulk(&frame[start..end]),
        RangeFrame::Boolean { data, .. } => Reply::Integer(i64::from(data)),
        RangeFrame::Null => Reply::Nil,
        RangeFrame::Array { ref data, .. } => {
            Reply::Array(data.iter().map(|reply| resolve(frame, reply)).collect::<Result<_, _>>()?)
        }
        // Names and values in turn, in no certain order.
        RangeFrame::Map { ref data, .. } => {
            let parts = data.iter().flat_map(|(name, value)| [name, value]);
            Reply::Array(parts.map(|part| resolve(frame, part)).collect::<Result<_, _>>()?)
        }
        _ => return Err(ProtocolError::Unexpected),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_decoded() {
        assert_eq!(decode(b"+OK\r\n"), Ok(Reply::Status(b"OK")));
        assert_eq!(decode(b"-ERR no\r\n"), Ok(Reply::Error(b"ERR no")));
        assert_eq!(decode(b":-12\r\n"), Ok(Reply::Integer(-12)));
        assert_eq!(decode(b"$3\r\na\r\n\r\n"), Ok(Reply::Bulk(b"a\r\n")));
        assert_eq!(decode(b"$0\r\n\r\n"), Ok(Reply::Bulk(b"")));
        let nested = decode(b"*2\r\n$1\r\n0\r\n*1\r\n:1\r\n");
        assert_eq!(nested, Ok(Reply::Array(vec![Reply::Bulk(b"0"), Reply::Array(vec![Reply::Integer(1)])])));
    }

    /// The module for npm traps where redis-protocol words an error: it must never have one to word.
    #[test]
    fn whatever_the_scanner_lets_through_is_decoded() {
        const LINES: [&[u8]; 16] = [
            b"+",
            b"-",
            b":",
            b"$",
            b"*",
            b"0",
            b"1",
            b"2",
            b"-1",
            b"+1",
            b"007",
            b"9223372036854775807",
            b"a\xff",
            b"\r\n",
            b"\r\n",
            b"",
        ];
        let (mut random, mut found) = (1_u64, 0);
        for _ in 0..1_000_000 {
            let mut input = Vec::new();
            for _ in 0..14 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                input.extend_from_slice(LINES[(random >> 60) as usize]);
            }
            if let Ok(Some(length)) = crate::resp::Scanner::default().scan(&input) {
                assert!(decode(&input[..length]).is_ok(), "{:?}", String::from_utf8_lossy(&input[..length]));
                found += 1;
            }
        }
        assert!(found > 1_000, "{found} replies");
    }

    #[test]
    #[cfg(not(feature = "resp3"))]
    fn nil_has_two_forms() {
        assert_eq!(decode(b"$-1\r\n"), Ok(Reply::Nil));
        assert_eq!(decode(b"*-1\r\n"), Ok(Reply::Nil));
    }

    #[test]
    #[cfg(feature = "resp3")]
    fn resp3_adds_null_boolean_and_map() {
        assert_eq!(decode(b"_\r\n"), Ok(Reply::Nil));
        assert_eq!(decode(b"#t\r\n"), Ok(Reply::Integer(1)));
        let map = Reply::Array(vec![Reply::Status(b"proto"), Reply::Integer(3)]);
        assert_eq!(decode(b"%1\r\n+proto\r\n:3\r\n"), Ok(map));
    }
}
