//! JSON text: what it can say of a Python value, and the markers for the rest (see `js/serializer/revive.js`).

use super::Reason;
use super::integer::{Literal, push_decimal, push_digits};
use super::push_slice;
use core::ops::Range;

/// The largest int that is exact as a JavaScript number.
const MAX_SAFE: i64 = (1 << 53) - 1;

/// Appends the start of a marker: an array whose first item is U+0000 and the letter that names its kind.
pub(super) fn push_marker(kind: u8, text: &mut Vec<u8>) {
    text.extend_from_slice(b"[\"\\u0000");
    text.extend_from_slice(&[kind, b'"']);
}

/// Appends an int; answers whether it took a marker.
pub(super) fn push_int(value: i64, text: &mut Vec<u8>) -> bool {
    let safe = (-MAX_SAFE..=MAX_SAFE).contains(&value);
    if safe {
        push_decimal(value, text);
    } else {
        push_marker(if value < 0 { b'j' } else { b'i' }, text);
        text.extend_from_slice(b",\"");
        push_digits(value.unsigned_abs(), text);
        text.extend_from_slice(b"\"]");
    }
    !safe
}

/// Appends an int of more than 64 bits, given in little-endian two's complement; always answers that it took a marker.
pub(super) fn push_long(bytes: &[u8], text: &mut Vec<u8>) -> bool {
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    push_marker(if negative { b'j' } else { b'i' }, text);
    text.extend_from_slice(b",\"0x");
    let start = text.len();
    text.resize(start + bytes.len() * 2, 0);
    let mut carry = true;
    for (byte, digits) in bytes.iter().zip(text[start..].rchunks_exact_mut(2)) {
        let mut magnitude = *byte;
        if negative {
            (magnitude, carry) = (!magnitude).overflowing_add(u8::from(carry));
        }
        digits.copy_from_slice(&hex(magnitude));
    }
    text.extend_from_slice(b"\"]");
    true
}

/// Appends a point in time, given in microseconds since 1970, of which JavaScript keeps the milliseconds; always answers
/// that it took a marker.
pub(super) fn push_date(micros: i64, text: &mut Vec<u8>) -> bool {
    push_marker(b'd', text);
    text.push(b',');
    push_decimal(micros.div_euclid(1000), text);
    text.push(b']');
    true
}

/// Appends an int from its literal; answers whether it took a marker.
pub(super) fn push_literal(literal: Literal<'_>, text: &mut Vec<u8>) -> bool {
    if let Some(value) = literal.to_i64() {
        return push_int(value, text);
    }
    push_marker(if literal.negative { b'j' } else { b'i' }, text);
    text.extend_from_slice(b",\"");
    text.extend_from_slice(match literal.radix {
        2 => b"0b",
        8 => b"0o",
        16 => b"0x",
        _ => b"",
    });
    text.extend(literal.significant());
    text.extend_from_slice(b"\"]");
    true
}

/// Appends a float; answers whether it took a marker.
///
/// Text is used where it is exact without a printing algorithm: when `n / 10^k` gives the float back, for an integer `n`
/// below 2⁵³, its decimals are those of `n`, since IEEE division of two exact numbers rounds as reading the text does. Else
/// 17 significant digits, correctly rounded in 128 bits, where the exponent allows it.
pub(super) fn push_float(value: f64, text: &mut Vec<u8>) -> bool {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-5..1e17).contains(&magnitude) {
        if value.is_sign_negative() {
            text.push(b'-');
        }
        let (digits, places) = short_decimal(magnitude).unwrap_or_else(|| long_decimal(magnitude));
        push_places(digits, places, text);
        return false;
    }
    if magnitude.is_infinite() {
        // Every JSON parser rounds this to infinity.
        text.extend_from_slice(if value > 0.0 { b"1e999" } else { b"-1e999" });
        return false;
    }
    if value.is_nan() {
        push_marker(b'n', text);
    } else {
        let bits = value.to_bits();
        push_marker(b'f', text);
        text.push(b',');
        push_digits(bits >> 32, text);
        text.push(b',');
        push_digits(u64::from(bits as u32), text);
    }
    text.push(b']');
    true
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// `n` and `k` with `n / 10^k == value` and `n` below 2⁵³, for the smallest such `k`.
fn short_decimal(value: f64) -> Option<(u64, usize)> {
    for (places, power) in POWERS.iter().enumerate() {
        let scaled = value * power + 0.5;
        if scaled >= MAX_SAFE as f64 {
            return None;
        }
        let digits = scaled as u64;
        if digits as f64 / power == value {
            return Some((digits, places));
        }
    }
    None
}

/// `value`, at least 1e-5 and below 1e17, as 17 or 18 significant digits: enough to tell any two floats apart.
fn long_decimal(value: f64) -> (u64, usize) {
    let mut places = 0;
    while value * POWERS[places] < 1e16 {
        places += 1;
    }
    let bits = value.to_bits();
    let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    let exponent = (bits >> 52) as i32 - 1075;
    // The mantissa has 53 bits, 10^22 has 74, and the exponent is above -70.
    let low = places.min(19);
    let scaled = mantissa * u128::from(10_u64.pow(low as u32)) * u128::from(10_u64.pow((places - low) as u32));
    if exponent >= 0 {
        return ((scaled << exponent) as u64, places);
    }
    let half = 1_u128 << (-exponent - 1);
    (((scaled + half) >> -exponent) as u64, places)
}

/// Appends `digits` with a point before the last `places` of them.
fn push_places(digits: u64, places: usize, text: &mut Vec<u8>) {
    let start = text.len();
    push_digits(digits, text);
    if places == 0 {
        return;
    }
    let length = text.len() - start;
    if length <= places {
        let missing = places + 1 - length;
        text.splice(start..start, core::iter::repeat_n(b'0', missing));
    }
    text.insert(text.len() - places, b'.');
}

