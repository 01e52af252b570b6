/** wasm-bindgen and wasm-pack, installed by cargo into the tools' folder. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.js';
import { cacheFolder, root, which } from './paths.js';

const WASM_PACK_VERSION = '0.15.1';

/** These tools run for seconds and compile for minutes: a third of the time when they are hardly optimized. */
const QUICK_BUILD = {
  RUSTFLAGS: undefined,
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
};

/** The version of wasm-bindgen in Cargo.lock: the tool must be of the same. */
export function wasmBindgenVersion() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new Error('Cargo.lock names no version of wasm-bindgen');
  return version;
}

/** @returns {string} the folder with wasm-bindgen and wasm-bindgen-test-runner */
export function wasmBindgenFolder() {
  return join(cacheFolder, `wasm-bindgen-${wasmBindgenVersion()}`, 'bin');
}

/** @returns {string} the folder with wasm-pack */
export function wasmPackFolder() {
  return join(cacheFolder, 'wasm-pack', 'bin');
}

export const wasmBindgen = {
  isReady: () => existsSync(join(wasmBindgenFolder(), 'wasm-bindgen')),
  // Without --locked: its lock file has named a dependency that the registry did not serve yet.
  install: () => cargoInstall('wasm-bindgen-cli', wasmBindgenVersion(), wasmBindgenFolder(), []),
};

export const wasmPack = {
  isReady: () => installedVersion(join(wasmPackFolder(), '..'), 'wasm-pack') === WASM_PACK_VERSION,
  install: () => cargoInstall('wasm-pack', WASM_PACK_VERSION, wasmPackFolder(), ['--locked']),
};

/**
 * @param {string} crate
 * @param {string} version
 * @param {string} folder the folder of its programs, named "bin"
 * @param {string[]} options
 */
async function cargoInstall(crate, version, folder, options) {
  requireCargo();
  const target = ['--version', `=${version}`, '--root', join(folder, '..'), '--force'];
  await run('cargo', ['install', crate, ...target, ...options], { env: QUICK_BUILD });
}

/**
 * Flags for the compiler that keep the folders of this machine out of panic messages, which name source files.
 * The crates must have been fetched: a registry has a folder of its own.
 */
export function remapFlags() {
  const crates = join(process.env.CARGO_HOME || join(homedir(), '.cargo'), 'registry', 'src');
  const registries = existsSync(crates)
    ? readdirSync(crates).map((name) => join(crates, name))
    : [];
  // The last prefix that fits counts.
  return [root, crates, ...registries].map((folder) => `--remap-path-prefix=${folder}=`);
}

/** Fetches the crates of Cargo.lock. */
export async function fetchCrates() {
  requireCargo();
  await run('cargo', ['fetch', '--locked']);
}

/** Says how to get Rust where there is none. */
export function requireCargo() {
  if (which('cargo') !== null && which('rustc') !== null) return;
  throw new Error(
    'Rust is missing (cargo and rustc, 1.90 or newer). Install it with rustup: https://rustup.rs',
  );
}

/**
 * @param {string} folder what `cargo install --root` was given
 * @param {string} crate
 */
function installedVersion(folder, crate) {
  const list = join(folder, '.crates.toml');
  if (!existsSync(list)) return null;
  return new RegExp(`^"${crate} (\\S+) `, 'm').exec(readFileSync(list, 'utf8'))?.[1] ?? null;
}
