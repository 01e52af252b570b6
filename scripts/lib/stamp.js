/** Skipping work whose input has not changed. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';

const stampFolder = join(root, 'node_modules', '.cache', 'cachelib-edge');

/**
 * Does work unless it was done before on the same input and its output is still there.
 * @param {string} name
 * @param {string[]} inputs files and folders, relative to the project
 * @param {string[]} outputs files, relative to the project
 * @param {() => Promise<void>} work
 */
export async function unlessUpToDate(name, inputs, outputs, work) {
  const stamp = join(stampFolder, name);
  const fingerprint = fingerprintOf(inputs);
  const isSame = existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint;
  if (isSame && outputs.every((path) => existsSync(join(root, path)))) return;
  await work();
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

/** @param {string[]} paths */
function fingerprintOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesUnder)) {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/**
 * The files at or under a path, sorted; none when nothing is there.
 * @param {string} path
 * @returns {string[]}
 */
export function filesUnder(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}
