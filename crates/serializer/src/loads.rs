//! From stored bytes to a [`Value`].

use crate::pickle::arena::{Arena, Id, Kind, Node, OPEN};
use crate::pickle::{Machine, reduce};
use crate::{LoadError, LoadErrorKind, MAX_DEPTH, PICKLED, Value, integer};

/// Reads a stored value as cachelib's default serializer does.
///
/// # Errors
/// [`LoadError`] for a pickle that is malformed, hostile, or holds an object of a class outside the value table.
pub fn loads(stored: &[u8]) -> Result<Value, LoadError> {
    if let Some((&PICKLED, pickle)) = stored.split_first() {
        let mut machine = Machine::default();
        let value = machine.run(pickle).and_then(|root| build(&mut machine.arena, root, pickle));
        return value.map_err(|kind| machine.error(kind));
    }
    Ok(match integer::parse_int(stored) {
        Some(literal) => integer::int_of_literal(literal),
        None => Value::Bytes(stored.to_vec()),
    })
}

/// A native value has no shared parts: it may be this many times as large as its stored form, and no more.
const COPIES: usize = 64;

/// Builds the value of `root`.
fn build(arena: &mut Arena, root: Id, input: &[u8]) -> Result<Value, LoadErrorKind> {
    let budget = input.len() * COPIES + 4096;
    Builder { arena, input, budget }.value(root, 0)
}

struct Builder<'a> {
    arena: &'a mut Arena,
    input: &'a [u8],
    /// How many more bytes and items the value may take.
    budget: usize,
}

impl Builder<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, LoadErrorKind> {
        self.spend(1)?;
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
            Kind::IntText => {
                integer::int_of_literal(integer::parse_int_any_radix(&self.copy(node)?).ok_or(LoadErrorKind::Number)?)
            }
            Kind::FloatText => Value::Float(parse_float(&self.copy(node)?)?),
            Kind::Delta => {
                let mut seconds = Vec::new();
                reduce::push_seconds(node, &mut seconds);
                Value::Float(parse_float(&seconds)?)
            }
            Kind::Str | Kind::Derived => {
                Value::Str(String::from_utf8(self.copy(node)?).map_err(|_| LoadErrorKind::Text)?)
            }
            Kind::Bytes | Kind::ByteArray => Value::Bytes(self.copy(node)?),
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
            items.push(self.value(item, depth + 1)?);
        }
        self.arena.nodes[id.index()].flags &= !OPEN;
        Ok(match node.kind {
            Kind::List => Value::List(items),
            Kind::Tuple => Value::Tuple(items),
            Kind::Set => Value::Set(items),
            Kind::FrozenSet => Value::FrozenSet(items),
            _ => Value::Dict(pairs(items)),
        })
    }

    fn copy(&mut self, node: Node) -> Result<Vec<u8>, LoadErrorKind> {
        self.spend((node.b - node.a) as usize)?;
        Ok(self.arena.range(node, self.input).to_vec())
    }

    fn spend(&mut self, amount: usize) -> Result<(), LoadErrorKind> {
        self.budget = self.budget.checked_sub(amount).ok_or(LoadErrorKind::Size)?;
        Ok(())
    }
}

/// Keys and values in turn as pairs; of two equal string keys the later value counts, at the place of the first.
fn pairs(items: Vec<Value>) -> Vec<(Value, Value)> {
    let mut pairs: Vec<(Value, Value)> = Vec::with_capacity(items.len() / 2);
    let mut places = std::collections::HashMap::new();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        if let Value::Str(text) = &key {
            if let Some(&place) = places.get(text) {
                let pair: &mut (Value, Value) = &mut pairs[place];
                pair.1 = value;
                continue;
            }
            places.insert(text.clone(), pairs.len());
        }
        pairs.push((key, value));
    }
    pairs
}

fn parse_float(text: &[u8]) -> Result<f64, LoadErrorKind> {
    core::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(LoadErrorKind::Number)
}
