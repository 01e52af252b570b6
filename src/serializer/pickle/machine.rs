//! The pickle machine: opcodes in, nodes out. It follows CPython's `Modules/_pickle.c` in what it accepts, up to the
//! limits that [`Reason`] lists.

use super::arena::{Arena, Id, Kind, MAX_OBJECTS, TAKEN, UNHASHABLE};
use super::input::Input;
use super::opcode as op;
use super::{reduce, text};
use crate::serializer::json::{self, TextKind};
use crate::serializer::{Reason, integer};

/// The machine's state: a stack with marks, a memo, and the objects in an arena.
#[derive(Default)]
pub(super) struct Machine {
    pub(super) arena: Arena,
    stack: Vec<Id>,
    /// The stack's height at each open MARK.
    marks: Vec<u32>,
    memo: Vec<Option<Id>>,
    /// How many memo entries are in use: where MEMOIZE stores the next one.
    memoized: usize,
    protocol: u8,
}

/// Moves the stack's items from a height on into a container.
type PutIn = fn(&mut Machine, Id, usize) -> Result<(), Reason>;

impl Machine {
    /// Runs a whole pickle; answers the object on top of the stack at its STOP.
    pub(super) fn run(&mut self, pickle: &[u8]) -> Result<Id, Reason> {
        if pickle.len() > u32::MAX as usize {
            return Err(Reason::Size);
        }
        self.arena.clear();
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        self.memoized = 0;
        self.protocol = 0;
        let mut input = Input::new(pickle);
        loop {
            let opcode = input.byte()?;
            if opcode == op::STOP {
                return self.pop();
            }
            self.step(opcode, &mut input)?;
            if self.stack.len() > MAX_OBJECTS {
                return Err(Reason::Size);
            }
        }
    }

    /// Gives back what an unusually large value has taken.
    pub(super) fn release(&mut self) {
        const KEPT: usize = 64 << 10;
        self.arena.release(KEPT);
        self.stack.clear();
        self.stack.shrink_to(KEPT);
        self.marks.clear();
        self.marks.shrink_to(KEPT);
        self.memo.clear();
        self.memo.shrink_to(KEPT);
    }

