//! Python's integer literals: what `int(bytes)` accepts.

/// CPython refuses longer decimal numbers (`sys.int_info.default_max_str_digits`).
pub(crate) const MAX_DECIMAL_DIGITS: usize = 4300;

/// A literal that follows Python's grammar, not yet a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Literal<'a> {
    /// A minus sign stands before it.
    pub(crate) negative: bool,
    /// The digits, at least one; single underscores may stand between them.
    pub(crate) digits: &'a [u8],
}

impl Literal<'_> {
    /// The number, when it fits.
    pub(crate) fn to_i64(self) -> Option<i64> {
        let mut value = 0_i64;
        for digit in self.significant() {
            let digit = i64::from(digit - b'0');
            let shifted = value.checked_mul(10)?;
            value = if self.negative { shifted.checked_sub(digit)? } else { shifted.checked_add(digit)? };
        }
        Some(value)
    }

    /// The digits without underscores and leading zeros; none for zero.
    pub(crate) fn significant(self) -> impl Iterator<Item = u8> {
        self.digits.iter().copied().filter(|&byte| byte != b'_').skip_while(|&byte| byte == b'0')
    }
}

/// What Python's `int(bytes)` reads; `None` where it raises ValueError.
pub(crate) fn parse_int(bytes: &[u8]) -> Option<Literal<'_>> {
    let (negative, digits) = sign(trim(bytes));
    let mut count = 0;
    let mut last = b'_';
    for &byte in digits {
        match byte {
            b'0'..=b'9' => count += 1,
            b'_' if last != b'_' => {}
            _ => return None,
        }
        last = byte;
    }
    (last != b'_' && count <= MAX_DECIMAL_DIGITS).then_some(Literal { negative, digits })
}

/// Takes off white space as C's `isspace` sees it.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t'..=b'\r', rest @ ..] | [rest @ .., b' ' | b'\t'..=b'\r'] = bytes {
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
fn split_once<'a>(text: &'a [u8], separators: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match text.iter().position(|byte| separators.contains(byte)) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

pub(crate) fn are_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// Whether it is a decimal number without a sign: `1`, `1.`, `.5`, `1.5`, each with an optional exponent.
pub(crate) fn is_decimal(text: &[u8]) -> bool {
    let (mantissa, exponent) = split_once(text, b"eE");
    let (whole, fraction) = split_once(mantissa, b".");
    let fraction = fraction.unwrap_or_default();
    let is_exponent = exponent.is_none_or(|exponent| {
        let (_, digits) = sign(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    are_digits(whole) && are_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && is_exponent
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
