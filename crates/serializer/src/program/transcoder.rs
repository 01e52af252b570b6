//! Pickles of plain data, straight into a program: one pass, and nothing in between.
//!
//! A program runs on a stack as a pickle does, so that most opcodes become one instruction. What is known of the stack here is enough
//! to see that the program is sound. Any opcode that does not fit in ends the attempt: the machine, which has the last word,
//! reads the pickle anew.

use super::instruction::{self as instruction, APPEND, DICT, FALSE, FILL, KEY, LIST, LONG, NULL, TEXT, TRUE, WIDE};
use super::{PROTO_KEY, Program};
use crate::fallible::TryGrow;
use crate::pickle::byte_reader::ByteReader;
use crate::pickle::opcode as op;
use crate::wtf8::check_str;
use crate::{MAX_DEPTH, integer};

/// So many values may wait for their container or be memoized, and so many MARKs be open.
const MAX_ENTRIES: usize = 1 << 20;

/// A program that takes more bytes, for each byte of the pickle and in all, repeats no memoized text: the machine's programs have
/// each long text once, and refer to it.
const SIZE_PER_BYTE: usize = 16;
const SIZE_FLOOR: usize = 4096;

#[derive(Default)]
pub(crate) struct Transcoder {
    stack: Vec<Entry>,
    /// The stack's height at each open MARK.
    marks: Vec<usize>,
    memo: Vec<Entry>,
}

/// A value on the stack.
#[derive(Clone, Copy)]
struct Entry {
    /// The instruction that pushes it, or the last one of them.
    instruction: u32,
    /// Of a text, the slot in the program of what goes with its instruction; of a container, how deep it nests.
    extra: u32,
    /// Which instruction filled this container last; 0 for none, since the first instruction is none that does.
    filled: u32,
}

impl Entry {
    const SCALAR: Self = Self { instruction: NULL, extra: 0, filled: 0 };

    const fn is_text(self) -> bool {
        matches!(instruction::opcode(self.instruction), TEXT | KEY | WIDE | LONG)
    }

    const fn depth(self) -> u32 {
        if self.instruction == LIST || self.instruction == DICT { self.extra } else { 0 }
    }
}

impl Transcoder {
    /// Appends the program of a pickle. `None` where it does not manage to; the program may then be longer.
    pub(crate) fn run(&mut self, pickle: &[u8], program: &mut Program) -> Option<()> {
        let limit = program.size().saturating_add(pickle.len().saturating_mul(SIZE_PER_BYTE) + SIZE_FLOOR);
        let mut input = ByteReader::new(pickle);
        let [op::PROTO, 4 | 5, op::FRAME] = input.array()? else { return None };
        input.check_frame()?;
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        self.run_opcodes(&mut input, program, limit)?;
        (self.stack.len() == 1 && self.marks.is_empty()).then_some(())
    }

    fn run_opcodes(&mut self, input: &mut ByteReader<'_>, program: &mut Program, limit: usize) -> Option<()> {
        // The last opcode made an empty dict: a text is a key now.
        let mut in_new_dict = false;
        loop {
            let mut entry = Entry::SCALAR;
            let was_in_new_dict = core::mem::take(&mut in_new_dict);
            match input.byte()? {
                opcode @ (op::SHORT_BINUNICODE | op::BINUNICODE) => {
                    let value = if opcode == op::BINUNICODE { input.counted(4) } else { input.short() }?;
                    entry = self.text(input, value, was_in_new_dict, program)?;
                }
                op::BINGET => entry = self.repeat(usize::from(input.byte()?), program, limit)?,
                op::LONG_BINGET => entry = self.repeat(input.number(4)? as usize, program, limit)?,
                opcode @ (op::BININT1 | op::BININT2 | op::BININT | op::LONG1) => program.int(int(opcode, input)?),
                op::BINFLOAT => program.float(f64::from_be_bytes(input.array()?)),
                op::SHORT_BINBYTES => program.bytes(input.counted(1)?),
                op::BINBYTES => program.bytes(input.counted(4)?),
                op::NONE => program.push(NULL),
                op::NEWTRUE => program.push(TRUE),
                op::NEWFALSE => program.push(FALSE),
                op::EMPTY_DICT => {
                    entry = Entry { instruction: DICT, extra: 1, ..entry };
                    program.dict();
                    in_new_dict = true;
                }
                op::EMPTY_LIST => {
                    entry = Entry { instruction: LIST, extra: 1, ..entry };
                    program.list();
                }
                op::MEMOIZE => {
                    let top = *self.stack.get(self.fence()..)?.last()?;
                    push(&mut self.memo, top)?;
                    in_new_dict = was_in_new_dict;
                    continue;
                }
                op::MARK => {
                    push(&mut self.marks, self.stack.len())?;
                    continue;
                }
                op::SETITEMS => {
                    let first = self.marks.pop()?;
                    self.fill(FILL, first, program)?;
                    continue;
                }
                op::APPENDS => {
                    let first = self.marks.pop()?;
                    self.fill(APPEND, first, program)?;
                    continue;
                }
                op::SETITEM => {
                    self.fill(FILL, self.stack.len().checked_sub(2)?, program)?;
                    continue;
                }
                op::APPEND => {
                    self.fill(APPEND, self.stack.len().checked_sub(1)?, program)?;
                    continue;
                }
                op::FRAME => {
                    input.check_frame()?;
                    continue;
                }
                op::STOP => return Some(()),
                _ => return None,
            }
            push(&mut self.stack, entry)?;
        }
    }

