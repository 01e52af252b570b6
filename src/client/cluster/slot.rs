//! The hash slot of a key: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/>.

/// How many hash slots there are.
pub(crate) const SLOTS: usize = 16_384;

/// The hash slot of a key, prefix included: only its hash tag counts, if it has one.
pub(in crate::client) fn slot(key: &[u8]) -> u16 {
    crc16(tag(key)) % SLOTS as u16
}

/// What is between the first `{` and the next `}`, unless that is nothing.
fn tag(key: &[u8]) -> &[u8] {
    let inside = || {
        let start = key.iter().position(|&byte| byte == b'{')? + 1;
        let length = key[start..].iter().position(|&byte| byte == b'}')?;
        (length > 0).then(|| &key[start..start + length])
    };
    if has_brace(key) { inside().unwrap_or(key) } else { key }
}

/// Whether there is a `{`, eight bytes at a step.
fn has_brace(key: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let (words, rest) = key.as_chunks();
    // A byte is zero where it is `{`; subtracting 1 from it borrows from its highest bit.
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7) != 0;
    words.iter().any(|word| has_zero(u64::from_ne_bytes(*word) ^ (ONES * u64::from(b'{')))) || rest.contains(&b'{')
}

/// CRC-16/XMODEM, two bytes at a step. Without a table: one for a byte adds half a kilobyte to the module, and its loads take
/// as long as computing does.
fn crc16(bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks();
    let crc = pairs.iter().fold(0, |crc, pair| shift(crc ^ u32::from(u16::from_be_bytes(*pair))));
    // A byte is shifted in as the lower half of two, of which the upper is what the CRC makes of it.
    rest.iter().fold(crc, |crc, &byte| (crc << 8 & 0xffff) ^ shift(crc >> 8 ^ u32::from(byte))) as u16
}

/// 16 bits times x¹⁶, modulo x¹⁶ + x¹² + x⁵ + 1.
const fn shift(bits: u32) -> u32 {
    let folded = bits ^ bits >> 4 ^ bits >> 8 ^ bits >> 11 ^ bits >> 12;
    (folded ^ folded << 5 ^ folded << 12) & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the CRC's definition, and slots as `CLUSTER KEYSLOT` of Redis 7.0 gives them.
    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        let cases: [(&[u8], u16); 10] = [
            (b"", 0),
            (b"foo", 12182),
            (b"{foo}:bar", 12182),
            (b"bar{foo}", 12182),
            (b"a{foo}{bar}", 12182),
            (b"foo{}{bar}", 8363),
            (b"{bar", 4015),
            (b"foo{{bar}}zap", 4015),
            (b"somekey", 11058),
            (b"foo{hash_tag}", 2515),
        ];
        for (key, expected) in cases {
            assert_eq!(slot(key), expected, "{}", String::from_utf8_lossy(key));
        }
    }

    #[test]
    fn the_checksum_is_that_of_its_definition() {
        let by_bits = |bytes: &[u8]| {
            bytes.iter().fold(0_u16, |crc, &byte| {
                (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| crc << 1 ^ if crc >> 15 == 1 { 0x1021 } else { 0 })
            })
        };
        for length in 0..=300_usize {
            let bytes: Vec<_> = (0..length).map(|index| (index * 31 + length * 7) as u8).collect();
            assert_eq!(crc16(&bytes), by_bits(&bytes));
        }
    }
}
