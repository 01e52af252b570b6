//! From the arena to JSON text with markers.

use super::arena::{Arena, DEFINED, Id, Kind, Node, ODD_KEYS, OPEN, SHARED};
use super::{reduce, text};
use crate::serializer::json::{push_float, push_int, push_literal, push_long, push_marker, push_range, push_string};
use crate::serializer::{MAX_DEPTH, Unreadable, integer};

/// The JSON text of a value is at most this many times as long as its stored form, and [`OUTPUT_FLOOR`] more: memo
/// references can repeat dict keys and short texts at two bytes each.
const OUTPUT_FACTOR: usize = 64;
const OUTPUT_FLOOR: usize = 4096;

/// A text this long is written once, however often it is referred to.
const LONG_TEXT: usize = 64;
/// A text this long is not JSON at all when it is the whole value, but a range of the side bytes.
const SIDE_TEXT: usize = 256;

/// A container that is being written.
pub(super) struct Frame {
    container: Id,
    /// The next cell.
    cell: u32,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Items after each other: a list or the rest of a marker. `true`: a comma is due.
    Items(bool),
    /// An object before a key; `true`: a comma is due.
    Key(bool),
    /// An object before a value.
    Value,
}

/// Writes one value.
pub(super) struct Emitter<'a> {
    pub(super) arena: &'a mut Arena,
    pub(super) frames: &'a mut Vec<Frame>,
    pub(super) input: &'a [u8],
    pub(super) text: &'a mut Vec<u8>,
    pub(super) side: &'a mut Vec<u8>,
}

