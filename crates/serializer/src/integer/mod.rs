//! Integers: as ASCII digits, as two's complement, and of any size.

mod big;
mod literal;

pub(crate) use big::{bytes_of_literal, conversion_cost, push_decimal_of_bytes};
pub(crate) use literal::{Literal, are_digits, is_decimal, parse_int, sign};

/// Appends the decimal digits of `value`.
pub(crate) fn push_decimal(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let start = out.len();
    let mut rest = value.unsigned_abs();
    loop {
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            return out[start..].reverse();
        }
    }
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
        let powers = (0..19).map(|exponent| 10_i64.pow(exponent)).flat_map(|power| [power - 1, power, -power]);
        for value in powers.chain([i64::MAX, i64::MIN, 10, 42, -305]) {
            let mut text = Vec::new();
            push_decimal(value, &mut text);
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
