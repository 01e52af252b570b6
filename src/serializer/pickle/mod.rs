//! Python's pickle format.
//!
//! [`Writer`] appends protocol 5 as CPython's C pickler does. [`Reader`] turns plain data straight into a script
//! (`transcode`). For all else it runs the pickle machine of protocols 0 to 5 into an arena of nodes: `machine` knows the
//! opcodes, `text` the arguments that protocol 0 spells out, `reduce` the few classes of the value table. From the arena come
//! a script (`to_script`) or a native value (`to_value`).

mod arena;
mod input;
mod machine;
mod opcode;
mod read;
mod reduce;
mod text;
mod to_script;
mod to_value;
mod transcode;
mod write;

pub use read::Reader;
pub(super) use write::{Batch, Writer};

/// The key that an assignment in JavaScript does not set.
const PROTO_KEY: &[u8] = b"__proto__";
