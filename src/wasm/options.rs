//! What JavaScript configures: one array, read field by field.
//!
//! As a serde struct it adds 8 KB gzipped to the module, nearly all of it to tell what is wrong with an object that this
//! package's own code has made. Getters by name are one import each, and add 1 KB.

use crate::client::{Config, Deployment};
use crate::connection::ConnectionInfo;
use std::array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The options of the servers, numbers first, as `FIELDS` of `js/core/instance.js` has them.
    pub type Options;

    /// 0 where the field is undefined.
    #[wasm_bindgen(method, structural, indexing_getter)]
    fn number(this: &Options, field: usize) -> u32;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn text(this: &Options, field: usize) -> Option<String>;
}

impl From<&Options> for Config {
    fn from(options: &Options) -> Self {
        let numbers = array::from_fn(|field| options.number(field));
        let texts = array::from_fn(|field| options.text(numbers.len() + field));
        let [
            database,
            connect_timeout,
            max_retries,
            retry_writes,
            fail_fast,
            mode,
            seeds,
            max_connections,
            prefers_replica,
            prefers_hostnames,
            max_queued,
            connect_linger,
        ] = numbers;
        let [username, password, client_name, master, sentinel_username, sentinel_password] = texts;
        let client_name = client_name.unwrap_or_default();
        let deployment = match mode {
            _ if !cfg!(feature = "cluster") => Deployment::Standalone,
            1 => Deployment::Cluster { prefers_hostnames: prefers_hostnames != 0 },
            2 => Deployment::Sentinel {
                master: master.unwrap_or_default(),
                connection: ConnectionInfo {
                    username: sentinel_username,
                    password: sentinel_password,
                    client_name: client_name.clone(),
                    database: 0,
                },
            },
            _ => Deployment::Standalone,
        };
        Self {
            connection: ConnectionInfo { username, password, database, client_name },
            connect_timeout: connect_timeout.into(),
            max_retries: max_retries as u8,
            retry_writes: retry_writes != 0,
            fail_fast: fail_fast != 0,
            max_queued: unless_none(max_queued),
            deployment,
            reads_replicas: prefers_replica != 0,
            seeds: seeds as u16,
            max_connections: unless_none(max_connections),
            connect_linger: connect_linger.into(),
        }
    }
}

/// No limit, where none is set.
const fn unless_none(limit: u32) -> usize {
    if limit == 0 { usize::MAX } else { limit as usize }
}
