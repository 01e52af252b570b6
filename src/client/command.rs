//! The keys of a command that this crate has encoded.

/// The keys that a command reads or writes.
#[derive(Clone, Copy)]
pub(super) enum Keys<'a> {
    /// Those of these arguments.
    Some(Arguments<'a>),
    /// All keys of the database.
    All,
}

/// The arguments of an encoded command, as far as they are keys.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a> {
    rest: &'a [u8],
    left: usize,
}

/// The keys of an encoded command, by its name. <https://redis.io/docs/latest/commands/command/> tells where keys stand.
pub(super) fn keys(command: &[u8]) -> Keys<'_> {
    let mut arguments = Arguments { rest: command, left: usize::MAX };
    arguments.skip_header();
    arguments.left = match arguments.next().unwrap_or_default() {
        b"GET" | b"SET" | b"EXISTS" | b"INCRBY" => 1,
        b"MGET" | b"DEL" | b"UNLINK" => usize::MAX,
        b"FLUSHDB" => return Keys::All,
        _ => 0,
    };
    Keys::Some(arguments)
}

impl<'a> Arguments<'a> {
    /// Takes the number of a header such as `$3\r\n`.
    fn skip_header(&mut self) -> Option<usize> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let digits = self.rest.get(1..end.checked_sub(1)?)?;
        self.rest = &self.rest[end + 1..];
        Some(digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
    }
}

impl<'a> Iterator for Arguments<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let length = self.skip_header()?;
        let argument = self.rest.get(..length)?;
        self.rest = self.rest.get(length + 2..).unwrap_or_default();
        Some(argument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys_of(command: &str) -> Option<Vec<String>> {
        match keys(command.replace(' ', "\r\n").as_bytes()) {
            Keys::All => None,
            Keys::Some(keys) => Some(keys.map(|key| String::from_utf8_lossy(key).into_owned()).collect()),
        }
    }

    #[test]
    fn keys_are_found_by_the_commands_name() {
        assert_eq!(keys_of("*2 $3 GET $1 a "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*5 $3 SET $1 a $1 v $2 EX $1 1 "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*3 $4 MGET $1 a $11 bbbbbbbbbbb "), Some(vec!["a".into(), "bbbbbbbbbbb".into()]));
        assert_eq!(keys_of("*4 $4 SCAN $1 0 $5 MATCH $2 p* "), Some(vec![]));
        assert_eq!(keys_of("*1 $4 PING "), Some(vec![]));
        assert_eq!(keys_of("*1 $7 FLUSHDB "), None);
        assert_eq!(keys_of(""), Some(vec![]));
    }
}
