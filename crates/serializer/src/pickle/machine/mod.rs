//! The pickle machine: opcodes in, nodes out. It follows CPython's `Modules/_pickle.c` in what it accepts, up to the
//! limits that [`LoadErrorKind`] lists, but for what no pickler writes: a number as text has one form, and a key may be
//! anything, as in JavaScript.

mod classes;

use super::arena::Arena;
use super::byte_reader::ByteReader;
use super::node::{ALIASED, Id, Kind};
use super::opcode as op;
use super::{protocol0, reduce};
use crate::budget::Budget;
use crate::fallible::TryGrow;
use crate::{LoadError, LoadErrorKind, MAX_DEPTH, MAX_STORED, integer};

/// The machine's state: a stack with marks, a memo, and the objects in an arena.
#[derive(Default)]
pub(crate) struct Machine {
    pub(crate) arena: Arena,
    stack: Vec<Id>,
    /// The stack's height at each open MARK.
    marks: Vec<u32>,
    memo: Vec<Option<Id>>,
    /// How many memo entries are in use: where MEMOIZE stores the next one.
    memoized: usize,
    protocol: u8,
}

/// So many MARKs may be open: one for each container around an object, and some for the arguments of constructors.
const MAX_MARKS: usize = 4 * MAX_DEPTH;

impl Machine {
    /// Runs a whole pickle within a budget; answers the object on top of the stack at its STOP.
    pub(crate) fn run(&mut self, pickle: &[u8], budget: Budget) -> Result<Id, LoadErrorKind> {
        if pickle.len() > MAX_STORED {
            return Err(LoadErrorKind::Size);
        }
        self.arena.begin(budget);
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        self.memoized = 0;
        self.protocol = 0;
        let mut input = ByteReader::new(pickle);
        self.run_opcodes(&mut input).ok_or_else(|| {
            let error = if input.is_truncated { Some(LoadErrorKind::Truncated) } else { self.arena.error };
            error.unwrap_or(LoadErrorKind::Argument)
        })
    }

    fn run_opcodes(&mut self, input: &mut ByteReader<'_>) -> Option<Id> {
        loop {
            match input.byte()? {
                op::STOP => return self.pop(),
                opcode => self.execute(opcode, input)?,
            }
        }
    }

