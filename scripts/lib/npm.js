/** The npm packages of package-lock.json. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.js';
import { root } from './paths.js';

/** @typedef {Record<string, { version?: string, optional?: boolean }>} Packages */

/** Whether node_modules holds just what package-lock.json says. */
export function isReady() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const found = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || found === null) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    // An optional package is there on the platforms it is made for only.
    if (path === '' || (optional && !(path in found))) return true;
    return found[path]?.version === version;
  });
}

export async function install() {
  // Not `npm ci`: it refuses a lock file that lacks packages for other platforms, which a registry need not have.
  await run('npm', ['install', '--no-save', '--no-audit', '--no-fund']);
  if (!isReady()) throw new Error('`npm install` did not install what package-lock.json says');
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
