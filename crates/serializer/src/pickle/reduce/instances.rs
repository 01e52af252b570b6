//! Objects of classes outside of the value table, for JavaScript to make something of.

use super::{Class, Constructor, MAX_NAME, refuse};
use crate::LoadErrorKind;
use crate::fallible::TryGrow;
use crate::pickle::arena::Arena;
use crate::pickle::node::{Id, Kind, Node};
use crate::pickle::protocol0;

/// An object of a class outside of the value table.
pub(super) fn instance(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Result<Id, LoadErrorKind> {
    let is_class = arena.node(class).is_some_and(|node| matches!(node.kind, Kind::Unknown | Kind::Class));
    if !arena.keeps_instances || !is_class || arena.of_kind(arguments, Kind::Tuple).is_none() {
        return Err(refuse(arena, class, input));
    }
    let made = arena.add_container(Kind::Instance)?;
    arena.fill(made, &[class, arguments])?;
    Ok(made)
}

/// The place of what an instance was filled with among its items.
pub(super) const INSTANCE_ITEMS: usize = 2;

/// What APPENDS, SETITEMS and ADDITEMS fill: the container itself, or for an instance, whose class extends that of a container, one
/// that its reviver gets.
pub(crate) fn container(arena: &mut Arena, target: Id, kind: Kind) -> Result<Id, LoadErrorKind> {
    let Some(instance) = arena.of_kind(target, Kind::Instance) else { return Ok(target) };
    if let Some(items) = arena.items(instance).nth(INSTANCE_ITEMS) {
        return Ok(items);
    }
    let made = arena.add_container(kind)?;
    arena.fill(target, &[made])?;
    Ok(made)
}

/// NEWOBJ_EX: the keywords come behind the arguments, if there are any.
pub(crate) fn new_ex(
    arena: &mut Arena,
    class: Id,
    arguments: Id,
    keywords: Id,
    input: &[u8],
) -> Result<Id, LoadErrorKind> {
    let (Some(tuple), Some(dict)) = (arena.of_kind(arguments, Kind::Tuple), arena.of_kind(keywords, Kind::Dict)) else {
        return Err(refuse(arena, class, input));
    };
    if arena.items(dict).next().is_none() {
        return instance(arena, class, arguments, input);
    }
    let mut given = Vec::new();
    for item in arena.items(tuple).chain([keywords]) {
        given.try_push(item)?;
    }
    let made = arena.add_container(Kind::Tuple)?;
    arena.fill(made, &given)?;
    instance(arena, class, made, input)
}

impl Constructor<'_> {
    /// What is named as protocol 4 names it, `Outer.Inner`.
    pub(super) fn qualified(self, getattr: Id, class: Node, name: Node) -> Result<Id, LoadErrorKind> {
        let outer = self.arena.node(Id::from_bits(class.b)).ok_or(LoadErrorKind::Argument)?;
        let (outer, inner) = (self.arena.range(outer, self.input), self.arena.range(name, self.input));
        if outer.len() + inner.len() >= MAX_NAME {
            return Err(refuse(self.arena, getattr, self.input));
        }
        let text = [outer, b".", inner].concat();
        self.arena.budget.charge(text.len())?;
        let start = self.arena.scratch.len();
        self.arena.scratch.try_extend(&text)?;
        let name = protocol0::derived_text(self.arena, start)?;
        self.arena.add(Kind::Unknown, 0, class.a, name.bits())
    }

    /// An object made without its constructor: a UUID, or an instance whose base class has a state: its argument, or of list and
    /// dict its items.
    pub(super) fn reconstruct(self, class: Id, base: Id, state: Id) -> Result<Id, LoadErrorKind> {
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
            return Ok(made);
        }
        let arguments = self.arena.add_container(Kind::Tuple)?;
        self.arena.fill(arguments, &[state])?;
        instance(self.arena, class, arguments, self.input)
    }
}
