//! Bytes, and text that stands for bytes.

use super::Maker;
use crate::serializer::Reason;
use crate::serializer::pickle::arena::{Id, Kind, SCRATCH};

impl Maker<'_> {
    /// The bytes of a bytes object.
    pub(super) fn bytes(&self, id: Id) -> Result<&[u8], Reason> {
        let node = self.arena.of_kind(id, Kind::Bytes).ok_or(Reason::Argument)?;
        Ok(self.arena.range(node, self.input))
    }

    pub(super) fn bytearray(self, bytes: Id) -> Result<Id, Reason> {
        let node = self.arena.of_kind(bytes, Kind::Bytes).ok_or(Reason::Argument)?;
        self.arena.add(Kind::ByteArray, node.flags, node.a, node.b)
    }

    /// The code points of a text as bytes.
    pub(super) fn latin1(self, kind: Kind, text: Id, encoding: Id) -> Result<Id, Reason> {
        let name = self.arena.of_kind(encoding, Kind::Str).ok_or(Reason::Argument)?;
        if !matches!(self.arena.range(name, self.input), b"latin1" | b"latin-1") {
            return Err(Reason::Argument);
        }
        let node = self.arena.of_kind(text, Kind::Str).ok_or(Reason::Argument)?;
        let utf8 = self.arena.range(node, self.input);
        if utf8.is_ascii() {
            return self.arena.add(kind, node.flags & SCRATCH, node.a, node.b);
        }
        let bytes = latin1_of(utf8).ok_or(Reason::Text)?;
        let start = self.arena.scratch.len();
        // A character of protocol 0 may take three bytes here: two as text, one encoded. Beyond that, one text is
        // encoded again and again, at a few bytes of input each.
        if start + bytes.len() > self.input.len() * 3 {
            return Err(Reason::Size);
        }
        self.arena.scratch.extend_from_slice(&bytes);
        self.arena.add(kind, SCRATCH, start as u32, (start + bytes.len()) as u32)
    }
}

/// The Latin-1 form of UTF-8 text, if it has one.
fn latin1_of(utf8: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(utf8.len());
    let mut rest = utf8;
    while let Some((&lead, after)) = rest.split_first() {
        let (byte, after) = match (lead, after) {
            (0..0x80, _) => (lead, after),
            (0xc2 | 0xc3, [tail, after @ ..]) => (lead << 6 | tail & 0x3f, after),
            _ => return None,
        };
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}
