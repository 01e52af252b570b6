/** The folder of the tools: whether it can be written, and what in it nothing uses any more. */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder, cacheRoot, cargoHome } from '../lib/paths.js';

const UNUSED_MS = 30 * 24 * 60 * 60_000;

/** Folders outside of the project that its commands write to, and the variables that move them. */
const folders = () => [
  { variable: 'XDG_CACHE_HOME', folder: cacheFolder },
  { variable: 'CARGO_HOME', folder: join(cargoHome, 'registry') },
  { variable: 'npm_config_cache', folder: process.env.npm_config_cache ?? join(homedir(), '.npm') },
];

/** @throws {Error} when a folder cannot be written, with what to do */
export function requireWritable() {
  const message = explainReadOnly(folders().filter(({ folder }) => !isWritable(folder)));
  if (message !== null) throw new Error(message);
}

/**
 * What to do about folders that cannot be written, or null when there are none.
 * @param {{ variable: string, folder: string }[]} readOnly
 */
export function explainReadOnly(readOnly) {
  const [first] = readOnly;
  if (first === undefined) return null;
  const settings = readOnly.map(({ variable }) => `${variable}=…`).join(' ');
  const names = readOnly.map(({ folder }) => folder).join(', ');
  return `These folders cannot be written: ${names}. Name others that can: \`${settings} npm start\`.`;
}

/**
 * Whether a folder can be written, or made where it is not there.
 * @param {string} folder
 */
function isWritable(folder) {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Notes that what is in the folder is in use, and removes what nothing has used for a month: older versions of the tools,
 * and the folders of older versions of the project.
 */
export function removeUnused() {
  mkdirSync(cacheFolder, { recursive: true });
  const now = new Date();
  utimesSync(cacheFolder, now, now);
  for (const folder of [cacheRoot, cacheFolder]) {
    const ages = readdirSync(folder).map((name) => ({
      name,
      // Another process may have removed it by now.
      age: now.getTime() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    }));
    for (const name of unused(ages)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * @param {{ name: string, age: number }[]} entries with the milliseconds since each was last used
 */
export function unused(entries) {
  return entries.filter(({ age }) => age > UNUSED_MS).map(({ name }) => name);
}

/**
 * Notes that something in the folder is in use.
 * @param {string | null} path
 */
export function noteUse(path) {
  if (path === null || !path.startsWith(cacheFolder)) return;
  const [name = ''] = path.slice(cacheFolder.length + 1).split('/');
  const now = new Date();
  if (name !== '') utimesSync(join(cacheFolder, name), now, now);
}
