//! What JavaScript configures: one object, read field by field.
//!
//! As a serde struct it adds 8 KB gzipped to the module, nearly all of it to tell what is wrong with an object that this
//! package's own code has made.

use crate::client::Config;
use crate::connection::ConnectionInfo;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The options of a server, as `js/options/parse.js` makes them.
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
}

impl From<&Options> for Config {
    fn from(options: &Options) -> Self {
        Self {
            connection: ConnectionInfo {
                username: options.username(),
                password: options.password(),
                database: options.database(),
                client_name: options.client_name(),
            },
            connect_timeout: options.connect_timeout().into(),
            max_retries: options.max_retries(),
            retry_writes: options.retry_writes(),
            fail_fast: options.fail_fast(),
        }
    }
}
