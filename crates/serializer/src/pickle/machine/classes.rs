//! Opcodes that name classes, call them, and give their objects a state.

use super::Machine;
use crate::LoadErrorKind;
use crate::pickle::arena::Arena;
use crate::pickle::byte_reader::ByteReader;
use crate::pickle::node::{Id, Kind};
use crate::pickle::reduce;

/// Makes an object of a class and its arguments, found in the input.
type Make = fn(&mut Arena, Id, Id, &[u8]) -> Option<Id>;

impl Machine {
    pub(super) fn proto(&mut self, protocol: u8) -> Option<()> {
        if protocol > 5 {
            return self.arena.fail(LoadErrorKind::Protocol);
        }
        self.protocol = protocol;
        Some(())
    }

    pub(super) fn global(&mut self, input: &mut ByteReader<'_>) -> Option<Id> {
        let module = self.name(input)?;
        let name = self.name(input)?;
        reduce::class(&mut self.arena, module, name, input.bytes, self.protocol)
    }

    /// A line of GLOBAL's argument.
    fn name(&mut self, input: &mut ByteReader<'_>) -> Option<Id> {
        let line = input.line()?;
        if line.is_empty() || core::str::from_utf8(line).is_err() {
            return self.arena.fail(LoadErrorKind::Text);
        }
        let end = input.at() - 1;
        self.arena.text(input.bytes, end - line.len(), end)
    }

    pub(super) fn stack_global(&mut self, input: &ByteReader<'_>) -> Option<Id> {
        let name = self.pop()?;
        let module = self.pop()?;
        reduce::class(&mut self.arena, module, name, input.bytes, self.protocol)
    }

    pub(super) fn call(&mut self, make: Make, input: &ByteReader<'_>) -> Option<Id> {
        let arguments = self.pop()?;
        let class = self.pop()?;
        make(&mut self.arena, class, arguments, input.bytes)
    }

    /// INST: by it and OBJ Python 2 writes the objects of its old classes, in protocols 0 and 1.
    pub(super) fn inst(&mut self, input: &mut ByteReader<'_>) -> Option<Id> {
        let class = self.global(input)?;
        let arguments = self.make_from_mark(Kind::Tuple)?;
        reduce::call(&mut self.arena, class, arguments, input.bytes)
    }

    pub(super) fn obj(&mut self, input: &ByteReader<'_>) -> Option<Id> {
        let start = self.pop_mark()?;
        let Some(&class) = self.stack.get(start) else { return self.arena.fail(LoadErrorKind::Stack) };
        let arguments = self.make(Kind::Tuple, start + 1)?;
        self.stack.truncate(start);
        reduce::call(&mut self.arena, class, arguments, input.bytes)
    }

    pub(super) fn newobj_ex(&mut self, input: &ByteReader<'_>) -> Option<Id> {
        let keywords = self.pop()?;
        let arguments = self.pop()?;
        let class = self.pop()?;
        reduce::new_ex(&mut self.arena, class, arguments, keywords, input.bytes)
    }

    pub(super) fn build(&mut self, input: &ByteReader<'_>) -> Option<()> {
        let state = self.pop()?;
        let object = self.top()?;
        reduce::set_state(&mut self.arena, object, state, input.bytes)
    }
}
