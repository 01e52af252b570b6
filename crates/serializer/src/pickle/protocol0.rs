//! The arguments that protocols 0 and 1 spell out as text.

use super::arena::Arena;
use super::byte_reader::ByteReader;
use super::node::{Id, Kind, SCRATCH, text_flags};
use core::cmp::Ordering;

use crate::LoadErrorKind;
use crate::integer::{self, Literal, are_digits, split_once};
use crate::wtf8::check_str;

/// INT: C's `strtol` with base 0, else Python's `int(text, 0)`; two characters that make 0 or 1 are a bool, as protocols 0
/// and 1 write them.
pub(crate) fn int(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let line = input.line()?;
    let text = c_string(line);
    // To `strtol` nothing is 0; only a line of nothing at all is refused.
    let id = match c_octal(text) {
        _ if text.is_empty() && !line.is_empty() => arena.int(0)?,
        Some(value) => arena.int(value)?,
        None => literal(arena, input, text)?,
    };
    let by_c = text.last().is_none_or(u8::is_ascii_alphanumeric) && !text.contains(&b'_');
    Some(match id.as_small() {
        Some(0) if by_c && line.len() == 2 => Id::FALSE,
        Some(1) if by_c && line.len() == 2 => Id::TRUE,
        _ => id,
    })
}

/// LONG: Python's `int(text, 0)`, where the line may end in `L`.
pub(crate) fn long(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let line = input.line()?;
    literal(arena, input, c_string(line.strip_suffix(b"L").unwrap_or(line)))
}

/// What C takes a line for: a NUL ends it.
fn c_string(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == 0).next().unwrap_or(line)
}

fn literal(arena: &mut Arena, input: &ByteReader<'_>, text: &[u8]) -> Option<Id> {
    let Some(literal) = integer::parse_int_any_radix(text) else { return arena.fail(LoadErrorKind::Number) };
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

/// A leading zero makes octal for C, where Python refuses it.
fn c_octal(line: &[u8]) -> Option<i64> {
    let (negative, digits) = integer::sign(integer::trim_start(line));
    let octal = digits.len() > 1 && digits[0] == b'0' && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    if octal { Literal { negative, radix: 8, digits }.to_i64() } else { None }
}

/// FLOAT: what C's `strtod` reads, without its hexadecimal form.
pub(crate) fn float(arena: &mut Arena, input: &mut ByteReader<'_>) -> Option<Id> {
    let line = c_string(input.line()?);
    let (is_negative, unsigned) = integer::sign(line);
    let named = |name: &[u8]| unsigned.eq_ignore_ascii_case(name);
    if named(b"inf") || named(b"infinity") {
        let infinity = if is_negative { f64::NEG_INFINITY } else { f64::INFINITY };
        return arena.add_wide(Kind::Float, infinity.to_bits().cast_signed());
    }
    if named(b"nan") {
        return arena.add_wide(Kind::Float, f64::NAN.to_bits().cast_signed());
    }
    if !is_decimal_float(unsigned) || overflows(unsigned) {
        return arena.fail(LoadErrorKind::Number);
    }
    range_of(Kind::FloatText, arena, input, line)
}

/// Whether a decimal float rounds to infinity, which Python refuses: only `inf` is infinite.
fn overflows(text: &[u8]) -> bool {
    /// Where rounding to the largest float ends, without its point.
    const LIMIT: &[u8] = b"1797693134862315808";
    let (mantissa, exponent) = split_once(text, b"eE");
    let point = split_once(mantissa, b".").0.len();
    let Some(first) = mantissa.iter().position(|byte| (b'1'..=b'9').contains(byte)) else { return false };
    // The number is 0.ddd… × 10^magnitude.
    let before_point = if first < point { (point - first) as i64 } else { 1 - (first - point) as i64 };
    let exponent = exponent.and_then(integer::parse_int);
    let (value, is_negative) = exponent.map_or((Some(0), false), |literal| (literal.to_i64(), literal.negative));
    let Some(magnitude) = value.and_then(|value| value.checked_add(before_point)) else { return !is_negative };
    let digits = mantissa[first..].iter().filter(|&&byte| byte != b'.');
    magnitude > 309 || (magnitude == 309 && digits.cmp(LIMIT) != Ordering::Less)
}

/// `1`, `1.`, `.5`, `1.5`, each with an optional exponent.
fn is_decimal_float(text: &[u8]) -> bool {
    let (mantissa, exponent) = split_once(text, b"eE");
    let (whole, fraction) = split_once(mantissa, b".");
    let fraction = fraction.unwrap_or_default();
    let is_exponent = exponent.is_none_or(|exponent| {
        let (_, digits) = integer::sign(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    are_digits(whole) && are_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && is_exponent
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
    match integer::parse_int(c_string(input.line()?)).and_then(Literal::to_i64) {
        Some(index @ 0..) => Some(index as u64),
        Some(_) => arena.fail(LoadErrorKind::Memo),
        None => arena.fail(LoadErrorKind::Number),
    }
}