    /// Carries out an opcode: those that push something make it here.
    fn execute(&mut self, opcode: u8, input: &mut ByteReader<'_>) -> Option<()> {
        let made = match opcode {
            op::NONE => Id::NONE,
            op::NEWTRUE => Id::TRUE,
            op::NEWFALSE => Id::FALSE,
            op::BININT1 => self.arena.int(input.number(1)? as i64)?,
            op::BININT2 => self.arena.int(input.number(2)? as i64)?,
            op::BININT => self.arena.int(i64::from(input.number(4)? as i32))?,
            op::BINFLOAT => self.arena.add_wide(Kind::Float, input.number(8)?.swap_bytes().cast_signed())?,
            op::MARK => return self.mark(),
            op::EMPTY_DICT => self.arena.add_container(Kind::Dict)?,
            op::EMPTY_LIST => self.arena.add_container(Kind::List)?,
            op::SETITEMS => return self.fill_from_mark(Kind::Dict),
            op::APPENDS => return self.fill_from_mark(Kind::List),
            op::SETITEM => return self.fill_last(Kind::Dict, 2),
            op::APPEND => return self.fill_last(Kind::List, 1),
            op::ADDITEMS => return self.fill_from_mark(Kind::Set),
            op::EMPTY_SET => self.arena.add_container(Kind::Set)?,
            op::EMPTY_TUPLE => Id::EMPTY_TUPLE,
            op::TUPLE1 | op::TUPLE2 | op::TUPLE3 => self.last_tuple(usize::from(opcode - op::TUPLE1) + 1)?,
            op::TUPLE => self.make_from_mark(Kind::Tuple)?,
            op::LIST => self.make_from_mark(Kind::List)?,
            op::DICT => self.make_from_mark(Kind::Dict)?,
            op::FROZENSET => self.make_from_mark(Kind::FrozenSet)?,
            op::SHORT_BINUNICODE => self.text(input, 1)?,
            op::BINUNICODE => self.text(input, 4)?,
            op::BINUNICODE8 => self.text(input, 8)?,
            op::SHORT_BINBYTES => self.byte_string(input, 1)?,
            op::BINBYTES => self.byte_string(input, 4)?,
            op::BINBYTES8 | op::BYTEARRAY8 => self.byte_string(input, 8)?,
            op::LONG1 => self.long(input, 1)?,
            op::LONG4 => self.long(input, 4)?,
            op::MEMOIZE => return self.memoize(self.memoized),
            op::BINPUT => return self.put(input.number(1)?, input),
            op::LONG_BINPUT => return self.put(input.number(4)?, input),
            op::PUT => {
                let index = protocol0::memo_index(&mut self.arena, input)?;
                return self.put(index, input);
            }
            op::BINGET => self.recall(input.number(1)?)?,
            op::LONG_BINGET => self.recall(input.number(4)?)?,
            op::GET => {
                let index = protocol0::memo_index(&mut self.arena, input)?;
                self.recall(index)?
            }
            op::FRAME => return input.check_frame(),
            op::PROTO => return self.proto(input.byte()?),
            op::POP => return self.discard(),
            op::POP_MARK => return self.discard_to_mark(),
            op::DUP => self.dup()?,
            op::GLOBAL => self.global(input)?,
            op::STACK_GLOBAL => self.stack_global(input)?,
            op::REDUCE => self.call(reduce::call, input)?,
            op::NEWOBJ => self.call(reduce::new, input)?,
            op::NEWOBJ_EX => self.newobj_ex(input)?,
            op::BUILD => return self.build(input),
            op::INT => protocol0::int(&mut self.arena, input)?,
            op::LONG => protocol0::long(&mut self.arena, input)?,
            op::FLOAT => protocol0::float(&mut self.arena, input)?,
            op::UNICODE => protocol0::unicode(&mut self.arena, input)?,
            op::STRING => protocol0::string(&mut self.arena, input)?,
            op::SHORT_BINSTRING => protocol0::ascii(&mut self.arena, input, 1)?,
            op::BINSTRING => protocol0::ascii(&mut self.arena, input, 4)?,
            op::READONLY_BUFFER => return self.readonly_buffer(),
            op::INST => self.inst(input)?,
            op::OBJ => self.obj(input)?,
            _ => return self.arena.fail(LoadErrorKind::Opcode),
        };
        let pushed = self.stack.try_push(made);
        self.arena.note(pushed)
    }

    /// The error of what this machine could not run.
    #[cold]
    pub(crate) fn error(&self, kind: LoadErrorKind) -> LoadError {
        if kind == LoadErrorKind::Class { LoadError::of_class(&self.arena.refused) } else { kind.into() }
    }

    // --- the stack ---

    /// What lies below the innermost open MARK is out of reach.
    fn fence(&self) -> usize {
        self.marks.last().map_or(0, |&mark| mark as usize)
    }

    fn top(&mut self) -> Option<Id> {
        let top = self.stack[self.fence()..].last().copied();
        top.or_else(|| self.arena.fail(LoadErrorKind::Stack))
    }

    fn pop(&mut self) -> Option<Id> {
        let top = self.top()?;
        self.stack.pop();
        Some(top)
    }

    fn mark(&mut self) -> Option<()> {
        if self.marks.len() >= MAX_MARKS {
            return self.arena.fail(LoadErrorKind::Depth);
        }
        let pushed = self.marks.try_push(self.stack.len() as u32);
        self.arena.note(pushed)
    }

    /// Closes the innermost MARK: where it is.
    fn pop_mark(&mut self) -> Option<usize> {
        match self.marks.pop() {
            Some(mark) => Some(mark as usize),
            None => self.arena.fail(LoadErrorKind::Stack),
        }
    }

    fn discard(&mut self) -> Option<()> {
        if self.marks.last().is_some_and(|&mark| mark as usize == self.stack.len()) {
            self.marks.pop();
        } else {
            self.pop()?;
        }
        Some(())
    }

    fn discard_to_mark(&mut self) -> Option<()> {
        let start = self.pop_mark()?;
        self.stack.truncate(start);
        Some(())
    }

