//! Integers that 64 bits do not hold, as little-endian two's complement.

use super::literal::MAX_DECIMAL_DIGITS;
use super::{Literal, minimal};

/// Nine decimal digits fit in a limb of 32 bits.
const DIGITS_PER_LIMB: usize = 9;
const TEN_TO_DIGITS: u32 = 1_000_000_000;

/// More bytes than this have more than [`MAX_DECIMAL_DIGITS`] digits: 10^4300 has 14,285 bits.
const MAX_DECIMAL_BYTES: usize = 14_285 / 8 + 1;

/// The work of [`bytes_of_literal`], in the units of `Budget`: decimal digits go through all limbs so far, nine at a time.
pub(crate) fn conversion_cost(literal: Literal<'_>) -> usize {
    literal.digits.len() + literal.digits.len().saturating_pow(2) / 128
}

/// The number of a literal, which has at most 4300 digits.
pub(crate) fn bytes_of_literal(literal: Literal<'_>) -> Vec<u8> {
    let mut bytes = bytes_of_decimal(literal);
    bytes.push(0);
    if literal.negative {
        negate(&mut bytes);
    }
    let length = minimal(&bytes).len();
    bytes.truncate(length);
    bytes
}

fn bytes_of_decimal(literal: Literal<'_>) -> Vec<u8> {
    let digits: Vec<u8> = literal.significant().collect();
    let mut limbs: Vec<u32> = Vec::new();
    let (first, rest) = digits.split_at(digits.len() % DIGITS_PER_LIMB);
    for chunk in core::iter::once(first).chain(rest.chunks(DIGITS_PER_LIMB)) {
        let mut carry = chunk.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        for limb in &mut limbs {
            carry += u64::from(*limb) * u64::from(TEN_TO_DIGITS);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// Appends the decimal digits of a number; `None`, and nothing is appended, where Python would not read so many.
pub(crate) fn push_decimal_of_bytes(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let bytes = minimal(bytes);
    if bytes.len() > MAX_DECIMAL_BYTES {
        return None;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if negative {
        // The magnitude of the least number of a length needs a bit more.
        magnitude.push(0xff);
        negate(&mut magnitude);
    }
    let digits = decimal_digits(&magnitude);
    if digits.len() > MAX_DECIMAL_DIGITS {
        return None;
    }
    if negative {
        out.push(b'-');
    }
    out.extend(digits.iter().rev());
    Some(())
}

/// The digits of a magnitude, the last one first.
fn decimal_digits(magnitude: &[u8]) -> Vec<u8> {
    let (whole, rest) = magnitude.as_chunks::<4>();
    let mut limbs: Vec<u32> = whole.iter().map(|limb| u32::from_le_bytes(*limb)).collect();
    limbs.push(rest.iter().rfold(0, |limb, byte| limb << 8 | u32::from(*byte)));
    let mut digits = Vec::new();
    loop {
        let mut remainder = 0_u64;
        for limb in limbs.iter_mut().rev() {
            let current = remainder << 32 | u64::from(*limb);
            *limb = (current / u64::from(TEN_TO_DIGITS)) as u32;
            remainder = current % u64::from(TEN_TO_DIGITS);
        }
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        let is_first = limbs.is_empty();
        for _ in 0..DIGITS_PER_LIMB {
            digits.push(b'0' + (remainder % 10) as u8);
            remainder /= 10;
            if is_first && remainder == 0 {
                return digits;
            }
        }
    }
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_int;
    use super::*;

    fn bytes(literal: &str) -> Vec<u8> {
        bytes_of_literal(parse_int(literal.as_bytes()).unwrap())
    }

    fn decimal(bytes: &[u8]) -> String {
        let mut digits = Vec::new();
        push_decimal_of_bytes(bytes, &mut digits).unwrap();
        String::from_utf8(digits).unwrap()
    }

    #[test]
    fn digits_become_bytes_and_bytes_digits() {
        let digits = "1180591620717411303424";
        assert_eq!(bytes(digits), [0, 0, 0, 0, 0, 0, 0, 0, 0x40]);
        assert_eq!(decimal(&bytes(digits)), digits);
        assert_eq!(decimal(&bytes("-1180591620717411303425")), "-1180591620717411303425");
    }

    #[test]
    fn numbers_of_every_length_come_back() {
        for length in 20..200 {
            for first in ["1", "9", "-1", "-9"] {
                for rest in ["0", "9", "123456789"] {
                    let text = format!("{first}{}", &rest.repeat(length)[..length]);
                    assert_eq!(decimal(&bytes(&text)), text);
                }
            }
        }
    }

    #[test]
    fn zero_and_the_least_of_a_length_have_digits() {
        for (bytes, text) in [(&[][..], "0"), (&[0], "0"), (&[0x80], "-128"), (&[0, 0x80], "-32768")] {
            assert_eq!(decimal(bytes), text);
        }
    }

    #[test]
    fn more_digits_than_python_reads_are_not_written() {
        let mut out = Vec::new();
        assert_eq!(push_decimal_of_bytes(&bytes(&"9".repeat(4300)), &mut out), Some(()));
        assert_eq!(out, "9".repeat(4300).as_bytes());
        let mut next = bytes(&"9".repeat(4300));
        next.push(0);
        for byte in &mut next {
            let overflow;
            (*byte, overflow) = byte.overflowing_add(1);
            if !overflow {
                break;
            }
        }
        assert_eq!(push_decimal_of_bytes(&next, &mut out), None);
        assert_eq!(push_decimal_of_bytes(&[1; 5000], &mut out), None);
        assert_eq!(out.len(), 4300);
    }
}
