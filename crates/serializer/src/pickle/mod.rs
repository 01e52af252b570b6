//! Python's pickle format.
//!
//! [`PickleWriter`] appends protocol 5 as CPython's C pickler does. [`Machine`] runs the opcodes of protocols 0 to 5 into an arena
//! of objects: `protocol0` reads the arguments that old protocols spell out as text, `reduce` knows the classes of the value table.

pub(crate) mod arena;
pub(crate) mod byte_reader;
mod machine;
pub(crate) mod node;
pub(crate) mod opcode;
mod protocol0;
pub(crate) mod reduce;
mod writer;

pub(crate) use machine::Machine;
pub(crate) use writer::{Batch, EMPTY_TUPLE, PickleWriter};
