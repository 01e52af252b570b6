/**
 * A compiler for wasm32-unknown-unknown, put together from Debian's rustc-web, the library's sources in rust-web-src, and the
 * linker of the usual toolchain. All of it is in the tools' folder, and nothing outside changes.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { capture, query, run } from '../lib/process.js';
import { cacheFolder } from '../lib/paths.js';
import { releaseOf, remapFlags } from './rust.js';
import { isAtLeast, needs, upstreamVersion } from './versions.js';

/** @typedef {import('./decide.js').Found} Found */

const TARGET = 'wasm32-unknown-unknown';
const RUSTC = '/usr/bin/rustc';
const LIBRARY = '/usr/lib/rustlib';
const SOURCES = 'rust-web-src';

/** The compiler put together. */
export const ownSysroot = join(cacheFolder, 'rust-wasm');

/** What it was built from, written last: without it, what is there is half done. */
const STAMP = 'built-from.json';

/** @typedef {{ compiler: string, sources: string, linker: string }} Parts what `rustc -vV` says, a version, a path */

/** @returns {Promise<Found>} */
export async function findAssembled() {
  const stamp = join(ownSysroot, STAMP);
  const text = existsSync(stamp) ? readFileSync(stamp, 'utf8') : null;
  const [compiler, sources] = await Promise.all([query(RUSTC, ['-vV']), query(...VERSION_QUERY)]);
  return judgeAssembled(text, { compiler, sources }, existsSync);
}

/**
 * What is there of the compiler, by its stamp and the parts that are installed now.
 * @param {string | null} stamp
 * @param {{ compiler: string | null, sources: string | null }} now null: not installed
 * @param {(path: string) => boolean} exists
 * @returns {Found}
 */
export function judgeAssembled(stamp, now, exists) {
  if (stamp === null) return { version: null, path: null };
  const built = parseStamp(stamp);
  const found = { version: releaseOf(built.compiler), path: ownSysroot };
  if (now.compiler === null) return { ...found, fault: `is built on ${RUSTC}, which is gone` };
  if (now.compiler !== built.compiler) {
    const [before, after] = [releaseOf(built.compiler), releaseOf(now.compiler)];
    return { ...found, fault: `was built from rustc ${before}, and rustc ${after} is installed` };
  }
  if (now.sources !== null && now.sources !== built.sources) {
    return { ...found, fault: `was built from ${SOURCES} ${built.sources}, not ${now.sources}` };
  }
  if (!exists(built.linker)) return { ...found, fault: `links by ${built.linker}, which is gone` };
  return found;
}

/** @returns {Parts} */
function parseStamp(/** @type {string} */ text) {
  try {
    return { compiler: '', sources: '', linker: '', ...JSON.parse(text) };
  } catch {
    return { compiler: '', sources: '', linker: '' };
  }
}

/** @type {[string, string[]]} */
const VERSION_QUERY = ['dpkg-query', ['-W', '-f', '${Version}', SOURCES]];

/** Builds and lays out the compiler, and puts it in its place only when it is whole. */
export async function assembleCompiler() {
  const parts = partsNow();
  const work = `${ownSysroot}.new`;
  rmSync(work, { recursive: true, force: true });
  const libraries = await buildStandardLibrary(join(work, 'build'));
  layOut(work, libraries, parts);
  rmSync(join(work, 'build'), { recursive: true });
  writeFileSync(join(work, STAMP), JSON.stringify(parts));
  rmSync(ownSysroot, { recursive: true, force: true });
  renameSync(work, ownSysroot);
}

/**
 * @returns {Parts}
 * @throws {Error} when one is missing, or the compiler and the sources are not of one version
 */
function partsNow() {
  const compiler = capture(RUSTC, ['-vV']) ?? '';
  const release = releaseOf(compiler);
  const sources = capture(...VERSION_QUERY) ?? '';
  if (release === null || !isAtLeast(release, needs.rust)) {
    throw new Error(`${RUSTC} is ${release ?? 'missing'}, and ${needs.rust} or newer is needed`);
  }
  if (upstreamVersion(sources) !== release) {
    throw new Error(`${RUSTC} is ${release}, ${SOURCES} is ${sources}: upgrade both`);
  }
  return { compiler, sources, linker: rustLld(hostOf(compiler)) };
}

/**
 * Builds the standard library along with an empty crate.
 * @param {string} folder
 * @returns {Promise<string>} the folder of the .rlib files
 */
async function buildStandardLibrary(folder) {
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(
    join(folder, 'Cargo.toml'),
    '[package]\nname = "empty"\nedition = "2021"\n[workspace]\n',
  );
  writeFileSync(join(folder, 'src', 'lib.rs'), '');
  const env = {
    RUSTC,
    RUSTC_BOOTSTRAP: '1',
    RUSTFLAGS: undefined,
    // LTO needs the library's bitcode. Folders may have spaces in their names: RUSTFLAGS would be cut there.
    CARGO_ENCODED_RUSTFLAGS: ['-Cembed-bitcode=yes', ...remapFlags()].join('\x1f'),
    CARGO_TARGET_DIR: join(folder, 'target'),
  };
  const std = '-Zbuild-std=std,panic_abort,test';
  await run('cargo', ['build', '--release', std, '--target', TARGET], { cwd: folder, env });
  return join(folder, 'target', TARGET, 'release', 'deps');
}

/**
 * Lays out a compiler: Debian's, with a library folder that holds both targets and the linker.
 * @param {string} sysroot
 * @param {string} built
 * @param {Parts} parts
 */
function layOut(sysroot, built, { compiler, linker }) {
  const host = hostOf(compiler);
  const library = join(sysroot, 'lib', 'rustlib');
  const wasmLibrary = join(library, TARGET, 'lib');
  const linkers = join(library, host, 'bin');
  for (const folder of [join(sysroot, 'bin'), wasmLibrary, linkers]) {
    mkdirSync(folder, { recursive: true });
  }

  for (const name of readdirSync(built)) {
    if (name.endsWith('.rlib') && !name.startsWith('libempty-')) {
      copyFileSync(join(built, name), join(wasmLibrary, name));
    }
  }
  symlinkSync(join(LIBRARY, host, 'lib'), join(library, host, 'lib'));
  symlinkSync(linker, join(linkers, 'rust-lld'));

  const wrapper = join(sysroot, 'bin', 'rustc');
  writeFileSync(wrapper, wrapperScript(ownSysroot));
  chmodSync(wrapper, 0o755);
}

/** The script that calls Debian's compiler with a system root of our own. */
export function wrapperScript(/** @type {string} */ sysroot) {
  const quoted = `'${sysroot.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh\nexec ${RUSTC} --sysroot ${quoted} "$@"\n`;
}

/**
 * The linker for wasm comes with the usual toolchain: Debian's compiler has none.
 * @param {string} host
 */
function rustLld(host) {
  const sysroot = capture('rustc', ['--print', 'sysroot']) ?? '';
  const linker = join(sysroot, 'lib', 'rustlib', host, 'bin', 'rust-lld');
  if (existsSync(linker)) return linker;
  throw new Error(`rust-lld is missing (${linker}): install Rust with rustup, https://rustup.rs`);
}

/** @param {string} compiler what `rustc -vV` prints */
function hostOf(compiler) {
  const host = /^host: (.+)$/m.exec(compiler)?.[1];
  if (host === undefined) throw new Error(`${RUSTC} does not name its host`);
  return host;
}
