//! The classes of the value table, and the objects that their constructors and states make.
//!
//! Nothing is executed: each class is known with the arguments that Python's own `__reduce__` methods write, in any of the
//! protocols, and anything else is refused.

mod bytes;
mod collections;
mod instances;
mod time;
mod uuid;

use super::arena::Arena;
use super::node::{Id, Kind, Node, SCRATCH, text_flags};
use crate::LoadErrorKind;
use crate::fallible::TryGrow;
use crate::integer;
use crate::wtf8::StrKind;
use instances::{INSTANCE_ITEMS, instance};
pub(crate) use instances::{container, new_ex};
pub(crate) use time::{push_seconds, push_zone};

/// A class name in an error is cut off here.
const MAX_NAME: usize = 200;

/// A Decimal's text may be this long.
const MAX_DECIMAL: usize = 5000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    DateTime,
    Date,
    Time,
    TimeDelta,
    TimeZone,
    Decimal,
    Uuid,
    SafeUuid,
    /// OrderedDict and dict: empty, or of the given pairs or dict.
    Dict,
    /// Empty, or of the given dict.
    Counter,
    DefaultDict,
    /// Empty, or of the given items.
    List,
    /// As list; a greatest length may follow, which is not kept.
    Deque,
    Set,
    FrozenSet,
    /// bytes and bytearray.
    Bytes,
    /// `_codecs.encode`, by which protocols 0 to 2 write bytes.
    Encode,
    /// `copyreg._reconstructor`, by which protocols 0 and 1 write objects.
    Reconstructor,
    Object,
    /// `getattr`, by which ZoneInfo finds the next one.
    GetAttr,
    ZoneInfo,
    /// `ZoneInfo._unpickle`: a zone of a name.
    NamedZone,
    /// The UTC of pytz and of dateutil.
    Utc,
    /// `pytz._p`: a zone of a name; where it has summer time, with what it is ahead of UTC, in seconds, and more.
    PytzZone,
    /// Minutes ahead of UTC.
    PytzOffset,
    /// A name, which may be None, and what it is ahead of UTC.
    DateutilOffset,
}

const CLASSES: &[(&[u8], &[u8], Class)] = &[
    (b"datetime", b"datetime", Class::DateTime),
    (b"datetime", b"date", Class::Date),
    (b"datetime", b"time", Class::Time),
    (b"datetime", b"timedelta", Class::TimeDelta),
    (b"datetime", b"timezone", Class::TimeZone),
    (b"decimal", b"Decimal", Class::Decimal),
    (b"uuid", b"UUID", Class::Uuid),
    (b"uuid", b"SafeUUID", Class::SafeUuid),
    (b"collections", b"OrderedDict", Class::Dict),
    (b"collections", b"Counter", Class::Counter),
    (b"collections", b"defaultdict", Class::DefaultDict),
    (b"collections", b"deque", Class::Deque),
    (b"builtins", b"set", Class::Set),
    (b"builtins", b"frozenset", Class::FrozenSet),
    (b"builtins", b"bytes", Class::Bytes),
    (b"builtins", b"bytearray", Class::Bytes),
    (b"builtins", b"list", Class::List),
    (b"builtins", b"dict", Class::Dict),
    (b"builtins", b"object", Class::Object),
    (b"_codecs", b"encode", Class::Encode),
    (b"copyreg", b"_reconstructor", Class::Reconstructor),
    (b"builtins", b"getattr", Class::GetAttr),
    (b"zoneinfo", b"ZoneInfo", Class::ZoneInfo),
    (b"zoneinfo", b"ZoneInfo._unpickle", Class::NamedZone),
    (b"pytz", b"_UTC", Class::Utc),
    (b"pytz", b"_p", Class::PytzZone),
    (b"pytz", b"FixedOffset", Class::PytzOffset),
    (b"dateutil.tz.tz", b"tzutc", Class::Utc),
    (b"dateutil.tz.tz", b"tzoffset", Class::DateutilOffset),
];

/// The class or function that GLOBAL and STACK_GLOBAL name.
pub(crate) fn class(arena: &mut Arena, module: Id, name: Id, input: &[u8], protocol: u8) -> Option<Id> {
    let text = |id| arena.of_kind(id, Kind::Str).map(|node| arena.range(node, input));
    let (module_text, name_text) = (text(module)?, text(name)?);
    // Before protocol 3 Python's pickler writes the names of Python 2.
    let module_text: &[u8] = match module_text {
        b"__builtin__" if protocol < 3 => b"builtins",
        b"copy_reg" if protocol < 3 => b"copyreg",
        other => other,
    };
    match CLASSES.iter().position(|(module, name, _)| *module == module_text && *name == name_text) {
        Some(number) => arena.add(Kind::Class, 0, number as u32, 0),
        None => arena.add(Kind::Unknown, 0, module.bits(), name.bits()),
    }
}

