//! The classes of the value table, and the objects that their constructors and states make.
//!
//! Nothing is executed: each class is known with the arguments that Python's own `__reduce__` methods write, in any of the
//! protocols, and anything else is refused.

use super::arena::{Arena, HASHABLE, Id, Kind, Node, SCRATCH, TAKEN, UNHASHABLE, text_flags};
use super::text;
use crate::serializer::calendar::{self, DAY};
use crate::serializer::{Reason, integer, json};

/// A class name in an error is cut off here.
const MAX_NAME: usize = 200;

/// A Decimal's text may be this long: each object of one text is checked anew.
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
    Bytes,
    ByteArray,
    /// `_codecs.encode`, by which protocols 0 to 2 write bytes.
    Encode,
    /// `copyreg._reconstructor`, by which protocols 0 and 1 write objects.
    Reconstructor,
    Object,
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
    (b"builtins", b"bytearray", Class::ByteArray),
    (b"builtins", b"list", Class::List),
    (b"builtins", b"dict", Class::Dict),
    (b"builtins", b"object", Class::Object),
    (b"_codecs", b"encode", Class::Encode),
    (b"copyreg", b"_reconstructor", Class::Reconstructor),
];

/// The class or function that GLOBAL and STACK_GLOBAL name.
pub(super) fn class(arena: &mut Arena, module: Id, name: Id, input: &[u8], protocol: u8) -> Result<Id, Reason> {
    let text = |id| arena.of_kind(id, Kind::Str).map(|node| arena.range(node, input));
    let (Some(module_text), Some(name_text)) = (text(module), text(name)) else { return Err(Reason::Argument) };
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
pub(super) fn refuse(arena: &mut Arena, id: Id, input: &[u8]) -> Reason {
    let Some(node) = arena.node(id) else { return Reason::Argument };
    let text = |bits| arena.node(Id::from_bits(bits)).map_or(&[][..], |node| arena.range(node, input));
    let (module, name): (&[u8], &[u8]) = match node.kind {
        Kind::Unknown => (text(node.a), text(node.b)),
        Kind::Class => (CLASSES[node.a as usize].0, CLASSES[node.a as usize].1),
        Kind::Zone => (b"datetime", b"timezone"),
        Kind::BlankUuid => (b"uuid", b"UUID"),
        _ => return Reason::Argument,
    };
    arena.refused = module.iter().chain(b".").chain(name).copied().take(MAX_NAME).collect();
    Reason::Class
}

/// NEWOBJ: of the classes here, only UUID's objects are made that way.
pub(super) fn new(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Result<Id, Reason> {
    match arena.of_kind(class, Kind::Class) {
        Some(node) if CLASSES[node.a as usize].2 == Class::Uuid => call(arena, class, arguments, input),
        Some(_) => Err(Reason::Argument),
        None => instance(arena, class, arguments, input),
    }
}

/// An object of a class outside of the value table.
fn instance(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Result<Id, Reason> {
    let known = arena.of_kind(class, Kind::Unknown).is_some() && arena.of_kind(arguments, Kind::Tuple).is_some();
    if !arena.keeps_instances || !known {
        return Err(refuse(arena, class, input));
    }
    let made = arena.add(Kind::Instance, 0, 0, 0)?;
    arena.fill(made, &[class, arguments])?;
    Ok(made)
}

/// REDUCE: what a class makes of its arguments.
pub(super) fn call(arena: &mut Arena, class: Id, arguments: Id, input: &[u8]) -> Result<Id, Reason> {
    let Some(called) = arena.of_kind(class, Kind::Class) else { return instance(arena, class, arguments, input) };
    let tuple = arena.of_kind(arguments, Kind::Tuple).ok_or(Reason::Argument)?;
    let mut given = [None; 4];
    let mut items = arena.items(tuple);
    for (slot, item) in given.iter_mut().zip(&mut items) {
        *slot = Some(item);
    }
    let maker = Maker { arena, input };
    match (CLASSES[called.a as usize].2, given) {
        (Class::DateTime, [Some(state), zone, None, None]) => maker.datetime(state, zone),
        (Class::Date, [Some(state), None, ..]) => maker.date(state),
        (Class::Time, [Some(state), zone, None, None]) => maker.time(state, zone),
        (Class::TimeDelta, [Some(days), Some(seconds), Some(micros), None]) => maker.delta(days, seconds, micros),
        (Class::TimeZone, [Some(offset), name, None, None]) => maker.zone(offset, name),
        (Class::Decimal, [Some(text), None, ..]) => maker.decimal(text),
        (Class::Uuid, [None, ..]) => maker.arena.add(Kind::BlankUuid, 0, 0, 0),
        (Class::SafeUuid, [Some(_), None, ..]) => Ok(Id::NONE),
        (Class::Dict | Class::Counter | Class::DefaultDict, [None, ..]) | (Class::DefaultDict, [Some(_), None, ..]) => {
            maker.arena.add(Kind::Dict, 0, 0, 0)
        }
        (Class::Dict, [Some(content), None, ..]) => maker.dict(content),
        (Class::Counter, [Some(content), None, ..]) if maker.arena.of_kind(content, Kind::Dict).is_some() => {
            maker.dict(content)
        }
        (Class::List | Class::Deque, [None, ..]) => maker.arena.add(Kind::List, 0, 0, 0),
        (Class::List, [Some(items), None, ..]) | (Class::Deque, [Some(items), _, None, None]) => maker.deque(items),
        (Class::Set, [None, ..]) => maker.arena.add(Kind::Set, 0, 0, 0),
        (Class::FrozenSet, [None, ..]) => maker.arena.add(Kind::FrozenSet, 0, 0, 0),
        (Class::Set, [Some(items), None, ..]) => maker.set(Kind::Set, items),
        (Class::FrozenSet, [Some(items), None, ..]) => maker.set(Kind::FrozenSet, items),
        (Class::Bytes, [None, ..]) => maker.arena.add(Kind::Bytes, 0, 0, 0),
        (Class::ByteArray, [None, ..]) => maker.arena.add(Kind::ByteArray, 0, 0, 0),
        (Class::ByteArray, [Some(bytes), None, ..]) => maker.bytearray(bytes),
        (Class::ByteArray, [Some(text), Some(encoding), None, ..]) => maker.latin1(Kind::ByteArray, text, encoding),
        (Class::Encode, [Some(text), Some(encoding), None, ..]) => maker.latin1(Kind::Bytes, text, encoding),
        (Class::Reconstructor, [Some(class), Some(base), Some(state), None]) => maker.reconstruct(class, base, state),
        _ => Err(Reason::Argument),
    }
}

/// BUILD: gives an object its state.
pub(super) fn set_state(arena: &mut Arena, object: Id, state: Id, input: &[u8]) -> Result<(), Reason> {
    if state == Id::NONE {
        return Ok(());
    }
    if arena.of_kind(object, Kind::Instance).is_some() {
        return arena.fill(object, &[state]);
    }
    arena.of_kind(object, Kind::BlankUuid).ok_or(Reason::Argument)?;
    let dict = arena.of_kind(state, Kind::Dict).ok_or(Reason::Argument)?;
    let mut number = None;
    let mut items = arena.items(dict);
    // There is `int`, and perhaps `is_safe`: a state of many keys, given to many objects, would take for ever.
    for _ in 0..2 {
        let (Some(key), Some(value)) = (items.next(), items.next()) else { break };
        let key = arena.of_kind(key, Kind::Str).ok_or(Reason::Argument)?;
        if arena.range(key, input) == b"int" {
            number = Some(value);
        }
    }
    let bytes = uuid_bytes(arena, number.ok_or(Reason::Argument)?, input).ok_or(Reason::Argument)?;
    let start = arena.scratch.len();
    for (at, byte) in bytes.iter().rev().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            arena.scratch.push(b'-');
        }
        arena.scratch.extend_from_slice(&json::hex(*byte));
    }
    let end = arena.scratch.len() as u32;
    let node = &mut arena.nodes[object.index()];
    node.kind = Kind::Derived;
    node.flags |= SCRATCH | text_flags(json::TextKind::Plain);
    (node.a, node.b) = (start as u32, end);
    Ok(())
}

/// The 128 bits of a UUID's `int`, little-endian.
fn uuid_bytes(arena: &Arena, number: Id, input: &[u8]) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    if let Some(small) = to_int(arena, number) {
        bytes[..8].copy_from_slice(&u64::try_from(small).ok()?.to_le_bytes());
        return Some(bytes);
    }
    let node = arena.node(number)?;
    if !matches!(node.kind, Kind::Long | Kind::IntText) {
        return None;
    }
    let range = arena.range(node, input);
    match node.kind {
        Kind::Long => {
            let used = range.strip_suffix(&[0]).unwrap_or(range);
            let negative = range.last().is_none_or(|byte| byte & 0x80 != 0);
            if negative || used.len() > 16 {
                return None;
            }
            bytes[..used.len()].copy_from_slice(used);
        }
        Kind::IntText => {
            let literal = integer::parse_int_any_radix(range)?;
            let value = literal.significant().try_fold(0_u128, |value, digit| {
                let digit = (digit as char).to_digit(literal.radix)?;
                value.checked_mul(u128::from(literal.radix))?.checked_add(u128::from(digit))
            })?;
            if literal.negative {
                return None;
            }
            bytes = value.to_le_bytes();
        }
        _ => return None,
    }
    Some(bytes)
}

