//! A reading position in a pickle.

use crate::LoadErrorKind;

#[derive(Clone)]
pub(crate) struct ByteReader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> ByteReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, LoadErrorKind> {
        let byte = *self.bytes.get(self.at).ok_or(LoadErrorKind::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadErrorKind> {
        let array = self.bytes[self.at..].first_chunk().ok_or(LoadErrorKind::Truncated)?;
        self.at += N;
        Ok(*array)
    }

    /// An unsigned little-endian number of `width` bytes (1, 2, 4 or 8).
    #[inline(never)]
    pub(crate) fn number(&mut self, width: usize) -> Result<u64, LoadErrorKind> {
        Ok(match width {
            1 => u64::from(self.byte()?),
            2 => u64::from(u16::from_le_bytes(self.array()?)),
            4 => u64::from(u32::from_le_bytes(self.array()?)),
            _ => u64::from_le_bytes(self.array()?),
        })
    }

    /// Bytes after their count in one byte.
    #[inline]
    pub(crate) fn short(&mut self) -> Result<&'a [u8], LoadErrorKind> {
        let length = usize::from(self.byte()?);
        let bytes = self.bytes[self.at..].get(..length).ok_or(LoadErrorKind::Truncated)?;
        self.at += length;
        Ok(bytes)
    }

    /// Bytes after their count, itself of `width` bytes.
    #[inline(never)]
    pub(crate) fn counted(&mut self, width: usize) -> Result<&'a [u8], LoadErrorKind> {
        let length = usize::try_from(self.number(width)?).map_err(|_| LoadErrorKind::Truncated)?;
        let counted = self.bytes[self.at..].get(..length).ok_or(LoadErrorKind::Truncated)?;
        self.at += length;
        Ok(counted)
    }

    /// Bytes up to the next line feed, which is passed over.
    #[inline(never)]
    pub(crate) fn line(&mut self) -> Result<&'a [u8], LoadErrorKind> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(LoadErrorKind::Truncated)?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// Reads a FRAME's length, which must not exceed what is left; frames mean nothing else to a reader in memory.
    pub(crate) fn check_frame(&mut self) -> Result<(), LoadErrorKind> {
        let length = self.number(8)?;
        if length > (self.bytes.len() - self.at) as u64 { Err(LoadErrorKind::Truncated) } else { Ok(()) }
    }
}
