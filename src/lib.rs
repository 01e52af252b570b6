//! Python cachelib's Redis cache as a sans-I/O state machine.
//!
//! The crate has no socket, no clock and no randomness: its user puts bytes and a monotonic time in milliseconds in, and
//! takes bytes and outcomes out. Data flows one way through the modules:
//!
//! ```text
//! cache call → cache::Operation → resp::encode → connection's request queue → Output::Transmit → the user's socket
//! the user's socket → Cache::receive → resp::scan, resp::decode → cache::Outcome → cachelib_serializer → value
//! ```
//!
//! The one rule: after anything was put in (an operation, bytes, a connection that opened or closed, the time),
//! call [`cache::Cache::poll`] until it returns `None`, then sleep until [`cache::Cache::poll_timeout`] or the next input.
//!
//! ```
//! use cachelib_edge::cache::{Cache, CallId, Operation, Outcome, Output};
//! use cachelib_edge::client::Config;
//!
//! let mut cache = Cache::new(Config::default(), 7);
//! cache.submit(CallId(1), Operation::Get { key: b"front" }, 5_000, 0);
//! let Some(Output::Connect(connection, _)) = cache.poll(0) else { panic!() };
//! // … the user opens a socket to the server …
//! cache.opened(connection, 1);
//! let Some(Output::Transmit(_, bytes)) = cache.poll(1) else { panic!() };
//! assert!(bytes.ends_with(b"*2\r\n$3\r\nGET\r\n$5\r\nfront\r\n"));
//! // … and hands back what the server answers: to CLIENT SETNAME, then to GET.
//! # if cfg!(feature = "resp3") { cache.receive(connection, b"%0\r\n", 2); } // to HELLO
//! cache.receive(connection, b"+OK\r\n$2\r\n42\r\n", 2);
//! let Some(Output::Complete(CallId(1), Outcome::Value(Some(stored)))) = cache.poll(2) else { panic!() };
//! assert_eq!(stored, b"42");
//! ```

#[forbid(unsafe_code)]
pub mod cache;
#[forbid(unsafe_code)]
pub mod client;
#[forbid(unsafe_code)]
pub mod connection;
#[forbid(unsafe_code)]
pub mod resp;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
