//! From stored bytes to a [`Value`].

use crate::budget::Budget;
use crate::fallible::TryGrow;
use crate::integer::{self, Literal};
use crate::pickle::arena::Arena;
use crate::pickle::node::{Id, Kind, Node, OPEN};
use crate::pickle::{Machine, reduce};
use crate::{LoadError, LoadErrorKind, MAX_DEPTH, PICKLED, Value};
use core::mem;

/// Reads a stored value as cachelib's default serializer does.
///
/// # Errors
/// [`LoadError`] for a pickle that is malformed, hostile, or holds an object of a class outside the value table.
pub fn loads(stored: &[u8]) -> Result<Value, LoadError> {
    if let Some((&PICKLED, pickle)) = stored.split_first() {
        let mut machine = Machine::default();
        let value = machine
            .run(pickle, Budget::for_stored(pickle.len()))
            .and_then(|root| build(&mut machine.arena, root, pickle));
        return value.map_err(|kind| machine.error(kind));
    }
    Ok(match integer::parse_int(stored) {
        Some(literal) => int(literal),
        None => Value::Bytes(stored.to_vec()),
    })
}

fn int(literal: Literal<'_>) -> Value {
    literal.to_i64().map_or_else(|| Value::BigInt(integer::bytes_of_literal(literal)), Value::Int)
}

/// Builds the value of `root`.
fn build(arena: &mut Arena, root: Id, input: &[u8]) -> Result<Value, LoadErrorKind> {
    Builder { arena, input }.value(root, 0)
}

struct Builder<'a> {
    arena: &'a mut Arena,
    input: &'a [u8],
}

impl Builder<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, LoadErrorKind> {
        self.arena.budget.charge(size_of::<Value>())?;
        let Some(node) = self.arena.node(id) else {
            return Ok(Value::Int(i64::from(id.as_small().unwrap_or_default())));
        };
        Ok(match node.kind {
            Kind::None => Value::Null,
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Int => Value::Int(node.wide()),
            Kind::Float => Value::Float(f64::from_bits(node.wide().cast_unsigned())),
            Kind::Long => Value::BigInt(integer::minimal(&self.copy(node)?).to_vec()),
            Kind::IntText => self.int_of_text(node)?,
            Kind::FloatText => Value::Float(parse_float(&self.copy(node)?)?),
            Kind::Delta => {
                let mut seconds = Vec::new();
                reduce::push_seconds(node, &mut seconds);
                Value::Float(parse_float(&seconds)?)
            }
            Kind::Str | Kind::Derived => {
                Value::Str(String::from_utf8(self.copy(node)?).map_err(|_| LoadErrorKind::Text)?)
            }
            Kind::Bytes => Value::Bytes(self.copy(node)?),
            Kind::DateTime => Value::DateTime(node.wide()),
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet => self.container(id, node, depth)?,
            // There is no time zone database here to tell the instant.
            Kind::ZonedTime
            | Kind::Class
            | Kind::Unknown
            | Kind::Instance
            | Kind::Zone
            | Kind::NamedZone
            | Kind::BlankUuid => {
                return Err(reduce::refuse(self.arena, id, self.input));
            }
        })
    }

    /// The int of a text, which a memo reference of two bytes may ask for again.
    fn int_of_text(&mut self, node: Node) -> Result<Value, LoadErrorKind> {
        let text = self.copy(node)?;
        let literal = integer::parse_int(&text).ok_or(LoadErrorKind::Number)?;
        self.arena.budget.charge(integer::conversion_cost(literal))?;
        Ok(int(literal))
    }

    fn container(&mut self, id: Id, node: Node, depth: usize) -> Result<Value, LoadErrorKind> {
        if node.flags & OPEN != 0 {
            return Err(LoadErrorKind::Cycle);
        }
        if depth >= MAX_DEPTH {
            return Err(LoadErrorKind::Depth);
        }
        self.arena.nodes[id.index()].flags |= OPEN;
        let mut items = Vec::new();
        let mut cursor = Arena::first(node);
        while let Some(item) = self.arena.next_item(&mut cursor) {
            let item = self.value(item, depth + 1)?;
            items.try_reserve(1).map_err(|_| LoadErrorKind::OutOfMemory)?;
            items.push(item);
        }
        self.arena.nodes[id.index()].flags &= !OPEN;
        Ok(match node.kind {
            Kind::List => Value::List(items),
            Kind::Tuple => Value::Tuple(items),
            Kind::Set => Value::Set(items),
            Kind::FrozenSet => Value::FrozenSet(items),
            _ => Value::Dict(pairs(items)?),
        })
    }

    fn copy(&mut self, node: Node) -> Result<Vec<u8>, LoadErrorKind> {
        self.arena.budget.charge((node.b - node.a) as usize)?;
        let mut copy = Vec::new();
        copy.try_extend(self.arena.range(node, self.input))?;
        Ok(copy)
    }
}

/// Keys and values in turn as pairs; of two equal string keys the later value counts, at the place of the first.
fn pairs(items: Vec<Value>) -> Result<Vec<(Value, Value)>, LoadErrorKind> {
    let mut pairs = Vec::new();
    pairs.try_reserve_exact(items.len() / 2).map_err(|_| LoadErrorKind::OutOfMemory)?;
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    let mut replaced = Vec::new();
    let mut first = None;
    for index in sorted_by_text(&pairs)? {
        match first {
            Some(first) if text_of(&pairs, first) == text_of(&pairs, index) => {
                pairs[first].1 = mem::replace(&mut pairs[index].1, Value::Null);
                replaced.try_push(index)?;
            }
            _ => first = Some(index),
        }
    }
    replaced.sort_unstable();
    let mut indices = 0..;
    if !replaced.is_empty() {
        pairs.retain(|_| indices.next().is_some_and(|index| replaced.binary_search(&index).is_err()));
    }
    Ok(pairs)
}

/// The pairs whose keys are texts, by text and then by place.
fn sorted_by_text(pairs: &[(Value, Value)]) -> Result<Vec<usize>, LoadErrorKind> {
    let mut indices = Vec::new();
    indices.try_grow(pairs.len())?;
    indices.extend((0..pairs.len()).filter(|&index| text_of(pairs, index).is_some()));
    indices.sort_unstable_by_key(|&index| (text_of(pairs, index), index));
    Ok(indices)
}

fn text_of(pairs: &[(Value, Value)], index: usize) -> Option<&str> {
    match &pairs[index].0 {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

fn parse_float(text: &[u8]) -> Result<f64, LoadErrorKind> {
    core::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(LoadErrorKind::Number)
}
