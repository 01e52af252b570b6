//! The keys of a command that this crate has encoded.

/// The keys that a command reads or writes.
#[derive(Clone, Copy)]
pub(super) enum Keys<'a> {
    /// Those of these arguments.
    Some(Arguments<'a>),
    /// All keys of the database.
    All,
}

/// How many arguments behind its name are keys, by the name of a command. <https://redis.io/docs/latest/commands/command/> tells
/// where keys stand.
const KEY_COUNTS: [(&[u8], usize); 10] = [
    (b"GET", 1),
    (b"SET", 1),
    (b"EXISTS", 1),
    (b"INCRBY", 1),
    (b"PTTL", 1),
    (b"PEXPIRE", 1),
    (b"GETDEL", 1),
    (b"MGET", usize::MAX),
    (b"DEL", usize::MAX),
    (b"UNLINK", usize::MAX),
];

/// Sent right before a command whose slot is moving.
pub(super) const ASKING: &[u8] = b"*1\r\n$6\r\nASKING\r\n";

/// The arguments of an encoded command, as far as they are keys.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a> {
    rest: &'a [u8],
    left: usize,
}

/// The keys of an encoded command, by its name.
pub(super) fn keys(command: &[u8]) -> Keys<'_> {
    let mut arguments = Arguments { rest: without_asking(command), left: usize::MAX };
    arguments.skip_header();
    arguments.left = match arguments.next().unwrap_or_default() {
        b"FLUSHDB" => return Keys::All,
        // A script comes first, then how many keys it has.
        b"EVAL" => arguments.nth(1).map_or(0, number),
        name => KEY_COUNTS.iter().find(|(known, _)| *known == name).map_or(0, |&(_, count)| count),
    };
    Keys::Some(arguments)
}

/// Whether a command without keys is the same at any node. The others are one step of many at a node.
pub(super) fn is_for_any_node(command: &[u8]) -> bool {
    command == b"*1\r\n$4\r\nPING\r\n"
}

pub(super) fn without_asking(command: &[u8]) -> &[u8] {
    command.strip_prefix(ASKING).unwrap_or(command)
}

/// The key by which a command finds its node.
pub(super) fn first_key(command: &[u8]) -> Option<&[u8]> {
    match keys(command) {
        Keys::Some(mut keys) => keys.next(),
        Keys::All => None,
    }
}

/// Whether the layer above sends a command for each of its keys in place of this one.
pub(super) fn can_be_split(command: &[u8]) -> bool {
    let name = without_asking(command).splitn(4, |&byte| byte == b'\n').nth(2);
    let is_split = name == Some(b"MGET\r");
    is_split && matches!(keys(command), Keys::Some(keys) if keys.count() > 1)
}

impl<'a> Arguments<'a> {
    /// Takes the number of a header such as `$3\r\n`.
    fn skip_header(&mut self) -> Option<usize> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let digits = self.rest.get(1..end.checked_sub(1)?)?;
        self.rest = &self.rest[end + 1..];
        Some(number(digits))
    }
}

/// A number of a command, which the caller of a script may have made up.
fn number(digits: &[u8]) -> usize {
    digits.iter().fold(0, |number: usize, digit| number.saturating_mul(10).saturating_add(usize::from(digit & 15)))
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
    fn commands_of_several_keys_are_split_where_the_cache_does_so() {
        let can_be_split = |command: &str| can_be_split(command.replace(' ', "\r\n").as_bytes());
        assert!(can_be_split("*3 $4 MGET $1 a $1 b "));
        assert!(can_be_split("*1 $6 ASKING *3 $4 MGET $1 a $1 b "));
        assert!(!can_be_split("*2 $4 MGET $1 a ") && !can_be_split("*3 $3 DEL $1 a $1 b ") && !can_be_split(""));
    }

    #[test]
    fn asking_stands_before_a_command_and_is_none_of_its_keys() {
        let command = [ASKING, b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"].concat();
        assert_eq!(first_key(&command), Some(&b"a"[..]));
        assert_eq!(first_key(b"*1\r\n$7\r\nFLUSHDB\r\n"), None);
    }

    #[test]
    fn keys_are_found_by_the_commands_name() {
        assert_eq!(keys_of("*2 $3 GET $1 a "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*5 $3 SET $1 a $1 v $2 EX $1 1 "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*3 $4 MGET $1 a $11 bbbbbbbbbbb "), Some(vec!["a".into(), "bbbbbbbbbbb".into()]));
        assert_eq!(keys_of("*6 $4 EVAL $1 s $1 2 $1 a $1 b $1 v "), Some(vec!["a".into(), "b".into()]));
        assert_eq!(keys_of("*4 $4 EVAL $1 s $22 9999999999999999999999 $1 a "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*4 $4 EVAL $1 s $2 -1 $1 a "), Some(vec!["a".into()]));
        assert_eq!(keys_of("*4 $4 SCAN $1 0 $5 MATCH $2 p* "), Some(vec![]));
        assert_eq!(keys_of("*1 $4 PING "), Some(vec![]));
        assert_eq!(keys_of("*1 $7 FLUSHDB "), None);
        assert_eq!(keys_of(""), Some(vec![]));
    }
}
