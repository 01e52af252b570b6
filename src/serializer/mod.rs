//! cachelib's values and their stored bytes.
//!
//! What cachelib's default serializer stores: an int as its ASCII digits, so that INCRBY works on it; everything else as
//! `!` and a pickle. Reading takes the same two forms, and bytes that are neither are the value themselves.
//!
//! Two roads lead through this module. JavaScript writes a value as a [`tape`], and runs the [`script`] that a [`Reader`]
//! makes of stored bytes; Rust uses [`Value`], [`dumps`] and [`loads`]. Both end in one pickle writer, whose bytes are those
//! of CPython's C pickler at protocol 5, and one pickle machine, which reads protocols 0 to 5 and never executes anything.

mod calendar;
mod error;
mod integer;
mod pickle;
pub mod script;
pub mod tape;
mod text;
mod value;

use core::ops::Range;

pub use error::{DumpError, Reason, Unreadable};
pub use pickle::Reader;
pub use value::{Value, dumps, loads};

/// How deep values may nest, written and read: what CPython's own pickler reaches with its default recursion limit.
pub const MAX_DEPTH: usize = 1000;

/// The largest stored value in bytes: Redis refuses longer strings (`proto-max-bulk-len`).
pub const MAX_STORED: usize = 512 << 20;

/// The byte before a pickle in cachelib's stored form.
const PICKLED: u8 = b'!';

/// Appends a range of `source`.
///
/// Short ranges are copied by words, the last of which may bring bytes along from behind the range, and then cut: a copy
/// of unknown length is a call out of WebAssembly, which takes longer.
#[inline]
fn push_slice(source: &[u8], range: Range<usize>, out: &mut Vec<u8>) {
    let end = out.len() + range.len();
    if range.len() > 64 {
        return out.extend_from_slice(&source[range]);
    }
    let mut at = range.start;
    while at < range.end {
        let Some(words) = source[at..].first_chunk::<16>() else {
            out.extend_from_slice(&source[at..range.end]);
            break;
        };
        out.extend_from_slice(words);
        at += 16;
    }
    out.truncate(end);
}
