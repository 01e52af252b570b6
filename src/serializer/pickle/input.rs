//! A reading position in a pickle.

use crate::serializer::Reason;

#[derive(Clone)]
pub(super) struct Input<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Input<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Reason> {
        let byte = *self.bytes.get(self.at).ok_or(Reason::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Reason> {
        let array = self.bytes[self.at..].first_chunk().ok_or(Reason::Truncated)?;
        self.at += N;
        Ok(*array)
    }

    /// An unsigned little-endian number of `width` bytes (1, 2, 4 or 8).
    #[inline(never)]
    pub(super) fn number(&mut self, width: usize) -> Result<u64, Reason> {
        Ok(match width {
            1 => u64::from(self.byte()?),
            2 => u64::from(u16::from_le_bytes(self.array()?)),
            4 => u64::from(u32::from_le_bytes(self.array()?)),
            _ => u64::from_le_bytes(self.array()?),
        })
    }

    /// Bytes after their count in one byte.
    #[inline]
    pub(super) fn short(&mut self) -> Result<&'a [u8], Reason> {
        let length = usize::from(self.byte()?);
        let bytes = self.bytes[self.at..].get(..length).ok_or(Reason::Truncated)?;
        self.at += length;
        Ok(bytes)
    }

    /// Bytes after their count, itself of `width` bytes.
    #[inline(never)]
    pub(super) fn counted(&mut self, width: usize) -> Result<&'a [u8], Reason> {
        let length = usize::try_from(self.number(width)?).map_err(|_| Reason::Truncated)?;
        let counted = self.bytes[self.at..].get(..length).ok_or(Reason::Truncated)?;
        self.at += length;
        Ok(counted)
    }

    /// Bytes up to the next line feed, which is passed over.
    #[inline(never)]
    pub(super) fn line(&mut self) -> Result<&'a [u8], Reason> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(Reason::Truncated)?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Reads a FRAME's length, which must not exceed what is left; frames mean nothing else to a reader in memory.
    pub(super) fn check_frame(&mut self) -> Result<(), Reason> {
        let length = self.number(8)?;
        if length > (self.bytes.len() - self.at) as u64 { Err(Reason::Truncated) } else { Ok(()) }
    }
}
