//! Why a value cannot be written or read.

use core::fmt;

/// Why a value has no stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DumpError {
    /// The tape does not follow its format.
    Malformed,
    /// The value nests deeper than [`super::MAX_DEPTH`].
    Depth,
    /// The stored form is longer than [`super::MAX_STORED`], or the value has more objects than [`super::MAX_OBJECTS`].
    Size,
    /// A point in time that Python's `datetime` cannot hold: outside the years 1 to 9999.
    Date,
    /// A dict key or set member that Python cannot hash.
    Unhashable,
    /// There is not enough memory for the stored form.
    OutOfMemory,
}

impl DumpError {
    /// The error as an English phrase.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => "malformed tape",
            Self::Depth => "nested too deeply",
            Self::Size => "larger than 512 MB, or of more than 8 million objects",
            Self::Date => "a date outside the years 1 to 9999",
            Self::Unhashable => "a key that Python cannot hash",
            Self::OutOfMemory => "not enough memory",
        }
    }
}

impl fmt::Display for DumpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for DumpError {}

/// Why stored bytes have no value here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    kind: LoadErrorKind,
    class: Box<[u8]>,
}

impl LoadError {
    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> LoadErrorKind {
        self.kind
    }

    /// The class outside of the value table, as `module.name` (at most 200 bytes, in no certain encoding): bytes of the stored
    /// value, which is why they are no part of the error's message. `None` unless the kind is [`LoadErrorKind::Class`].
    #[must_use]
    pub fn class(&self) -> Option<&[u8]> {
        (self.kind == LoadErrorKind::Class).then_some(&self.class)
    }

    pub(crate) fn of_class(name: &[u8]) -> Self {
        Self { kind: LoadErrorKind::Class, class: name.into() }
    }
}

impl From<LoadErrorKind> for LoadError {
    fn from(kind: LoadErrorKind) -> Self {
        Self { kind, class: Box::default() }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.message())
    }
}

impl core::error::Error for LoadError {}

/// Why stored bytes have no value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadErrorKind {
    /// The bytes end within the pickle.
    Truncated,
    /// A byte that is no opcode, or one that needs what a cache value cannot have (persistent ids, extension codes,
    /// out-of-band buffers).
    Opcode,
    /// A protocol above 5.
    Protocol,
    /// An opcode found too few items, or no mark, on the stack.
    Stack,
    /// A memo entry that was never stored, or an index beyond any that a pickler writes.
    Memo,
    /// Text that is not in its declared encoding.
    Text,
    /// A number that does not follow its grammar.
    Number,
    /// An opcode applied to a kind of object, or a class called with arguments, that no pickler writes.
    Argument,
    /// An object of a class that is not in the value table.
    Class,
    /// The value contains itself.
    Cycle,
    /// The value nests deeper than [`super::MAX_DEPTH`].
    Depth,
    /// More objects, or more text per stored byte, than any real value has.
    Size,
    /// There is not enough memory to read the value.
    OutOfMemory,
}

impl LoadErrorKind {
    /// The error as an English phrase.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Truncated => "the pickle is truncated",
            Self::Opcode => "an opcode that is unknown or not supported",
            Self::Protocol => "a pickle protocol above 5",
            Self::Stack => "the pickle machine's stack is too short",
            Self::Memo => "a memo reference that leads nowhere",
            Self::Text => "text that is not well encoded",
            Self::Number => "a malformed number",
            Self::Argument => "an object made in a form that is not supported",
            Self::Class => "an object of an unknown class",
            Self::Cycle => "a value that contains itself",
            Self::Depth => "nested too deeply",
            Self::Size => "too many objects for its size",
            Self::OutOfMemory => "not enough memory",
        }
    }
}
