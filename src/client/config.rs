//! What a client needs to know.

use crate::connection::ConnectionInfo;

/// What a client needs to know of its server, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we are to the server, and which database we want.
    pub connection: ConnectionInfo,
    /// From opening the socket to the end of the handshake, in milliseconds.
    pub connect_timeout: u64,
    /// How often a request that may be repeated is sent again after its connection was lost, or tried again after none could
    /// be made.
    pub max_retries: u8,
    /// Whether SET, DEL, UNLINK and FLUSHDB are among them, even where they may have been sent. What is still under way on the
    /// lost connection may then be executed after the repetition, and overwrite a later write; and a DEL that is repeated finds
    /// nothing to delete.
    pub retry_writes: bool,
    /// Whether requests fail at once while the server is known not to work; otherwise they wait for it until their deadline.
    pub fail_fast: bool,
}

impl Default for Config {
    /// No password, database 0, 5 s to connect, 2 retries, none of writes, and no waiting for a server that is down.
    fn default() -> Self {
        let connection = ConnectionInfo { client_name: "cachelib-edge".into(), ..ConnectionInfo::default() };
        Self { connection, connect_timeout: 5_000, max_retries: 2, retry_writes: false, fail_fast: true }
    }
}
