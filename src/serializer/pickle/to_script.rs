//! From the arena to a script.

use super::arena::{Arena, Cursor, DEFINED, Id, Kind, Node, ODD_KEYS, OPEN, SHARED};
use super::{PROTO_KEY, reduce};
use crate::serializer::integer::{self, parse_int_any_radix};
use crate::serializer::script::{self, Odd, Script};
use crate::serializer::text::TextKind;
use crate::serializer::{MAX_DEPTH, Reason};

/// The script of a value takes at most this many times as many bytes as its stored form, and [`OUTPUT_FLOOR`] more: memo
/// references repeat short texts at two bytes each, and a hostile pickle does so at one.
const OUTPUT_FACTOR: usize = 64;
const OUTPUT_FLOOR: usize = 4096;

/// No JavaScript has a longer bigint, in bytes.
const MAX_LONG: usize = 1 << 27;

/// How many bytes the script of a pickle may take.
pub(super) const fn longest(pickle: &[u8]) -> usize {
    pickle.len().saturating_mul(OUTPUT_FACTOR).saturating_add(OUTPUT_FLOOR)
}

/// A container that is being written.
pub(super) struct Frame {
    container: Id,
    rest: Cursor,
    count: usize,
    /// What comes of its items once all are written.
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    List,
    /// An object; items are keys and values in turn.
    Dict,
    /// Anything else.
    Odd,
}

/// Appends the script of `root`; answers whether it makes objects of the user's classes.
pub(super) fn write(
    root: Id,
    arena: &mut Arena,
    frames: &mut Vec<Frame>,
    input: &[u8],
    script: &mut Script,
) -> Result<bool, Reason> {
    frames.clear();
    let limit = script.size().saturating_add(longest(input));
    let mut writer = Writer { arena, frames, input, script, shared: 0, has_instances: false };
    writer.value(root)?;
    while let Some(frame) = writer.frames.last_mut() {
        if writer.script.size() > limit {
            return Err(Reason::Size);
        }
        let Some(item) = writer.arena.step(&mut frame.rest) else {
            writer.close();
            continue;
        };
        frame.count += 1;
        let is_key = frame.form == Form::Dict && frame.count % 2 == 1;
        if is_key {
            writer.key(item);
        } else {
            writer.value(item)?;
        }
    }
    Ok(writer.has_instances)
}

/// Writes one value.
struct Writer<'a> {
    arena: &'a mut Arena,
    frames: &'a mut Vec<Frame>,
    input: &'a [u8],
    script: &'a mut Script,
    /// How many shared objects were kept so far.
    shared: u32,
    has_instances: bool,
}

