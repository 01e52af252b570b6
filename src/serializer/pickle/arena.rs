//! Where the pickle machine builds its objects: flat vectors that are cleared, not freed, between values.

use crate::serializer::Unreadable;
use crate::serializer::json::TextKind;

/// More nodes, cells or stack entries than this are refused: no value of 512 MB that a cache holds comes near, and a
/// hostile stream of one-byte opcodes would otherwise take forty times its length of memory.
pub(super) const MAX_OBJECTS: usize = 8 << 20;

/// An object's number: of a node, or an int itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u32);

const SMALL: u32 = 1 << 31;
const SMALL_MIN: i64 = -(1 << 30);
const SMALL_MAX: i64 = (1 << 30) - 1;

impl Id {
    pub(super) const NONE: Self = Self(0);
    pub(super) const TRUE: Self = Self(1);
    pub(super) const FALSE: Self = Self(2);
    pub(super) const EMPTY_TUPLE: Self = Self(3);

    /// An int of 31 bits, which needs no node.
    pub(super) const fn small(value: i32) -> Option<Self> {
        if (value as i64) < SMALL_MIN || (value as i64) > SMALL_MAX {
            return None;
        }
        Some(Self(value as u32 | SMALL))
    }

    /// The int that the number itself is.
    pub(super) const fn as_small(self) -> Option<i32> {
        if self.0 & SMALL == 0 { None } else { Some((self.0 << 1) as i32 >> 1) }
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is, and what its fields `a` and `b` (and `c`) hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    /// First and last cell.
    List,
    /// First and last cell.
    Tuple,
    /// First and last cell; keys and values in turn.
    Dict,
    /// First and last cell.
    Set,
    /// First and last cell.
    FrozenSet,
    /// A class of the value table: its number.
    Class,
    /// Any other class: the nodes of its module's and its own name.
    Unknown,
    /// Microseconds since 1970 UTC: low half, high half.
    DateTime,
    /// Days; microseconds below a day: low half, `c` the high half.
    Delta,
    /// A UTC offset in microseconds: low half, high half.
    Zone,
    /// A UUID whose state is still to come.
    BlankUuid,
}

/// A second reference to this object exists.
pub(super) const SHARED: u8 = 1;
/// The object is being written out: a reference to it is a cycle.
pub(super) const OPEN: u8 = 2;
/// The object was written out as a shared one; `b` holds its number.
pub(super) const DEFINED: u8 = 4;
/// Text that JSON takes as it is.
pub(super) const PLAIN: u8 = 8;
/// The range lies in the scratch.
pub(super) const SCRATCH: u8 = 16;
/// A dict with a key that is no `str`.
pub(super) const ODD_KEYS: u8 = 32;
/// A tuple that holds something unhashable.
pub(super) const UNHASHABLE: u8 = 64;
/// A list whose cells a set or deque has taken over: all hashable, and it may not grow any more.
pub(super) const TAKEN: u8 = 128;

/// Text with lone surrogates.
pub(super) const SURROGATES: u8 = 32;

pub(super) const fn text_flags(kind: TextKind) -> u8 {
    match kind {
        TextKind::Plain => PLAIN,
        TextKind::Utf8 => 0,
        TextKind::Surrogates => SURROGATES,
    }
}

#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) flags: u8,
    pub(super) c: u16,
    pub(super) a: u32,
    pub(super) b: u32,
}

impl Node {
    /// What is known of a text node's text.
    pub(super) const fn text_kind(self) -> TextKind {
        if self.flags & PLAIN != 0 {
            TextKind::Plain
        } else if self.flags & SURROGATES != 0 {
            TextKind::Surrogates
        } else {
            TextKind::Utf8
        }
    }

    /// The number in `a` and `b`.
    pub(super) const fn wide(self) -> i64 {
        (self.a as u64 | (self.b as u64) << 32) as i64
    }
}

/// One item of a container and the way to the next.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) item: Id,
    /// 0 after the last one.
    pub(super) next: u32,
}

/// Nodes, the cells that link them, and bytes that do not stand in the input.
#[derive(Default)]
pub(super) struct Arena {
    pub(super) nodes: Vec<Node>,
    pub(super) cells: Vec<Cell>,
    pub(super) scratch: Vec<u8>,
}

