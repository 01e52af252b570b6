//! Pickles of plain data, straight into JSON text: one pass, and nothing in between.
//!
//! Every value is written when it is pushed, with a comma behind it; an empty container as `[]` or `{}`. What is put into a
//! container stands right behind it then: the closing bracket moves to the end, and leaves spaces in its place. Any opcode
//! that does not fit in here ends the attempt: the machine, which has the last word, reads the pickle anew.

use super::input::Input;
use super::opcode as op;
use crate::serializer::json::{self, TextKind};
use crate::serializer::{MAX_DEPTH, integer};

/// So many values may wait for their container or be memoized, and so many MARKs be open.
const MAX_ENTRIES: usize = 1 << 20;

#[derive(Default)]
pub(super) struct Transcoder {
    stack: Vec<Entry>,
    /// The stack's height at each open MARK.
    marks: Vec<usize>,
    /// Where in the JSON text each memoized text stands; nowhere for everything else.
    memo: Vec<(usize, usize)>,
}

/// A value on the stack: where in the JSON text it stands. Its comma is at `end`.
#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    end: usize,
    /// How deep it nests: 0 for a scalar.
    depth: usize,
    is_text: bool,
}

impl Transcoder {
    /// Appends the JSON text of a list, a dict or a short text, and its byte strings to `side`; answers whether it holds markers.
    /// `None` where it does not manage to; `text` and `side` may then be longer. Once `text` has
    /// more than `limit` bytes, no memoized text is repeated.
    pub(super) fn run(&mut self, pickle: &[u8], text: &mut Vec<u8>, side: &mut Vec<u8>, limit: usize) -> Option<bool> {
        let mut input = Input::new(pickle);
        let [op::PROTO, 4 | 5, op::FRAME] = input.array().ok()? else { return None };
        input.check_frame().ok()?;
        // A longer text would not be JSON: see to_json.rs.
        if !matches!(pickle.get(input.at)?, &(op::EMPTY_DICT | op::EMPTY_LIST | op::SHORT_BINUNICODE)) {
            return None;
        }
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        let marked = self.steps(&mut input, text, side, limit)?;
        text.pop();
        (self.stack.len() == 1 && self.marks.is_empty()).then_some(marked)
    }

    /// Gives back what an unusually large value has taken, but for room for `kept` entries.
    pub(super) fn release(&mut self, kept: usize) {
        self.stack.clear();
        self.stack.shrink_to(kept);
        self.marks.clear();
        self.marks.shrink_to(kept);
        self.memo.clear();
        self.memo.shrink_to(kept);
    }

