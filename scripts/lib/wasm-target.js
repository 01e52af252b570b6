/**
 * A Rust compiler with the standard library for wasm32-unknown-unknown.
 *
 * Where rustup may install, that is `rustup target add`. Elsewhere Debian's rustc-web, which comes with the library's
 * sources, builds it; the result is put together as a compiler of its own in the tools' folder, and nothing outside
 * of it changes.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { aptInstall, isInstalled } from './apt.js';
import { fetchCrates, remapFlags, requireCargo } from './cargo-tools.js';
import { cacheFolder, pathWith, which } from './paths.js';
import { capture, run } from './process.js';

const TARGET = 'wasm32-unknown-unknown';
const DEBIAN_RUSTC = '/usr/bin/rustc';
const DEBIAN_LIBRARY = '/usr/lib/rustlib';
const DEBIAN_PACKAGES = ['rustc-web', 'rust-web-src'];
const OTHER_WAY =
  'Let rustup install it (`rustup target add wasm32-unknown-unknown`, with RUSTUP_AUTO_INSTALL unset or 1).';

/** The compiler put together from Debian's. */
const ownSysroot = join(cacheFolder, 'rust-wasm');

export function isReady() {
  return usualCompilerHasTarget() || ownCompilerIsReady();
}

export async function install() {
  requireCargo();
  if (which('rustup') !== null && process.env.RUSTUP_AUTO_INSTALL !== '0') {
    await run('rustup', ['target', 'add', TARGET]);
  } else {
    await installFromDebian();
  }
  if (!isReady()) throw new Error(`the target ${TARGET} is still missing. ${OTHER_WAY}`);
}

/**
 * The environment in which cargo and wasm-pack build for wasm.
 * @returns {{ RUSTC?: string, PATH?: string }}
 */
export function wasmTargetEnvironment() {
  if (usualCompilerHasTarget()) return {};
  const bin = join(ownSysroot, 'bin');
  return { RUSTC: join(bin, 'rustc'), PATH: pathWith(bin) };
}

function usualCompilerHasTarget() {
  const folder = capture('rustc', ['--print', 'target-libdir', '--target', TARGET]);
  return folder !== null && existsSync(folder);
}

function ownCompilerIsReady() {
  return existsSync(join(ownSysroot, versionStamp()));
}

/** A file that is there once the compiler is whole: an upgrade of Debian's compiler asks for another. */
function versionStamp() {
  return `complete-${capture(DEBIAN_RUSTC, ['--version'])?.replace(/\W+/g, '-') ?? 'never'}`;
}

async function installFromDebian() {
  if (!DEBIAN_PACKAGES.every(isInstalled)) {
    await aptInstall(`the Rust target ${TARGET}`, OTHER_WAY, DEBIAN_PACKAGES);
  }
  const work = `${ownSysroot}.new`;
  rmSync(work, { recursive: true, force: true });
  assemble(work, await buildStandardLibrary(join(work, 'build')));
  rmSync(join(work, 'build'), { recursive: true });
  rmSync(ownSysroot, { recursive: true, force: true });
  renameSync(work, ownSysroot);
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
  await fetchCrates();
  const env = {
    RUSTC: DEBIAN_RUSTC,
    RUSTC_BOOTSTRAP: '1',
    // LTO needs the library's bitcode.
    RUSTFLAGS: ['-Cembed-bitcode=yes', ...remapFlags()].join(' '),
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
 */
function assemble(sysroot, built) {
  const host = hostTarget();
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
  symlinkSync(join(DEBIAN_LIBRARY, host, 'lib'), join(library, host, 'lib'));
  symlinkSync(rustLld(host), join(linkers, 'rust-lld'));

  const compiler = join(sysroot, 'bin', 'rustc');
  writeFileSync(compiler, `#!/bin/sh\nexec ${DEBIAN_RUSTC} --sysroot '${ownSysroot}' "$@"\n`);
  chmodSync(compiler, 0o755);
  writeFileSync(join(sysroot, versionStamp()), '');
}

/** The linker for wasm comes with the usual toolchain: Debian's compiler has none. */
function rustLld(/** @type {string} */ host) {
  const sysroot = capture('rustc', ['--print', 'sysroot']) ?? '';
  const linker = join(sysroot, 'lib', 'rustlib', host, 'bin', 'rust-lld');
  if (existsSync(linker)) return linker;
  throw new Error(`rust-lld is missing: it was looked for at ${linker}. ${OTHER_WAY}`);
}

function hostTarget() {
  const host = /^host: (.+)$/m.exec(capture(DEBIAN_RUSTC, ['-vV']) ?? '')?.[1];
  if (host === undefined) throw new Error(`${DEBIAN_RUSTC} does not name its host. ${OTHER_WAY}`);
  return host;
}
