//! The serializer's two roads, one value at a time, behind plain WebAssembly exports.

#[path = "../../../../src/serializer/mod.rs"]
pub mod serializer;

use serializer::tape::{Dumper, Input, Texts};
use serializer::{Reader, Unreadable};
use std::cell::RefCell;

#[derive(Default)]
struct State {
    operations: Vec<u8>,
    stored: Vec<u8>,
    text: Vec<u8>,
    dumper: Dumper,
    reader: Reader,
    /// What JavaScript reads after a call: addresses and lengths of the results.
    result: [u32; 5],
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
            Ok(()) => [1, address(&state.stored), state.stored.len() as u32, 0, 0],
            Err(_) => [0; 5],
        };
        state.result.as_ptr()
    })
}

/// The value of the stored bytes: `[0 if unreadable, 2 if it has markers, else 1; address of the text, or of the reason; its
/// length; address of the side bytes; their length]`.
#[unsafe(no_mangle)]
pub extern "C" fn loads() -> *const u32 {
    STATE.with_borrow_mut(|state| {
        state.text.clear();
        state.reader.clear_bytes();
        let kind = match state.reader.to_json(&state.stored, &mut state.text) {
            Ok(marked) => 1 + u32::from(marked.0),
            Err(unreadable) => {
                state.text.extend_from_slice(match &unreadable {
                    Unreadable::Class(name) => name,
                    _ => unreadable.reason().as_bytes(),
                });
                0
            }
        };
        let side = state.reader.bytes();
        state.result = [kind, address(&state.text), state.text.len() as u32, address(side), side.len() as u32];
        state.result.as_ptr()
    })
}

fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
