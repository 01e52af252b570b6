//! From the arena to JSON text with markers.

use super::arena::{Arena, Cursor, DEFINED, Id, Kind, Node, ODD_KEYS, OPEN, SHARED};
use super::{reduce, text};
use crate::serializer::json::{
    TextKind, push_date, push_escaping, push_float, push_int, push_literal, push_long, push_marker, push_range,
    push_string,
};
use crate::serializer::{MAX_DEPTH, Reason, integer};

/// The JSON text of a value is at most this many times as long as its stored form, and [`OUTPUT_FLOOR`] more: memo
/// references can repeat dict keys and short texts at two bytes each.
const OUTPUT_FACTOR: usize = 64;
const OUTPUT_FLOOR: usize = 4096;

/// How long the JSON text of a pickle may become.
pub(super) const fn longest(pickle: &[u8]) -> usize {
    pickle.len().saturating_mul(OUTPUT_FACTOR).saturating_add(OUTPUT_FLOOR)
}

/// A text this long is not JSON at all when it is the whole value, but a range of the side bytes.
const SIDE_TEXT: usize = 256;

/// A container that is being written.
pub(super) struct Frame {
    container: Id,
    rest: Cursor,
    form: Form,
}

/// What comes next in a container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An item of a list, or of a marker.
    Items,
    /// A key of an object.
    Key,
    /// A value of an object.
    Value,
}

/// Appends the JSON of `root` to `text`; answers whether it holds markers.
pub(super) fn write(
    root: Id,
    arena: &mut Arena,
    frames: &mut Vec<Frame>,
    input: &[u8],
    text: &mut Vec<u8>,
    side: &mut Vec<u8>,
) -> Result<bool, Reason> {
    if let Some(node) = arena.of_kind(root, Kind::Str) {
        let utf8 = arena.range(node, input);
        if utf8.len() >= SIDE_TEXT && core::str::from_utf8(utf8).is_ok() {
            return Ok(push_range(b't', utf8, side, text));
        }
    }
    frames.clear();
    let mut emitter = Emitter { arena, frames, input, text, side, shared: 0, marked: false };
    emitter.value_and_items(root)?;
    Ok(emitter.marked)
}

/// Writes one value.
struct Emitter<'a> {
    arena: &'a mut Arena,
    frames: &'a mut Vec<Frame>,
    input: &'a [u8],
    text: &'a mut Vec<u8>,
    side: &'a mut Vec<u8>,
    /// How many shared objects were defined so far.
    shared: u32,
    marked: bool,
}

