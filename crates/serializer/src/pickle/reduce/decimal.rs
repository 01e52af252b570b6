//! The texts of Decimals.

use crate::integer::{self, Literal, are_digits, split_once};

/// Whether it is what `str(Decimal)` writes: to-scientific-string of <https://speleotrove.com/decimal/daconvs.html>.
pub(crate) fn is_decimal(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if let Some(payload) = unsigned.strip_prefix(b"NaN").or_else(|| unsigned.strip_prefix(b"sNaN")) {
        return are_digits(payload) && payload.first() != Some(&b'0');
    }
    match split_once(unsigned, b"E") {
        (_, None) => unsigned == b"Infinity" || is_plain(unsigned),
        (mantissa, Some(exponent)) => is_scientific(mantissa, exponent),
    }
}

/// Digits, with a point where there are decimals; a very small number is not written like this.
fn is_plain(text: &[u8]) -> bool {
    let Some((whole, fraction)) = parts(text) else { return false };
    let zeros = fraction.iter().take_while(|&&byte| byte == b'0').count();
    let most_zeros = if zeros == fraction.len() { 6 } else { 5 };
    is_whole(whole) && (whole != b"0" || zeros <= most_zeros)
}

/// One digit before the point, and an exponent without which zeros would have to be made up.
fn is_scientific(mantissa: &[u8], exponent: &[u8]) -> bool {
    let (Some((whole, fraction)), Some((sign, exponent))) = (parts(mantissa), exponent.split_first()) else {
        return false;
    };
    // Python's own limit is 18 digits.
    if !is_whole(exponent) || exponent.len() > 18 || whole.len() != 1 || !is_whole(whole) {
        return false;
    }
    let size = integer::parse_int(exponent).and_then(Literal::to_i64).unwrap_or_default();
    let is_needed = match sign {
        b'+' => size > fraction.len() as i64,
        b'-' => size > 6,
        _ => false,
    };
    is_needed && (whole != b"0" || fraction.is_empty())
}

/// What stands before the point and behind it; behind a point there are digits.
fn parts(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match split_once(text, b".") {
        (whole, None) => Some((whole, &[])),
        (_, Some(b"")) => None,
        (whole, Some(fraction)) => are_digits(fraction).then_some((whole, fraction)),
    }
}

/// A zero in front stands alone.
fn is_whole(text: &[u8]) -> bool {
    are_digits(text) && !text.is_empty() && (text.len() == 1 || text[0] != b'0')
}

#[cfg(test)]
mod tests {
    use super::is_decimal;

    #[test]
    fn only_what_python_writes_is_a_decimal() {
        for text in [
            "0",
            "-0",
            "0.0",
            "-0.000000",
            "0E-7",
            "0E+3",
            "1E+5",
            "1.5E-7",
            "1.50E+3",
            "0.000001",
            "0.0000012",
            "1.10",
            "200",
            "123456.789",
            "NaN",
            "-sNaN",
            "NaN12",
            "Infinity",
            "-Infinity",
            "9.99E+999999999999999999",
        ] {
            assert!(is_decimal(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "-",
            "+1",
            "00",
            "01",
            "00.1",
            "200.",
            ".5",
            "1e5",
            "1E5",
            "1E+05",
            "1.E+5",
            "1.5E+1",
            "15E+3",
            "0.0E+3",
            "0.0000001",
            "0.0000000",
            "1E-6",
            "1E+0",
            "NaN0",
            "NaN1x",
            "inf",
            "Infinity1",
            "1_0",
            "1 ",
            "1.2.3",
            "1E+",
            "1E+1000000000000000000",
        ] {
            assert!(!is_decimal(text.as_bytes()), "{text}");
        }
    }
}
