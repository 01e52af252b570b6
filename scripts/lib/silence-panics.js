/**
 * Takes the text of panics out of the module. A panic in the core ends in a trap either way; its text, which nobody
 * would see, costs 6 KB gzipped with the formatting behind it. rustc can leave it out only together with a standard
 * library of its own build, so the functions that make it become traps here, and wasm-opt drops what only they used. So do the
 * closures and promises of js-sys: nothing here makes any, but a table keeps their functions.
 */

import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Functions that never return, and formatting, which only they and errors that never happen lead to. Names are those of the
 * name section: `core[hash]::…` or `core::…::hash`.
 */
const SILENT = [
  /\b(core|std)(\[\w+\])?::panicking::/,
  /\bcore(\[\w+\])?::(option|result)::\w+_failed/,
  /\bcore(\[\w+\])?::slice::(index::slice_|copy_from_slice_impl::len_mismatch)/,
  /\bcore(\[\w+\])?::str::slice_error_fail/,
  /\bcore(\[\w+\])?::cell::panic_/,
  /\balloc(\[\w+\])?::(raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)/,
  /\b(core|alloc)(\[\w+\])?::fmt::/,
  /::assert_failed(::h\w+)?$/,
  />::fmt(::h\w+)?$/,
  /\brust_(panic|begin_unwind)/,
  /\bwasm_bindgen(\[\w+\])?::(convert::closures::|throw_)/,
  /\bjs_sys(\[\w+\])?::futures::/,
];

/** Fewer than this means that names are not what they were, and nothing would be gained unnoticed. */
const FEWEST = 20;

/** @param {string} file the module, with its name section */
export async function silencePanics(file) {
  // Not above: on a fresh machine the package is installed after this module was loaded.
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(readFileSync(file));
  let silenced = 0;
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const place = module.getFunctionByIndex(index);
    const { name, module: imported } = binaryen.getFunctionInfo(place);
    if (imported || !SILENT.some((pattern) => pattern.test(name))) continue;
    // The package’s types leave this class out.
    /** @type {any} */ (binaryen).Function.setBody(place, module.unreachable());
    silenced++;
  }
  if (silenced < FEWEST) {
    throw new Error(`only ${silenced} functions of panics were found in ${file}: see SILENT`);
  }
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
