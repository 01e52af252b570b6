/** Rust: the compiler and cargo, their lints, the crates that Cargo.lock names. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { query, run } from '../lib/process.js';
import { cargoHome, root, which } from '../lib/paths.js';
import { isAtLeast, versionIn } from './versions.js';

/** @typedef {import('./decide.js').Found} Found */

/** @returns {Promise<Found>} */
export async function findRust() {
  const [rustc, cargo] = await Promise.all([query('rustc', ['-vV']), query('cargo', ['-vV'])]);
  return parseRust(rustc, cargo, which('rustc'));
}

/**
 * The older of the two versions is that of the toolchain.
 * @param {string | null} rustc what `rustc -vV` printed; null where it failed
 * @param {string | null} cargo what `cargo -vV` printed
 * @param {string | null} path
 * @returns {Found}
 */
export function parseRust(rustc, cargo, path) {
  const versions = [rustc, cargo].map((text) => (text === null ? null : releaseOf(text)));
  const [compiler = null, builder = null] = versions;
  if (compiler === null || builder === null) {
    // rustup puts its own programs there, whether or not it has a toolchain.
    if (path !== null) return { version: null, path, fault: 'does not start' };
    return { version: null, path: null };
  }
  return { version: isAtLeast(compiler, builder) ? builder : compiler, path };
}

/** The version in what `rustc -vV` or `cargo -vV` prints. */
export function releaseOf(/** @type {string} */ text) {
  return versionIn(/^release: (.+)$/m.exec(text)?.[1] ?? '');
}

/** @returns {Promise<Found>} */
export async function findRustLints() {
  const asked = [query('cargo', ['fmt', '--version']), query('cargo', ['clippy', '--version'])];
  const [rustfmt, clippy] = await Promise.all(asked);
  if (!rustfmt || !clippy) return { version: null, path: null };
  return { version: versionIn(clippy), path: which('cargo-clippy') };
}

export async function installRustLints() {
  await run('rustup', ['component', 'add', 'rustfmt', 'clippy']);
}

/** @returns {Promise<Found>} */
export async function findCompiler() {
  const path = which('cc');
  const version = path === null ? null : await query(path, ['-dumpfullversion', '-dumpversion']);
  return { version, path };
}

/** @returns {Promise<Found>} */
export async function findCrates() {
  const folder = join(cargoHome, 'registry', 'cache');
  const registries = existsSync(folder) ? readdirSync(folder) : [];
  const files = registries.flatMap((name) => readdirSync(join(folder, name)));
  const missing = missingCrates(readFileSync(join(root, 'Cargo.lock'), 'utf8'), files);
  return missing.length > 0 ? { version: null, path: null } : { version: 'all', path: folder };
}

/**
 * The crates of a registry that a lock file names and that are not there.
 * @param {string} lock the text of Cargo.lock
 * @param {string[]} files such as `serde-1.0.0.crate`
 */
export function missingCrates(lock, files) {
  const there = new Set(files);
  const crates = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"\nsource = "registry/gm);
  return [...crates]
    .map(([, name, version]) => `${name}-${version}.crate`)
    .filter((file) => !there.has(file));
}

/** Fetches the crates of Cargo.lock. */
export async function fetchCrates() {
  await run('cargo', ['fetch', '--locked']);
}

/**
 * Flags for the compiler that keep the folders of this machine out of panic messages, which name source files.
 * The crates must have been fetched: a registry has a folder of its own.
 */
export function remapFlags() {
  const crates = join(cargoHome, 'registry', 'src');
  const registries = existsSync(crates)
    ? readdirSync(crates).map((name) => join(crates, name))
    : [];
  // The last prefix that fits counts.
  return [root, crates, ...registries].map((folder) => `--remap-path-prefix=${folder}=`);
}
