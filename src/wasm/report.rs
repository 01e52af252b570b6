//! What the core wants done and has to tell, as `js/core/driver.js` reads it: a table of 32-bit words, and one [`Program`].
//!
//! ```text
//! report  = entries, wake in (ms; 2³² - 1: never), details, program, entry*
//! program = what `Parts::addresses` of `crates/serializer/src/program/parts.rs` gives
//! entry   = kind, id, a, b
//! ```
//!
//! The id of a socket's entry is its connection, that of an outcome its call. The instructions of the program
//! belong in order to the entries that take some (marked ▸). What is rare and has many parts is a [`Detail`] (marked
//! ▹), of which JavaScript asks for the whole list.

use super::record::Rejection;
use crate::cache::{Address, CallId, ConnectionId, Error, Freshness, LeaseId, NodeId, Outcome, PartialFailure, Values};
use crate::{client, connection};
use cachelib_serializer::program::{Loader, Program};
use cachelib_serializer::{DumpError, LoadErrorKind};
use serde::Serialize;

/// Open a socket to the address at `a`, of length `b`; where `b` is 0, to the configured server of the index `a`.
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
/// ▹ The outcome is a list: that of the next `a` entries. `b` details come first, one for each node that failed: the values of their
/// keys are not known, and NULL.
const LIST: u32 = 9;
/// ▹ The outcome of many keys, for some of which the operation failed, with `a` details, one for each node; TRUE where it did not.
const KEYS: u32 = 10;
/// ▹ The operation failed.
const FAILED: u32 = 11;
/// The outcome is that of the next entry, which is stale: it lives for `a` + 2³² `b` milliseconds.
const STALE: u32 = 12;
/// The outcome is that of the next entry, and lease `a`.
const LEASED: u32 = 13;

/// Set in a call's number when its caller wants stored bytes, for a serializer of its own.
const WANTS_BYTES: u32 = 1 << 31;
/// Set when its caller makes values of Python objects.
const WANTS_OBJECTS: u32 = 1 << 30;
/// Set when values are stored as Django does: what is no int is a pickle, without cachelib's `!` before it.
pub(super) const BARE_PICKLES: u32 = 1 << 29;
const HEADER: usize = 13;
/// The code of what there is no memory for.
const OUT_OF_MEMORY: &str = "OUT_OF_MEMORY";

/// Why an operation failed, as `js/core/report.js` has it: a code, the server's own text or the reason, the indices of the keys for
/// which it failed, the number of the node, and, where the operation was not tried, how many milliseconds ago connecting failed
/// and in how many it is tried again.
#[derive(Serialize)]
pub(super) struct Detail(String, String, Vec<u32>, u32, Option<f64>, Option<f64>);

#[derive(Default)]
pub(super) struct Report {
    words: Vec<u32>,
    program: Program,
    /// Lists of stored bytes, and addresses, that the table points into.
    lists: Vec<Values>,
    addresses: Vec<Address>,
    details: Vec<Detail>,
}

