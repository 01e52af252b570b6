//! Python's integer literals: what `int(bytes)` and the text opcodes of old pickles accept.

/// CPython refuses longer decimal numbers (`sys.int_info.default_max_str_digits`).
pub(crate) const MAX_DECIMAL_DIGITS: usize = 4300;

/// A literal that follows Python's grammar, not yet a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    /// A minus sign stands before it.
    pub(crate) negative: bool,
    /// 2, 8, 10 or 16.
    pub(crate) radix: u32,
    /// The digits, at least one; single underscores may stand between them.
    pub(crate) digits: &'a [u8],
}

impl Literal<'_> {
    /// The number, when it fits.
    pub(crate) fn to_i64(self) -> Option<i64> {
        let mut value = 0_i64;
        for digit in self.significant() {
            let digit = i64::from((digit as char).to_digit(self.radix)?);
            let shifted = value.checked_mul(i64::from(self.radix))?;
            value = if self.negative { shifted.checked_sub(digit)? } else { shifted.checked_add(digit)? };
        }
        Some(value)
    }

    /// What Python and JavaScript write before the digits.
    pub(crate) const fn prefix(self) -> &'static [u8] {
        match self.radix {
            2 => b"0b",
            8 => b"0o",
            16 => b"0x",
            _ => b"",
        }
    }

    /// The digits without underscores and leading zeros; none for zero.
    pub(crate) fn significant(self) -> impl Iterator<Item = u8> {
        self.digits.iter().copied().filter(|&byte| byte != b'_').skip_while(|&byte| byte == b'0')
    }
}

/// What Python's `int(bytes)` reads, as a literal of radix 10; `None` where it raises ValueError.
pub(crate) fn parse_int(bytes: &[u8]) -> Option<Literal<'_>> {
    let (negative, digits) = sign(trim(bytes));
    check(Literal { negative, radix: 10, digits }, digits)
}

/// What Python's `int(text, 0)` reads: also `0x`, `0o` and `0b`, but no leading zeros before decimal digits.
pub(crate) fn parse_int_any_radix(bytes: &[u8]) -> Option<Literal<'_>> {
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
pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
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

/// Whether a minus sign stands in front, and what follows the sign.
pub(crate) const fn sign(bytes: &[u8]) -> (bool, &[u8]) {
    match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    }
}

/// What stands before the first of these bytes, and behind it.
pub(crate) fn split_once<'a>(text: &'a [u8], separators: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match text.iter().position(|byte| separators.contains(byte)) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

pub(crate) fn are_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
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
}
