//! `wasm-bindgen --target web --omit-default-module-path --remove-producers-section --encode-into always
//! --experimental-reset-state-function`.
//!
//! Usage: `wasm-bindgen-web <module> <output folder> <name>`, or `--version`.

use std::env;

use anyhow::{Error, bail};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

fn main() -> Result<(), Error> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--version"] => println!("wasm-bindgen {}", wasm_bindgen_shared::version()),
        [module, folder, name] => Bindgen::new()
            .input_path(module)
            .web(true)?
            .typescript(true)
            .out_name(name)
            // All runtimes have it.
            .encode_into(EncodeInto::Always)
            .omit_default_module_path(true)
            .remove_producers_section(true)
            // A core that has trapped is replaced by a fresh instance.
            .reset_state_function(true)
            .generate(folder)?,
        _ => bail!("usage: wasm-bindgen-web <module> <output folder> <name>"),
    }
    Ok(())
}
