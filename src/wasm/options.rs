//! What JavaScript configures.

use crate::client::Config;
use crate::connection::ConnectionInfo;
use serde::Deserialize;

/// The options of a server, as `js/options/parse.js` makes them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    username: Option<String>,
    password: Option<String>,
    /// Selected when not 0.
    database: u32,
    client_name: String,
    /// Milliseconds.
    connect_timeout: u32,
    max_retries: u8,
}

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        let Options { username, password, database, client_name, connect_timeout, max_retries } = options;
        Self {
            connection: ConnectionInfo { username, password, database, client_name },
            connect_timeout: connect_timeout.into(),
            max_retries,
        }
    }
}
