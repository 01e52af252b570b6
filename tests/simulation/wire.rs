//! Commands and replies on the wire.

use std::ops::Range;

pub(crate) type Command = Vec<Vec<u8>>;

/// The commands in `bytes`, and how many bytes of an unfinished one are left.
pub(crate) fn parse(bytes: &[u8]) -> (Vec<Command>, usize) {
    let (mut commands, mut at) = (Vec::new(), 0);
    while let Some((command, end)) = parse_one(bytes, at) {
        commands.push(command);
        at = end;
    }
    (commands, bytes.len() - at)
}

fn parse_one(bytes: &[u8], start: usize) -> Option<(Command, usize)> {
    let (count, mut at) = parse_header(bytes, start, b'*')?;
    let mut command = Vec::new();
    for _ in 0..count {
        let (length, text) = parse_header(bytes, at, b'$')?;
        command.push(bytes.get(text..text + length)?.to_vec());
        at = text + length + 2;
    }
    (at <= bytes.len()).then_some((command, at))
}

fn parse_header(bytes: &[u8], start: usize, kind: u8) -> Option<(usize, usize)> {
    let line: Range<usize> = start..start + bytes.get(start..)?.iter().position(|&byte| byte == b'\r')?;
    assert_eq!(bytes[start], kind, "a command is an array of bulk strings");
    Some((number(&bytes[start + 1..line.end]) as usize, line.end + 2))
}

pub(crate) fn number(text: &[u8]) -> i64 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).expect("a number")
}

pub(super) fn integer(number: i64) -> Vec<u8> {
    format!(":{number}\r\n").into()
}

pub(crate) fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}
