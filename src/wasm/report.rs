//! What the core wants done and has to tell, as `js/core/driver.js` reads it: a table of 32-bit words, and one [`Program`].
//!
//! ```text
//! report  = entries, wake in (ms; 2³² - 1: never), details, program, entry*
//! program = what `Parts::addresses` of `crates/serializer/src/program/parts.rs` gives
//! entry   = kind, subject, a, b
//! ```
//!
//! The subject of a socket's entry is its connection, that of an outcome its call. The instructions of the program belong in order to
//! the entries that take some (marked ▸). What is rare and has many parts is a [`Detail`] (marked ▹), of which JavaScript asks
//! for the whole list.

use crate::cache::{CallId, ConnectionId, Keys, Outcome, Values};
use crate::failure::{Failure, FailureKind};
use cachelib_serializer::program::{Loader, Program};
use serde::Serialize;

/// Open a socket.
const CONNECT: u32 = 0;
/// Write the bytes at address `a`, of length `b`.
const TRANSMIT: u32 = 1;
/// Close the socket.
const CLOSE: u32 = 2;
/// The outcome is null.
const NULL: u32 = 3;
const FALSE: u32 = 4;
const TRUE: u32 = 5;
/// ▸ The outcome is the value of the next `a` instructions.
const VALUE: u32 = 6;
/// ▸ The same, where the instructions call the user's builders.
const BUILT: u32 = 7;
/// The outcome is the stored bytes at address `a`, of length `b`.
const BYTES: u32 = 8;
/// The outcome is a list: that of the next `a` entries.
const LIST: u32 = 9;
/// ▹ The outcome of many keys, for some of which the operation failed; TRUE where it did not.
const KEYS: u32 = 10;
/// ▹ The operation failed.
const FAILED: u32 = 11;

/// Set in a call's number when its caller wants stored bytes, for a serializer of its own.
const WANTS_BYTES: u32 = 1 << 31;
/// Set when its caller makes values of Python objects.
const WANTS_OBJECTS: u32 = 1 << 30;
const HEADER: usize = 13;

/// Why an operation failed: a code, the server's own words or the reason, and the indices of the keys for which it failed.
#[derive(Serialize)]
pub(super) struct Detail(&'static str, String, Vec<u32>);

#[derive(Default)]
pub(super) struct Report {
    words: Vec<u32>,
    program: Program,
    /// Lists of stored bytes that the table points into.
    lists: Vec<Values>,
    details: Vec<Detail>,
}

impl Report {
    pub(super) fn begin(&mut self) {
        self.words.clear();
        self.words.resize(HEADER, 0);
        self.lists.clear();
        self.details.clear();
        self.program.clear();
    }

    pub(super) fn end(&mut self, wake_in: Option<u64>) -> *const u32 {
        self.words[0] = ((self.words.len() - HEADER) / 4) as u32;
        self.words[1] = wake_in.map_or(u32::MAX, |wait| wait.min(u64::from(i32::MAX as u32)) as u32);
        self.words[2] = self.details.len() as u32;
        self.words[3..HEADER].copy_from_slice(&self.program.parts().addresses());
        self.words.as_ptr()
    }

    pub(super) fn details(&self) -> &[Detail] {
        &self.details
    }

    pub(super) fn connect(&mut self, id: ConnectionId) {
        self.entry(CONNECT, id.0, 0, 0);
    }

    pub(super) fn transmit(&mut self, id: ConnectionId, bytes: &[u8]) {
        self.entry(TRANSMIT, id.0, address(bytes), bytes.len() as u32);
    }

    pub(super) fn close(&mut self, id: ConnectionId) {
        self.entry(CLOSE, id.0, 0, 0);
    }

    pub(super) fn complete(&mut self, loader: &mut Loader, CallId(call): CallId, outcome: Outcome<'_>) {
        match outcome {
            Outcome::Flag(flag) => self.entry(if flag { TRUE } else { FALSE }, call, 0, 0),
            Outcome::Value(stored) => self.value(loader, call, stored),
            Outcome::Integer(number) => {
                let start = self.program.len();
                self.program.int(number);
                self.instructions(VALUE, call, start);
            }
            Outcome::Values(values) => self.values(loader, call, values),
            Outcome::Keys(Keys { failure: None, .. }) => self.entry(TRUE, call, 0, 0),
            Outcome::Keys(Keys { failed, failure: Some(failure) }) => self.failure(KEYS, call, &failure, failed),
            Outcome::Failed(failure) => self.failure(FAILED, call, &failure, Vec::new()),
        }
    }

    fn value(&mut self, loader: &mut Loader, call: u32, stored: Option<&[u8]>) {
        let Some(stored) = stored else {
            return self.entry(NULL, call, 0, 0);
        };
        if call & WANTS_BYTES != 0 {
            return self.entry(BYTES, call, address(stored), stored.len() as u32);
        }
        loader.keep_instances(call & WANTS_OBJECTS != 0);
        let start = self.program.len();
        match loader.loads(stored, &mut self.program) {
            Ok(has_instances) => self.instructions(if has_instances { BUILT } else { VALUE }, call, start),
            Err(error) => match error.class() {
                Some(class) => self.detail(FAILED, call, "UNREADABLE_CLASS", class, Vec::new()),
                None => self.detail(FAILED, call, "UNREADABLE", error.kind().message().as_bytes(), Vec::new()),
            },
        }
    }

    fn values(&mut self, loader: &mut Loader, call: u32, values: Values) {
        self.entry(LIST, call, values.len() as u32, 0);
        for stored in values.iter() {
            self.value(loader, call, stored);
        }
        if call & WANTS_BYTES != 0 {
            self.lists.push(values);
        }
    }

    fn failure(&mut self, kind: u32, call: u32, failure: &Failure, keys: Vec<u32>) {
        let words = match failure.kind {
            FailureKind::Protocol(error) => error.text().as_bytes(),
            FailureKind::Unserializable(error) => error.message().as_bytes(),
            _ => &failure.reply,
        };
        self.detail(kind, call, code(failure.kind), words, keys);
    }

    fn detail(&mut self, kind: u32, call: u32, code: &'static str, words: &[u8], keys: Vec<u32>) {
        self.entry(kind, call, 0, 0);
        // Words of a server or of a pickle are for reading: what is not printable ASCII is of no use in a message.
        let words = words.iter().map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { ' ' }).collect();
        self.details.push(Detail(code, words, keys));
    }

    /// An entry that takes the instructions from `start` on.
    fn instructions(&mut self, kind: u32, call: u32, start: usize) {
        self.entry(kind, call, (self.program.len() - start) as u32, 0);
    }

    fn entry(&mut self, kind: u32, subject: u32, a: u32, b: u32) {
        self.words.extend_from_slice(&[kind, subject, a, b]);
    }
}

const fn code(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Unreachable => "UNREACHABLE",
        FailureKind::ConnectTimeout => "CONNECT_TIMEOUT",
        // JavaScript closes a core only once it is idle: no call of its own is ever told of that.
        FailureKind::ConnectionLost | FailureKind::Closed => "CONNECTION_LOST",
        FailureKind::Timeout => "TIMEOUT",
        FailureKind::Aborted => "ABORTED",
        FailureKind::Protocol(_) => "PROTOCOL",
        FailureKind::Handshake => "HANDSHAKE",
        FailureKind::Server => "SERVER",
        FailureKind::InvalidTimeout => "INVALID_TIMEOUT",
        FailureKind::TooLarge => "TOO_LARGE",
        FailureKind::Unserializable(_) => "UNSERIALIZABLE",
    }
}

/// Wasm addresses have 32 bits.
fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
