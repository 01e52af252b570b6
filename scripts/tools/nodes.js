/** The versions of Node.js that the package supports, to test it in each. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../lib/paths.js';
import { query, run } from '../lib/process.js';

/** @typedef {import('./decide.js').Found} Found */

/** One of each major version. */
const VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/** The path of a program for each version; the one that runs this stands for its major version. */
export const nodes = () =>
  VERSIONS.map((version) => ({
    major: majorOf(version),
    program: isThis(version) ? process.execPath : programOf(version),
  }));

/** @returns {Promise<Found>} */
export async function findNodes() {
  const lacking = await lackingVersions();
  if (lacking.length > 0) return { version: null, path: null };
  return { version: VERSIONS.join(', '), path: cacheFolder };
}

/** @returns {Promise<string[]>} */
async function lackingVersions() {
  const others = VERSIONS.filter((version) => !isThis(version));
  const answers = await Promise.all(others.map((each) => query(programOf(each), ['--version'])));
  return others.filter((version, at) => answers[at] !== `v${version}`);
}

/**
 * By npm's package `node`, in a folder for each version: as dependencies of the project they would all be called
 * node_modules/.bin/node, and `npm test` would run in one of them.
 */
export async function installNodes() {
  await Promise.all((await lackingVersions()).map(installNode));
}

/** @param {string} version */
async function installNode(version) {
  const folder = folderOf(version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, allowScripts: { node: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: folder });
}

/** @param {string} version */
function isThis(version) {
  return majorOf(process.versions.node) === majorOf(version);
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** @param {string} version */
function folderOf(version) {
  return join(cacheFolder, `node-${version}`);
}

/** @param {string} version */
function programOf(version) {
  return join(folderOf(version), 'node_modules', 'node', 'bin', 'node');
}
