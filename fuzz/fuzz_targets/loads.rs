//! Reading against CPython: what its Unpickler reads, restricted to the classes of the value table, we read to the same value;
//! what it refuses, we refuse. Run by `fuzz/run.sh`.
//!
//! The other way round there are exceptions, the documented limits: `LoadErrorKind::Cycle`, `Depth`, `Size`, `Class`, a `Memo` index
//! that no pickler writes, and `Argument`, where an opcode or a class is used as no pickler does.

#![no_main]

#[path = "../../crates/serializer/tests/program/mod.rs"]
mod program;

use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::{LoadErrorKind, loads};
use libfuzzer_sys::fuzz_target;
use program::assert_sound;
use std::cell::RefCell;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

fuzz_target!(|pickle: &[u8]| {
    let stored = [b"!", pickle].concat();
    let mut program = Program::new();
    let result = Loader::new().loads(&stored, &mut program);
    let _ = loads(&stored);
    assert!(program.size() <= stored.len() * 64 + 4096);
    if result.is_ok() {
        assert_sound(&program);
    }
    let verdict = match result {
        Ok(_) => b'=',
        Err(error) => match error.kind() {
            LoadErrorKind::Truncated
            | LoadErrorKind::Opcode
            | LoadErrorKind::Protocol
            | LoadErrorKind::Stack
            | LoadErrorKind::Text => b'!',
            _ => return,
        },
    };
    ORACLE.with_borrow_mut(|oracle| {
        // What one pickle leaves behind in Python can show in the next: a fresh process has the last word.
        for last_word in [false, true] {
            let python = oracle.get_or_insert_with(Oracle::start);
            match python.judge(verdict, pickle, &program) {
                Some(complaint) if complaint.is_empty() => return,
                Some(complaint) if last_word => panic!("{complaint}"),
                // Or Python hangs, or has died, of a bomb that does us no harm.
                _ => *oracle = None,
            }
        }
    });
});

thread_local! {
    static ORACLE: RefCell<Option<Oracle>> = const { RefCell::new(None) };
}

/// A Python process with `fuzz/oracle.py`.
struct Oracle {
    process: Child,
    answers: mpsc::Receiver<String>,
}

impl Oracle {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle.py");
        let mut command = Command::new("python3");
        let mut process = command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
        let mut output = process.stdout.take().expect("a pipe");
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            let mut length = [0; 4];
            while output.read_exact(&mut length).is_ok() {
                let mut answer = vec![0; u32::from_le_bytes(length) as usize];
                if output.read_exact(&mut answer).is_err()
                    || sender.send(String::from_utf8_lossy(&answer).into()).is_err()
                {
                    return;
                }
            }
        });
        Self { process, answers }
    }

    /// A complaint, empty if all is well; `None` if there is no answer.
    fn judge(&mut self, verdict: u8, pickle: &[u8], program: &Program) -> Option<String> {
        let parts = program.parts();
        let instructions: Vec<u8> = parts.instructions.iter().flat_map(|word| word.to_le_bytes()).collect();
        let units: Vec<u8> = parts.utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let floats: Vec<u8> = parts.floats.iter().flat_map(|float| float.to_le_bytes()).collect();
        let mut message = vec![verdict];
        for part in [pickle, &instructions, parts.ascii, &units, &floats, parts.bytes, parts.new_keys] {
            message.extend_from_slice(&(part.len() as u32).to_le_bytes());
            message.extend_from_slice(part);
        }
        self.process.stdin.as_mut()?.write_all(&message).ok()?;
        self.answers.recv_timeout(Duration::from_secs(5)).ok()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
