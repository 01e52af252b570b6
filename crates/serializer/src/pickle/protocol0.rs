//! The arguments that protocols 0 and 1 spell out as text, in the forms in which picklers write them.

use super::arena::Arena;
use super::byte_reader::ByteReader;
use super::node::{Id, Kind, SCRATCH, text_flags};
use crate::LoadErrorKind;
use crate::integer::{self, Literal};
use crate::wtf8::check_str;

/// INT: a number, or a bool.
pub(crate) fn int(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    match input.line()? {
        b"00" => Some(Id::FALSE),
        b"01" => Some(Id::TRUE),
        text => decimal(arena, input, text),
    }
}

/// LONG: a number, behind which there may be an `L`.
pub(crate) fn long(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let line = input.line()?;
    decimal(arena, input, line.strip_suffix(b"L").unwrap_or(line))
}

fn decimal(arena: &mut Arena, input: &ByteReader<'_>, text: &[u8]) -> Option<Id> {
    // To C a zero in front makes it octal, and two bytes such as `+1` a bool.
    let is_canonical = matches!(text, [b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..]);
    let literal = integer::parse_int(text).filter(|_| is_canonical);
    let Some(literal) = literal else { return arena.fail(LoadErrorKind::Number) };
    match literal.to_i64() {
        Some(value) => arena.int(value),
        None => range_of(Kind::IntText, arena, input, text),
    }
}

/// A node for a part of the input.
fn range_of(kind: Kind, arena: &mut Arena, input: &ByteReader<'_>, part: &[u8]) -> Option<Id> {
    let start = part.as_ptr() as usize - input.bytes.as_ptr() as usize;
    arena.add(kind, 0, start as u32, (start + part.len()) as u32)
}

/// FLOAT: what `repr(float)` writes.
pub(crate) fn float(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let line = input.line()?;
    let special = match line {
        b"inf" => f64::INFINITY,
        b"-inf" => f64::NEG_INFINITY,
        b"nan" => f64::NAN,
        _ if integer::is_decimal(integer::sign(line).1) => return range_of(Kind::FloatText, arena, input, line),
        _ => return arena.fail(LoadErrorKind::Number),
    };
    arena.add_wide(Kind::Float, special.to_bits().cast_signed())
}

/// UNICODE: Python's `raw-unicode-escape`, where bytes are Latin-1 but for `\uXXXX` and `\UXXXXXXXX`.
pub(crate) fn unicode(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let mut line = input.line()?;
    let start = arena.scratch.len();
    while let Some((&byte, rest)) = line.split_first() {
        line = rest;
        let mut code = Some(u32::from(byte));
        if byte == b'\\' && matches!(rest.first(), Some(b'u' | b'U')) {
            let digits = if rest[0] == b'u' { 4 } else { 8 };
            code = take_hex(&mut line, 1, digits);
        } else if byte == b'\\' && rest.first() == Some(&b'\\') {
            // raw-unicode-escape keeps both: an escaped backslash does not start another escape.
            arena.push_scratch(b"\\")?;
            line = &rest[1..];
        }
        push_wtf8(code, arena)?;
    }
    derived_text(arena, start)
}

/// The number of so many hexadecimal digits, behind the first `skipped` bytes, which are taken off too.
fn take_hex(text: &mut &[u8], skipped: usize, count: usize) -> Option<u32> {
    let digits = text.get(skipped..skipped + count)?;
    *text = &text[skipped + count..];
    digits.iter().try_fold(0_u32, |number, &digit| Some(number << 4 | (digit as char).to_digit(16)?))
}

/// Appends a code point as UTF-8, a surrogate as three bytes.
fn push_wtf8(code: Option<u32>, arena: &mut Arena) -> Option<()> {
    let Some(code @ 0..0x11_0000) = code else { return arena.fail(LoadErrorKind::Text) };
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    let bytes = match code {
        0..0x80 => &[code as u8][..],
        0x80..0x800 => &[0xc0 | (code >> 6) as u8, tail(0)],
        0x800..0x1_0000 => &[0xe0 | (code >> 12) as u8, tail(6), tail(0)],
        _ => &[0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)],
    };
    arena.push_scratch(bytes)
}

/// A `str` of what stands in the scratch from `start` on.
pub(crate) fn derived_text(arena: &mut Arena, start: usize) -> Option<Id> {
    let kind = arena.note(check_str(&arena.scratch[start..]))?;
    arena.add(Kind::Str, SCRATCH | text_flags(kind), start as u32, arena.scratch.len() as u32)
}

/// STRING: a Python 2 `repr` in quotes, ASCII once its escapes are undone.
pub(crate) fn string(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let start = arena.scratch.len();
    let mut rest = match input.line()? {
        [open @ (b'\'' | b'"'), quoted @ .., close] if open == close => quoted,
        _ => return arena.fail(LoadErrorKind::Text),
    };
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let plain = if byte == b'\\' { unescape(&mut rest) } else { Some(byte) };
        let Some(plain @ 0..0x80) = plain else { return arena.fail(LoadErrorKind::Text) };
        arena.push_scratch(&[plain])?;
    }
    derived_text(arena, start)
}

/// The byte that an escape stands for, which is taken off what follows its backslash; the backslash itself where it is none.
fn unescape(rest: &mut &[u8]) -> Option<u8> {
    let (&escape, after) = rest.split_first()?;
    let byte = match escape {
        b'\\' | b'\'' | b'"' => escape,
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'x' => return take_hex(rest, 1, 2).map(|byte| byte as u8),
        b'0'..=b'7' => {
            let digits = rest.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            let (octal, after) = rest.split_at(digits);
            *rest = after;
            return Some(octal.iter().fold(0, |value, &digit| value << 3 | (digit - b'0')));
        }
        _ => return Some(b'\\'),
    };
    *rest = after;
    Some(byte)
}

/// BINSTRING and SHORT_BINSTRING: a Python 2 `str`, which Python 3 reads as ASCII.
pub(crate) fn ascii(arena: &mut Arena, input: &mut ByteReader<'_>, width: usize) -> Option<Id> {
    let bytes = input.counted(width)?;
    if !bytes.is_ascii() {
        return arena.fail(LoadErrorKind::Text);
    }
    arena.text(input.bytes, input.at() - bytes.len(), input.at())
}

/// The decimal index of GET and PUT.
pub(crate) fn memo_index(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<u64> {
    match integer::parse_int(input.line()?).and_then(Literal::to_i64) {
        Some(index @ 0..) => Some(index as u64),
        Some(_) => arena.fail(LoadErrorKind::Memo),
        None => arena.fail(LoadErrorKind::Number),
    }
}
