/** The versions of Node.js, Deno and Bun that the package is tested in, beside those in package.json: the oldest that it supports, and one of each major version of Node.js. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../lib/paths.js';
import { query, run } from '../lib/process.js';

/** @typedef {import('./decide.js').Found} Found */
/** @typedef {'node' | 'deno' | 'bun'} Name the name of the program, and of its package in npm */
/** @typedef {{ name: Name, version: string }} Runtime */

/** The oldest supported ones. README names them. @type {Record<Name, string>} */
export const OLDEST = { node: '20.0.0', deno: '2.0.0', bun: '1.1.45' };
/** One of each major version. */
const NODES = ['20.20.2', '22.23.3', '24.21.0', '26.10.0'];

/** @type {Runtime[]} */
const RUNTIMES = [
  ...Object.entries(OLDEST).map(([name, version]) => ({
    name: /** @type {Name} */ (name),
    version,
  })),
  ...NODES.map((version) => ({ name: /** @type {const} */ ('node'), version })),
];

/** The program of each major version of Node.js; the one that runs this stands for its own. */
export const nodes = () =>
  NODES.map((version) => ({
    major: majorOf(version),
    program: isThis(version) ? process.execPath : programOf({ name: 'node', version }),
  }));

/** The program of the oldest supported version. @param {Name} name */
export const oldest = (name) => programOf({ name, version: OLDEST[name] });

/** @returns {Promise<Found>} */
export async function findRuntimes() {
  const lacking = await lackingRuntimes();
  if (lacking.length > 0) return { version: null, path: null };
  return { version: RUNTIMES.map(titleOf).join(', '), path: cacheFolder };
}

/** @returns {Promise<Runtime[]>} */
async function lackingRuntimes() {
  const needed = RUNTIMES.filter(
    ({ name, version }) => name !== 'node' || version === OLDEST.node || !isThis(version),
  );
  const answers = await Promise.all(needed.map((each) => query(programOf(each), ['--version'])));
  return needed.filter(({ version }, at) => !answers[at]?.includes(version));
}

/**
 * By npm, in a folder for each version: as dependencies of the project they would all be called node_modules/.bin/node, and
 * `npm test` would run in one of them.
 */
export async function installRuntimes() {
  await Promise.all((await lackingRuntimes()).map(installRuntime));
}

/** @param {Runtime} runtime */
async function installRuntime(runtime) {
  const { name, version } = runtime;
  const folder = folderOf(runtime);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, allowScripts: { [name]: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`], { cwd: folder });
}

/** @param {string} version */
function isThis(version) {
  return majorOf(process.versions.node) === majorOf(version);
}

/** @param {string} version */
function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** @param {Runtime} runtime */
function titleOf({ name, version }) {
  return `${name} ${version}`;
}

/** @param {Runtime} runtime */
function folderOf({ name, version }) {
  return join(cacheFolder, `${name}-${version}`);
}

/** @param {Runtime} runtime */
function programOf(runtime) {
  const modules = join(folderOf(runtime), 'node_modules');
  return runtime.name === 'node'
    ? join(modules, 'node', 'bin', 'node')
    : join(modules, '.bin', runtime.name);
}
