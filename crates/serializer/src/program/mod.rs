//! Programs: how a host, JavaScript above all, is told what values to build, at one 32-bit word an instruction.
//!
//! [`Loader`] makes a program of stored bytes: plain data in one pass (`transcoder`), everything else through the pickle
//! machine and its objects (`emitter`). The host runs it on a stack (cachelib-edge does in `js/serializer/`). The low four bits
//! of an instruction are its opcode, the others its argument `n`. What does not fit in there stands in the program's other
//! [`Parts`], in the order in which it is used:
//!
//! | opcode | instruction | pushes |
//! |---|---|---|
//! | 0 | TEXT n | the next n characters of `ascii` |
//! | 1 | KEY n | the string that is key n |
//! | 2 | INT n | n, signed |
//! | 3 | CONSTANT n | null, true or false |
//! | 4 | FLOAT | the next number of `floats` |
//! | 5 | WIDE n | the next n code units of `utf16` |
//! | 6, 7 | LIST, DICT | an empty array, an empty object |
//! | 8 | APPEND n | nothing: takes n values off and appends them to the array below |
//! | 9 | FILL n | nothing: takes n keys and values off and sets them in the object below |
//! | 10 | BYTES, length | the next bytes of `bytes` |
//! | 11 | LONG, length | the string of the next bytes of `bytes`, which are UTF-8 |
//! | 12 | INT32, number | the next word, signed |
//! | 13 | RECALL n | the value that was kept as number n |
//! | 14 | SPECIAL n | takes off as many values as n without its low four bits, and pushes what these bits, a `Special`, make of them |
//! | 15 | KEEP | nothing: keeps the top of the stack under the next number, from 0 on for each value |
//!
//! APPEND 0 and FILL 0 do nothing. Object keys repeat from value to value: the host has them as strings, by numbers that last
//! until there are too many of them ([`Parts::new_keys`]).

mod buffer;
mod builder;
mod emitter;
mod instruction;
mod key_table;
mod loader;
mod parts;
mod transcoder;

pub use builder::Program;
pub use loader::Loader;
pub use parts::Parts;

/// The key that an assignment in JavaScript does not set.
const PROTO_KEY: &[u8] = b"__proto__";