    /// What lies below the innermost open MARK is out of reach.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or_default()
    }

    #[inline]
    fn text(&self, input: &ByteReader<'_>, value: &[u8], is_key: bool, program: &mut Program) -> Option<Entry> {
        // Only JavaScript's defineProperty can set such a key: the machine says so where it is one.
        if value == PROTO_KEY {
            return None;
        }
        if (is_key || self.wants_key())
            && let Some(instruction) = program.key(input.bytes, input.at() - value.len()..input.at())
        {
            return Some(Entry { instruction, ..Entry::SCALAR });
        }
        let kind = check_str(value).ok()?;
        let (instruction, start) = program.text(value, kind);
        Some(Entry { instruction, extra: start as u32, filled: 0 })
    }

    /// Whether the next text is a key, as far as that shows: items follow each other from the innermost MARK on.
    #[inline]
    fn wants_key(&self) -> bool {
        let Some(&mark) = self.marks.last() else { return false };
        mark > 0 && (self.stack.len() - mark).is_multiple_of(2) && self.stack[mark - 1].instruction == DICT
    }

    /// Pushes a memoized text once more.
    fn repeat(&self, index: usize, program: &mut Program, limit: usize) -> Option<Entry> {
        let entry = *self.memo.get(index)?;
        if !entry.is_text() || program.size() > limit {
            return None;
        }
        program.repeat(entry.instruction, entry.extra as usize)?;
        Some(entry)
    }

    /// Puts the entries from the `first` on into the container below them.
    fn fill(&mut self, opcode: u32, first: usize, program: &mut Program) -> Option<()> {
        let container = first.checked_sub(1).filter(|&container| container >= self.fence())?;
        let (below, items) = self.stack.split_at_mut(first);
        let container = &mut below[container];
        let wanted = if opcode == FILL { DICT } else { LIST };
        if container.instruction != wanted {
            return None;
        }
        let Some(deepest) = items.iter().map(|item| item.depth()).max() else { return Some(()) };
        let mut count = items.len();
        if opcode == FILL {
            let (pairs, []) = items.as_chunks::<2>() else { return None };
            if !pairs.iter().all(|[key, _]| key.is_text()) {
                return None;
            }
            count = pairs.len();
        }
        let earlier = (container.filled > 0).then_some(container.filled as usize);
        container.filled = program.fill(opcode, count, earlier) as u32;
        container.extra = container.extra.max(deepest + 1);
        self.stack.truncate(first);
        (self.stack[first - 1].extra as usize <= MAX_DEPTH).then_some(())
    }
}

/// The int that an opcode pushes.
#[inline]
fn int(opcode: u8, input: &mut ByteReader<'_>) -> Option<i64> {
    match opcode {
        op::BININT1 => input.byte().map(i64::from),
        op::BININT2 => input.array().map(|bytes| i64::from(u16::from_le_bytes(bytes))),
        op::BININT => input.array().map(|bytes| i64::from(i32::from_le_bytes(bytes))),
        _ => integer::from_le_bytes(input.counted(1)?),
    }
}

#[inline]
fn push<T: Copy>(entries: &mut Vec<T>, entry: T) -> Option<()> {
    if entries.len() < MAX_ENTRIES { entries.try_push(entry).ok() } else { None }
}
