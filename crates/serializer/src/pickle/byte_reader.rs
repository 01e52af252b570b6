//! A reading position in a pickle.

#[derive(Clone)]
pub(crate) struct ByteReader<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    /// Whether more was wanted than there is: whoever wanted it got `None`.
    pub(crate) is_truncated: bool,
}

impl<'a> ByteReader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, is_truncated: false }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = self.bytes[self.at..].first_chunk();
        self.take(array, N).copied()
    }

    /// An unsigned little-endian number of `width` bytes (1, 2, 4 or 8).
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
        let slice = self.bytes[self.at..].get(..length);
        self.take(slice, length)
    }

    /// Bytes up to the next line feed, which is passed over.
    #[inline(never)]
    pub(crate) fn line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n');
        self.take(length, length.map_or(0, |length| length + 1)).map(|length| &rest[..length])
    }

    /// Reads a FRAME's length, which must not exceed what is left; frames mean nothing else to a reader in memory.
    pub(crate) fn check_frame(&mut self) -> Option<()> {
        let length = self.number(8)?;
        self.take((length <= (self.bytes.len() - self.at) as u64).then_some(()), 0)
    }

    /// Passes over what was found.
    #[inline]
    fn take<T>(&mut self, found: Option<T>, length: usize) -> Option<T> {
        if found.is_some() {
            self.at += length;
        } else {
            self.is_truncated = true;
        }
        found
    }
}
