//! What a client needs to know.

use crate::connection::ConnectionInfo;

/// What a client needs to know of its servers, and how long to wait for them.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we are to the servers with the data, and which database we want.
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
    /// So many bytes of requests may be without a reply at a server, those that were not sent included: a further request fails
    /// then. One may be as large as it is.
    pub max_queued: usize,
    /// How the servers belong together.
    pub deployment: Deployment,
    /// Whether replicas answer reads where there are any, by data that may be old.
    pub reads_replicas: bool,
    /// How many servers the user has configured, 99 at most: [`Address::Configured`](super::Address::Configured).
    pub seeds: u16,
    /// The most connections at once, those that are being opened included.
    pub max_connections: usize,
    /// For how long an attempt to connect that was given up still counts as one of them, in milliseconds. workerd does so for 20 s:
    /// <https://github.com/cloudflare/workerd/issues/2060>.
    pub connect_linger: u64,
}

/// How the servers belong together.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Deployment {
    /// One server.
    Standalone,
    /// A cluster. The configured servers are some of its nodes.
    Cluster {
        /// Whether a node with an IP address is reached by its host name, if it has one, as certificates may need it.
        prefers_hostnames: bool,
    },
    /// A master, and sentinels that know its address. The configured servers are the sentinels.
    Sentinel {
        /// The name of the master.
        master: String,
        /// Who we are to the sentinels.
        connection: ConnectionInfo,
    },
}

impl Default for Config {
    /// One server without a password, database 0, 5 s to connect, 2 retries, none of writes, no waiting for a server that is
    /// down, and a queue of 256 MiB.
    fn default() -> Self {
        Self {
            connection: ConnectionInfo { client_name: "cachelib-edge".into(), ..ConnectionInfo::default() },
            connect_timeout: 5_000,
            max_retries: 2,
            retry_writes: false,
            fail_fast: true,
            max_queued: 256 << 20,
            deployment: Deployment::Standalone,
            reads_replicas: false,
            seeds: 1,
            max_connections: usize::MAX,
            connect_linger: 0,
        }
    }
}
