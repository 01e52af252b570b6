//! Where the pickle machine builds its objects: flat vectors that are cleared, not freed, between values.

use crate::budget::Budget;
use crate::fallible::TryGrow;
use crate::wtf8::StrKind;
use crate::{LoadErrorKind, MAX_OBJECTS};

/// More nodes than this are refused. Whatever `PickleWriter` writes has fewer.
pub(crate) const MAX_NODES: usize = 1 << 27;

/// An object's number: of a node, or the object itself when that is a small int or a short text of the input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(u32);

const SMALL: u32 = 1 << 31;
/// Then come 6 bits of length, and 24 of the place in the input.
const TEXT: u32 = 1 << 30;
const TEXT_START_BITS: u32 = 24;
/// A longer text gets a node: then references to it do not become copies.
const MAX_TEXT_LENGTH: usize = 12;
const SMALL_MIN: i64 = -(1 << 30);
const SMALL_MAX: i64 = (1 << 30) - 1;

impl Id {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const TRUE: Self = Self(1);
    pub(crate) const FALSE: Self = Self(2);
    pub(crate) const EMPTY_TUPLE: Self = Self(3);
    /// No object: there are never so many nodes.
    pub(crate) const NOTHING: Self = Self(TEXT - 1);

    /// An int of 31 bits, which needs no node.
    #[inline]
    pub(crate) const fn small(value: i32) -> Option<Self> {
        if (value as i64) < SMALL_MIN || (value as i64) > SMALL_MAX {
            return None;
        }
        Some(Self(value as u32 | SMALL))
    }

    /// The int that the number itself is.
    #[inline]
    pub(crate) const fn as_small(self) -> Option<i32> {
        if self.0 & SMALL == 0 { None } else { Some((self.0 << 1) as i32 >> 1) }
    }

    /// A text of ASCII at `start..end` of the input, if it is short enough to need no node.
    #[inline]
    const fn text(start: usize, end: usize) -> Option<Self> {
        if end - start > MAX_TEXT_LENGTH || start >= 1 << TEXT_START_BITS {
            return None;
        }
        Some(Self(TEXT | ((end - start) as u32) << TEXT_START_BITS | start as u32))
    }

    /// The node that a text which is its own number would have.
    #[inline]
    const fn as_text(self) -> Option<Node> {
        if self.0 & (SMALL | TEXT) != TEXT {
            return None;
        }
        let start = self.0 & ((1 << TEXT_START_BITS) - 1);
        let length = (self.0 & !TEXT) >> TEXT_START_BITS;
        Some(Node { kind: Kind::Str, flags: ASCII, c: 0, a: start, b: start + length })
    }

    /// For a node that refers to another object.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
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
    /// An int's text (Python's `int(text, 0)`, checked): start and end in the input.
    IntText,
    /// An f64's bits: low half, high half.
    Float,
    /// A float's text (checked): start and end in the input.
    FloatText,
    /// WTF-8 text: start and end, in the input or, flagged so, in the scratch.
    Str,
    /// Text that stands for an object of a class (Decimal, UUID, date, time): as `Str`.
    Derived,
    /// As `Str`.
    Bytes,
    /// As `Str`.
    ByteArray,
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
    /// A class of the value table: its number.
    Class,
    /// Any other class: the numbers of its module's and its own name.
    Unknown,
    /// An object of an `Unknown` class; first and last chunk of items: the class, its arguments, and its state, if any.
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
/// A tuple that holds something unhashable.
pub(crate) const UNHASHABLE: u8 = 64;
/// Its items are part of another object too: it may not grow any more.
pub(crate) const ALIASED: u8 = 128;

/// A list whose items are all hashable.
pub(crate) const HASHABLE: u8 = 64;
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
            Kind::Bytes | Kind::ByteArray | Kind::DateTime | Kind::ZonedTime | Kind::Instance => true,
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

/// A place among the items of a container.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    /// Where the next item stands, and how many are left in its chunk.
    at: u32,
    left: u32,
    /// The chunk after that; 0 after the last.
    next: u32,
}

