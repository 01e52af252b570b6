//! Tapes: whatever stands on one, writing it ends in stored bytes that can be read, or in an error that leaves nothing behind.

#![no_main]

use cachelib_edge::serializer::{Reader, tape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|tape: &[u8]| {
    let mut out = b"before".to_vec();
    match tape::dumps(tape, &mut out) {
        Ok(taken) => assert!(taken <= tape.len() && out.starts_with(b"before")),
        Err(_) => assert_eq!(out, b"before"),
    }
    let mut text = Vec::new();
    if Reader::new().to_json(&out[6..], &mut text).is_ok() {
        assert!(core::str::from_utf8(&text).is_ok());
    }
});
