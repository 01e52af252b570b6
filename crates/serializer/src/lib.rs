//! The values of Python's cachelib and their stored bytes.
//!
//! cachelib's default serializer stores an int as its ASCII digits, so that Redis' INCRBY works on it, and everything else as
//! `!` and a pickle. Reading takes the same two forms; bytes that are neither are the value themselves.
//!
//! ```
//! use cachelib_serializer::{LoadErrorKind, Value, dumps, loads};
//!
//! let user = Value::Dict(vec![(Value::Str("name".into()), Value::Str("Ada".into()))]);
//! let stored = dumps(&user)?;
//! assert!(stored.starts_with(b"!\x80\x05"));
//! assert_eq!(loads(&stored)?, user);
//!
//! assert_eq!(dumps(&Value::Int(42))?, b"42");
//! // os.system("true"), which is neither executed nor readable:
//! let error = loads(b"!cos\nsystem\n(S'true'\ntR.").unwrap_err();
//! assert_eq!((error.kind(), error.class()), (LoadErrorKind::Class, Some(&b"os.system"[..])));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Rust programs use [`Value`], [`dumps`] and [`loads`]. A host in another language that must not cross a boundary for each part
//! of a value writes it as a [`tape`] and builds it by running a [`program`]; cachelib-edge's JavaScript does so.
//!
//! # Layers
//! ```text
//! dumps  loads  Value    tape  program     each a form of a value, which know only what is below
//! pickle                                   the writer (protocol 5), and the machine (protocols 0 to 5) with its objects
//! integer  calendar  wtf8  budget  fallible  error
//! ```

#![forbid(unsafe_code)]

mod budget;
mod calendar;
mod dumps;
mod error;
mod fallible;
mod integer;
mod loads;
mod pickle;
pub mod program;
pub mod tape;
mod value;
mod wtf8;

pub use dumps::{dumps, dumps_into};
pub use error::{DumpError, LoadError, LoadErrorKind};
pub use loads::loads;
pub use value::Value;

/// How deep values may nest, written and read: what CPython's own pickler reaches with its default recursion limit.
pub const MAX_DEPTH: usize = 1000;

/// How many objects (lists, dicts, sets, dates, byte strings, ints beyond 64 bits) a value may consist of, written and read. Numbers,
/// texts and the like are not counted.
pub const MAX_OBJECTS: usize = 8 << 20;

/// The largest stored value in bytes: Redis refuses longer strings (`proto-max-bulk-len`).
pub const MAX_STORED: usize = 512 << 20;

/// The byte before a pickle in cachelib's stored form.
const PICKLED: u8 = b'!';

/// The example of the README is tested with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