    /// The opcodes, roughly by how often they come.
    fn step(&mut self, opcode: u8, input: &mut Input<'_>) -> Result<(), Reason> {
        let pushed = match opcode {
            op::SHORT_BINUNICODE => self.text(input, 1)?,
            op::MEMOIZE => return self.memoize(self.memoized),
            op::BINGET => self.recall(input.number(1)?)?,
            op::BININT1 => self.arena.int(input.number(1)? as i64)?,
            op::BININT2 => self.arena.int(input.number(2)? as i64)?,
            op::BININT => self.arena.int(i64::from(input.number(4)? as i32))?,
            op::NONE => Id::NONE,
            op::NEWTRUE => Id::TRUE,
            op::NEWFALSE => Id::FALSE,
            op::BINFLOAT => self.arena.add_wide(Kind::Float, i64::from_be_bytes(input.array()?))?,
            op::EMPTY_DICT => self.arena.add(Kind::Dict, 0, 0, 0)?,
            op::EMPTY_LIST => self.arena.add(Kind::List, 0, 0, 0)?,
            op::EMPTY_SET => self.arena.add(Kind::Set, 0, 0, 0)?,
            op::EMPTY_TUPLE => Id::EMPTY_TUPLE,
            op::MARK => return self.mark(),
            op::SETITEMS => return self.with_mark(Self::set_items),
            op::SETITEM => return self.with_last(2, Self::set_items),
            op::APPENDS => return self.with_mark(Self::append_items),
            op::APPEND => return self.with_last(1, Self::append_items),
            op::ADDITEMS => return self.with_mark(Self::add_items),
            op::TUPLE1 => self.tuple_of(1)?,
            op::TUPLE2 => self.tuple_of(2)?,
            op::TUPLE3 => self.tuple_of(3)?,
            op::TUPLE => self.marked(Self::tuple)?,
            op::LIST => self.marked(Self::list)?,
            op::DICT => self.marked(Self::dict)?,
            op::FROZENSET => self.marked(Self::frozenset)?,
            op::BINUNICODE => self.text(input, 4)?,
            op::BINUNICODE8 => self.text(input, 8)?,
            op::SHORT_BINBYTES => self.byte_string(Kind::Bytes, input, 1)?,
            op::BINBYTES => self.byte_string(Kind::Bytes, input, 4)?,
            op::BINBYTES8 => self.byte_string(Kind::Bytes, input, 8)?,
            op::BYTEARRAY8 => self.byte_string(Kind::ByteArray, input, 8)?,
            op::LONG1 => self.long(input, 1)?,
            op::LONG4 => self.long(input, 4)?,
            op::BINPUT => return self.put(input.number(1)?, input),
            op::LONG_BINPUT => return self.put(input.number(4)?, input),
            op::LONG_BINGET => self.recall(input.number(4)?)?,
            op::FRAME => return input.check_frame(),
            op::PROTO => return self.proto(input.byte()?),
            op::POP => return self.discard(),
            op::POP_MARK => return self.with_mark_discarded(),
            op::DUP => self.dup()?,
            op::GLOBAL => self.global(input)?,
            op::STACK_GLOBAL => self.stack_global(input)?,
            op::REDUCE | op::NEWOBJ => self.reduce(input)?,
            op::NEWOBJ_EX => self.newobj_ex(input)?,
            op::BUILD => return self.build(input),
            op::INT => text::int(&mut self.arena, input)?,
            op::LONG => text::long(&mut self.arena, input)?,
            op::FLOAT => text::float(&mut self.arena, input)?,
            op::UNICODE => text::unicode(&mut self.arena, input)?,
            op::STRING => text::string(&mut self.arena, input)?,
            op::SHORT_BINSTRING => text::ascii(&mut self.arena, input, 1)?,
            op::BINSTRING => text::ascii(&mut self.arena, input, 4)?,
            op::GET => self.recall(text::memo_index(input)?)?,
            op::PUT => return self.put(text::memo_index(input)?, input),
            op::INST | op::OBJ => return Err(Reason::Argument),
            _ => return Err(Reason::Opcode),
        };
        self.stack.push(pushed);
        Ok(())
    }

    // --- the stack ---

    /// What lies below the innermost open MARK is out of reach.
    fn fence(&self) -> usize {
        self.marks.last().map_or(0, |&mark| mark as usize)
    }

    fn pop(&mut self) -> Result<Id, Reason> {
        if self.stack.len() <= self.fence() {
            return Err(Reason::Stack);
        }
        self.stack.pop().ok_or(Reason::Stack)
    }

    fn top(&self) -> Result<Id, Reason> {
        self.stack[self.fence()..].last().copied().ok_or(Reason::Stack)
    }

    fn mark(&mut self) -> Result<(), Reason> {
        if self.marks.len() >= MAX_OBJECTS {
            return Err(Reason::Size);
        }
        self.marks.push(self.stack.len() as u32);
        Ok(())
    }

