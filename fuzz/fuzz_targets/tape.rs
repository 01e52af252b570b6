//! Tapes: whatever stands on one, and whatever texts go with it, writing it ends in stored bytes that can be read, or in an
//! error that leaves nothing behind. The input's first byte says how many of the others are texts.

#![no_main]

#[path = "../../tests/script/mod.rs"]
mod script;

use cachelib_edge::serializer::Reader;
use cachelib_edge::serializer::script::Script;
use cachelib_edge::serializer::tape::{Dumper, Input, Texts};
use libfuzzer_sys::fuzz_target;
use script::assert_sound;

fuzz_target!(|input: &[u8]| {
    let Some((&texts, rest)) = input.split_first() else { return };
    let (texts, tape) = rest.split_at(rest.len().min(usize::from(texts)));
    let mut out = b"before".to_vec();
    match Dumper::default().dumps(&mut Input::new(tape, Texts::new(texts)), &mut out) {
        Ok(()) => assert!(out.starts_with(b"before")),
        Err(_) => assert_eq!(out, b"before"),
    }
    let mut script = Script::new();
    if Reader::new().to_script(&out[6..], &mut script).is_ok() {
        assert_sound(&script);
    }
});
