//! cachelib's values and their stored bytes.
//!
//! What cachelib's default serializer stores: an int as its ASCII digits, so that INCRBY works on it; everything else as
//! `!` and a pickle. Reading takes the same two forms, and bytes that are neither are the value themselves.
//!
//! Two roads lead through this module. JavaScript writes a value as a [`tape`] and gets JSON text back from a
//! [`Reader`]; Rust uses [`Value`], [`dumps`] and [`loads`]. Both end in one pickle writer, whose bytes are those of
//! CPython's C pickler at protocol 5, and one pickle machine, which reads protocols 0 to 5 and never executes anything.

mod calendar;
mod error;
mod integer;
mod json;
mod pickle;
pub mod tape;
mod value;

pub use error::{DumpError, Unreadable};
pub use pickle::{Marked, Reader};
pub use value::{Value, dumps, loads};

/// How deep values may nest, written and read: what CPython's own pickler reaches with its default recursion limit.
pub const MAX_DEPTH: usize = 1000;

/// The largest stored value in bytes: Redis refuses longer strings (`proto-max-bulk-len`).
pub const MAX_STORED: usize = 512 << 20;

/// The byte before a pickle in cachelib's stored form.
const PICKLED: u8 = b'!';