impl Writer<'_> {
    /// Writes a scalar, or opens a container.
    fn value(&mut self, id: Id) -> Result<(), Reason> {
        let Some(node) = self.arena.node(id) else {
            self.script.int(i64::from(id.as_small().unwrap_or_default()));
            return Ok(());
        };
        if node.flags & OPEN != 0 {
            return Err(Reason::Cycle);
        }
        if node.flags & DEFINED != 0 {
            self.script.recall(node.b);
            return Ok(());
        }
        match node.kind {
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet | Kind::Instance => {
                return self.open(id, node);
            }
            _ => self.scalar(id, node)?,
        }
        if node.flags & SHARED != 0 && node.becomes_object() {
            self.keep(id);
        }
        Ok(())
    }

    /// Notes that the value just written comes again.
    fn keep(&mut self, id: Id) {
        self.script.keep();
        let node = &mut self.arena.nodes[id.index()];
        node.flags |= DEFINED;
        node.b = self.shared;
        self.shared += 1;
    }

    fn scalar(&mut self, id: Id, node: Node) -> Result<(), Reason> {
        match node.kind {
            Kind::Str | Kind::Derived => self.text(node),
            Kind::None => self.script.step(script::NULL),
            Kind::True => self.script.step(script::TRUE),
            Kind::False => self.script.step(script::FALSE),
            Kind::Int => self.script.int(node.wide()),
            Kind::Float => self.script.float(f64::from_bits(node.wide().cast_unsigned())),
            Kind::Long => {
                let bytes = integer::minimal(self.arena.range(node, self.input));
                if bytes.len() > MAX_LONG {
                    return Err(Reason::Size);
                }
                self.script.long(bytes);
            }
            Kind::IntText => {
                let literal = parse_int_any_radix(self.arena.range(node, self.input));
                self.script.literal(literal.ok_or(Reason::Number)?);
            }
            Kind::FloatText => {
                self.text(node);
                self.script.odd(Odd::Number, 1);
            }
            Kind::Bytes | Kind::ByteArray => self.script.bytes(self.arena.range(node, self.input)),
            Kind::DateTime => {
                self.script.float(node.wide().div_euclid(1000) as f64);
                self.script.odd(Odd::Date, 1);
            }
            Kind::Delta => {
                let mut seconds = Vec::new();
                reduce::push_seconds(node, &mut seconds);
                self.script.text(&seconds, 0..seconds.len(), TextKind::Ascii);
                self.script.odd(Odd::Number, 1);
            }
            Kind::ZonedTime => reduce::push_zoned(self.arena.range(node, self.input), self.script),
            _ => return Err(reduce::refuse(self.arena, id, self.input)),
        }
        Ok(())
    }

    fn text(&mut self, node: Node) {
        let source = self.arena.source(node, self.input);
        self.script.text(source, node.a as usize..node.b as usize, node.text_kind());
    }

    /// Writes a key, a text, of an object; it may be shared, being the value of something else too.
    fn key(&mut self, id: Id) {
        let Some(node) = self.arena.node(id) else { return };
        if node.flags & DEFINED != 0 {
            return self.script.recall(node.b);
        }
        let source = self.arena.source(node, self.input);
        if self.script.key(source, node.a as usize..node.b as usize).is_none() {
            self.text(node);
            if node.flags & SHARED != 0 && node.becomes_object() {
                self.keep(id);
            }
        }
    }

    fn open(&mut self, id: Id, node: Node) -> Result<(), Reason> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Reason::Depth);
        }
        let form = match node.kind {
            Kind::List | Kind::Tuple => Form::List,
            Kind::Dict if node.flags & ODD_KEYS == 0 && !self.has_proto(node) => Form::Dict,
            _ => Form::Odd,
        };
        let mut rest = Arena::first(node);
        let mut count = 0;
        match form {
            Form::List => self.script.step(script::LIST),
            Form::Dict => self.script.step(script::DICT),
            Form::Odd if node.kind == Kind::Instance => {
                self.class_name(&mut rest);
                count = 1;
            }
            Form::Odd => {}
        }
        self.arena.nodes[id.index()].flags |= OPEN;
        self.frames.push(Frame { container: id, rest, count, form });
        Ok(())
    }

    /// Whether a dict of texts has a key that an assignment would not set.
    fn has_proto(&self, dict: Node) -> bool {
        self.arena.items(dict).step_by(2).any(|key| {
            let key = self.arena.of_kind(key, Kind::Str);
            key.is_some_and(|node| self.arena.range(node, self.input) == PROTO_KEY)
        })
    }

    /// Writes the name of an instance's class, its first item.
    fn class_name(&mut self, items: &mut Cursor) {
        let Some(class) = self.arena.step(items) else { return };
        reduce::refuse(self.arena, class, self.input);
        self.script.long_text(&[&self.arena.refused]);
        self.has_instances = true;
    }

    fn close(&mut self) {
        let Some(Frame { container, count, form, .. }) = self.frames.pop() else { return };
        let node = &mut self.arena.nodes[container.index()];
        node.flags &= !OPEN;
        let node = *node;
        match form {
            Form::List if count > 0 => self.script.counted(script::APPEND, count),
            Form::Dict if count > 0 => self.script.counted(script::FILL, count / 2),
            Form::List | Form::Dict => {}
            Form::Odd => match node.kind {
                Kind::Instance => self.script.odd(Odd::Instance, count),
                Kind::Dict if node.flags & ODD_KEYS != 0 => self.script.odd(Odd::Map, count),
                Kind::Dict => self.script.odd(Odd::Object, count),
                _ => self.script.odd(Odd::Set, count),
            },
        }
        if node.flags & SHARED != 0 {
            self.keep(container);
        }
    }
}
