//! Dicts, sets and deques.

use super::Constructor;
use crate::LoadErrorKind;
use crate::pickle::arena::Arena;
use crate::pickle::node::{ALIASED, HASHABLE, Id, Kind, UNHASHABLE};

/// What a pair costs that is taken out of a list: looked at, and added to a dict in a chunk of its own.
const PAIR_COST: usize = 64;

impl Constructor<'_> {
    /// Counter of a dict, which it then is; OrderedDict of Python 2, of a list of pairs.
    pub(crate) fn dict(self, content: Id) -> Result<Id, LoadErrorKind> {
        if self.arena.of_kind(content, Kind::Dict).is_some() {
            self.arena.nodes[content.index()].flags |= ALIASED;
            return Ok(content);
        }
        let pairs = self.arena.of_kind(content, Kind::List).ok_or(LoadErrorKind::Argument)?;
        let dict = self.arena.add_container(Kind::Dict)?;
        let mut cursor = Arena::first(pairs);
        while let Some(pair) = self.arena.next_item(&mut cursor) {
            // One list may become many dicts.
            self.arena.budget.charge(PAIR_COST)?;
            let pair = self.arena.node(pair).filter(|node| matches!(node.kind, Kind::List | Kind::Tuple));
            let mut items = self.arena.items(pair.ok_or(LoadErrorKind::Argument)?);
            let (Some(key), Some(value), None) = (items.next(), items.next(), items.next()) else {
                return Err(LoadErrorKind::Argument);
            };
            self.arena.fill(dict, &[key, value])?;
        }
        Ok(dict)
    }

    /// set and frozenset of a list: shares its items.
    pub(crate) fn set(self, kind: Kind, items: Id) -> Result<Id, LoadErrorKind> {
        let node = self.arena.node(items).ok_or(LoadErrorKind::Argument)?;
        if !matches!(node.kind, Kind::List | Kind::Tuple) {
            return Err(LoadErrorKind::Argument);
        }
        if node.a == 0 {
            return self.arena.add_container(kind);
        }
        // A list that is used again and again is looked through once; a tuple was when it was made.
        let hashable = match node.kind {
            Kind::Tuple => node.flags & UNHASHABLE == 0,
            _ => node.flags & HASHABLE != 0 || self.arena.items(node).all(|id| self.arena.is_hashable(id)),
        };
        if !hashable {
            return Err(LoadErrorKind::Unhashable);
        }
        if node.kind == Kind::List {
            self.arena.nodes[items.index()].flags |= ALIASED | HASHABLE;
        }
        self.arena.add(kind, ALIASED, node.a, node.b)
    }

    /// deque of a list, which it then is, or of the empty tuple: then its items may follow.
    pub(crate) fn deque(self, items: Id) -> Result<Id, LoadErrorKind> {
        if items == Id::EMPTY_TUPLE {
            return self.arena.add_container(Kind::List);
        }
        self.arena.of_kind(items, Kind::List).ok_or(LoadErrorKind::Argument)?;
        self.arena.nodes[items.index()].flags |= ALIASED;
        Ok(items)
    }
}