/// Appends bytes to `side` and a marker for their range to `text`; always answers that it took a marker.
pub(super) fn push_range(kind: u8, bytes: &[u8], side: &mut Vec<u8>, text: &mut Vec<u8>) -> bool {
    push_marker(kind, text);
    text.push(b',');
    push_digits(side.len() as u64, text);
    text.push(b',');
    push_digits(bytes.len() as u64, text);
    text.push(b']');
    side.extend_from_slice(bytes);
    true
}

/// What is known of a text after one look at it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    /// ASCII that JSON takes as it is.
    Plain,
    /// UTF-8.
    Utf8,
    /// UTF-8 but for lone surrogates, as Python's `surrogatepass` writes them.
    Surrogates,
}

/// Looks at a text of a pickle.
///
/// # Errors
/// [`Reason::Text`] when it is neither UTF-8 nor UTF-8 with lone surrogates.
#[inline]
pub(super) fn check_text(bytes: &[u8]) -> Result<TextKind, Reason> {
    if next_special(bytes, true) == bytes.len() {
        return Ok(TextKind::Plain);
    }
    let mut rest = bytes;
    let mut kind = TextKind::Utf8;
    while let Err(error) = core::str::from_utf8(rest) {
        rest = &rest[error.valid_up_to()..];
        let [0xed, 0xa0..=0xbf, 0x80..=0xbf, after @ ..] = rest else { return Err(Reason::Text) };
        kind = TextKind::Surrogates;
        rest = after;
    }
    Ok(kind)
}

/// Appends a text, a range of `source`, as a JSON string without its closing quote.
#[inline]
pub(super) fn push_string(source: &[u8], range: Range<usize>, kind: TextKind, text: &mut Vec<u8>) {
    text.push(b'"');
    if kind == TextKind::Plain {
        push_slice(source, range, text);
    } else {
        push_escaping(&source[range], kind, text);
    }
}

/// Appends a text, escaped as JSON wants it.
pub(super) fn push_escaping(mut bytes: &[u8], kind: TextKind, text: &mut Vec<u8>) {
    loop {
        let run = next_special(bytes, kind == TextKind::Surrogates);
        text.extend_from_slice(&bytes[..run]);
        bytes = &bytes[run..];
        let Some(&byte) = bytes.first() else { return };
        bytes = &bytes[push_escaped(byte, bytes, text)..];
    }
}

/// Appends the character at the head of `bytes`, escaped where JSON wants it; answers its length.
fn push_escaped(byte: u8, bytes: &[u8], text: &mut Vec<u8>) -> usize {
    match byte {
        b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
        b'\n' => text.extend_from_slice(b"\\n"),
        0..0x20 => {
            text.extend_from_slice(b"\\u00");
            text.extend_from_slice(&hex(byte));
        }
        0xed if bytes[1] >= 0xa0 => {
            // Three bytes 1110xxxx 10xxxxxx 10xxxxxx of a surrogate.
            text.extend_from_slice(b"\\u");
            text.extend_from_slice(&hex(0xd0 | bytes[1] >> 2 & 0x0f));
            text.extend_from_slice(&hex(bytes[1] << 6 | bytes[2] & 0x3f));
            return 3;
        }
        _ => text.push(byte),
    }
    1
}

pub(super) const fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// Where the first byte stands that JSON escapes or, if asked for, that is not ASCII; the length if there is none.
#[inline]
fn next_special(bytes: &[u8], beyond_ascii: bool) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\' || (beyond_ascii && byte >= 0x80);
    let (words, _) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // A byte x is zero where (x - 1) & !x has its high bit: exact for the lowest such byte, which is all that counts.
        let zero = |x: u64| x.wrapping_sub(ONES) & !x;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found =
            control | zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c)) | if beyond_ascii { word } else { 0 };
        if found & HIGHS != 0 {
            return at + ((found & HIGHS).trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + bytes[at..].iter().position(|&byte| special(byte)).unwrap_or(bytes.len() - at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_come_back_from_their_text() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for round in 0..300_000 {
            let value = match round % 4 {
                0 => f64::from_bits(next()),
                1 => (next() % 1_000_000_000) as f64 / 1000.0,
                2 => (next() as f64 / u64::MAX as f64) * 1e6,
                _ => f64::from_bits(((1023 - 20 + next() % 80) << 52) | (next() >> 12)),
            };
            let mut text = Vec::new();
            if !push_float(value, &mut text) {
                let text = core::str::from_utf8(&text).unwrap();
                assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{text}");
            }
        }
    }

    #[test]
    fn floats_of_everyday_have_their_shortest_text() {
        for (value, expected) in
            [(2.75, "2.75"), (-0.0, "-0"), (0.5, "0.5"), (1e16, "10000000000000000"), (0.00001, "0.00001"), (5.0, "5")]
        {
            let mut text = Vec::new();
            assert!(!push_float(value, &mut text));
            assert_eq!(core::str::from_utf8(&text).unwrap(), expected);
        }
    }

    #[test]
    fn specials_are_found_wherever_they_stand() {
        for special in [0_u8, 10, 0x1f, b'"', b'\\', 0x80, 0xff] {
            for length in 0..20 {
                for at in 0..length {
                    let mut bytes = vec![b' '; length];
                    bytes[at] = special;
                    assert_eq!(next_special(&bytes, true), at);
                    assert_eq!(next_special(&bytes, false), if special < 0x80 { at } else { length });
                }
            }
        }
    }
}