impl Emitter<'_> {
    fn value_and_items(&mut self, root: Id) -> Result<(), Reason> {
        let limit = self.text.len().saturating_add(longest(self.input));
        self.value(root)?;
        while let Some(frame) = self.frames.last_mut() {
            if self.text.len() > limit {
                return Err(Reason::Size);
            }
            let Some(item) = self.arena.step(&mut frame.rest) else {
                self.close();
                continue;
            };
            match frame.form {
                Form::Items => {}
                Form::Value => frame.form = Form::Key,
                Form::Key => {
                    frame.form = Form::Value;
                    if let Some(node) = self.arena.node(item) {
                        self.string(node, *b"\":");
                    }
                    continue;
                }
            }
            let depth = self.frames.len();
            self.value(item)?;
            if self.frames.len() == depth {
                self.text.push(b',');
            }
        }
        // Every value in a container has a comma behind it, and so has the root when it is one.
        if self.text.last() == Some(&b',') {
            self.text.pop();
        }
        Ok(())
    }

    /// Writes a scalar, or the start of a container.
    #[inline]
    fn value(&mut self, id: Id) -> Result<(), Reason> {
        let Some(node) = self.arena.node(id) else {
            integer::push_decimal(i64::from(id.as_small().unwrap_or_default()), self.text);
            return Ok(());
        };
        if node.flags & DEFINED != 0 || (node.flags & SHARED != 0 && node.becomes_object()) {
            return self.shared(id, node);
        }
        self.unshared(id, node)
    }

    /// Writes the definition of a shared object, or a reference to it.
    fn shared(&mut self, id: Id, node: Node) -> Result<(), Reason> {
        if node.flags & OPEN != 0 {
            return Err(Reason::Cycle);
        }
        self.marked = true;
        if node.flags & DEFINED != 0 {
            push_marker(b'u', self.text);
            self.text.push(b',');
            integer::push_decimal(i64::from(node.b), self.text);
            self.text.push(b']');
            return Ok(());
        }
        let number = self.shared;
        self.shared += 1;
        push_marker(b'r', self.text);
        self.text.push(b',');
        let depth = self.frames.len();
        self.unshared(id, node)?;
        let is_open = self.frames.len() > depth;
        if !is_open {
            self.text.push(b']');
        }
        let node = &mut self.arena.nodes[id.index()];
        node.flags |= if is_open { DEFINED | OPEN } else { DEFINED };
        node.b = number;
        Ok(())
    }

    fn unshared(&mut self, id: Id, node: Node) -> Result<(), Reason> {
        let marked = match node.kind {
            Kind::Str | Kind::Derived => {
                self.string(node, *b"\"");
                return Ok(());
            }
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet | Kind::Instance => {
                return self.container(id, node);
            }
            Kind::None => self.literal(b"null"),
            Kind::True => self.literal(b"true"),
            Kind::False => self.literal(b"false"),
            Kind::Int => push_int(node.wide(), self.text),
            Kind::Float => push_float(f64::from_bits(node.wide().cast_unsigned()), self.text),
            Kind::Long => push_long(integer::minimal(self.arena.range(node, self.input)), self.text),
            Kind::IntText => {
                let literal = integer::parse_int_any_radix(self.arena.range(node, self.input));
                push_literal(literal.ok_or(Reason::Number)?, self.text)
            }
            Kind::FloatText => text::push_json_float(self.arena.range(node, self.input), self.text),
            Kind::Bytes | Kind::ByteArray => push_range(b'b', self.arena.range(node, self.input), self.side, self.text),
            Kind::DateTime => push_date(node.wide(), self.text),
            Kind::Delta => reduce::push_seconds(node, self.text),
            Kind::ZonedTime => reduce::push_zoned(self.arena.range(node, self.input), self.text),
            Kind::Class | Kind::Unknown | Kind::Zone | Kind::NamedZone | Kind::BlankUuid => {
                return Err(reduce::refuse(self.arena, id, self.input));
            }
        };
        self.marked |= marked;
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> bool {
        self.text.extend_from_slice(word);
        false
    }

    #[inline]
    fn string<const N: usize>(&mut self, node: Node, end: [u8; N]) {
        let source = self.arena.source(node, self.input);
        push_string(source, node.a as usize..node.b as usize, node.text_kind(), self.text);
        self.text.extend_from_slice(&end);
    }

    fn container(&mut self, id: Id, node: Node) -> Result<(), Reason> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Reason::Depth);
        }
        let marker = match node.kind {
            Kind::Dict if node.flags & ODD_KEYS != 0 => Some(b'm'),
            // JSON.parse may give an object's keys another order, and shared parts must come in ours.
            Kind::Dict => self.arena.has_shared.then_some(b'o'),
            Kind::Set | Kind::FrozenSet => Some(b's'),
            Kind::Instance => Some(b'c'),
            _ if self.looks_like_marker(node) => Some(b'l'),
            _ => None,
        };
        let form = match (marker, node.kind) {
            (Some(marker), _) => {
                push_marker(marker, self.text);
                self.text.push(b',');
                Form::Items
            }
            (None, Kind::Dict) => {
                self.text.push(b'{');
                Form::Key
            }
            (None, _) => {
                self.text.push(b'[');
                Form::Items
            }
        };
        let mut rest = Arena::first(node);
        if node.kind == Kind::Instance {
            self.class_name(&mut rest);
        }
        self.frames.push(Frame { container: id, rest, form });
        self.marked |= marker.is_some();
        Ok(())
    }

    /// Writes the name of an instance's class, its first item.
    fn class_name(&mut self, items: &mut Cursor) {
        let Some(class) = self.arena.step(items) else { return };
        reduce::refuse(self.arena, class, self.input);
        self.text.push(b'"');
        push_escaping(&self.arena.refused, TextKind::Surrogates, self.text);
        self.text.extend_from_slice(b"\",");
    }

    /// Whether a list's first item is a text that begins with U+0000, as a marker's does.
    fn looks_like_marker(&self, list: Node) -> bool {
        let first = self.arena.items(list).next().and_then(|id| self.arena.of_kind(id, Kind::Str));
        first.is_some_and(|node| self.arena.range(node, self.input).first() == Some(&0))
    }

    #[inline]
    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if self.text.last() == Some(&b',') {
            self.text.pop();
        }
        self.text.push(if frame.form == Form::Items { b']' } else { b'}' });
        let node = &mut self.arena.nodes[frame.container.index()];
        if node.flags & OPEN != 0 {
            node.flags &= !OPEN;
            self.text.push(b']');
        }
        self.text.push(b',');
    }
}