/// Why the object, or the class, cannot be part of a value; notes the class's name.
pub(crate) fn refuse(arena: &mut Arena, id: Id, input: &[u8]) -> LoadErrorKind {
    let Some(node) = arena.node(id) else { return LoadErrorKind::Argument };
    let text =
        |bits| Id::from_bits(bits).and_then(|id| arena.node(id)).map_or(&[][..], |node| arena.range(node, input));
    let (module, name): (&[u8], &[u8]) = match node.kind {
        Kind::Unknown => (text(node.a), text(node.b)),
        Kind::Class => (CLASSES[node.a as usize].0, CLASSES[node.a as usize].1),
        Kind::Zone => (b"datetime", b"timezone"),
        Kind::NamedZone | Kind::ZonedTime => (b"zoneinfo", b"ZoneInfo"),
        Kind::BlankUuid => (b"uuid", b"UUID"),
        Kind::Instance => match arena.items(node).next() {
            Some(class) => return refuse(arena, class, input),
            None => return LoadErrorKind::Argument,
        },
        _ => return LoadErrorKind::Argument,
    };
    let mut class = [cut(module), b".", cut(name)].concat();
    class.truncate(MAX_NAME);
    arena.refused = class;
    LoadErrorKind::Class
}

fn cut(name: &[u8]) -> &[u8] {
    &name[..name.len().min(MAX_NAME)]
}

/// The pickle cannot be read, since the object or the class cannot be part of a value.
fn fail_of_class<T>(arena: &mut Arena, id: Id, input: &[u8]) -> Option<T> {
    let error = refuse(arena, id, input);
    arena.fail(error)
}