impl Arena {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.cells.clear();
        self.scratch.clear();
        let fixed = |kind| Node { kind, flags: 0, c: 0, a: 0, b: 0 };
        self.nodes.extend_from_slice(&[fixed(Kind::None), fixed(Kind::True), fixed(Kind::False), fixed(Kind::Tuple)]);
        self.cells.push(Cell { item: Id::NONE, next: 0 });
    }

    /// Frees what is beyond `kept` entries.
    pub(super) fn release(&mut self, kept: usize) {
        self.nodes.clear();
        self.nodes.shrink_to(kept);
        self.cells.clear();
        self.cells.shrink_to(kept);
        self.scratch.clear();
        self.scratch.shrink_to(kept);
    }

    pub(super) fn add(&mut self, kind: Kind, flags: u8, a: u32, b: u32) -> Result<Id, Unreadable> {
        let id = Id(self.nodes.len() as u32);
        if self.nodes.len() >= MAX_OBJECTS {
            return Err(Unreadable::Size);
        }
        self.nodes.push(Node { kind, flags, c: 0, a, b });
        Ok(id)
    }

    pub(super) fn add_wide(&mut self, kind: Kind, value: i64) -> Result<Id, Unreadable> {
        self.add(kind, 0, value as u32, (value >> 32) as u32)
    }

    pub(super) fn int(&mut self, value: i64) -> Result<Id, Unreadable> {
        match i32::try_from(value).ok().and_then(Id::small) {
            Some(small) => Ok(small),
            None => self.add_wide(Kind::Int, value),
        }
    }

    /// The node, unless the number is an int itself.
    pub(super) fn node(&self, id: Id) -> Option<Node> {
        self.nodes.get(id.index()).copied()
    }

    /// The node, when it is of that kind.
    pub(super) fn of_kind(&self, id: Id, kind: Kind) -> Option<Node> {
        self.node(id).filter(|node| node.kind == kind)
    }

    /// Marks that one more reference to the object exists.
    pub(super) fn share(&mut self, id: Id) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.flags |= SHARED;
        }
    }

    /// Adds an item at the end of a container.
    pub(super) fn append(&mut self, container: Id, item: Id) -> Result<(), Unreadable> {
        let cell = self.cells.len() as u32;
        if self.cells.len() >= MAX_OBJECTS * 2 {
            return Err(Unreadable::Size);
        }
        self.cells.push(Cell { item, next: 0 });
        let node = &mut self.nodes[container.index()];
        if node.b == 0 {
            node.a = cell;
        } else {
            self.cells[node.b as usize].next = cell;
        }
        node.b = cell;
        Ok(())
    }

    /// Adds a key and its value at the end of a dict.
    pub(super) fn insert(&mut self, dict: Id, key: Id, value: Id) -> Result<(), Unreadable> {
        if self.of_kind(key, Kind::Str).is_none() {
            if !self.is_hashable(key) {
                return Err(Unreadable::Unhashable);
            }
            self.nodes[dict.index()].flags |= ODD_KEYS;
        }
        self.append(dict, key)?;
        self.append(dict, value)
    }

    /// The items of a container.
    pub(super) fn items(&self, node: Node) -> Items<'_> {
        Items { cells: &self.cells, next: node.a }
    }

    /// Whether Python can hash the object.
    pub(super) fn is_hashable(&self, id: Id) -> bool {
        self.node(id).is_none_or(|node| match node.kind {
            Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray => false,
            Kind::Tuple => node.flags & UNHASHABLE == 0,
            _ => true,
        })
    }

    /// The bytes of a node that holds a range.
    pub(super) fn range<'a>(&'a self, node: Node, input: &'a [u8]) -> &'a [u8] {
        let from = if node.flags & SCRATCH == 0 { input } else { &self.scratch };
        &from[node.a as usize..node.b as usize]
    }
}

/// Follows the cells of a container.
pub(super) struct Items<'a> {
    cells: &'a [Cell],
    next: u32,
}

impl Iterator for Items<'_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        if self.next == 0 {
            return None;
        }
        let cell = self.cells[self.next as usize];
        self.next = cell.next;
        Some(cell.item)
    }
}
