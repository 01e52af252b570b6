/** The npm packages of package-lock.json, and npm itself. */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { query, run } from '../lib/process.js';
import { npmProgram, root, which } from '../lib/paths.js';

/**
 * @typedef {import('./decide.js').Found} Found
 * @typedef {Record<string, { version?: string, optional?: boolean, bin?: Record<string, string> }>} Packages
 */

/** Waits of seconds, not minutes, where there is no network. */
const RETRIES = {
  npm_config_fetch_retry_mintimeout: '2000',
  npm_config_fetch_retry_maxtimeout: '8000',
};

/** Packages whose own programs are made by a script at their installation, or come in a package for the platform. */
const PROGRAMS = ['bun', 'deno', 'esbuild', 'wasm-opt', 'tsc', 'workerd', 'wrangler'];

/** @returns {Promise<Found>} */
export async function findNpmProgram() {
  return { version: await query('npm', ['--version']), path: which('npm') };
}

/** @returns {Promise<Found>} */
export async function findNpm() {
  const path = join(root, 'node_modules');
  const wanted = packagesOf(join(root, 'package-lock.json')) ?? {};
  const installed = packagesOf(join(path, '.package-lock.json'));
  if (installed === null) return { version: null, path: null };
  const onDisk = (/** @type {string} */ folder) => versionOf(join(root, folder, 'package.json'));
  const lacking = lackingPackages(wanted, installed, onDisk);
  const programs = PROGRAMS.filter((name) => !existsSync(npmProgram(name)));
  const [first] = [...lacking, ...programs];
  if (first === undefined) return { version: 'all', path };
  const count = lacking.length + programs.length;
  return {
    version: null,
    path,
    fault: `lack ${first}${count > 1 ? ` and ${count - 1} more` : ''}`,
  };
}

/**
 * The packages that the lock file names and that are not there, each in its version.
 * @param {Packages} wanted of package-lock.json
 * @param {Packages} installed by npm's own account
 * @param {(folder: string) => string | null} onDisk the version that a folder's package.json names
 */
export function lackingPackages(wanted, installed, onDisk) {
  return Object.entries(wanted)
    .filter(([folder, { version, optional }]) => {
      // An optional package is there on the platforms it is made for only.
      if (folder === '' || (optional && !(folder in installed))) return false;
      return installed[folder]?.version !== version || onDisk(folder) !== version;
    })
    .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
}

/** Installs them; what half an installation left, and npm takes for whole, is removed first. */
export async function installNpm() {
  await install();
  if ((await findNpm()).fault === undefined) return;
  rmSync(join(root, 'node_modules'), { recursive: true, force: true });
  await install();
}

async function install() {
  // npm believes its own account of what is there, which may be wrong.
  rmSync(join(root, 'node_modules', '.package-lock.json'), { force: true });
  // Not `npm ci`: it refuses a lock file that lacks packages for other platforms, which a registry need not have.
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { env: RETRIES });
}

/**
 * @param {string} file
 * @returns {Packages | null}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** @param {string} file */
function versionOf(file) {
  try {
    return /"version"\s*:\s*"([^"]*)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}
