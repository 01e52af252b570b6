//! Objects of classes outside of the value table, for JavaScript to make something of.

use super::{Class, Constructor, MAX_NAME, fail_of_class};
use crate::fallible::TryGrow;
use crate::pickle::arena::Arena;
use crate::pickle::node::{Id, Kind, Node};
use crate::pickle::protocol0;

/// An object of a class outside of the value table.
pub(super) fn instance(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Option<Id> {
    let is_class = arena.node(class).is_some_and(|node| matches!(node.kind, Kind::Unknown | Kind::Class));
    if !arena.keeps_instances || !is_class || arena.of_kind(arguments, Kind::Tuple).is_none() {
        return fail_of_class(arena, class, input);
    }
    let made = arena.add_container(Kind::Instance)?;
    arena.fill(made, &[class, arguments])?;
    Some(made)
}

/// The place of what an instance was filled with among its items.
pub(super) const INSTANCE_ITEMS: usize = 2;

/// What APPENDS, SETITEMS and ADDITEMS fill: the container itself, or for an instance, whose class extends that of a container, one
/// that its reviver gets.
pub(crate) fn container(arena: &mut Arena, target: Id, kind: Kind) -> Option<Id> {
    let Some(instance) = arena.of_kind(target, Kind::Instance) else { return Some(target) };
    if let Some(items) = arena.items(instance).nth(INSTANCE_ITEMS) {
        return Some(items);
    }
    let made = arena.add_container(kind)?;
    arena.fill(target, &[made])?;
    Some(made)
}

/// NEWOBJ_EX: the keywords come behind the arguments, if there are any.
pub(crate) fn new_ex(arena: &mut Arena, class: Id, arguments: Id, keywords: Id, input: &[u8]) -> Option<Id> {
    let (Some(tuple), Some(dict)) = (arena.of_kind(arguments, Kind::Tuple), arena.of_kind(keywords, Kind::Dict)) else {
        return fail_of_class(arena, class, input);
    };
    if arena.items(dict).next().is_none() {
        return instance(arena, class, arguments, input);
    }
    let mut given = Vec::new();
    let pushed = arena.items(tuple).chain([keywords]).try_for_each(|item| given.try_push(item));
    arena.note(pushed)?;
    let made = arena.add_container(Kind::Tuple)?;
    arena.fill(made, &given)?;
    instance(arena, class, made, input)
}

impl Constructor<'_> {
    /// What is named as protocol 4 names it, `Outer.Inner`.
    pub(super) fn qualified(self, getattr: Id, class: Node, name: Node) -> Option<Id> {
        let outer = self.arena.node(Id::from_bits(class.b)?)?;
        let (outer, inner) = (self.arena.range(outer, self.input), self.arena.range(name, self.input));
        if outer.len() + inner.len() >= MAX_NAME {
            return fail_of_class(self.arena, getattr, self.input);
        }
        let text = [outer, b".", inner].concat();
        self.arena.charge(text.len())?;
        let start = self.arena.scratch.len();
        self.arena.push_scratch(&text)?;
        let name = protocol0::derived_text(self.arena, start)?;
        self.arena.add(Kind::Unknown, 0, class.a, name.bits())
    }

    /// An object made without its constructor: a UUID, or an instance whose base class has a state: its argument, or of list and
    /// dict its items.
    pub(super) fn reconstruct(self, class: Id, base: Id, state: Id) -> Option<Id> {
        if self.is(class, Class::Uuid) && self.is(base, Class::Object) && state == Id::NONE {
            return self.arena.add(Kind::BlankUuid, 0, 0, 0);
        }
        if state == Id::NONE {
            return instance(self.arena, class, Id::EMPTY_TUPLE, self.input);
        }
        let node = self.arena.node(state);
        if node.is_some_and(|node| matches!(node.kind, Kind::List | Kind::Dict)) {
            let made = instance(self.arena, class, Id::EMPTY_TUPLE, self.input)?;
            self.arena.fill(made, &[state])?;
            return Some(made);
        }
        let arguments = self.arena.add_container(Kind::Tuple)?;
        self.arena.fill(arguments, &[state])?;
        instance(self.arena, class, arguments, self.input)
    }
}