/// NEWOBJ: of the classes here, only UUID's objects are made that way, and `object()`.
pub(crate) fn new(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Option<Id> {
    match arena.of_kind(class, Kind::Class) {
        Some(node) if CLASSES[node.a as usize].2 == Class::Uuid => call(arena, class, arguments, input),
        _ => instance(arena, class, arguments, input),
    }
}

/// REDUCE: what a class makes of its arguments.
pub(crate) fn call(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Option<Id> {
    let Some(called) = arena.of_kind(class, Kind::Class) else { return instance(arena, class, arguments, input) };
    let tuple = arena.of_kind(arguments, Kind::Tuple)?;
    let mut given = [None; 4];
    let mut items = arena.items(tuple);
    for (slot, item) in given.iter_mut().zip(&mut items) {
        *slot = Some(item);
    }
    let mut constructor = Constructor { arena, input };
    match (CLASSES[called.a as usize].2, given) {
        (Class::DateTime | Class::Time, [_, Some(zone), None, None]) if constructor.is_instance(zone) => {
            // A zone of a class that the user allows: only the user knows its offset.
            instance(constructor.arena, class, arguments, input)
        }
        (Class::DateTime, [Some(state), zone, None, None]) => constructor.datetime(state, zone),
        (Class::Date, [Some(state), None, ..]) => constructor.date(state),
        (Class::Time, [Some(state), zone, None, None]) => constructor.time(state, zone),
        (Class::TimeDelta, [Some(days), Some(seconds), Some(micros), None]) => constructor.delta(days, seconds, micros),
        (Class::TimeZone, [Some(offset), name, None, None]) => constructor.zone(offset, name),
        (Class::Decimal, [Some(text), None, ..]) => constructor.decimal(text),
        (Class::Uuid, [None, ..]) => constructor.arena.add(Kind::BlankUuid, 0, 0, 0),
        (Class::SafeUuid, [Some(_), None, ..]) => Some(Id::NONE),
        (Class::Dict | Class::Counter | Class::DefaultDict, [None, ..]) => constructor.arena.add_container(Kind::Dict),
        (Class::DefaultDict, [Some(factory), None, ..]) if constructor.may_be_called(factory) => {
            constructor.arena.add_container(Kind::Dict)
        }
        (Class::Dict, [Some(content), None, ..]) => constructor.dict(content),
        (Class::Counter, [Some(content), None, ..]) if constructor.arena.of_kind(content, Kind::Dict).is_some() => {
            constructor.dict(content)
        }
        (Class::List | Class::Deque, [None, ..]) => constructor.arena.add_container(Kind::List),
        (Class::List, [Some(items), None, ..]) | (Class::Deque, [Some(items), _, None, None]) => {
            constructor.deque(items)
        }
        (Class::Set, [None, ..]) => constructor.arena.add_container(Kind::Set),
        (Class::FrozenSet, [None, ..]) => constructor.arena.add_container(Kind::FrozenSet),
        (Class::Set, [Some(items), None, ..]) => constructor.set(Kind::Set, items),
        (Class::FrozenSet, [Some(items), None, ..]) => constructor.set(Kind::FrozenSet, items),
        (Class::Bytes, [None, ..]) => constructor.arena.add(Kind::Bytes, 0, 0, 0),
        (Class::Bytes, [Some(bytes), None, ..]) => constructor.copy(bytes),
        (Class::Bytes | Class::Encode, [Some(text), Some(encoding), None, ..]) => constructor.latin1(text, encoding),
        (Class::Reconstructor, [Some(class), Some(base), Some(state), None]) => {
            constructor.reconstruct(class, base, state)
        }
        (Class::GetAttr, [Some(object), Some(name), None, ..]) => constructor.attribute(class, object, name),
        (Class::NamedZone, [Some(name), Some(_), None, ..]) => constructor.named_zone(name),
        (Class::Utc, [None, ..]) => constructor.fixed_zone(0),
        (Class::PytzZone, [Some(name), None, ..]) => constructor.named_zone(name),
        (Class::PytzZone, [Some(_), Some(seconds), Some(_), Some(_)]) => constructor.dated_zone(seconds),
        (Class::PytzOffset, [Some(minutes), None, ..]) => constructor.zone_of_minutes(minutes),
        (Class::DateutilOffset, [Some(_), Some(offset), None, ..]) => constructor.zone(offset, None),
        _ => None,
    }
}

/// BUILD: gives an object its state.
pub(crate) fn set_state(arena: &mut Arena, object: Id, state: Id, input: &[u8]) -> Option<()> {
    if state == Id::NONE {
        return Some(());
    }
    if let Some(instance) = arena.of_kind(object, Kind::Instance) {
        let has_items = arena.items(instance).nth(INSTANCE_ITEMS).is_some();
        return arena.fill(object, &[Id::NONE, state][usize::from(has_items)..]);
    }
    arena.of_kind(object, Kind::BlankUuid)?;
    uuid::set_state(arena, object, state, input)
}

fn to_int(arena: &Arena, id: Id) -> Option<i64> {
    match id.as_small() {
        Some(small) => Some(i64::from(small)),
        None => arena.of_kind(id, Kind::Int).map(Node::wide),
    }
}

/// What the constructors need.
struct Constructor<'a> {
    arena: &'a mut Arena,
    input: &'a [u8],
}

impl Constructor<'_> {
    /// The scratch, with room for so many bytes.
    fn scratch_for(&mut self, length: usize) -> Option<&mut Vec<u8>> {
        let grown = self.arena.scratch.try_grow(length);
        self.arena.note(grown)?;
        Some(&mut self.arena.scratch)
    }

    fn derived(self, start: usize) -> Option<Id> {
        let flags = SCRATCH | text_flags(StrKind::Ascii);
        self.arena.add(Kind::Derived, flags, start as u32, self.arena.scratch.len() as u32)
    }

    fn is(&self, id: Id, class: Class) -> bool {
        self.arena.of_kind(id, Kind::Class).is_some_and(|node| CLASSES[node.a as usize].2 == class)
    }

    fn is_instance(&self, id: Id) -> bool {
        self.arena.of_kind(id, Kind::Instance).is_some()
    }

    /// `getattr(ZoneInfo, '_unpickle')`, and what a class outside of the value table holds: another class, or a method that makes
    /// objects. Any other `getattr` is refused.
    fn attribute(self, getattr: Id, object: Id, name: Id) -> Option<Id> {
        if let (Some(class), Some(name)) =
            (self.arena.of_kind(object, Kind::Unknown), self.arena.of_kind(name, Kind::Str))
        {
            return self.qualified(getattr, class, name);
        }
        let name = self.arena.of_kind(name, Kind::Str).map(|name| self.arena.range(name, self.input));
        let found = CLASSES.iter().position(|&(_, _, class)| class == Class::NamedZone);
        match found.filter(|_| self.is(object, Class::ZoneInfo) && name == Some(b"_unpickle")) {
            Some(number) => self.arena.add(Kind::Class, 0, number as u32, 0),
            None => fail_of_class(self.arena, getattr, self.input),
        }
    }

    /// As far as is known here.
    fn may_be_called(&self, id: Id) -> bool {
        let kind = self.arena.node(id).map(|node| node.kind);
        matches!(kind, Some(Kind::None | Kind::Class | Kind::Unknown | Kind::Instance))
    }

    /// The text of `str(Decimal)`.
    fn decimal(self, text: Id) -> Option<Id> {
        let node = self.arena.of_kind(text, Kind::Str)?;
        self.arena.charge((node.b - node.a) as usize)?;
        let digits = self.arena.range(node, self.input);
        if digits.len() > MAX_DECIMAL || !is_decimal(digits) {
            return None;
        }
        self.arena.add(Kind::Derived, node.flags, node.a, node.b)
    }
}

/// Whether it is the text of a Decimal: a number, or `Infinity`, `NaN` or `sNaN`, which may have digits behind it.
fn is_decimal(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let payload = unsigned.strip_prefix(b"NaN").or_else(|| unsigned.strip_prefix(b"sNaN"));
    payload.map_or_else(|| unsigned == b"Infinity" || integer::is_decimal(unsigned), integer::are_digits)
}

#[cfg(test)]
mod tests {
    use super::is_decimal;

    #[test]
    fn a_decimal_is_a_number_or_none() {
        for text in ["0", "-0.000000", "0E-7", "1.50E+3", "NaN12", "-sNaN", "-Infinity", "9.99E+999999999999999999"] {
            assert!(is_decimal(text.as_bytes()), "{text}");
        }
        for text in ["", "-", "E5", ".", "1..2", "+1", "1E+", "1_0", "1 ", "inf", "Infinity1", "NaN1x", "0x1"] {
            assert!(!is_decimal(text.as_bytes()), "{text}");
        }
    }
}
