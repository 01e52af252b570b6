/**
 * A Rust compiler with the standard library for wasm32-unknown-unknown.
 *
 * Where rustup may install, that is `rustup target add`. Elsewhere it is put together in the tools' folder: debian-rust.js.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, query, run } from '../lib/process.js';
import { pathWith } from '../lib/paths.js';
import { assembleCompiler, findAssembled, ownSysroot } from './debian-rust.js';
import { platform } from './platform.js';
import { releaseOf } from './rust.js';

/** @typedef {import('./decide.js').Found} Found */

export const TARGET = 'wasm32-unknown-unknown';
const LIBRARY_FOLDER = ['--print', 'target-libdir', '--target', TARGET];

/** @returns {Promise<Found>} */
export async function findWasmTarget() {
  const [folder, version] = await Promise.all([
    query('rustc', LIBRARY_FOLDER),
    query('rustc', ['-vV']),
  ]);
  if (hasLibrary(folder)) return { version: releaseOf(version ?? ''), path: folder };
  if (platform().rustupMayInstall) return { version: null, path: null };
  return findAssembled();
}

export async function installWasmTarget() {
  if (platform().rustupMayInstall) await run('rustup', ['target', 'add', TARGET]);
  else await assembleCompiler();
}

/**
 * The environment in which cargo and wasm-pack build for wasm.
 * @returns {{ RUSTC?: string, PATH?: string }}
 */
export function wasmTargetEnvironment() {
  if (hasLibrary(capture('rustc', LIBRARY_FOLDER))) return {};
  const bin = join(ownSysroot, 'bin');
  return { RUSTC: join(bin, 'rustc'), PATH: pathWith(bin) };
}

/** Whether the standard library is in a folder: the folder alone may be what an interrupted installation left. */
function hasLibrary(/** @type {string | null} */ folder) {
  if (folder === null || !existsSync(folder)) return false;
  return readdirSync(folder).some((name) => /^libstd-\w+\.rlib$/.test(name));
}
