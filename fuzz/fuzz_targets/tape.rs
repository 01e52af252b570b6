//! Tapes: whatever stands on one, and whatever texts go with it, writing it ends in stored bytes that can be read, or in an
//! error that leaves nothing behind. The input's first byte says how many of the others are texts.

#![no_main]

#[path = "../../crates/serializer/tests/program/mod.rs"]
mod program;

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::tape::{Dumper, StringBatch, TapeReader};
use libfuzzer_sys::fuzz_target;
use program::assert_sound;

fuzz_target!(|input: &[u8]| {
    let Some((&texts, rest)) = input.split_first() else { return };
    let (texts, tape) = rest.split_at(rest.len().min(usize::from(texts)));
    let mut out = b"before".to_vec();
    match Dumper::default().dumps(&mut TapeReader::new(tape, StringBatch::new(texts)), &mut out) {
        Ok(()) => assert!(out.starts_with(b"before")),
        Err(_) => assert_eq!(out, b"before"),
    }
    let mut program = Program::new();
    if Loader::new().loads(&out[6..], &mut program).is_ok() {
        assert_sound(&program);
    }
});
