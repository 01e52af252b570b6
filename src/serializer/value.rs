//! Values as Rust sees them.

use super::pickle::{Reader, Writer};
use super::{DumpError, MAX_DEPTH, MAX_STORED, PICKLED, Unreadable, integer};

/// A Python value of the kinds that a cache shares with JavaScript.
///
/// Reading maps the rest of the value table onto these: OrderedDict, defaultdict and Counter to `Dict`, deque to `List`,
/// bytearray to `Bytes`, Decimal, UUID, date and time to `Str`, timedelta to `Float` seconds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    Null,
    /// `True`, `False`.
    Bool(bool),
    /// An int of at most 64 bits.
    Int(i64),
    /// Any other int: two's complement, little-endian.
    BigInt(Vec<u8>),
    /// `float`.
    Float(f64),
    /// `str` without lone surrogates.
    Str(String),
    /// `bytes`.
    Bytes(Vec<u8>),
    /// `list`.
    List(Vec<Self>),
    /// `tuple`.
    Tuple(Vec<Self>),
    /// `dict`, in its order; reading never gives two equal string keys.
    Dict(Vec<(Self, Self)>),
    /// `set`.
    Set(Vec<Self>),
    /// `frozenset`.
    FrozenSet(Vec<Self>),
    /// `datetime`: microseconds since 1970-01-01 UTC. Written as an aware datetime in UTC; naive ones are read as UTC.
    DateTime(i64),
}

/// Appends the stored form of `value` to `out`, as cachelib's default serializer writes it.
///
/// # Errors
/// [`DumpError`] when the value nests too deeply, has an unhashable key, a date out of range or more than 512 MB; `out`
/// is then as it was.
pub fn dumps(value: &Value, out: &mut Vec<u8>) -> Result<(), DumpError> {
    let start = out.len();
    let result = dump_into(value, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn dump_into(value: &Value, out: &mut Vec<u8>) -> Result<(), DumpError> {
    let start = out.len();
    match value {
        Value::Int(int) => integer::push_decimal(*int, out),
        Value::BigInt(bytes) => push_decimal_of_bytes(bytes, out),
        _ => {
            out.push(PICKLED);
            let mut writer = Writer::new(out);
            save(value, &mut writer, 0)?;
            writer.finish();
        }
    }
    if out.len() - start > MAX_STORED { Err(DumpError::Size) } else { Ok(()) }
}

/// Reads a stored value as cachelib's default serializer does.
///
/// # Errors
/// [`Unreadable`] for a pickle that is malformed, hostile, or holds an object of a class outside the value table.
pub fn loads(stored: &[u8]) -> Result<Value, Unreadable> {
    if let Some((&PICKLED, pickle)) = stored.split_first() {
        return Reader::new().read_value(pickle);
    }
    Ok(match integer::parse_int(stored) {
        Some(literal) => int_value(literal),
        None => Value::Bytes(stored.to_vec()),
    })
}

fn save(value: &Value, writer: &mut Writer<'_>, depth: usize) -> Result<(), DumpError> {
    if depth > MAX_DEPTH {
        return Err(DumpError::Depth);
    }
    match value {
        Value::Null => writer.none(),
        Value::Bool(value) => writer.bool(*value),
        Value::Int(value) => writer.int(*value),
        Value::BigInt(bytes) => writer.long(bytes),
        Value::Float(value) => writer.float(*value),
        Value::Str(value) => writer.text(value.as_bytes()),
        Value::Bytes(value) => writer.bytes(value),
        Value::DateTime(micros) => writer.datetime(*micros).ok_or(DumpError::Date)?,
        Value::Tuple(items) => {
            writer.tuple_start(items.len());
            items.iter().try_for_each(|item| save(item, writer, depth + 1))?;
            writer.tuple_end(items.len());
        }
        Value::FrozenSet(items) => {
            writer.frozenset_start();
            for item in items {
                check_hashable(item, depth)?;
                save(item, writer, depth + 1)?;
            }
            writer.frozenset_end();
        }
        Value::List(items) => {
            let mut batch = writer.list(items.len());
            for item in items {
                writer.before_item(&batch);
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch);
            }
        }
        Value::Set(items) => {
            let mut batch = writer.set(items.len());
            for item in items {
                check_hashable(item, depth)?;
                writer.before_item(&batch);
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch);
            }
        }
        Value::Dict(items) => {
            let mut batch = writer.dict(items.len());
            for (key, item) in items {
                check_hashable(key, depth)?;
                writer.before_item(&batch);
                save(key, writer, depth + 1)?;
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch);
            }
        }
    }
    Ok(())
}

fn check_hashable(key: &Value, depth: usize) -> Result<(), DumpError> {
    if depth > MAX_DEPTH {
        return Err(DumpError::Depth);
    }
    match key {
        Value::List(_) | Value::Dict(_) | Value::Set(_) => Err(DumpError::Unhashable),
        Value::Tuple(items) => items.iter().try_for_each(|item| check_hashable(item, depth + 1)),
        _ => Ok(()),
    }
}

/// The number of a literal, however long.
pub(super) fn int_value(literal: integer::Literal<'_>) -> Value {
    if let Some(value) = literal.to_i64() {
        return Value::Int(value);
    }
    let mut magnitude: Vec<u32> = Vec::new();
    for digit in literal.significant() {
        let mut carry = u64::from((digit as char).to_digit(literal.radix).unwrap_or(0));
        for limb in &mut magnitude {
            carry += u64::from(*limb) * u64::from(literal.radix);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            magnitude.push(carry as u32);
        }
    }
    let mut bytes: Vec<u8> = magnitude.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if literal.negative {
        negate(&mut bytes);
    }
    Value::BigInt(integer::minimal(&bytes).to_vec())
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

fn push_decimal_of_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    let mut magnitude = bytes.to_vec();
    if bytes.last().is_some_and(|byte| byte & 0x80 != 0) {
        magnitude.push(0xff);
        negate(&mut magnitude);
        out.push(b'-');
    }
    let mut digits = Vec::new();
    loop {
        let mut remainder = 0_u32;
        for byte in magnitude.iter_mut().rev() {
            let current = remainder << 8 | u32::from(*byte);
            *byte = (current / 10) as u8;
            remainder = current % 10;
        }
        digits.push(b'0' + remainder as u8);
        while magnitude.last() == Some(&0) {
            magnitude.pop();
        }
        if magnitude.is_empty() {
            break;
        }
    }
    out.extend(digits.iter().rev());
}