fn to_int(arena: &Arena, id: Id) -> Option<i64> {
    match id.as_small() {
        Some(small) => Some(i64::from(small)),
        None => arena.of_kind(id, Kind::Int).map(Node::wide),
    }
}

/// What the constructors need.
struct Maker<'a> {
    arena: &'a mut Arena,
    input: &'a [u8],
}

impl Maker<'_> {
    /// The bytes of a bytes object.
    fn bytes(&self, id: Id) -> Result<&[u8], Reason> {
        let node = self.arena.of_kind(id, Kind::Bytes).ok_or(Reason::Argument)?;
        Ok(self.arena.range(node, self.input))
    }

    /// Ten bytes: year, month (its top bit is `fold`), day, hour, minute, second, microsecond; a zone when aware.
    fn datetime(mut self, state: Id, zone: Option<Id>) -> Result<Id, Reason> {
        let mut bytes = <[u8; 10]>::try_from(self.bytes(state)?).map_err(|_| Reason::Argument)?;
        bytes[2] &= 0x7f;
        let date = calendar::date_from_bytes(&bytes[..4]).ok_or(Reason::Argument)?;
        let time = calendar::time_from_bytes(&bytes[4..]).ok_or(Reason::Argument)?;
        let offset = self.offset(zone)?.unwrap_or(0);
        self.arena.add_wide(Kind::DateTime, date * DAY + time - offset)
    }

    fn date(self, state: Id) -> Result<Id, Reason> {
        let days = calendar::date_from_bytes(self.bytes(state)?).ok_or(Reason::Argument)?;
        let (year, month, day) = calendar::civil_from_days(days);
        let out = &mut self.arena.scratch;
        let start = out.len();
        push_padded(year, 4, out);
        out.push(b'-');
        push_padded(month, 2, out);
        out.push(b'-');
        push_padded(day, 2, out);
        self.derived(start)
    }

    /// Six bytes: hour (its top bit is `fold`), minute, second, microsecond; a zone when aware. Becomes `isoformat()`.
    fn time(mut self, state: Id, zone: Option<Id>) -> Result<Id, Reason> {
        let mut bytes = <[u8; 6]>::try_from(self.bytes(state)?).map_err(|_| Reason::Argument)?;
        bytes[0] &= 0x7f;
        let micros = calendar::time_from_bytes(&bytes).ok_or(Reason::Argument)?;
        let offset = self.offset(zone)?;
        let out = &mut self.arena.scratch;
        let start = out.len();
        push_clock(micros, true, out);
        if let Some(offset) = offset {
            out.push(if offset < 0 { b'-' } else { b'+' });
            push_clock(offset.abs(), false, out);
        }
        self.derived(start)
    }

    fn derived(self, start: usize) -> Result<Id, Reason> {
        let flags = SCRATCH | text_flags(json::TextKind::Plain);
        self.arena.add(Kind::Derived, flags, start as u32, self.arena.scratch.len() as u32)
    }

    /// A zone's UTC offset in microseconds; `None` without a zone.
    fn offset(&mut self, zone: Option<Id>) -> Result<Option<i64>, Reason> {
        let Some(zone) = zone.filter(|&zone| zone != Id::NONE) else { return Ok(None) };
        match self.arena.of_kind(zone, Kind::Zone) {
            Some(node) => Ok(Some(node.wide())),
            None => Err(refuse(self.arena, zone, self.input)),
        }
    }

    /// Days, seconds below a day, microseconds below a second: as Python normalises them.
    fn delta(self, days: Id, seconds: Id, micros: Id) -> Result<Id, Reason> {
        let below = |id, limit| to_int(self.arena, id).filter(|value| (0..limit).contains(value));
        let days = to_int(self.arena, days).filter(|days| (-999_999_999..=999_999_999).contains(days));
        let (Some(days), Some(seconds), Some(micros)) = (days, below(seconds, 86_400), below(micros, 1_000_000)) else {
            return Err(Reason::Argument);
        };
        let rest = seconds * 1_000_000 + micros;
        let id = self.arena.add(Kind::Delta, 0, days as u32, rest as u32)?;
        self.arena.nodes[id.index()].c = (rest >> 32) as u16;
        Ok(id)
    }

    /// An offset less than a day from UTC; a name, if any, is a text.
    fn zone(self, offset: Id, name: Option<Id>) -> Result<Id, Reason> {
        if name.is_some_and(|name| self.arena.of_kind(name, Kind::Str).is_none()) {
            return Err(Reason::Argument);
        }
        let delta = self.arena.of_kind(offset, Kind::Delta).ok_or(Reason::Argument)?;
        let (days, rest) = delta_parts(delta);
        // Only the whole of minus one day, and not more, is as far from zero as a day.
        let micros = match days {
            0 => rest,
            -1 if rest > 0 => rest - DAY,
            _ => return Err(Reason::Argument),
        };
        self.arena.add_wide(Kind::Zone, micros)
    }

    /// The text of `str(Decimal)`.
    fn decimal(self, text: Id) -> Result<Id, Reason> {
        let node = self.arena.of_kind(text, Kind::Str).ok_or(Reason::Argument)?;
        let digits = self.arena.range(node, self.input);
        if digits.len() > MAX_DECIMAL || !is_decimal(digits) {
            return Err(Reason::Argument);
        }
        self.arena.add(Kind::Derived, node.flags, node.a, node.b)
    }

    /// Counter of a dict, which it then is; OrderedDict of Python 2, of a list of pairs.
    fn dict(self, content: Id) -> Result<Id, Reason> {
        if self.arena.of_kind(content, Kind::Dict).is_some() {
            self.arena.nodes[content.index()].flags |= TAKEN;
            return Ok(content);
        }
        let pairs = self.arena.of_kind(content, Kind::List).ok_or(Reason::Argument)?;
        let dict = self.arena.add(Kind::Dict, 0, 0, 0)?;
        let mut cursor = Arena::first(pairs);
        while let Some(pair) = self.arena.step(&mut cursor) {
            let pair = self.arena.node(pair).filter(|node| matches!(node.kind, Kind::List | Kind::Tuple));
            let mut items = self.arena.items(pair.ok_or(Reason::Argument)?);
            let (Some(key), Some(value), None) = (items.next(), items.next(), items.next()) else {
                return Err(Reason::Argument);
            };
            self.arena.fill(dict, &[key, value])?;
        }
        Ok(dict)
    }

    /// set and frozenset of a list: shares its items.
    fn set(self, kind: Kind, items: Id) -> Result<Id, Reason> {
        let node = self.arena.node(items).ok_or(Reason::Argument)?;
        if !matches!(node.kind, Kind::List | Kind::Tuple) {
            return Err(Reason::Argument);
        }
        if node.a == 0 {
            return self.arena.add(kind, 0, 0, 0);
        }
        // A list that is used again and again is looked through once; a tuple was when it was made.
        let hashable = match node.kind {
            Kind::Tuple => node.flags & UNHASHABLE == 0,
            _ => node.flags & HASHABLE != 0 || self.arena.items(node).all(|id| self.arena.is_hashable(id)),
        };
        if !hashable {
            return Err(Reason::Unhashable);
        }
        if node.kind == Kind::List {
            self.arena.nodes[items.index()].flags |= TAKEN | HASHABLE;
        }
        self.arena.add(kind, TAKEN, node.a, node.b)
    }

    /// deque of a list, which it then is, or of the empty tuple: then its items may follow.
    fn deque(self, items: Id) -> Result<Id, Reason> {
        if items == Id::EMPTY_TUPLE {
            return self.arena.add(Kind::List, 0, 0, 0);
        }
        self.arena.of_kind(items, Kind::List).ok_or(Reason::Argument)?;
        self.arena.nodes[items.index()].flags |= TAKEN;
        Ok(items)
    }

    fn bytearray(self, bytes: Id) -> Result<Id, Reason> {
        let node = self.arena.of_kind(bytes, Kind::Bytes).ok_or(Reason::Argument)?;
        self.arena.add(Kind::ByteArray, node.flags, node.a, node.b)
    }

    /// The code points of a text as bytes.
    fn latin1(self, kind: Kind, text: Id, encoding: Id) -> Result<Id, Reason> {
        let name = self.arena.of_kind(encoding, Kind::Str).ok_or(Reason::Argument)?;
        if !matches!(self.arena.range(name, self.input), b"latin1" | b"latin-1") {
            return Err(Reason::Argument);
        }
        let node = self.arena.of_kind(text, Kind::Str).ok_or(Reason::Argument)?;
        let utf8 = self.arena.range(node, self.input);
        if utf8.is_ascii() {
            return self.arena.add(kind, node.flags & SCRATCH, node.a, node.b);
        }
        let bytes = latin1_of(utf8).ok_or(Reason::Text)?;
        let start = self.arena.scratch.len();
        // A character of protocol 0 may take three bytes here: two as text, one encoded. Beyond that, one text is
        // encoded again and again, at a few bytes of input each.
        if start + bytes.len() > self.input.len() * 3 {
            return Err(Reason::Size);
        }
        self.arena.scratch.extend_from_slice(&bytes);
        self.arena.add(kind, SCRATCH, start as u32, (start + bytes.len()) as u32)
    }

    /// An object made without its constructor: a UUID, or an instance whose argument is the state of its base class.
    fn reconstruct(self, class: Id, base: Id, state: Id) -> Result<Id, Reason> {
        let is =
            |id, class| self.arena.of_kind(id, Kind::Class).is_some_and(|node| CLASSES[node.a as usize].2 == class);
        if is(class, Class::Uuid) && is(base, Class::Object) && state == Id::NONE {
            return self.arena.add(Kind::BlankUuid, 0, 0, 0);
        }
        if state == Id::NONE {
            return instance(self.arena, class, Id::EMPTY_TUPLE, self.input);
        }
        let arguments = self.arena.add(Kind::Tuple, 0, 0, 0)?;
        self.arena.fill(arguments, &[state])?;
        instance(self.arena, class, arguments, self.input)
    }
}

