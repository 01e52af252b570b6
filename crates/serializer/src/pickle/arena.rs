//! Where the pickle machine builds its objects: flat vectors that are cleared, not freed, between values.

use super::node::{self, Id, Kind, NON_STR_KEYS, Node, SCRATCH, SHARED};
use crate::budget::Budget;
use crate::fallible::TryGrow;
use crate::wtf8::{StrKind, check_str};
use crate::{LoadErrorKind, MAX_OBJECTS};

/// More nodes than this are refused. Whatever `PickleWriter` writes has fewer.
pub(crate) const MAX_NODES: usize = 1 << 27;

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
    /// Why the pickle cannot be read, once that is so.
    pub(crate) error: Option<LoadErrorKind>,
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
        self.error = None;
        self.containers = 0;
        self.nodes.clear();
        self.items.clear();
        self.scratch.clear();
        let fixed = |kind| Node { kind, flags: 0, c: 0, a: 0, b: 0 };
        // The first stands for nothing: no `Id` is 0.
        self.nodes.extend_from_slice(&[Kind::None, Kind::None, Kind::True, Kind::False, Kind::Tuple].map(fixed));
        self.items.push(0);
    }

    // ---- Errors

    /// Notes why the pickle cannot be read. Whatever comes to nothing without a note is an [`LoadErrorKind::Argument`].
    pub(crate) const fn fail<T>(&mut self, error: LoadErrorKind) -> Option<T> {
        self.error = Some(error);
        None
    }

    /// Notes the error of a result.
    pub(crate) fn note<T>(&mut self, result: Result<T, impl Into<LoadErrorKind>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => self.fail(error.into()),
        }
    }

    pub(crate) fn charge(&mut self, units: usize) -> Option<()> {
        let charged = self.budget.charge(units);
        self.note(charged)
    }

    // ---- Objects

    pub(crate) fn add(&mut self, kind: Kind, flags: u8, a: u32, b: u32) -> Option<Id> {
        if self.nodes.len() >= MAX_NODES {
            return self.fail(LoadErrorKind::Size);
        }
        let added = self.nodes.try_push(Node { kind, flags, c: 0, a, b });
        self.note(added)?;
        Id::from_bits(self.nodes.len() as u32 - 1)
    }

    /// A container without items.
    pub(crate) fn add_container(&mut self, kind: Kind) -> Option<Id> {
        self.containers += usize::from(kind != Kind::Tuple);
        if self.containers > MAX_OBJECTS {
            return self.fail(LoadErrorKind::Size);
        }
        self.add(kind, 0, 0, 0)
    }

    #[inline]
    pub(crate) fn add_wide(&mut self, kind: Kind, value: i64) -> Option<Id> {
        self.add(kind, 0, value as u32, (value >> 32) as u32)
    }

    pub(crate) fn int(&mut self, value: i64) -> Option<Id> {
        i32::try_from(value).ok().and_then(Id::small).or_else(|| self.add_wide(Kind::Int, value))
    }

    /// A `str` that stands at `start..end` of the input.
    pub(crate) fn text(&mut self, input: &[u8], start: usize, end: usize) -> Option<Id> {
        let kind = self.note(check_str(&input[start..end]))?;
        match Id::text(start, end) {
            Some(text) if kind == StrKind::Ascii => Some(text),
            _ => self.add(Kind::Str, node::text_flags(kind), start as u32, end as u32),
        }
    }

    /// Appends to the scratch.
    pub(crate) fn push_scratch(&mut self, bytes: &[u8]) -> Option<()> {
        let pushed = self.scratch.try_extend(bytes);
        self.note(pushed)
    }

    /// The node, unless the number is an int itself.
    pub(crate) fn node(&self, id: Id) -> Option<Node> {
        match self.nodes.get(id.index()) {
            Some(node) => Some(*node),
            None => id.as_text(),
        }
    }

    /// The node, when it is of that kind.
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
    pub(crate) fn fill(&mut self, container: Id, items: &[Id]) -> Option<()> {
        if self.nodes[container.index()].kind == Kind::Dict {
            self.check_pairs(container, items)?;
        }
        self.append(container, items)
    }

    fn check_pairs(&mut self, dict: Id, pairs: &[Id]) -> Option<()> {
        if !pairs.len().is_multiple_of(2) {
            return self.fail(LoadErrorKind::Stack);
        }
        if pairs.iter().step_by(2).any(|&key| self.of_kind(key, Kind::Str).is_none()) {
            self.nodes[dict.index()].flags |= NON_STR_KEYS;
        }
        Some(())
    }

    fn append(&mut self, container: Id, items: &[Id]) -> Option<()> {
        let grown = self.items.try_grow(items.len() + CHUNK_HEAD);
        self.note(grown)?;
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
        self.items.extend(items.iter().map(|item| item.bits()));
        Some(())
    }

    /// The first place among the items of a container.
    pub(crate) const fn first(container: Node) -> Cursor {
        Cursor { at: 0, left: 0, next: container.a }
    }

    /// The item at the cursor, which moves on.
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
        Id::from_bits(self.items[cursor.at as usize - 1])
    }

    /// The items of a container.
    pub(crate) fn items(&self, node: Node) -> Items<'_> {
        Items { arena: self, cursor: Self::first(node) }
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