    fn discard(&mut self) -> Result<(), Reason> {
        if self.marks.last().is_some_and(|&mark| mark as usize == self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn with_mark_discarded(&mut self) -> Result<(), Reason> {
        let start = self.marks.pop().ok_or(Reason::Stack)?;
        self.stack.truncate(start as usize);
        Ok(())
    }

    fn dup(&mut self) -> Result<Id, Reason> {
        let top = self.top()?;
        self.arena.share(top);
        Ok(top)
    }

    /// Lets `put_in` move the items above the innermost MARK into the object below it.
    fn with_mark(&mut self, put_in: PutIn) -> Result<(), Reason> {
        let start = self.marks.pop().ok_or(Reason::Stack)? as usize;
        self.put_from(start, put_in)
    }

    /// Lets `put_in` move the last `count` items into the object below them.
    fn with_last(&mut self, count: usize, put_in: PutIn) -> Result<(), Reason> {
        let start = self.stack.len().checked_sub(count).ok_or(Reason::Stack)?;
        self.put_from(start, put_in)
    }

    fn put_from(&mut self, start: usize, put_in: PutIn) -> Result<(), Reason> {
        if start <= self.fence() {
            return Err(Reason::Stack);
        }
        if start < self.stack.len() {
            let container = self.stack[start - 1];
            put_in(self, container, start)?;
            self.stack.truncate(start);
        }
        Ok(())
    }

    /// Lets `make` build an object of the items above the innermost MARK.
    fn marked(&mut self, make: fn(&mut Self, usize) -> Result<Id, Reason>) -> Result<Id, Reason> {
        let start = self.marks.pop().ok_or(Reason::Stack)? as usize;
        let made = make(self, start)?;
        self.stack.truncate(start);
        Ok(made)
    }

    // --- containers ---

    fn append_items(&mut self, list: Id, start: usize) -> Result<(), Reason> {
        let node = self.arena.of_kind(list, Kind::List).ok_or(Reason::Argument)?;
        if node.flags & TAKEN != 0 {
            return Err(Reason::Argument);
        }
        self.arena.extend(list, &self.stack[start..])
    }

    fn add_items(&mut self, set: Id, start: usize) -> Result<(), Reason> {
        let node = self.arena.of_kind(set, Kind::Set).ok_or(Reason::Argument)?;
        if node.flags & TAKEN != 0 {
            return Err(Reason::Argument);
        }
        self.append_hashable(set, start)
    }

    fn append_hashable(&mut self, set: Id, start: usize) -> Result<(), Reason> {
        let items = &self.stack[start..];
        if !items.iter().all(|&item| self.arena.is_hashable(item)) {
            return Err(Reason::Unhashable);
        }
        self.arena.extend(set, items)
    }

    fn set_items(&mut self, dict: Id, start: usize) -> Result<(), Reason> {
        self.arena.of_kind(dict, Kind::Dict).ok_or(Reason::Argument)?;
        let pairs = &self.stack[start..];
        if !pairs.len().is_multiple_of(2) {
            return Err(Reason::Stack);
        }
        self.arena.extend_dict(dict, pairs)
    }

    fn tuple_of(&mut self, count: usize) -> Result<Id, Reason> {
        let start = self.stack.len().checked_sub(count).filter(|&start| start >= self.fence());
        let start = start.ok_or(Reason::Stack)?;
        let tuple = self.tuple(start)?;
        self.stack.truncate(start);
        Ok(tuple)
    }

    fn tuple(&mut self, start: usize) -> Result<Id, Reason> {
        if start == self.stack.len() {
            return Ok(Id::EMPTY_TUPLE);
        }
        let items = &self.stack[start..];
        let hashable = items.iter().all(|&item| self.arena.is_hashable(item));
        let tuple = self.arena.add(Kind::Tuple, if hashable { 0 } else { UNHASHABLE }, 0, 0)?;
        self.arena.extend(tuple, items)?;
        Ok(tuple)
    }

    fn list(&mut self, start: usize) -> Result<Id, Reason> {
        let list = self.arena.add(Kind::List, 0, 0, 0)?;
        self.arena.extend(list, &self.stack[start..])?;
        Ok(list)
    }

    fn dict(&mut self, start: usize) -> Result<Id, Reason> {
        let dict = self.arena.add(Kind::Dict, 0, 0, 0)?;
        self.set_items(dict, start)?;
        Ok(dict)
    }

    fn frozenset(&mut self, start: usize) -> Result<Id, Reason> {
        let set = self.arena.add(Kind::FrozenSet, 0, 0, 0)?;
        self.append_hashable(set, start)?;
        Ok(set)
    }

    // --- scalars ---

    fn text(&mut self, input: &mut Input<'_>, width: usize) -> Result<Id, Reason> {
        let bytes = input.counted(width)?;
        let kind = json::check_text(bytes)?;
        self.arena.text(kind, input.at - bytes.len(), input.at)
    }

    fn byte_string(&mut self, kind: Kind, input: &mut Input<'_>, width: usize) -> Result<Id, Reason> {
        let length = input.counted(width)?.len();
        self.arena.add(kind, 0, (input.at - length) as u32, input.at as u32)
    }

    fn long(&mut self, input: &mut Input<'_>, width: usize) -> Result<Id, Reason> {
        let bytes = input.counted(width)?;
        match integer::from_le_bytes(bytes) {
            Some(value) => self.arena.int(value),
            None => self.arena.add(Kind::Long, 0, (input.at - bytes.len()) as u32, input.at as u32),
        }
    }

    // --- the memo ---

    fn memoize(&mut self, index: usize) -> Result<(), Reason> {
        let top = self.top()?;
        if index == self.memo.len() {
            self.memo.push(Some(top));
            self.memoized += 1;
            return Ok(());
        }
        if index > self.memo.len() {
            self.memo.resize(index + 1, None);
        }
        if self.memo[index].replace(top).is_none() {
            self.memoized += 1;
        }
        Ok(())
    }

    fn put(&mut self, index: u64, input: &Input<'_>) -> Result<(), Reason> {
        // Picklers count from zero, so an index beyond the number of bytes is made up.
        if index > input.bytes.len() as u64 || index as usize > MAX_OBJECTS {
            return Err(Reason::Memo);
        }
        self.memoize(index as usize)
    }

    fn recall(&mut self, index: u64) -> Result<Id, Reason> {
        let index = usize::try_from(index).map_err(|_| Reason::Memo)?;
        let id = self.memo.get(index).copied().flatten().ok_or(Reason::Memo)?;
        self.arena.share(id);
        Ok(id)
    }

    // --- classes and what they make ---

    fn proto(&mut self, protocol: u8) -> Result<(), Reason> {
        if protocol > 5 {
            return Err(Reason::Protocol);
        }
        self.protocol = protocol;
        Ok(())
    }

    fn global(&mut self, input: &mut Input<'_>) -> Result<Id, Reason> {
        let module = self.name(input)?;
        let name = self.name(input)?;
        reduce::class(&mut self.arena, module, name, input.bytes, self.protocol)
    }

    /// A line of GLOBAL's argument.
    fn name(&mut self, input: &mut Input<'_>) -> Result<Id, Reason> {
        let line = input.line()?;
        let kind = json::check_text(line)?;
        if line.is_empty() || kind == TextKind::Surrogates {
            return Err(Reason::Text);
        }
        let end = input.at - 1;
        self.arena.text(kind, end - line.len(), end)
    }

    fn stack_global(&mut self, input: &Input<'_>) -> Result<Id, Reason> {
        let name = self.pop()?;
        let module = self.pop()?;
        reduce::class(&mut self.arena, module, name, input.bytes, self.protocol)
    }

    fn reduce(&mut self, input: &Input<'_>) -> Result<Id, Reason> {
        let arguments = self.pop()?;
        let callable = self.pop()?;
        reduce::call(&mut self.arena, callable, arguments, input.bytes)
    }

    fn newobj_ex(&mut self, input: &Input<'_>) -> Result<Id, Reason> {
        let _keywords = self.pop()?;
        let _arguments = self.pop()?;
        let class = self.pop()?;
        Err(reduce::refuse(&mut self.arena, class, input.bytes))
    }

    fn build(&mut self, input: &Input<'_>) -> Result<(), Reason> {
        let state = self.pop()?;
        let object = self.top()?;
        reduce::set_state(&mut self.arena, object, state, input.bytes)
    }
}
