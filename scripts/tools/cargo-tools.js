/** wasm-bindgen and wasm-pack, compiled by cargo into the tools' folder. */

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { query, run } from '../lib/process.js';
import { cacheFolder, root } from '../lib/paths.js';
import { exact, versionIn } from './versions.js';

/** @typedef {import('./decide.js').Found} Found */

/** These tools run for seconds and compile for minutes: a third of the time when they are hardly optimized. */
const QUICK_BUILD = {
  RUSTFLAGS: undefined,
  CARGO_ENCODED_RUSTFLAGS: undefined,
  CARGO_BUILD_TARGET: undefined,
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
};

const SOURCE = join(root, 'scripts', 'tools', 'wasm-bindgen');

/** The path of the project's own wasm-bindgen: scripts/tools/wasm-bindgen/main.rs. Another source has another folder. */
export const wasmBindgen = () =>
  join(cacheFolder, `wasm-bindgen-${exact.wasmBindgen}-${sourceHash()}`, 'wasm-bindgen-web');

function sourceHash() {
  const hash = createHash('sha256');
  for (const name of ['main.rs', 'Cargo.toml', 'Cargo.lock']) {
    hash.update(readFileSync(join(SOURCE, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** @returns {string} the folder of wasm-bindgen's own commands, of which wasm-pack runs the test runner */
export const wasmBindgenCliFolder = () =>
  join(cacheFolder, `wasm-bindgen-cli-${exact.wasmBindgen}`, 'bin');

/** @returns {string} the folder with wasm-pack */
export const wasmPackFolder = () => join(cacheFolder, `wasm-pack-${exact.wasmPack}`, 'bin');

/** @returns {Promise<Found>} */
export function findWasmBindgen() {
  return findProgram(wasmBindgen());
}

/** Compiles it, and puts it in its place only when it is whole. */
export async function installWasmBindgen() {
  const folder = join(wasmBindgen(), '..');
  const build = `${folder}.new`;
  const manifest = join(SOURCE, 'Cargo.toml');
  const args = ['build', '--release', '--locked', '--manifest-path', manifest];
  const env = { ...QUICK_BUILD, CARGO_PROFILE_RELEASE_CODEGEN_UNITS: undefined };
  await run('cargo', [...args, '--target-dir', build], { env });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(build, 'release', 'wasm-bindgen-web'), `${wasmBindgen()}.new`);
  renameSync(`${wasmBindgen()}.new`, wasmBindgen());
  rmSync(build, { recursive: true });
}

/** @returns {Promise<Found>} */
export async function findWasmBindgenCli() {
  const folder = wasmBindgenCliFolder();
  const command = await findProgram(join(folder, 'wasm-bindgen'));
  const runner = await findProgram(join(folder, 'wasm-bindgen-test-runner'));
  return command.version === null ? command : runner;
}

export async function installWasmBindgenCli() {
  const programs = ['--bin', 'wasm-bindgen', '--bin', 'wasm-bindgen-test-runner'];
  const env = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '1' };
  // Without --locked: its lock file has named a dependency that the registry did not serve yet.
  await cargoInstall('wasm-bindgen-cli', exact.wasmBindgen, wasmBindgenCliFolder(), programs, env);
}

/** @returns {Promise<Found>} */
export function findWasmPack() {
  return findProgram(join(wasmPackFolder(), 'wasm-pack'));
}

export async function installWasmPack() {
  const env = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '0' };
  await cargoInstall('wasm-pack', exact.wasmPack, wasmPackFolder(), ['--locked'], env);
}

/** The path of cargo-deny. */
export const cargoDeny = () =>
  join(cacheFolder, `cargo-deny-${exact.cargoDeny}`, 'bin', 'cargo-deny');

/** @returns {Promise<Found>} */
export function findCargoDeny() {
  return findProgram(cargoDeny());
}

export async function installCargoDeny() {
  const env = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '0' };
  await cargoInstall('cargo-deny', exact.cargoDeny, join(cargoDeny(), '..'), ['--locked'], env);
}

/**
 * A program that cannot say its version is as good as none: it may have been cut short.
 * @param {string} path
 * @returns {Promise<Found>}
 */
async function findProgram(path) {
  if (!existsSync(path)) return { version: null, path: null };
  const version = versionIn((await query(path, ['--version'])) ?? '');
  return version === null ? { version, path, fault: 'does not start' } : { version, path };
}

/**
 * @param {string} crate
 * @param {string} version
 * @param {string} folder the folder of its programs, named "bin"
 * @param {string[]} options
 * @param {Record<string, string>} env
 */
async function cargoInstall(crate, version, folder, options, env) {
  const target = ['--version', `=${version}`, '--root', join(folder, '..'), '--force'];
  await run('cargo', ['install', crate, ...target, ...options], {
    env: { ...QUICK_BUILD, ...env },
  });
}
