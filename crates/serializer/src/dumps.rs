//! From a [`Value`] to stored bytes.

use crate::fallible::TryGrow;
use crate::pickle::PickleWriter;
use crate::{DumpError, MAX_DEPTH, MAX_STORED, PICKLED, Value, integer};

/// The stored form of `value`, as cachelib's default serializer writes it.
///
/// # Errors
/// [`DumpError`] when the value nests too deeply, has an unhashable key, a date out of range, or is too large.
pub fn dumps(value: &Value) -> Result<Vec<u8>, DumpError> {
    let mut stored = Vec::new();
    dumps_into(value, &mut stored)?;
    Ok(stored)
}

/// Appends the stored form of `value` to `out`.
///
/// # Errors
/// As for [`dumps`]; `out` is then as it was.
pub fn dumps_into(value: &Value, out: &mut Vec<u8>) -> Result<(), DumpError> {
    let start = out.len();
    let result = dump(value, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Python's longest int in decimal, with its sign.
const MAX_DECIMAL: usize = 4301;

fn dump(value: &Value, out: &mut Vec<u8>) -> Result<(), DumpError> {
    out.try_grow(MAX_DECIMAL)?;
    let start = out.len();
    match value {
        Value::Int(int) => {
            integer::push_decimal(*int, out);
            return Ok(());
        }
        Value::BigInt(bytes) if integer::push_decimal_of_bytes(bytes, out).is_some() => return Ok(()),
        _ => out.push(PICKLED),
    }
    let mut writer = PickleWriter::new(out)?;
    save(value, &mut writer, 0)?;
    writer.finish()?;
    if out.len() - start > MAX_STORED { Err(DumpError::Size) } else { Ok(()) }
}

fn save(value: &Value, writer: &mut PickleWriter<'_>, depth: usize) -> Result<(), DumpError> {
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
        Value::DateTime(micros) => writer.datetime(*micros),
        Value::Tuple(items) => {
            let batch = writer.tuple(items.len())?;
            items.iter().try_for_each(|item| save(item, writer, depth + 1))?;
            writer.end_frozen(&batch).map(|_| ())
        }
        Value::FrozenSet(items) => {
            let batch = writer.frozenset(items.len())?;
            for item in items {
                check_hashable(item, depth)?;
                save(item, writer, depth + 1)?;
            }
            writer.end_frozen(&batch).map(|_| ())
        }
        Value::List(items) => {
            let mut batch = writer.list(items.len())?;
            for item in items {
                writer.before_item(&batch);
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch)?;
            }
            Ok(())
        }
        Value::Set(items) => {
            let mut batch = writer.set(items.len())?;
            for item in items {
                check_hashable(item, depth)?;
                writer.before_item(&batch);
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch)?;
            }
            Ok(())
        }
        Value::Dict(items) => {
            let mut batch = writer.dict(items.len())?;
            for (key, item) in items {
                check_hashable(key, depth)?;
                writer.before_item(&batch);
                save(key, writer, depth + 1)?;
                save(item, writer, depth + 1)?;
                writer.after_item(&mut batch)?;
            }
            Ok(())
        }
    }
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
