//! Python's integer literals: what `int(bytes)` and the text opcodes of old pickles accept.

/// CPython refuses longer decimal numbers (`sys.int_info.default_max_str_digits`).
const MAX_DECIMAL_DIGITS: usize = 4300;

/// A literal that follows Python's grammar, not yet a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal<'a> {
    /// A minus sign stands before it.
    pub(super) negative: bool,
    /// 2, 8, 10 or 16.
    pub(super) radix: u32,
    /// The digits, at least one; single underscores may stand between them.
    pub(super) digits: &'a [u8],
}

impl Literal<'_> {
    /// The number, when it fits.
    pub(super) fn to_i64(self) -> Option<i64> {
        let mut value = 0_i64;
        for digit in self.significant() {
            let digit = i64::from((digit as char).to_digit(self.radix)?);
            let shifted = value.checked_mul(i64::from(self.radix))?;
            value = if self.negative { shifted.checked_sub(digit)? } else { shifted.checked_add(digit)? };
        }
        Some(value)
    }

    /// The digits without underscores and leading zeros; none for zero.
    pub(super) fn significant(self) -> impl Iterator<Item = u8> {
        self.digits.iter().copied().filter(|&byte| byte != b'_').skip_while(|&byte| byte == b'0')
    }
}

/// What Python's `int(bytes)` reads, as a literal of radix 10; `None` where it raises ValueError.
pub(super) fn parse_int(bytes: &[u8]) -> Option<Literal<'_>> {
    let (negative, digits) = sign(trim(bytes));
    check(Literal { negative, radix: 10, digits }, digits)
}

/// What Python's `int(text, 0)` reads: also `0x`, `0o` and `0b`, but no leading zeros before decimal digits.
pub(super) fn parse_int_any_radix(bytes: &[u8]) -> Option<Literal<'_>> {
    let (negative, digits) = sign(trim(bytes));
    let radix = match digits {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 10,
    };
    if radix == 10 {
        let literal = check(Literal { negative, radix, digits }, digits)?;
        let padded = digits.len() > 1 && digits[0] == b'0' && literal.significant().next().is_some();
        return (!padded).then_some(literal);
    }
    // One underscore may follow the prefix.
    let digits = &digits[2..];
    let digits = digits.strip_prefix(b"_").unwrap_or(digits);
    check(Literal { negative, radix, digits }, digits)
}

/// Takes off white space as C's `isspace` sees it, in front.
pub(super) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t'..=b'\r', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// The same at both ends.
fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = trim_start(bytes);
    while let [rest @ .., b' ' | b'\t'..=b'\r'] = bytes {
        bytes = rest;
    }
    bytes
}

const fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

fn check<'a>(literal: Literal<'a>, digits: &[u8]) -> Option<Literal<'a>> {
    let mut count = 0;
    let mut last = b'_';
    for &byte in digits {
        if byte == b'_' {
            if last == b'_' {
                return None;
            }
        } else {
            (byte as char).to_digit(literal.radix)?;
            count += 1;
        }
        last = byte;
    }
    let limited = literal.radix == 10 && count > MAX_DECIMAL_DIGITS;
    (last != b'_' && !limited).then_some(literal)
}

/// Appends the decimal digits of `value`.
#[inline]
pub(super) fn push_decimal(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_digits(value.unsigned_abs(), out);
}

/// Appends the decimal digits of `value`.
#[inline]
pub(super) fn push_digits(value: u64, out: &mut Vec<u8>) {
    const EIGHT: u64 = 100_000_000;
    const ASCII: u64 = 0x3030_3030_3030_3030;
    if value >= EIGHT {
        push_digits(value / EIGHT, out);
        let digits = eight_digits((value % EIGHT) as u32) | ASCII;
        return out.extend_from_slice(&digits.to_le_bytes());
    }
    let digits = eight_digits(value as u32);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    out.extend_from_slice(&((digits | ASCII) >> (zeros * 8)).to_le_bytes());
    out.truncate(out.len() - zeros as usize);
}

