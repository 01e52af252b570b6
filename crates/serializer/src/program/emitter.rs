//! From the arena to a program.

use super::instruction::{APPEND, FALSE, FILL, NULL, Special, TRUE};
use super::{PROTO_KEY, Program};
use crate::fallible::TryGrow;
use crate::integer;
use crate::pickle::arena::{Arena, Cursor};
use crate::pickle::node::{DEFINED, Id, Kind, NON_STR_KEYS, Node, OPEN, SHARED};
use crate::pickle::reduce;
use crate::{LoadErrorKind, MAX_DEPTH};

/// So many zones of the time zone database may a value name. To look one up takes the host some 50 µs and kilobytes the first time:
/// it can keep so many, and more would make it look them up again and again.
const MAX_ZONES: usize = 256;

/// How many parts of an instance are written when its arguments are: its class's name, and they.
const INSTANCE_ARGUMENTS: usize = 2;

/// No JavaScript has a longer bigint, in bytes.
const MAX_LONG: usize = 1 << 27;

/// A container that is being written.
pub(crate) struct Frame {
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
    Special,
}

/// Appends the program of `root`; answers whether it makes objects of the user's classes.
pub(super) fn emit(
    root: Id,
    arena: &mut Arena,
    frames: &mut Vec<Frame>,
    input: &[u8],
    program: &mut Program,
) -> Result<bool, LoadErrorKind> {
    frames.clear();
    frames.try_reserve(MAX_DEPTH).map_err(|_| LoadErrorKind::OutOfMemory)?;
    let start = program.cost();
    let limit = start.saturating_add(arena.budget.left());
    let mut emitter = Emitter { arena, frames, input, program, kept: 0, has_instances: false, zones: Vec::new() };
    emitter.value(root)?;
    while let Some(frame) = emitter.frames.last_mut() {
        if emitter.program.cost() > limit {
            return Err(LoadErrorKind::Size);
        }
        let Some(item) = emitter.arena.next_item(&mut frame.rest) else {
            emitter.close();
            continue;
        };
        frame.count += 1;
        let is_key = frame.form == Form::Dict && frame.count % 2 == 1;
        if is_key {
            emitter.key(item);
        } else {
            emitter.value(item)?;
        }
    }
    let has_instances = emitter.has_instances;
    arena.budget.charge(program.cost() - start)?;
    program.check_objects()?;
    Ok(has_instances)
}

/// Writes one value.
struct Emitter<'a> {
    arena: &'a mut Arena,
    frames: &'a mut Vec<Frame>,
    input: &'a [u8],
    program: &'a mut Program,
    /// How many shared objects were kept so far.
    kept: u32,
    has_instances: bool,
    /// A datetime in each of the zones so far.
    zones: Vec<Node>,
}

