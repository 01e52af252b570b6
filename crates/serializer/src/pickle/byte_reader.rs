//! A reading position in a pickle.

#[derive(Clone)]
pub(crate) struct ByteReader<'a> {
    pub(crate) bytes: &'a [u8],
    /// What of them was not read.
    rest: &'a [u8],
    /// Whether more was wanted than there is: whoever wanted it got `None`.
    pub(crate) is_truncated: bool,
}

impl<'a> ByteReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, rest: bytes, is_truncated: false }
    }

    /// How many bytes were read.
    #[inline]
    pub(crate) const fn at(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let split = self.rest.split_first_chunk();
        let (array, rest) = split.or_else(|| self.truncated())?;
        self.rest = rest;
        Some(*array)
    }

    /// An unsigned little-endian number of `width` bytes (1, 2, 4 or 8).
    // As below: otherwise the module is 0.15 KB larger (2026-11-27).
    #[inline(never)]
    pub(crate) fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.slice(width)?;
        Some(bytes.iter().rfold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Bytes after their count in one byte.
    #[inline]
    pub(crate) fn short(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        self.slice(length.into())
    }

    /// Bytes after their count, itself of `width` bytes.
    #[inline(never)]
    pub(crate) fn counted(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?;
        self.slice(usize::try_from(length).unwrap_or(usize::MAX))
    }

    #[inline]
    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let split = self.rest.split_at_checked(length);
        let (slice, rest) = split.or_else(|| self.truncated())?;
        self.rest = rest;
        Some(slice)
    }

    /// Bytes up to the next line feed, which is passed over.
    #[inline(never)]
    pub(crate) fn line(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.iter().position(|&byte| byte == b'\n');
        let length = length.or_else(|| self.truncated())?;
        let line = self.slice(length)?;
        self.byte()?;
        Some(line)
    }

    /// Reads a FRAME's length, which must not exceed what is left; frames mean nothing else to a reader in memory.
    pub(crate) fn check_frame(&mut self) -> Option<()> {
        let length = self.number(8)?;
        if length > self.rest.len() as u64 { self.truncated() } else { Some(()) }
    }

    fn truncated<T>(&mut self) -> Option<T> {
        self.is_truncated = true;
        None
    }
}