    fn steps(&mut self, input: &mut Input<'_>, text: &mut Vec<u8>, side: &mut Vec<u8>, limit: usize) -> Option<bool> {
        let mut marked = false;
        loop {
            let start = text.len();
            let (mut depth, mut is_text) = (0, false);
            match input.byte().ok()? {
                op::SHORT_BINUNICODE => {
                    is_text = true;
                    let value = input.short().ok()?;
                    push_text(input, value, text)?;
                }
                op::BINUNICODE => {
                    is_text = true;
                    let value = input.counted(4).ok()?;
                    push_text(input, value, text)?;
                }
                op::BINGET => {
                    is_text = true;
                    let (start, end) = *self.memo.get(usize::from(input.byte().ok()?))?;
                    self.repeat(start, end, text, limit)?;
                }
                op::LONG_BINGET => {
                    is_text = true;
                    let (start, end) = *self.memo.get(input.number(4).ok()? as usize)?;
                    self.repeat(start, end, text, limit)?;
                }
                op::BININT1 => integer::push_digits(u64::from(input.byte().ok()?), text),
                op::BININT2 => integer::push_digits(u64::from(u16::from_le_bytes(input.array().ok()?)), text),
                op::BININT => integer::push_decimal(i64::from(i32::from_le_bytes(input.array().ok()?)), text),
                op::LONG1 => marked |= json::push_int(integer::from_le_bytes(input.counted(1).ok()?)?, text),
                op::BINFLOAT => marked |= json::push_float(f64::from_be_bytes(input.array().ok()?), text),
                op::SHORT_BINBYTES => marked |= json::push_range(b'b', input.counted(1).ok()?, side, text),
                op::BINBYTES => marked |= json::push_range(b'b', input.counted(4).ok()?, side, text),
                op::NONE => text.extend_from_slice(b"null"),
                op::NEWTRUE => text.extend_from_slice(b"true"),
                op::NEWFALSE => text.extend_from_slice(b"false"),
                op::EMPTY_DICT => {
                    depth = 1;
                    text.extend_from_slice(b"{}");
                }
                op::EMPTY_LIST => {
                    depth = 1;
                    text.extend_from_slice(b"[]");
                }
                op::MEMOIZE => {
                    let top = self.top()?;
                    push(&mut self.memo, if top.is_text { (top.start, top.end) } else { (0, 0) })?;
                    continue;
                }
                op::MARK => {
                    push(&mut self.marks, self.stack.len())?;
                    continue;
                }
                op::SETITEMS => {
                    let first = self.marks.pop()?;
                    self.fill(b'{', first, text)?;
                    continue;
                }
                op::APPENDS => {
                    let first = self.marks.pop()?;
                    self.fill(b'[', first, text)?;
                    continue;
                }
                op::SETITEM => {
                    self.fill(b'{', self.stack.len().checked_sub(2)?, text)?;
                    continue;
                }
                op::APPEND => {
                    self.fill(b'[', self.stack.len().checked_sub(1)?, text)?;
                    continue;
                }
                op::FRAME => {
                    input.check_frame().ok()?;
                    continue;
                }
                op::STOP => return Some(marked),
                _ => return None,
            }
            push(&mut self.stack, Entry { start, end: text.len(), depth, is_text })?;
            text.push(b',');
        }
    }

    /// What lies below the innermost open MARK is out of reach.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or_default()
    }

    fn top(&self) -> Option<Entry> {
        self.stack.get(self.fence()..)?.last().copied()
    }

    /// Writes a text once more.
    fn repeat(&self, start: usize, end: usize, text: &mut Vec<u8>, limit: usize) -> Option<()> {
        if start == end || text.len() > limit {
            return None;
        }
        text.extend_from_within(start..end);
        Some(())
    }

    /// Puts the entries from the `first` on into the container below them, which begins with `bracket`.
    fn fill(&mut self, bracket: u8, first: usize, text: &mut Vec<u8>) -> Option<()> {
        let container = first.checked_sub(1).filter(|&container| container >= self.fence())?;
        let (below, items) = self.stack.split_at_mut(first);
        let container = &mut below[container];
        if container.depth == 0 || text[container.start] != bracket {
            return None;
        }
        let Some(last) = items.last() else { return Some(()) };
        let deepest = items.iter().map(|item| item.depth).max()?;
        if bracket == b'{' {
            let (pairs, []) = items.as_chunks::<2>() else { return None };
            for [key, value] in pairs {
                if !key.is_text {
                    return None;
                }
                text[value.start - 1] = b':';
            }
        }
        let is_first = container.end - container.start == 2;
        text[container.end - 1] = if is_first { b' ' } else { b',' };
        text[container.end] = b' ';
        container.end = last.end + 1;
        container.depth = container.depth.max(deepest + 1);
        text[last.end] = bracket + 2;
        text.push(b',');
        self.stack.truncate(first);
        (self.stack[first - 1].depth <= MAX_DEPTH).then_some(())
    }
}

#[inline]
fn push<T>(entries: &mut Vec<T>, entry: T) -> Option<()> {
    (entries.len() < MAX_ENTRIES).then(|| entries.push(entry))
}

/// A text that begins like a marker is left to the machine.
#[inline]
fn push_text(input: &Input<'_>, value: &[u8], text: &mut Vec<u8>) -> Option<()> {
    let kind = json::check_text(value).ok()?;
    if kind == TextKind::Surrogates || value.first() == Some(&0) {
        return None;
    }
    json::push_string(input.bytes, input.at - value.len()..input.at, kind, text);
    text.push(b'"');
    Some(())
}
