//! The boundary to JavaScript: the only code with `#[wasm_bindgen]`.
//!
//! One crossing carries a batch. JavaScript writes operation records ([`record`]) straight into [`Core`]'s operation
//! buffer and submits them all at once; a received chunk is copied in once; what is to be done comes back as a flat table
//! of numbers with one program for all values ([`report`]).
//!
//! Addresses are offsets in the module's memory. They are valid until the next call into the core, and a view that
//! JavaScript has on the memory until the memory grows.

mod options;
mod record;
mod report;

use crate::cache::{Cache, CallId, ConnectionId, Outcome, Output};
use crate::client;
use cachelib_serializer::program::Loader;
use js_sys::Array;
use options::Options;
use record::Submitter;
use report::Report;
use wasm_bindgen::prelude::*;

/// In place of the standard one, which is 2 KB larger when compressed.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The largest buffers that are kept between two calls, in bytes.
const MAX_RETAINED: usize = 1024 * 1024;

/// What the cores of a cache share: what is known of its servers.
#[wasm_bindgen]
#[derive(Default)]
pub struct Installation(client::Installation);

#[wasm_bindgen]
impl Installation {
    /// One of which nothing is known.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A cache in Redis, driven by JavaScript.
#[wasm_bindgen]
pub struct Core {
    cache: Cache,
    /// All of it is initialised, so that JavaScript may write into it.
    operations: Vec<u8>,
    submitter: Submitter,
    loader: Loader,
    report: Report,
}

#[wasm_bindgen]
impl Core {
    /// A core for the servers of an installation.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &Options, installation: &Installation) -> Core {
        Self {
            cache: Cache::sharing(options.into(), seed(), installation.0.clone()),
            operations: Vec::new(),
            submitter: Submitter::default(),
            loader: Loader::new(),
            report: Report::default(),
        }
    }

    /// Makes the operation buffer at least `capacity` bytes long, keeps what is in it, and returns its address; 0 where
    /// there is no memory for it.
    pub fn reserve_operations(&mut self, capacity: usize) -> *const u8 {
        let more = capacity.saturating_sub(self.operations.len());
        if self.operations.try_reserve_exact(more).is_err() {
            return core::ptr::null();
        }
        if more > 0 {
            self.operations.resize(capacity, 0);
        }
        self.operations.as_ptr()
    }

    /// Begins the operations whose records are the first `records` bytes of the buffer, and whose texts the next `texts` bytes.
    pub fn submit(&mut self, records: usize, texts: usize, now: f64) -> *const u32 {
        let (records, rest) = self.operations.split_at_checked(records).unwrap_or_default();
        let texts = rest.get(..texts).unwrap_or_default();
        self.submitter.submit(&mut self.cache, records, texts, now as u64);
        if self.operations.len() > MAX_RETAINED {
            self.operations = Vec::new();
        }
        self.drain(now as u64)
    }

    /// The address for `length` bytes from a connection; 0 where there is no memory, which ends the connection.
    pub fn spare(&mut self, connection: u32, length: usize) -> *mut u8 {
        let spare = self.cache.spare_mut(ConnectionId(connection), length);
        spare.map_or(core::ptr::null_mut(), <[u8]>::as_mut_ptr)
    }

    /// The first `length` bytes at that address came from the server.
    pub fn received(&mut self, connection: u32, length: usize, now: f64) -> *const u32 {
        self.cache.received(ConnectionId(connection), length, now as u64);
        self.drain(now as u64)
    }

    /// The socket is open, TLS included.
    pub fn opened(&mut self, connection: u32, now: f64) -> *const u32 {
        self.cache.opened(ConnectionId(connection), now as u64);
        self.drain(now as u64)
    }

    /// The socket is gone, or could not be opened.
    pub fn closed(&mut self, connection: u32, now: f64) -> *const u32 {
        self.cache.closed(ConnectionId(connection));
        self.drain(now as u64)
    }

    /// Bytes of a transmission have moved on.
    pub fn progressed(&mut self, connection: u32, now: f64) -> *const u32 {
        self.cache.progressed(ConnectionId(connection), now as u64);
        self.drain(now as u64)
    }

    /// The time has come that the last report named.
    pub fn timeout(&mut self, now: f64) -> *const u32 {
        self.cache.timeout(now as u64);
        self.drain(now as u64)
    }

    /// The caller gives an operation up; it is told with the next report.
    pub fn abort(&mut self, call: u32) {
        self.cache.abort(CallId(call));
    }

    /// Whether an attempt to connect is under way that no call waits for.
    pub fn is_probing(&self) -> bool {
        self.cache.is_probing()
    }

    /// Reports the value of the stored bytes that are the first `length` of the operation buffer, in the form that the number of
    /// a call asks for. It is for a core that has no operations.
    pub fn load(&mut self, call: u32, length: usize) -> *const u32 {
        let stored = self.operations.get(..length);
        self.report.begin();
        self.report.complete(&mut self.loader, CallId(call), Outcome::Value(stored));
        self.report.end(None)
    }

    /// What the last report's entries say in detail, as an array of `Detail`s (`report.rs`).
    pub fn details(&self) -> Array {
        // None of their types is one that cannot be converted.
        serde_wasm_bindgen::to_value(self.report.details()).map_or_else(|_| Array::new(), JsCast::unchecked_into)
    }

    /// Reports all that there is to do and to know.
    fn drain(&mut self, now: u64) -> *const u32 {
        self.report.begin();
        for (call, error) in self.submitter.rejected.drain(..) {
            self.report.reject(call, error);
        }
        while let Some(output) = self.cache.poll(now) {
            match output {
                Output::Connect(id, address) => self.report.connect(id, address),
                Output::Transmit(id, bytes) => self.report.transmit(id, bytes),
                Output::Close(id) => self.report.close(id),
                Output::Complete(call, outcome) => self.report.complete(&mut self.loader, call, outcome),
            }
        }
        let wake_in = self.cache.poll_timeout().map(|at| at.saturating_sub(now));
        self.report.end(wake_in)
    }
}

/// Randomness for the pauses between attempts to connect. A Worker has none at module scope: there the pauses are simply
/// not random.
fn seed() -> u64 {
    let mut seed = [0; 8];
    match getrandom::fill(&mut seed) {
        Ok(()) => u64::from_le_bytes(seed),
        Err(_) => 0,
    }
}