/// A chunk of items begins with their count and the place of the next chunk.
const CHUNK_HEAD: usize = 2;

/// Nodes, the items of the containers among them, and bytes that do not stand in the input.
#[derive(Default)]
pub(crate) struct Arena {
    pub(crate) nodes: Vec<Node>,
    /// Chunks of items, at any place but 0.
    items: Vec<u32>,
    pub(crate) scratch: Vec<u8>,
    /// Objects of classes outside of the value table are built too, for JavaScript to make something of.
    pub(crate) keeps_instances: bool,
    /// The name of the class behind the last [`LoadErrorKind::Class`].
    pub(crate) refused: Vec<u8>,
    pub(crate) budget: Budget,
    /// How many containers there are, tuples excepted, which are arguments of constructors too.
    containers: usize,
}

impl Arena {
    /// Begins the objects of a pickle.
    pub(crate) fn begin(&mut self, budget: Budget) {
        self.budget = budget;
        self.containers = 0;
        self.nodes.clear();
        self.items.clear();
        self.scratch.clear();
        let fixed = |kind| Node { kind, flags: 0, c: 0, a: 0, b: 0 };
        self.nodes.extend_from_slice(&[fixed(Kind::None), fixed(Kind::True), fixed(Kind::False), fixed(Kind::Tuple)]);
        self.items.push(0);
    }

    /// Frees what is beyond `kept` entries.
    pub(crate) fn release(&mut self, kept: usize) {
        self.nodes.clear();
        self.nodes.shrink_to(kept);
        self.items.clear();
        self.items.shrink_to(kept);
        self.scratch.clear();
        self.scratch.shrink_to(kept);
    }

    #[inline(never)]
    pub(crate) fn add(&mut self, kind: Kind, flags: u8, a: u32, b: u32) -> Result<Id, LoadErrorKind> {
        let id = Id(self.nodes.len() as u32);
        if self.nodes.len() >= MAX_NODES {
            return Err(LoadErrorKind::Size);
        }
        self.nodes.try_push(Node { kind, flags, c: 0, a, b })?;
        Ok(id)
    }

    /// A container without items.
    pub(crate) fn add_container(&mut self, kind: Kind) -> Result<Id, LoadErrorKind> {
        self.containers += usize::from(kind != Kind::Tuple);
        if self.containers > MAX_OBJECTS {
            return Err(LoadErrorKind::Size);
        }
        self.add(kind, 0, 0, 0)
    }

    #[inline]
    pub(crate) fn add_wide(&mut self, kind: Kind, value: i64) -> Result<Id, LoadErrorKind> {
        self.add(kind, 0, value as u32, (value >> 32) as u32)
    }

    #[inline(never)]
    pub(crate) fn int(&mut self, value: i64) -> Result<Id, LoadErrorKind> {
        match i32::try_from(value).ok().and_then(Id::small) {
            Some(small) => Ok(small),
            None => self.add_wide(Kind::Int, value),
        }
    }

    /// A `str` that stands at `start..end` of the input.
    pub(crate) fn text(&mut self, kind: StrKind, start: usize, end: usize) -> Result<Id, LoadErrorKind> {
        match Id::text(start, end) {
            Some(text) if kind == StrKind::Ascii => Ok(text),
            _ => self.add(Kind::Str, text_flags(kind), start as u32, end as u32),
        }
    }

    /// The node, unless the number is an int itself.
    pub(crate) fn node(&self, id: Id) -> Option<Node> {
        match self.nodes.get(id.index()) {
            Some(node) => Some(*node),
            None => id.as_text(),
        }
    }

    /// The node, when it is of that kind.
    #[inline(never)]
    pub(crate) fn of_kind(&self, id: Id, kind: Kind) -> Option<Node> {
        self.node(id).filter(|node| node.kind == kind)
    }

