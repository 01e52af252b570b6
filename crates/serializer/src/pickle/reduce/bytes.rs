//! Bytes, and text that stands for bytes.

use super::Constructor;
use crate::LoadErrorKind;
use crate::fallible::TryGrow;
use crate::pickle::node::{ASCII, Id, Kind, SCRATCH};

impl Constructor<'_> {
    /// The bytes of a bytes object.
    pub(crate) fn bytes(&self, id: Id) -> Result<&[u8], LoadErrorKind> {
        let node = self.arena.of_kind(id, Kind::Bytes).ok_or(LoadErrorKind::Argument)?;
        Ok(self.arena.range(node, self.input))
    }

    pub(crate) fn bytearray(self, bytes: Id) -> Result<Id, LoadErrorKind> {
        let node = self.arena.of_kind(bytes, Kind::Bytes).ok_or(LoadErrorKind::Argument)?;
        self.arena.add(Kind::ByteArray, node.flags, node.a, node.b)
    }

    /// The code points of a text as bytes.
    pub(crate) fn latin1(self, kind: Kind, text: Id, encoding: Id) -> Result<Id, LoadErrorKind> {
        let name = self.arena.of_kind(encoding, Kind::Str).ok_or(LoadErrorKind::Argument)?;
        if !matches!(self.arena.range(name, self.input), b"latin1" | b"latin-1") {
            return Err(LoadErrorKind::Argument);
        }
        let node = self.arena.of_kind(text, Kind::Str).ok_or(LoadErrorKind::Argument)?;
        if node.flags & ASCII != 0 {
            return self.arena.add(kind, node.flags & SCRATCH, node.a, node.b);
        }
        self.arena.budget.charge((node.b - node.a) as usize)?;
        let bytes = latin1_of(self.arena.range(node, self.input))?;
        let start = self.arena.scratch.len();
        self.arena.scratch.try_extend(&bytes)?;
        self.arena.add(kind, SCRATCH, start as u32, (start + bytes.len()) as u32)
    }
}

/// The Latin-1 form of UTF-8 text, if it has one.
fn latin1_of(utf8: &[u8]) -> Result<Vec<u8>, LoadErrorKind> {
    let mut bytes = Vec::new();
    bytes.try_grow(utf8.len())?;
    let mut rest = utf8;
    while let Some((&lead, after)) = rest.split_first() {
        let (byte, after) = match (lead, after) {
            (0..0x80, _) => (lead, after),
            (0xc2 | 0xc3, [tail, after @ ..]) => (lead << 6 | tail & 0x3f, after),
            _ => return Err(LoadErrorKind::Text),
        };
        bytes.push(byte);
        rest = after;
    }
    Ok(bytes)
}
