//! Dicts, sets and deques.

use super::Constructor;
use crate::pickle::arena::Arena;
use crate::pickle::node::{ALIASED, Id, Kind};

/// What a pair costs that is taken out of a list: looked at, and added to a dict in a chunk of its own.
const PAIR_COST: usize = 64;

impl Constructor<'_> {
    /// Counter of a dict, which it then is; OrderedDict of Python 2, of a list of pairs.
    pub(crate) fn dict(self, content: Id) -> Option<Id> {
        if self.arena.of_kind(content, Kind::Dict).is_some() {
            self.arena.nodes[content.index()].flags |= ALIASED;
            return Some(content);
        }
        let pairs = self.arena.of_kind(content, Kind::List)?;
        let dict = self.arena.add_container(Kind::Dict)?;
        let mut cursor = Arena::first(pairs);
        while let Some(pair) = self.arena.next_item(&mut cursor) {
            // One list may become many dicts.
            self.arena.charge(PAIR_COST)?;
            let pair = self.arena.node(pair).filter(|node| matches!(node.kind, Kind::List | Kind::Tuple));
            let mut items = self.arena.items(pair?);
            let (Some(key), Some(value), None) = (items.next(), items.next(), items.next()) else {
                return None;
            };
            self.arena.fill(dict, &[key, value])?;
        }
        Some(dict)
    }

    /// set and frozenset of a list: shares its items.
    pub(crate) fn set(self, kind: Kind, items: Id) -> Option<Id> {
        let node = self.arena.node(items)?;
        if !matches!(node.kind, Kind::List | Kind::Tuple) {
            return None;
        }
        if node.a == 0 {
            return self.arena.add_container(kind);
        }
        if node.kind == Kind::List {
            self.arena.nodes[items.index()].flags |= ALIASED;
        }
        self.arena.add(kind, ALIASED, node.a, node.b)
    }

    /// deque of a list, which it then is, or of the empty tuple: then its items may follow.
    pub(crate) fn deque(self, items: Id) -> Option<Id> {
        if items == Id::EMPTY_TUPLE {
            return self.arena.add_container(Kind::List);
        }
        self.arena.of_kind(items, Kind::List)?;
        self.arena.nodes[items.index()].flags |= ALIASED;
        Some(items)
    }
}
