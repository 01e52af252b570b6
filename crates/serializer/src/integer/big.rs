//! Integers that 64 bits do not hold, as little-endian two's complement.

use super::literal::MAX_DECIMAL_DIGITS;
use super::{Literal, minimal};
use crate::Value;

/// Nine decimal digits fit in a limb of 32 bits.
const DIGITS_PER_LIMB: usize = 9;
const TEN_TO_DIGITS: u32 = 1_000_000_000;

/// More bytes than this have more than [`MAX_DECIMAL_DIGITS`] digits: 10^4300 has 14,285 bits.
const MAX_DECIMAL_BYTES: usize = 14_285 / 8 + 1;

/// The work of [`int_of_literal`], in the units of `Budget`: decimal digits go through all limbs so far, nine at a time.
pub(crate) fn conversion_cost(literal: Literal<'_>) -> usize {
    let decimal = if literal.radix == 10 { literal.digits.len().saturating_pow(2) / 128 } else { 0 };
    literal.digits.len() + decimal
}

/// The number of a literal, however long. Linear in its length, but for decimal digits, of which there are at most 4300.
pub(crate) fn int_of_literal(literal: Literal<'_>) -> Value {
    if let Some(value) = literal.to_i64() {
        return Value::Int(value);
    }
    let mut bytes = match literal.radix {
        2 => pack_bits(literal.digits, 2, 1),
        8 => pack_bits(literal.digits, 8, 3),
        16 => pack_bits(literal.digits, 16, 4),
        _ => bytes_of_decimal(literal),
    };
    bytes.push(0);
    if literal.negative {
        negate(&mut bytes);
    }
    let length = minimal(&bytes).len();
    bytes.truncate(length);
    Value::BigInt(bytes)
}

/// The digits of a radix that is a power of two, `bits` each.
fn pack_bits(digits: &[u8], radix: u32, bits: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() * bits as usize / 8 + 2);
    let (mut pending, mut count) = (0_u32, 0);
    for digit in digits.iter().rev().filter_map(|&digit| char::from(digit).to_digit(radix)) {
        pending |= digit << count;
        count += bits;
        if count >= 8 {
            bytes.push(pending as u8);
            pending >>= 8;
            count -= 8;
        }
    }
    bytes.push(pending as u8);
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
    use super::super::parse_int_any_radix;
    use super::*;

    fn bytes(literal: &str) -> Vec<u8> {
        match int_of_literal(parse_int_any_radix(literal.as_bytes()).unwrap()) {
            Value::BigInt(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }

    fn decimal(bytes: &[u8]) -> String {
        let mut digits = Vec::new();
        push_decimal_of_bytes(bytes, &mut digits).unwrap();
        String::from_utf8(digits).unwrap()
    }

    #[test]
    fn every_radix_gives_the_same_number() {
        let decimal_form = "1180591620717411303424";
        for literal in [
            decimal_form.to_owned(),
            "0x40_0000_0000_0000_0000".to_owned(),
            format!("0o2{}", "0".repeat(23)),
            format!("0b00001{}", "0".repeat(70)),
        ] {
            assert_eq!(bytes(&literal), [0, 0, 0, 0, 0, 0, 0, 0, 0x40], "{literal}");
        }
        assert_eq!(decimal(&bytes(decimal_form)), decimal_form);
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