    fn dup(&mut self) -> Option<Id> {
        let top = self.top()?;
        self.arena.share(top);
        Some(top)
    }

    // --- containers ---

    /// Moves the items above the innermost MARK into the container below it.
    fn fill_from_mark(&mut self, kind: Kind) -> Option<()> {
        let start = self.pop_mark()?;
        self.fill(kind, start)
    }

    /// Moves the last `count` items into the container below them.
    fn fill_last(&mut self, kind: Kind, count: usize) -> Option<()> {
        self.fill(kind, self.stack.len().saturating_sub(count))
    }

    fn fill(&mut self, kind: Kind, start: usize) -> Option<()> {
        if start <= self.fence() {
            return self.arena.fail(LoadErrorKind::Stack);
        }
        let (below, items) = self.stack.split_at(start);
        if let (Some(&target), [_, ..]) = (below.last(), items) {
            let container = reduce::container(&mut self.arena, target, kind)?;
            self.arena.of_kind(container, kind).filter(|node| node.flags & ALIASED == 0)?;
            self.arena.fill(container, items)?;
            self.stack.truncate(start);
        }
        Some(())
    }

    /// Builds an object of the items above the innermost MARK.
    fn make_from_mark(&mut self, kind: Kind) -> Option<Id> {
        let start = self.pop_mark()?;
        self.make(kind, start)
    }

    fn last_tuple(&mut self, count: usize) -> Option<Id> {
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.fence() => self.make(Kind::Tuple, start),
            _ => self.arena.fail(LoadErrorKind::Stack),
        }
    }

    fn make(&mut self, kind: Kind, start: usize) -> Option<Id> {
        let items = &self.stack[start..];
        if kind == Kind::Tuple && items.is_empty() {
            return Some(Id::EMPTY_TUPLE);
        }
        let made = self.arena.add_container(kind)?;
        if !items.is_empty() {
            self.arena.fill(made, items)?;
        }
        self.stack.truncate(start);
        Some(made)
    }

    // --- scalars ---

    fn text(&mut self, input: &mut ByteReader<'_>, width: usize) -> Option<Id> {
        let length = input.counted(width)?.len();
        self.arena.text(input.bytes, input.at() - length, input.at())
    }

    fn byte_string(&mut self, input: &mut ByteReader<'_>, width: usize) -> Option<Id> {
        let length = input.counted(width)?.len();
        self.arena.add(Kind::Bytes, 0, (input.at() - length) as u32, input.at() as u32)
    }

    /// What cannot change is left as it is; the memoryview that CPython makes of a bytearray has no form here.
    fn readonly_buffer(&mut self) -> Option<()> {
        let top = self.top()?;
        self.arena.of_kind(top, Kind::Bytes).map(|_| ())
    }

    fn long(&mut self, input: &mut ByteReader<'_>, width: usize) -> Option<Id> {
        let bytes = input.counted(width)?;
        match integer::from_le_bytes(bytes) {
            Some(value) => self.arena.int(value),
            None => self.arena.add(Kind::Long, 0, (input.at() - bytes.len()) as u32, input.at() as u32),
        }
    }

    // --- the memo ---

    fn memoize(&mut self, index: usize) -> Option<()> {
        let top = self.top()?;
        if index >= self.memo.len() {
            let grown = self.memo.try_grow(index + 1 - self.memo.len());
            self.arena.note(grown)?;
            self.memo.resize(index + 1, None);
        }
        self.memoized += usize::from(self.memo[index].is_none());
        self.memo[index] = Some(top);
        Some(())
    }

    fn put(&mut self, index: u64, input: &ByteReader<'_>) -> Option<()> {
        // Picklers count from zero, so an index beyond the number of bytes is made up.
        if index > input.bytes.len() as u64 {
            return self.arena.fail(LoadErrorKind::Memo);
        }
        self.memoize(index as usize)
    }

    fn recall(&mut self, index: u64) -> Option<Id> {
        let known = usize::try_from(index).ok().and_then(|index| *self.memo.get(index)?);
        let Some(id) = known else { return self.arena.fail(LoadErrorKind::Memo) };
        self.arena.share(id);
        Some(id)
    }
}
