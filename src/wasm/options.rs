//! What JavaScript tells of the server, already checked there.

use crate::client::Config;
use crate::connection::{Credentials, Patience};
use serde::Deserialize;

/// The options of one server.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    username: Option<String>,
    password: Option<String>,
    database: u32,
    client_name: String,
    /// Milliseconds.
    connect_timeout: u32,
    max_retries: u8,
}

impl Options {
    pub(super) fn into_config(self) -> Config {
        Config {
            credentials: Credentials {
                username: self.username,
                password: self.password,
                database: self.database,
                client_name: self.client_name,
            },
            patience: Patience { connect_timeout: self.connect_timeout.into(), max_retries: self.max_retries },
        }
    }
}
