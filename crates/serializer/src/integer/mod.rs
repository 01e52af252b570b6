//! Integers: as ASCII digits, as two's complement, and of any size.

mod big;
mod literal;

pub(crate) use big::{conversion_cost, int_of_literal, push_decimal_of_bytes};
pub(crate) use literal::{Literal, are_digits, is_decimal, parse_int, sign};

/// Appends the decimal digits of `value`.
#[inline]
pub(crate) fn push_decimal(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_digits(value.unsigned_abs(), out);
}

/// Appends the decimal digits of `value`.
#[inline]
pub(crate) fn push_digits(value: u64, out: &mut Vec<u8>) {
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
pub(crate) const fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

/// The shortest little-endian two's complement of `value`, in an array of which the returned count is used.
/// Zero has no bytes, as CPython's LONG1 wants it.
pub(crate) fn to_le_bytes(value: i64) -> ([u8; 8], usize) {
    let bytes = value.to_le_bytes();
    (bytes, minimal(&bytes).len())
}

/// Two's-complement bytes without the sign bytes that carry nothing; zero has none at all.
pub(crate) fn minimal(bytes: &[u8]) -> &[u8] {
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
pub(crate) fn from_le_bytes(bytes: &[u8]) -> Option<i64> {
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