    /// Marks that one more reference to the object exists.
    pub(crate) fn share(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.flags |= SHARED;
        }
    }

    /// Adds items (at least one) at the end of a container; to a dict, keys and values in turn.
    pub(crate) fn fill(&mut self, container: Id, items: &[Id]) -> Result<(), LoadErrorKind> {
        match self.nodes[container.index()].kind {
            Kind::Dict => self.check_pairs(container, items)?,
            Kind::Tuple if !self.are_hashable(items) => self.nodes[container.index()].flags |= UNHASHABLE,
            Kind::Set | Kind::FrozenSet if !self.are_hashable(items) => return Err(LoadErrorKind::Unhashable),
            _ => {}
        }
        self.append(container, items)
    }

    fn check_pairs(&mut self, dict: Id, pairs: &[Id]) -> Result<(), LoadErrorKind> {
        if !pairs.len().is_multiple_of(2) {
            return Err(LoadErrorKind::Stack);
        }
        for &key in pairs.iter().step_by(2) {
            if self.of_kind(key, Kind::Str).is_none() {
                if !self.is_hashable(key) {
                    return Err(LoadErrorKind::Unhashable);
                }
                self.nodes[dict.index()].flags |= NON_STR_KEYS;
            }
        }
        Ok(())
    }

    fn append(&mut self, container: Id, items: &[Id]) -> Result<(), LoadErrorKind> {
        self.items.try_grow(items.len() + CHUNK_HEAD)?;
        let node = &mut self.nodes[container.index()];
        let chunk = node.b as usize;
        if chunk != 0 && chunk + CHUNK_HEAD + self.items[chunk] as usize == self.items.len() {
            self.items[chunk] += items.len() as u32;
        } else {
            let added = self.items.len() as u32;
            if chunk == 0 {
                node.a = added;
            } else {
                self.items[chunk + 1] = added;
            }
            node.b = added;
            self.items.extend_from_slice(&[items.len() as u32, 0]);
        }
        self.items.extend(items.iter().map(|item| item.0));
        Ok(())
    }

    /// The first place among the items of a container.
    pub(crate) const fn first(container: Node) -> Cursor {
        Cursor { at: 0, left: 0, next: container.a }
    }

    /// The item at the cursor, which moves on.
    #[inline(never)]
    pub(crate) fn next_item(&self, cursor: &mut Cursor) -> Option<Id> {
        while cursor.left == 0 {
            if cursor.next == 0 {
                return None;
            }
            let chunk = cursor.next as usize;
            *cursor = Cursor { at: (chunk + CHUNK_HEAD) as u32, left: self.items[chunk], next: self.items[chunk + 1] };
        }
        cursor.left -= 1;
        cursor.at += 1;
        Some(Id(self.items[cursor.at as usize - 1]))
    }

    /// The items of a container.
    pub(crate) fn items(&self, node: Node) -> Items<'_> {
        Items { arena: self, cursor: Self::first(node) }
    }

    /// Whether Python can hash the object.
    pub(crate) fn is_hashable(&self, id: Id) -> bool {
        self.node(id).is_none_or(|node| match node.kind {
            Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray | Kind::BlankUuid => false,
            Kind::Tuple => node.flags & UNHASHABLE == 0,
            _ => true,
        })
    }

    pub(crate) fn are_hashable(&self, items: &[Id]) -> bool {
        items.iter().all(|&item| self.is_hashable(item))
    }

    /// What the range of a node is a range of.
    pub(crate) fn source<'a>(&'a self, node: Node, input: &'a [u8]) -> &'a [u8] {
        if node.flags & SCRATCH == 0 { input } else { &self.scratch }
    }

    /// The bytes of a node that holds a range; none for any other.
    pub(crate) fn range<'a>(&'a self, node: Node, input: &'a [u8]) -> &'a [u8] {
        self.source(node, input).get(node.a as usize..node.b as usize).unwrap_or_default()
    }
}

/// The items of a container, one after the other.
pub(crate) struct Items<'a> {
    arena: &'a Arena,
    cursor: Cursor,
}

impl Iterator for Items<'_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        self.arena.next_item(&mut self.cursor)
    }
}
