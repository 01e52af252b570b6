//! Bytes, and text that stands for bytes.

use super::Constructor;
use crate::LoadErrorKind;
use crate::fallible::TryGrow;
use crate::pickle::node::{ASCII, Id, Kind, SCRATCH};

impl Constructor<'_> {
    /// The bytes of a bytes object.
    pub(crate) fn bytes(&self, id: Id) -> Option<&[u8]> {
        let node = self.arena.of_kind(id, Kind::Bytes)?;
        Some(self.arena.range(node, self.input))
    }

    /// Others of the same bytes.
    pub(crate) fn copy(self, bytes: Id) -> Option<Id> {
        let node = self.arena.of_kind(bytes, Kind::Bytes)?;
        self.arena.add(Kind::Bytes, node.flags, node.a, node.b)
    }

    /// The code points of a text as bytes.
    pub(crate) fn latin1(self, text: Id, encoding: Id) -> Option<Id> {
        let name = self.arena.of_kind(encoding, Kind::Str)?;
        if !matches!(self.arena.range(name, self.input), b"latin1" | b"latin-1") {
            return None;
        }
        let node = self.arena.of_kind(text, Kind::Str)?;
        if node.flags & ASCII != 0 {
            return self.arena.add(Kind::Bytes, node.flags & SCRATCH, node.a, node.b);
        }
        self.arena.charge((node.b - node.a) as usize)?;
        let bytes = self.arena.note(latin1_of(self.arena.range(node, self.input)))?;
        let start = self.arena.scratch.len();
        self.arena.push_scratch(&bytes)?;
        self.arena.add(Kind::Bytes, SCRATCH, start as u32, (start + bytes.len()) as u32)
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
