//! Python's texts: UTF-8, but for lone surrogates, which `surrogatepass` writes as if they were characters (WTF-8).

use crate::LoadErrorKind;

/// What is known of a text after one look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StrKind {
    Ascii,
    Utf8,
    /// UTF-8 but for lone surrogates.
    Surrogates,
}

/// Looks at a text of a pickle.
///
/// # Errors
/// [`LoadErrorKind::Text`] when it is neither UTF-8 nor UTF-8 with lone surrogates.
#[inline]
pub(crate) fn check_str(bytes: &[u8]) -> Result<StrKind, LoadErrorKind> {
    if is_ascii(bytes) { Ok(StrKind::Ascii) } else { check_beyond_ascii(bytes) }
}

/// Almost every text is ASCII: so all of it is looked at, without a branch after each word as in the standard library.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    let seen = words.iter().fold(0, |seen, word| seen | u64::from_le_bytes(*word));
    let last = rest.iter().fold(0, |seen, byte| seen | byte);
    seen & HIGHS == 0 && last < 0x80
}

fn check_beyond_ascii(bytes: &[u8]) -> Result<StrKind, LoadErrorKind> {
    let mut rest = bytes;
    let mut kind = StrKind::Utf8;
    while let Err(error) = core::str::from_utf8(rest) {
        rest = &rest[error.valid_up_to()..];
        let [0xed, 0xa0..=0xbf, 0x80..=0xbf, after @ ..] = rest else { return Err(LoadErrorKind::Text) };
        kind = StrKind::Surrogates;
        rest = after;
    }
    Ok(kind)
}

/// The UTF-16 code units of a text, which was checked.
pub(crate) fn utf16_units(mut text: &[u8], mut each: impl FnMut(u16)) {
    let tail = |byte: u8| u32::from(byte & 0x3f);
    loop {
        let (code, rest) = match *text {
            [lead @ 0..0x80, ref rest @ ..] => (u32::from(lead), rest),
            [lead @ 0..0xe0, second, ref rest @ ..] => (u32::from(lead & 0x1f) << 6 | tail(second), rest),
            [lead @ 0..0xf0, second, third, ref rest @ ..] => {
                (u32::from(lead & 0x0f) << 12 | tail(second) << 6 | tail(third), rest)
            }
            [lead, second, third, fourth, ref rest @ ..] => {
                (u32::from(lead & 0x07) << 18 | tail(second) << 12 | tail(third) << 6 | tail(fourth), rest)
            }
            _ => return,
        };
        if code < 0x1_0000 {
            each(code as u16);
        } else {
            let code = code - 0x1_0000;
            each(0xd800 | (code >> 10) as u16);
            each(0xdc00 | (code & 0x3ff) as u16);
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_bytes() {
        for (text, kind) in [
            (&b""[..], Ok(StrKind::Ascii)),
            (b"0123456789 \0\x7f", Ok(StrKind::Ascii)),
            ("0123456789é".as_bytes(), Ok(StrKind::Utf8)),
            ("é0123456789".as_bytes(), Ok(StrKind::Utf8)),
            (b"a\xed\xa0\x80b\xed\xbf\xbf", Ok(StrKind::Surrogates)),
            (b"01234567\x80", Err(LoadErrorKind::Text)),
            (b"\xed\xa0", Err(LoadErrorKind::Text)),
        ] {
            assert_eq!(check_str(text), kind, "{text:x?}");
        }
    }

    #[test]
    fn every_character_has_its_units() {
        let text: String = ('\0'..=char::MAX).collect();
        let mut units = Vec::new();
        utf16_units(text.as_bytes(), |unit| units.push(unit));
        assert!(units.iter().copied().eq(text.encode_utf16()));
        units.clear();
        utf16_units(b"a\xed\xa0\x80b\xed\xbf\xbf", |unit| units.push(unit));
        assert_eq!(units, [0x61, 0xd800, 0x62, 0xdfff]);
    }
}
