//! What JavaScript configures: one object, read field by field.
//!
//! As a serde struct it adds 8 KB gzipped to the module, nearly all of it to tell what is wrong with an object that this
//! package's own code has made.

use crate::client::{Config, Deployment};
use crate::connection::ConnectionInfo;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The options of the servers, as `js/options/parse.js` makes them.
    pub type Options;

    #[wasm_bindgen(method, getter)]
    fn username(this: &Options) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn password(this: &Options) -> Option<String>;

    /// Selected when not 0.
    #[wasm_bindgen(method, getter)]
    fn database(this: &Options) -> u32;

    #[wasm_bindgen(method, getter, js_name = clientName)]
    fn client_name(this: &Options) -> String;

    /// Milliseconds.
    #[wasm_bindgen(method, getter, js_name = connectTimeout)]
    fn connect_timeout(this: &Options) -> u32;

    #[wasm_bindgen(method, getter, js_name = maxRetries)]
    fn max_retries(this: &Options) -> u8;

    #[wasm_bindgen(method, getter, js_name = retryWrites)]
    fn retry_writes(this: &Options) -> bool;

    #[wasm_bindgen(method, getter, js_name = failFast)]
    fn fail_fast(this: &Options) -> bool;

    /// 0: one server, as where it is absent. 1: a cluster. 2: a master that sentinels know.
    #[wasm_bindgen(method, getter)]
    fn mode(this: &Options) -> u8;

    /// How many servers are configured. None of what follows need be there where there is one.
    #[wasm_bindgen(method, getter)]
    fn seeds(this: &Options) -> u16;

    /// 0: any number.
    #[wasm_bindgen(method, getter, js_name = maxConnections)]
    fn max_connections(this: &Options) -> u32;

    #[wasm_bindgen(method, getter, js_name = preferReplica)]
    fn prefer_replica(this: &Options) -> bool;

    #[wasm_bindgen(method, getter, js_name = preferHostnames)]
    fn prefer_hostnames(this: &Options) -> bool;

    #[wasm_bindgen(method, getter, js_name = masterName)]
    fn master_name(this: &Options) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = sentinelUsername)]
    fn sentinel_username(this: &Options) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = sentinelPassword)]
    fn sentinel_password(this: &Options) -> Option<String>;
}

impl From<&Options> for Config {
    fn from(options: &Options) -> Self {
        let max_connections = options.max_connections() as usize;
        Self {
            connection: ConnectionInfo {
                username: options.username(),
                password: options.password(),
                database: options.database(),
                client_name: options.client_name(),
                reads_replicas: options.prefer_replica(),
                ..ConnectionInfo::default()
            },
            connect_timeout: options.connect_timeout().into(),
            max_retries: options.max_retries(),
            retry_writes: options.retry_writes(),
            fail_fast: options.fail_fast(),
            deployment: deployment(options),
            seeds: options.seeds(),
            max_connections: if max_connections == 0 { usize::MAX } else { max_connections },
        }
    }
}

fn deployment(options: &Options) -> Deployment {
    match options.mode() {
        _ if !cfg!(feature = "cluster") => Deployment::Standalone,
        1 => Deployment::Cluster { prefers_hostnames: options.prefer_hostnames() },
        2 => Deployment::Sentinel {
            master: options.master_name().unwrap_or_default(),
            connection: ConnectionInfo {
                username: options.sentinel_username(),
                password: options.sentinel_password(),
                client_name: options.client_name(),
                ..ConnectionInfo::default()
            },
        },
        _ => Deployment::Standalone,
    }
}
