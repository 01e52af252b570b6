/** The versions of Node.js that the package supports, to test it in each. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.js';
import { run } from './process.js';

/** One of each major version. */
const VERSIONS = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/** The path of a program for each version; the one that runs this stands for its major version. */
export const nodes = () =>
  VERSIONS.map((version) => ({
    major: majorOf(version),
    program: isThis(version) ? process.execPath : join(packageFolder(version), 'bin', 'node'),
  }));

export const isReady = () => nodes().every(({ program }) => existsSync(program));

/**
 * By npm's package `node`, in a folder for each version: as dependencies of the project they would all be called
 * node_modules/.bin/node, and `npm test` would run in one of them.
 */
export async function install() {
  for (const version of VERSIONS) {
    if (isThis(version) || existsSync(join(packageFolder(version), 'bin', 'node'))) continue;
    const folder = folderOf(version);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const manifest = { private: true, allowScripts: { node: true } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    await run('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: folder });
  }
  if (!isReady()) {
    throw new Error(`npm's package "node" brought no program: see ${folderOf('…')}`);
  }
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
function packageFolder(version) {
  return join(folderOf(version), 'node_modules', 'node');
}
