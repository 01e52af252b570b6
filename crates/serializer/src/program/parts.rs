//! What the host reads of a program.

/// The parts of a program.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
pub struct Parts<'a> {
    /// The instructions of all values, one value after the other.
    pub instructions: &'a [u32],
    /// Short strings of ASCII.
    pub ascii: &'a [u8],
    /// Short strings of other characters, and all strings with lone surrogates, as UTF-16.
    pub utf16: &'a [u16],
    /// Numbers that are no small ints.
    pub floats: &'a [f64],
    /// Byte strings, and long strings as UTF-8.
    pub bytes: &'a [u8],
    /// The keys that this batch is the first to use: the length of each in a byte, then the key.
    pub new_keys: &'a [u8],
    /// The number of the first of these. Keys of that number and above, from before, are void.
    pub first_key: u32,
}

impl Parts<'_> {
    /// Where the host finds them in the module's memory: the addresses of instructions, ASCII (and its length), UTF-16 (and its
    /// number of code units), floats and bytes, the number of the first new key, and the address of the new keys (and their
    /// length).
    #[must_use]
    pub fn addresses(&self) -> [u32; 10] {
        fn address<T>(part: &[T]) -> u32 {
            part.as_ptr() as usize as u32
        }
        [
            address(self.instructions),
            address(self.ascii),
            self.ascii.len() as u32,
            address(self.utf16),
            self.utf16.len() as u32,
            address(self.floats),
            address(self.bytes),
            self.first_key,
            address(self.new_keys),
            self.new_keys.len() as u32,
        ]
    }
}
