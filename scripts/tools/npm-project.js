/**
 * npm packages that only few commands need: each list of them has a package.json of its own, and is installed into a folder of
 * the cache, so that `npm install` stays short.
 */

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder, root } from '../lib/paths.js';
import { run } from '../lib/process.js';

/** @typedef {import('./decide.js').Found} Found */

/** Written last: without it, an installation is half made. */
const STAMP = 'complete';

/** The project of TypeDoc and TypeScript 5.9. */
export const TYPEDOC = 'scripts/tools/typedoc';

/**
 * The folder in which the packages of a project are installed; each list of them has one of its own.
 * @param {string} project the folder of its package.json, from the root of this project
 */
export function projectFolder(project) {
  const hash = createHash('sha256')
    .update(readFileSync(manifestOf(project)))
    .digest('hex');
  return join(cacheFolder, `${basename(project)}-${hash.slice(0, 12)}`);
}

/**
 * @param {string} project
 * @returns {Promise<Found>}
 */
export async function findProject(project) {
  const path = projectFolder(project);
  const isComplete = existsSync(join(path, STAMP));
  return isComplete ? { version: 'all', path } : { version: null, path: null };
}

/** @param {string} project */
export async function installProject(project) {
  const folder = projectFolder(project);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(manifestOf(project), join(folder, 'package.json'));
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: folder });
  writeFileSync(join(folder, STAMP), '');
}

/** @param {string} project */
function manifestOf(project) {
  return join(root, project, 'package.json');
}
