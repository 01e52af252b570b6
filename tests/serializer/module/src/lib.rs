//! The serializer's two roads, one value at a time, behind plain WebAssembly exports.

#[path = "../../../../src/serializer/mod.rs"]
pub mod serializer;

use serializer::script::Script;
use serializer::tape::{Dumper, Input, Texts};
use serializer::{Reader, Unreadable};
use std::cell::RefCell;

#[derive(Default)]
struct State {
    operations: Vec<u8>,
    stored: Vec<u8>,
    script: Script,
    dumper: Dumper,
    reader: Reader,
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
    STATE.with_borrow_mut(|state| state.reader.keep_instances(keep));
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
        let mut tape = Input::new(tape, Texts::new(&rest[..texts]));
        state.result = match state.dumper.dumps(&mut tape, &mut state.stored) {
            Ok(()) => [1, address(&state.stored), state.stored.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            Err(_) => [0; 12],
        };
        state.result.as_ptr()
    })
}

/// The value of the stored bytes: `[0 if unreadable, 2 if it holds instances, else 1; the number of steps; the script]` as the
/// core's report has it, or 0, and address and length of the reason.
#[unsafe(no_mangle)]
pub extern "C" fn loads() -> *const u32 {
    STATE.with_borrow_mut(|state| {
        state.script.clear();
        state.result = match state.reader.to_script(&state.stored, &mut state.script) {
            Ok(has_instances) => {
                let script = state.script.parts();
                let mut result = [1 + u32::from(has_instances), script.steps.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
                result[2..].copy_from_slice(&script.places());
                result
            }
            Err(unreadable) => {
                state.refusal = match &unreadable {
                    Unreadable::Class(name) => name.to_vec(),
                    _ => unreadable.reason().as_bytes().to_vec(),
                };
                [0, address(&state.refusal), state.refusal.len() as u32, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            }
        };
        state.result.as_ptr()
    })
}

fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
