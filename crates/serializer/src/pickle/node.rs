//! The objects of the pickle machine.

use crate::wtf8::StrKind;
use core::num::NonZeroU32;

/// An object's number: of a node, or the object itself when that is a small int or a short text of the input.
// Never 0, so that `Option<Id>` is returned in a register: almost every function of the machine does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(NonZeroU32);

const SMALL: u32 = 1 << 31;
/// Then come 6 bits of length, and 24 of the place in the input.
const TEXT: u32 = 1 << 30;
const TEXT_START_BITS: u32 = 24;
/// A longer text gets a node: then references to it do not become copies.
const MAX_TEXT_LENGTH: usize = 12;
const SMALL_MIN: i64 = -(1 << 30);
const SMALL_MAX: i64 = (1 << 30) - 1;

impl Id {
    pub(crate) const NONE: Self = Self(NonZeroU32::new(1).unwrap());
    pub(crate) const TRUE: Self = Self(NonZeroU32::new(2).unwrap());
    pub(crate) const FALSE: Self = Self(NonZeroU32::new(3).unwrap());
    pub(crate) const EMPTY_TUPLE: Self = Self(NonZeroU32::new(4).unwrap());

    /// An int of 31 bits, which needs no node.
    #[inline]
    pub(crate) const fn small(value: i32) -> Option<Self> {
        if (value as i64) < SMALL_MIN || (value as i64) > SMALL_MAX {
            return None;
        }
        Self::from_bits(value as u32 | SMALL)
    }

    /// The int that the number itself is.
    #[inline]
    pub(crate) const fn as_small(self) -> Option<i32> {
        if self.bits() & SMALL == 0 { None } else { Some((self.bits() << 1) as i32 >> 1) }
    }

    /// A text of ASCII at `start..end` of the input, if it is short enough to need no node.
    #[inline]
    pub(super) const fn text(start: usize, end: usize) -> Option<Self> {
        if end - start > MAX_TEXT_LENGTH || start >= 1 << TEXT_START_BITS {
            return None;
        }
        Self::from_bits(TEXT | ((end - start) as u32) << TEXT_START_BITS | start as u32)
    }

    /// The node that a text which is its own number would have.
    #[inline]
    pub(super) const fn as_text(self) -> Option<Node> {
        if self.bits() & (SMALL | TEXT) != TEXT {
            return None;
        }
        let start = self.bits() & ((1 << TEXT_START_BITS) - 1);
        let length = (self.bits() & !TEXT) >> TEXT_START_BITS;
        Some(Node { kind: Kind::Str, flags: ASCII, c: 0, a: start, b: start + length })
    }

    /// For a node that refers to another object.
    pub(crate) const fn bits(self) -> u32 {
        self.0.get()
    }

    pub(crate) const fn from_bits(bits: u32) -> Option<Self> {
        match NonZeroU32::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self.bits() as usize
    }
}

/// What a node is, and what its fields `a` and `b` (and `c`) hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    None,
    True,
    False,
    /// An i64: low half, high half.
    Int,
    /// Two's complement: start and end in the input.
    Long,
    /// An int's text (checked): start and end in the input.
    IntText,
    /// An f64's bits: low half, high half.
    Float,
    /// A float's text (checked): start and end in the input.
    FloatText,
    /// WTF-8 text: start and end, in the input or, flagged so, in the scratch.
    Str,
    /// Text that stands for an object of a class (Decimal, UUID, date, time): as `Str`.
    Derived,
    /// bytes and bytearray: as `Str`.
    Bytes,
    /// First and last chunk of items.
    List,
    /// First and last chunk of items.
    Tuple,
    /// First and last chunk of items: keys and values in turn.
    Dict,
    /// First and last chunk of items.
    Set,
    /// First and last chunk of items.
    FrozenSet,
    /// A class of the value table: its number; `c` as for `Unknown`.
    Class,
    /// Any other class: the numbers of its module's and its own name. Where it was written out as a value, `c` is one more than the
    /// number under which that is kept.
    Unknown,
    /// An object of an `Unknown` class; first and last chunk of items: the class, its arguments, and where there are some, the
    /// items that it was filled with (or `None`) and its state.
    Instance,
    /// Microseconds since 1970 UTC: low half, high half.
    DateTime,
    /// Days; microseconds below a day: low half, `c` the high half.
    Delta,
    /// A UTC offset in microseconds: low half, high half.
    Zone,
    /// A zone of the time zone database: its name's start and end, as `Str`.
    NamedZone,
    /// A datetime of such a zone, in the scratch: local microseconds since 1970 (i64), `fold` (a byte), the zone's name.
    ZonedTime,
    /// A UUID whose state is still to come.
    BlankUuid,
}

/// A second reference to this object exists.
pub(crate) const SHARED: u8 = 1;
/// The object is being written out: a reference to it is a cycle.
pub(crate) const OPEN: u8 = 2;
/// The object was written out as a shared one; `b` holds its number.
pub(crate) const DEFINED: u8 = 4;
/// Text of ASCII.
pub(crate) const ASCII: u8 = 8;
/// The range lies in the scratch.
pub(crate) const SCRATCH: u8 = 16;
/// A dict with a key that is no `str`.
pub(crate) const NON_STR_KEYS: u8 = 32;
/// Its items are part of another object too: it may not grow any more.
pub(crate) const ALIASED: u8 = 64;

/// Text with lone surrogates.
pub(crate) const SURROGATES: u8 = 32;

pub(crate) const fn text_flags(kind: StrKind) -> u8 {
    match kind {
        StrKind::Ascii => ASCII,
        StrKind::Utf8 => 0,
        StrKind::Surrogates => SURROGATES,
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
    pub(crate) c: u16,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

impl Node {
    /// What is known of a text node's text.
    pub(crate) const fn text_kind(self) -> StrKind {
        if self.flags & ASCII != 0 {
            StrKind::Ascii
        } else if self.flags & SURROGATES != 0 {
            StrKind::Surrogates
        } else {
            StrKind::Utf8
        }
    }

    /// Whether it matters in JavaScript, for identity or for size, that two references lead to the same object.
    pub(crate) const fn becomes_object(self) -> bool {
        match self.kind {
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet => true,
            Kind::Bytes | Kind::DateTime | Kind::ZonedTime | Kind::Instance => true,
            Kind::Str | Kind::Derived | Kind::Long | Kind::IntText | Kind::FloatText => {
                self.b - self.a > MAX_TEXT_LENGTH as u32
            }
            _ => false,
        }
    }

    /// The number in `a` and `b`.
    pub(crate) const fn wide(self) -> i64 {
        (self.a as u64 | (self.b as u64) << 32) as i64
    }
}