impl Emitter<'_> {
    /// Appends the value's JSON; answers whether it holds markers.
    pub(super) fn write(mut self, root: Id) -> Result<bool, Unreadable> {
        if let Some(node) = self.arena.of_kind(root, Kind::Str) {
            let utf8 = self.arena.range(node, self.input);
            if utf8.len() >= SIDE_TEXT && core::str::from_utf8(utf8).is_ok() {
                return Ok(push_range(b't', utf8, self.side, self.text));
            }
        }
        let limit = self.text.len() + self.input.len() * OUTPUT_FACTOR + OUTPUT_FLOOR;
        let mut shared = 0;
        let mut marked = self.value(root, &mut shared)?;
        while let Some(frame) = self.frames.last_mut() {
            if self.text.len() > limit {
                return Err(Unreadable::Size);
            }
            if frame.cell == 0 {
                self.close();
                continue;
            }
            let cell = self.arena.cells[frame.cell as usize];
            frame.cell = cell.next;
            match &mut frame.form {
                Form::Items(comma) => {
                    if *comma {
                        self.text.push(b',');
                    }
                    *comma = true;
                }
                Form::Key(comma) => {
                    if *comma {
                        self.text.push(b',');
                    }
                    frame.form = Form::Value;
                    if let Some(node) = self.arena.node(cell.item) {
                        push_string(self.arena.range(node, self.input), node.text_kind(), self.text);
                    }
                    self.text.push(b':');
                    continue;
                }
                Form::Value => frame.form = Form::Key(true),
            }
            marked |= self.value(cell.item, &mut shared)?;
        }
        Ok(marked)
    }

    /// Writes a scalar, or the start of a container; answers whether it took a marker.
    fn value(&mut self, id: Id, shared: &mut u32) -> Result<bool, Unreadable> {
        let Some(node) = self.arena.node(id) else {
            push_int(i64::from(id.as_small().unwrap_or_default()), self.text);
            return Ok(false);
        };
        if node.flags & DEFINED != 0 || (node.flags & SHARED != 0 && becomes_object(node)) {
            return self.shared(id, node, shared);
        }
        self.unshared(id, node)
    }

    /// Writes the definition of a shared object, or a reference to it.
    fn shared(&mut self, id: Id, node: Node, shared: &mut u32) -> Result<bool, Unreadable> {
        if node.flags & OPEN != 0 {
            return Err(Unreadable::Cycle);
        }
        if node.flags & DEFINED != 0 {
            push_marker(b'u', self.text);
            self.text.push(b',');
            integer::push_decimal(i64::from(node.b), self.text);
            self.text.push(b']');
            return Ok(true);
        }
        let number = *shared;
        *shared += 1;
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
        Ok(true)
    }

    fn unshared(&mut self, id: Id, node: Node) -> Result<bool, Unreadable> {
        match node.kind {
            Kind::None => self.text.extend_from_slice(b"null"),
            Kind::True => self.text.extend_from_slice(b"true"),
            Kind::False => self.text.extend_from_slice(b"false"),
            Kind::Int => return Ok(push_int(node.wide(), self.text)),
            Kind::Float => return Ok(push_float(f64::from_bits(node.wide().cast_unsigned()), self.text)),
            Kind::Str | Kind::Derived => {
                push_string(self.arena.range(node, self.input), node.text_kind(), self.text);
            }
            Kind::Long => {
                push_long(integer::minimal(self.arena.range(node, self.input)), self.text);
                return Ok(true);
            }
            Kind::IntText => {
                let literal = integer::parse_int_any_radix(self.arena.range(node, self.input));
                return Ok(push_literal(literal.ok_or(Unreadable::Number)?, self.text));
            }
            Kind::FloatText => text::push_json_float(self.arena.range(node, self.input), self.text),
            Kind::Bytes | Kind::ByteArray => {
                return Ok(push_range(b'b', self.arena.range(node, self.input), self.side, self.text));
            }
            Kind::DateTime => {
                push_marker(b'd', self.text);
                self.text.push(b',');
                integer::push_decimal(node.wide().div_euclid(1000), self.text);
                self.text.push(b']');
                return Ok(true);
            }
            Kind::Delta => reduce::push_seconds(node, self.text),
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet => return self.container(id, node),
            Kind::Class | Kind::Unknown | Kind::Zone | Kind::BlankUuid => {
                return Err(reduce::refuse(self.arena, id, self.input));
            }
        }
        Ok(false)
    }

    fn container(&mut self, id: Id, node: Node) -> Result<bool, Unreadable> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Unreadable::Depth);
        }
        let marker = match node.kind {
            Kind::Dict if node.flags & ODD_KEYS == 0 => None,
            Kind::Dict => Some(b'm'),
            Kind::Set | Kind::FrozenSet => Some(b's'),
            _ if self.looks_like_marker(node) => Some(b'l'),
            _ => None,
        };
        let form = match (marker, node.kind) {
            (Some(marker), _) => {
                push_marker(marker, self.text);
                Form::Items(true)
            }
            (None, Kind::Dict) => {
                self.text.push(b'{');
                Form::Key(false)
            }
            (None, _) => {
                self.text.push(b'[');
                Form::Items(false)
            }
        };
        self.frames.push(Frame { container: id, cell: node.a, form });
        Ok(marker.is_some())
    }

    /// Whether a list's first item is a text that begins with U+0000, as a marker's does.
    fn looks_like_marker(&self, list: Node) -> bool {
        let first = self.arena.items(list).next().and_then(|id| self.arena.of_kind(id, Kind::Str));
        first.is_some_and(|node| self.arena.range(node, self.input).first() == Some(&0))
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.text.push(if matches!(frame.form, Form::Key(_)) { b'}' } else { b']' });
        let node = &mut self.arena.nodes[frame.container.index()];
        if node.flags & OPEN != 0 {
            node.flags &= !OPEN;
            self.text.push(b']');
        }
    }
}

/// Whether it matters in JavaScript, for identity or for size, that two references lead to the same object.
const fn becomes_object(node: Node) -> bool {
    match node.kind {
        Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet => true,
        Kind::Bytes | Kind::ByteArray | Kind::DateTime => true,
        Kind::Str | Kind::Derived | Kind::Long | Kind::IntText => node.b - node.a >= LONG_TEXT as u32,
        _ => false,
    }
}