/// The Latin-1 form of UTF-8 text, if it has one.
fn latin1_of(utf8: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(utf8.len());
    let mut rest = utf8;
    while let Some((&lead, after)) = rest.split_first() {
        let (byte, after) = match (lead, after) {
            (0..0x80, _) => (lead, after),
            (0xc2 | 0xc3, [tail, after @ ..]) => (lead << 6 | tail & 0x3f, after),
            _ => return None,
        };
        bytes.push(byte);
        rest = after;
    }
    Some(bytes)
}

const fn delta_parts(delta: Node) -> (i64, i64) {
    (delta.a.cast_signed() as i64, delta.b as i64 | (delta.c as i64) << 32)
}

/// Appends a timedelta in seconds, exactly; it needs no marker.
pub(super) fn push_seconds(delta: Node, text: &mut Vec<u8>) -> bool {
    let (days, rest) = delta_parts(delta);
    let (mut seconds, mut micros) = (days * 86_400 + rest / 1_000_000, rest % 1_000_000);
    if seconds < 0 {
        text.push(b'-');
        seconds = -seconds;
        if micros > 0 {
            seconds -= 1;
            micros = 1_000_000 - micros;
        }
    }
    integer::push_decimal(seconds, text);
    if micros > 0 {
        text.push(b'.');
        push_padded(micros, 6, text);
    }
    false
}

