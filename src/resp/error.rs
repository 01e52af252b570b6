//! What can be wrong with a server's bytes, and what a server says is wrong with a command.

use std::fmt;
use std::sync::Arc;

/// What is wrong with the bytes that a server sent. The connection is of no use afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reply starts with a byte that names no type.
    UnknownType,
    /// A length or a number is not one, or out of bounds.
    BadNumber,
    /// A line has no end within [`MAX_LINE`](super::MAX_LINE), or no CRLF at its end.
    BadLine,
    /// A bulk string does not end in CRLF.
    BadTerminator,
    /// Arrays are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// A bulk string is longer than [`MAX_BULK`](super::MAX_BULK), a reply longer than [`MAX_FRAME`](super::MAX_FRAME), or one
    /// of more than [`MAX_ELEMENTS`](super::MAX_ELEMENTS).
    TooLarge,
    /// There is no memory for a reply. It is no fault of the server's, but the replies behind it cannot be read either.
    OutOfMemory,
    /// A reply came that nobody asked for, or of a type that its command does not give.
    Unexpected,
}

impl ProtocolError {
    /// The error as text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnknownType => "a reply starts with an unknown type byte",
            Self::BadNumber => "a length or number in a reply is malformed",
            Self::BadLine => "a line in a reply is malformed or too long",
            Self::BadTerminator => "a bulk string does not end in CRLF",
            Self::TooDeep => "a reply is nested too deeply",
            Self::TooLarge => "a reply is too large",
            Self::OutOfMemory => "there is no memory for a reply",
            Self::Unexpected => "a reply does not belong to any request",
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for ProtocolError {}

/// A server's error reply, which is shared by whatever failed by it. `Debug` and `Display` show its first word only: the rest may quote a key or a value.
#[derive(Clone, PartialEq, Eq)]
pub struct ErrorReply(Arc<[u8]>);

impl ErrorReply {
    /// How much of a reply is kept, in bytes.
    pub const MAX_LENGTH: usize = 256;

    /// Keeps the beginning of a reply, which is given without `-` and CRLF.
    #[must_use]
    pub fn new(reply: &[u8]) -> Self {
        Self(reply[..reply.len().min(Self::MAX_LENGTH)].into())
    }

    /// The server's words.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first word, which by convention is a kind in capitals such as `WRONGTYPE`; `ERR` where it is not.
    /// <https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>
    #[must_use]
    pub fn kind(&self) -> &str {
        let length = self.0.iter().position(|byte| !byte.is_ascii_uppercase()).unwrap_or(self.0.len());
        let is_word = (2..=32).contains(&length) && self.0.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        std::str::from_utf8(&self.0[..length]).ok().filter(|_| is_word).unwrap_or("ERR")
    }
}

impl fmt::Debug for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorReply({} …)", self.kind())
    }
}

impl fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", self.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_the_first_word_in_capitals() {
        let cases = [
            ("WRONGTYPE Operation against a key", "WRONGTYPE"),
            ("NOAUTH", "NOAUTH"),
            ("MOVED 42 127.0.0.1:7001", "MOVED"),
            ("-", "ERR"),
            ("", "ERR"),
            ("X y", "ERR"),
            ("Lower case", "ERR"),
            ("A1 b", "ERR"),
            ("NO1 b", "ERR"),
        ];
        for (reply, kind) in cases {
            assert_eq!(ErrorReply::new(reply.as_bytes()).kind(), kind, "{reply}");
        }
        assert_eq!(ErrorReply::new(&[b'A'; 1_000]).kind(), "ERR");
    }

    #[test]
    fn neither_debug_nor_display_quotes_what_the_server_says() {
        let reply = ErrorReply::new(b"ERR unknown command 'hunter2'");
        assert!(!format!("{reply:?} {reply}").contains("hunter2"));
    }
}