/// The eight decimal digits of a number below 10⁸ as the bytes of a word, the first in the lowest: halves, quarters and
/// digits are split off in parallel, with multiplications that divide.
#[inline]
const fn eight_digits(value: u32) -> u64 {
    let halves = (value / 10_000) as u64 | ((value % 10_000) as u64) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let quarters = hundreds | (halves - hundreds * 100) << 16;
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (quarters - tens * 10) << 8
}

/// The two hexadecimal digits of a byte.
pub(super) const fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// The shortest little-endian two's complement of `value`, in an array of which the returned count is used.
/// Zero has no bytes, as CPython's LONG1 wants it.
pub(super) fn to_le_bytes(value: i64) -> ([u8; 8], usize) {
    let bytes = value.to_le_bytes();
    (bytes, minimal(&bytes).len())
}

/// Two's-complement bytes without the sign bytes that carry nothing; zero has none at all.
pub(super) fn minimal(bytes: &[u8]) -> &[u8] {
    let mut used = bytes;
    while let [rest @ .., last] = used {
        let fill = if rest.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
        if *last != fill || (fill == 0xff && rest.is_empty()) {
            break;
        }
        used = rest;
    }
    used
}

/// The number of little-endian two's-complement bytes, when it fits.
pub(super) fn from_le_bytes(bytes: &[u8]) -> Option<i64> {
    let bytes = minimal(bytes);
    if bytes.len() > 8 {
        return None;
    }
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut whole = [fill; 8];
    whole[..bytes.len()].copy_from_slice(bytes);
    Some(i64::from_le_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CPython 3.11 answers.
    #[test]
    fn int_of_bytes_follows_python() {
        let number = |text: &str| parse_int(text.as_bytes()).and_then(Literal::to_i64);
        for (text, value) in [
            ("1", 1),
            ("-5", -5),
            (" \t\n\x0b\x0c\r7 ", 7),
            ("+3", 3),
            ("1_000", 1000),
            ("007", 7),
            ("0_7", 7),
            ("-0", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(number(text), Some(value), "{text:?}");
        }
        for text in ["", " ", "1__0", "_1", "1_", "1.5", "0x10", "+-1", "- 1", "1 2", "1\0", "\x1f1", "１"] {
            assert_eq!(parse_int(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn python_refuses_more_than_4300_digits() {
        assert!(parse_int("9".repeat(4300).as_bytes()).is_some());
        assert!(parse_int("9".repeat(4301).as_bytes()).is_none());
        assert!(parse_int("0".repeat(4301).as_bytes()).is_none());
    }

    #[test]
    fn digits_are_those_of_the_number() {
        let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
        for value in
            powers.flat_map(|power| [power - 1, power, power + 1, power / 3 * 5]).chain([u64::MAX]).chain(0..20_000)
        {
            let mut text = Vec::new();
            push_digits(value, &mut text);
            assert_eq!(String::from_utf8(text).unwrap(), value.to_string());
        }
    }

    #[test]
    fn twos_complement_comes_back_and_is_minimal() {
        for value in [0, 1, -1, 127, 128, -128, -129, 255, 256, 1 << 31, -(1 << 31), i64::MAX, i64::MIN] {
            let (bytes, length) = to_le_bytes(value);
            assert_eq!(from_le_bytes(&bytes[..length]), Some(value));
        }
        assert_eq!(to_le_bytes(-1).1, 1);
        assert_eq!(to_le_bytes(0).1, 0);
        assert_eq!(to_le_bytes(128).1, 2);
        assert_eq!(to_le_bytes(-128).1, 1);
        assert_eq!(from_le_bytes(&[0xff; 9]), Some(-1));
        assert_eq!(from_le_bytes(&[0, 0, 0, 0, 0, 0, 0, 0x80, 0]), None);
    }
}
