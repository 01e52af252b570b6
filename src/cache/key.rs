//! Keys on the wire, and patterns that match all keys of a prefix.

/// The key on the wire: the prefix, then the key (cachelib 0.17 `redis.py`, `_get_prefix() + key`).
#[must_use]
pub fn prefixed(prefix: &[u8], key: &[u8]) -> Vec<u8> {
    [prefix, key].concat()
}

/// The pattern of SCAN that matches exactly the keys which start with `prefix`, whatever its characters.
///
/// cachelib passes the prefix on as it is, so that its `clear` with the prefix `app[1]:` deletes `app1:x`. Glob rules:
/// <https://redis.io/docs/latest/commands/keys/>.
#[must_use]
pub fn pattern(prefix: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(prefix.len() + 1);
    for &byte in prefix {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern.push(b'*');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_stands_before_the_key_and_both_may_be_empty() {
        assert_eq!(prefixed(b"p:", b"k"), b"p:k");
        assert_eq!(prefixed(b"", b""), b"");
    }

    #[test]
    fn glob_characters_of_a_prefix_match_only_themselves() {
        assert_eq!(pattern(b"app[1]:"), br"app\[1\]:*");
        assert_eq!(pattern(br"a*b?c\d[^e-f]"), br"a\*b\?c\\d\[\^e\-f\]*");
    }
}
