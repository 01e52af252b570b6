//! Both directions of the serializer, one value at a time, behind plain WebAssembly exports.

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::tape::{Dumper, StringBatch, TapeReader};
use std::cell::RefCell;

#[derive(Default)]
struct State {
    operations: Vec<u8>,
    stored: Vec<u8>,
    program: Program,
    dumper: Dumper,
    loader: Loader,
    refusal: Vec<u8>,
    /// What JavaScript reads after a call: addresses and lengths of the results.
    result: [u32; 12],
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// As the core's: the tape is written here.
#[unsafe(no_mangle)]
pub extern "C" fn reserve_operations(capacity: usize) -> *const u8 {
    STATE.with_borrow_mut(|state| {
        if state.operations.len() < capacity {
            state.operations.resize(capacity, 0);
        }
        state.operations.as_ptr()
    })
}

/// Whether objects of unknown classes are markers.
#[unsafe(no_mangle)]
pub extern "C" fn keep_instances(keep: bool) {
    STATE.with_borrow_mut(|state| state.loader.keep_instances(keep));
}

/// Room for `length` stored bytes.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.stored.resize(length, 0);
        state.stored.as_mut_ptr()
    })
}

/// The stored form of the tape, behind which are its texts: `[1, address, length]`, or 0 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn dumps(length: usize, texts: usize) -> *const u32 {
    STATE.with_borrow_mut(|state| {
        state.stored.clear();
        let (tape, rest) = state.operations.split_at(length);
        let mut tape = TapeReader::new(tape, StringBatch::new(&rest[..texts]));
        state.result = match state.dumper.dumps(&mut tape, &mut state.stored) {
            Ok(()) => [1, address(&state.stored), state.stored.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            Err(_) => [0; 12],
        };
        state.result.as_ptr()
    })
}

/// The value of the stored bytes: `[0 if unreadable, 2 if it holds instances, else 1; the number of instructions; the program]` as the
/// core's report has it, or 0, and address and length of the reason.
#[unsafe(no_mangle)]
pub extern "C" fn loads() -> *const u32 {
    STATE.with_borrow_mut(|state| {
        state.program.clear();
        state.result = match state.loader.loads(&state.stored, &mut state.program) {
            Ok(has_instances) => {
                let program = state.program.parts();
                let mut result = [1 + u32::from(has_instances), program.instructions.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                result[2..].copy_from_slice(&program.addresses());
                result
            }
            Err(error) => {
                state.refusal = error.class().unwrap_or(error.kind().message().as_bytes()).to_vec();
                [0, address(&state.refusal), state.refusal.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
        };
        state.result.as_ptr()
    })
}

fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