impl Report {
    pub(super) fn begin(&mut self) {
        self.words.clear();
        self.words.resize(HEADER, 0);
        self.lists.clear();
        self.addresses.clear();
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

    pub(super) fn connect(&mut self, id: ConnectionId, address: Address) {
        match &address {
            Address::Named(text) => self.entry(CONNECT, id.0, self::address(text.as_bytes()), text.len() as u32),
            Address::Configured(index) => self.entry(CONNECT, id.0, u32::from(*index), 0),
        }
        self.addresses.push(address);
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
            Outcome::Found(value, freshness) => self.found(loader, call, value, freshness),
            Outcome::Keys(failures) if failures.is_empty() => self.entry(TRUE, call, 0, 0),
            Outcome::Keys(failures) => {
                self.entry(KEYS, call, failures.len() as u32, 0);
                self.describe_all(failures);
            }
            Outcome::Failed(error) => self.failure(call, &error),
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
        loader.expect_bare_pickles(call & BARE_PICKLES != 0);
        let start = self.program.len();
        match loader.loads(stored, &mut self.program) {
            Ok(has_instances) => self.instructions(if has_instances { BUILT } else { VALUE }, call, start),
            Err(error) => {
                let code = match error.kind() {
                    LoadErrorKind::Class => "UNREADABLE_CLASS",
                    LoadErrorKind::OutOfMemory => OUT_OF_MEMORY,
                    _ => "UNREADABLE",
                };
                let text = error.class().unwrap_or(error.kind().message().as_bytes());
                self.detail(FAILED, call, code, text, Vec::new());
            }
        }
    }

    fn found(&mut self, loader: &mut Loader, call: u32, value: Values, freshness: Freshness) {
        match freshness {
            Freshness::Fresh => {}
            Freshness::Stale(ttl) => self.entry(STALE, call, ttl as u32, (ttl >> 32) as u32),
            Freshness::Leased(LeaseId(lease)) => self.entry(LEASED, call, lease, 0),
        }
        self.value(loader, call, value.iter().next().flatten());
        self.lists.push(value);
    }

    fn values(&mut self, loader: &mut Loader, call: u32, mut values: Values) {
        if self.words.try_reserve(values.len().saturating_add(1).saturating_mul(4)).is_err() {
            return self.detail(FAILED, call, OUT_OF_MEMORY, b"", Vec::new());
        }
        self.entry(LIST, call, values.len() as u32, values.failures.len() as u32);
        self.describe_all(std::mem::take(&mut values.failures));
        for stored in values.iter() {
            self.value(loader, call, stored);
        }
        if call & WANTS_BYTES != 0 {
            self.lists.push(values);
        }
    }

    /// A call whose record is no operation.
    pub(super) fn reject(&mut self, CallId(call): CallId, rejection: Rejection) {
        match rejection {
            Rejection::InvalidTimeout => self.failure(call, &Error::InvalidTimeout),
            Rejection::Unserializable(error) => {
                let code = if error == DumpError::OutOfMemory { OUT_OF_MEMORY } else { "UNSERIALIZABLE" };
                self.detail(FAILED, call, code, error.message().as_bytes(), Vec::new());
            }
        }
    }

    fn failure(&mut self, call: u32, error: &Error) {
        self.entry(FAILED, call, 0, 0);
        self.describe(error, Vec::new());
    }

    fn describe_all(&mut self, failures: Vec<PartialFailure>) {
        for PartialFailure { keys, error } in failures {
            self.describe(&error, keys);
        }
    }

    fn describe(&mut self, error: &Error, keys: Vec<u32>) {
        let words = match error {
            Error::Client(error, _) => match error.connection() {
                Some(connection::Error::Protocol(error)) => error.text().as_bytes(),
                _ => error.reply().map_or(&[][..], |reply| reply.as_bytes()),
            },
            _ => &[],
        };
        let outage = match error {
            Error::Client(client::Error::Unavailable(outage), _) => {
                Some((outage.failed_ago as f64, outage.retry_in as f64))
            }
            _ => None,
        };
        self.push_detail(error.code(), words, keys, error.node().map_or(0, NodeId::index), outage);
    }

    fn detail(&mut self, kind: u32, call: u32, code: &str, words: &[u8], keys: Vec<u32>) {
        self.entry(kind, call, 0, 0);
        self.push_detail(code, words, keys, 0, None);
    }

    fn push_detail(&mut self, code: &str, words: &[u8], keys: Vec<u32>, node: usize, outage: Option<(f64, f64)>) {
        // Words of a server or of a pickle are for reading: what is not printable ASCII is of no use in a message.
        let text = words.iter().map(|&byte| if byte.is_ascii_graphic() { char::from(byte) } else { ' ' }).collect();
        let (failed_ago, retry_in) = outage.unzip();
        self.details.push(Detail(code.into(), text, keys, node as u32, failed_ago, retry_in));
    }

    /// An entry that takes the instructions from `start` on.
    fn instructions(&mut self, kind: u32, call: u32, start: usize) {
        self.entry(kind, call, (self.program.len() - start) as u32, 0);
    }

    fn entry(&mut self, kind: u32, id: u32, a: u32, b: u32) {
        self.words.extend_from_slice(&[kind, id, a, b]);
    }
}

/// Wasm addresses have 32 bits.
fn address(bytes: &[u8]) -> u32 {
    bytes.as_ptr() as usize as u32
}
