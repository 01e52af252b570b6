/** Where things are: the project, and the cache of tools that are no npm packages. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What all versions of the project keep there. */
export const cacheRoot = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'cachelib-edge',
);

/**
 * The folder of the tools, kept outside of the project so that a fresh clone on a warm machine is fast. Its number rises
 * when what is in it changes its form; `removeUnused` in scripts/tools/cache.js removes the older ones.
 */
export const cacheFolder = join(cacheRoot, 'v2');

/** Where cargo keeps crates. */
export const cargoHome = process.env.CARGO_HOME || join(homedir(), '.cargo');

/** Where cargo builds. */
export const targetFolder = process.env.CARGO_TARGET_DIR || join(root, 'target');

/** The wasm module as cargo leaves it. */
export const builtModule = join(
  targetFolder,
  'wasm32-unknown-unknown',
  'release',
  'cachelib_edge.wasm',
);

/**
 * The path of a program, looked up as a shell does.
 * @param {string} name
 * @returns {string | null}
 */
export function which(name) {
  return whichAll(name)[0] ?? null;
}

/**
 * The paths of all programs of a name, the one that a shell takes first.
 * @param {string} name
 */
export function whichAll(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
}

/**
 * A program that an npm package brought.
 * @param {string} name
 */
export function npmProgram(name) {
  return join(root, 'node_modules', '.bin', name);
}

/**
 * PATH with folders put in front.
 * @param {...string} folders
 */
export function pathWith(...folders) {
  return [...folders, process.env.PATH ?? ''].join(delimiter);
}