impl Emitter<'_> {
    /// Writes a scalar, or opens a container.
    fn value(&mut self, id: Id) -> Result<(), LoadErrorKind> {
        let Some(node) = self.arena.node(id) else {
            self.program.int(i64::from(id.as_small().unwrap_or_default()));
            return Ok(());
        };
        if node.flags & OPEN != 0 {
            return Err(LoadErrorKind::Cycle);
        }
        if node.flags & DEFINED != 0 {
            self.program.recall(node.b);
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
        self.program.keep();
        let node = &mut self.arena.nodes[id.index()];
        node.flags |= DEFINED;
        node.b = self.kept;
        self.kept += 1;
    }

    fn scalar(&mut self, id: Id, node: Node) -> Result<(), LoadErrorKind> {
        match node.kind {
            Kind::Str | Kind::Derived => self.text(node),
            Kind::None => self.program.push(NULL),
            Kind::True => self.program.push(TRUE),
            Kind::False => self.program.push(FALSE),
            Kind::Int => self.program.int(node.wide()),
            Kind::Float => self.program.float(f64::from_bits(node.wide().cast_unsigned())),
            Kind::Long => {
                let bytes = integer::minimal(self.arena.range(node, self.input));
                if bytes.len() > MAX_LONG {
                    return Err(LoadErrorKind::Size);
                }
                self.program.long(bytes);
            }
            Kind::IntText => {
                let literal = integer::parse_int(self.arena.range(node, self.input));
                self.program.literal(literal.ok_or(LoadErrorKind::Number)?);
            }
            Kind::FloatText => {
                self.text(node);
                self.program.special(Special::Number, 1);
            }
            Kind::Bytes => self.program.bytes(self.arena.range(node, self.input)),
            Kind::DateTime => {
                self.program.float(node.wide().div_euclid(1000) as f64);
                self.program.special(Special::Date, 1);
            }
            Kind::Delta => {
                let mut seconds = Vec::new();
                reduce::push_seconds(node, &mut seconds);
                self.program.ascii(&seconds);
                self.program.special(Special::Number, 1);
            }
            Kind::ZonedTime => self.zoned(node)?,
            Kind::Class | Kind::Unknown if self.is_argument() => self.class_name(id),
            Kind::Class | Kind::Unknown if self.arena.keeps_instances => self.global(id, node),
            Kind::Zone if self.arena.keeps_instances => {
                let mut name = Vec::new();
                reduce::push_zone(node, &mut name);
                self.program.ascii(&name);
            }
            Kind::NamedZone if self.arena.keeps_instances => self.text(node),
            _ => return Err(reduce::refuse(self.arena, id, self.input)),
        }
        Ok(())
    }

    /// Whether the value is an argument of an instance's constructor: a class there is its name.
    fn is_argument(&self) -> bool {
        let [.., instance, _arguments] = &self.frames[..] else { return false };
        instance.count == INSTANCE_ARGUMENTS && self.arena.of_kind(instance.container, Kind::Instance).is_some()
    }

    fn text(&mut self, node: Node) {
        let source = self.arena.source(node, self.input);
        self.program.text(&source[node.a as usize..node.b as usize], node.text_kind());
    }

    /// Writes a key, a text, of an object; it may be shared, being the value of something else too.
    fn key(&mut self, id: Id) {
        let Some(node) = self.arena.node(id) else { return };
        if node.flags & DEFINED != 0 {
            return self.program.recall(node.b);
        }
        let source = self.arena.source(node, self.input);
        if self.program.key(source, node.a as usize..node.b as usize).is_none() {
            self.text(node);
            if node.flags & SHARED != 0 && node.becomes_object() {
                self.keep(id);
            }
        }
    }

    /// Writes a datetime in a named zone.
    fn zoned(&mut self, node: Node) -> Result<(), LoadErrorKind> {
        let scratch = self.arena.range(node, self.input);
        let Some((micros, [fold, name @ ..])) = scratch.split_first_chunk() else { return Ok(()) };
        let is_known = |other: &Node| self.arena.range(*other, self.input).get(9..) == Some(name);
        if !self.zones.iter().any(is_known) {
            if self.zones.len() == MAX_ZONES {
                return Err(LoadErrorKind::Size);
            }
            self.zones.try_push(node)?;
        }
        self.program.float(i64::from_le_bytes(*micros).div_euclid(1000) as f64);
        self.program.int(i64::from(*fold));
        self.program.ascii(name);
        self.program.special(Special::ZonedDate, 3);
        Ok(())
    }

    fn open(&mut self, id: Id, node: Node) -> Result<(), LoadErrorKind> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(LoadErrorKind::Depth);
        }
        let form = match node.kind {
            Kind::List | Kind::Tuple => Form::List,
            Kind::Dict if node.flags & NON_STR_KEYS == 0 && !self.has_proto(node) => Form::Dict,
            _ => Form::Special,
        };
        let mut rest = Arena::first(node);
        let mut count = 0;
        match form {
            Form::List => self.program.list(),
            Form::Dict => self.program.dict(),
            Form::Special if node.kind == Kind::Instance => {
                let class = self.arena.next_item(&mut rest).unwrap_or(Id::NONE);
                self.class_name(class);
                self.has_instances = true;
                count = 1;
            }
            Form::Special => {}
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

    /// Writes a class by itself, or another global such as the NA of pandas, for its reviver. It takes two bytes of a pickle to come again.
    fn global(&mut self, id: Id, node: Node) {
        if let Some(kept) = node.c.checked_sub(1) {
            return self.program.recall(u32::from(kept));
        }
        self.class_name(id);
        self.has_instances = true;
        self.program.special(Special::Instance, 1);
        if let Ok(number) = u16::try_from(self.kept + 1) {
            self.program.keep();
            self.arena.nodes[id.index()].c = number;
            self.kept += 1;
        }
    }

    /// Writes the name of a class.
    fn class_name(&mut self, class: Id) {
        reduce::refuse(self.arena, class, self.input);
        self.program.long_text(&self.arena.refused);
    }

    fn close(&mut self) {
        let Some(Frame { container, count, form, .. }) = self.frames.pop() else { return };
        let node = &mut self.arena.nodes[container.index()];
        node.flags &= !OPEN;
        let node = *node;
        match form {
            Form::List if count > 0 => {
                self.program.fill(APPEND, count, None);
            }
            Form::Dict if count > 0 => {
                self.program.fill(FILL, count / 2, None);
            }
            Form::List | Form::Dict => {}
            Form::Special => match node.kind {
                Kind::Instance => self.program.special(Special::Instance, count),
                Kind::Dict if node.flags & NON_STR_KEYS != 0 => self.program.special(Special::Map, count),
                Kind::Dict => self.program.special(Special::Object, count),
                _ => self.program.special(Special::Set, count),
            },
        }
        if node.flags & SHARED != 0 {
            self.keep(container);
        }
    }
}