/// Appends `hh:mm:ss.ffffff` as `isoformat()` does: without microseconds when there are none, and without seconds then
/// too unless they are wanted.
fn push_clock(micros: i64, seconds_wanted: bool, text: &mut Vec<u8>) {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    push_padded(seconds / 3600, 2, text);
    text.push(b':');
    push_padded(seconds / 60 % 60, 2, text);
    if seconds_wanted || seconds % 60 != 0 || fraction != 0 {
        text.push(b':');
        push_padded(seconds % 60, 2, text);
    }
    if fraction != 0 {
        text.push(b'.');
        push_padded(fraction, 6, text);
    }
}

/// Appends the last `width` decimal digits of a number that is not negative.
fn push_padded(mut number: i64, width: usize, text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + width, b'0');
    for digit in text[start..].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// What `str(Decimal)` writes: digits with an optional point and exponent, an infinity, or a NaN with an optional payload.
fn is_decimal(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    if let Some(payload) = unsigned.strip_prefix(b"NaN").or_else(|| unsigned.strip_prefix(b"sNaN")) {
        return digits(payload);
    }
    // A zero in front stands alone, and one digit does before an exponent.
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let usual = whole == 1 || (whole > 1 && unsigned[0] != b'0' && !unsigned.contains(&b'E'));
    unsigned == b"Infinity" || (usual && text::is_decimal_float(unsigned))
}
