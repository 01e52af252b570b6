/** Python, and a virtual environment with cachelib, of the versions in tests/python/requirements.txt. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { query, run } from '../lib/process.js';
import { cacheFolder, root } from '../lib/paths.js';
import { isAtLeast, needs, versionIn } from './versions.js';

/** @typedef {import('./decide.js').Found} Found */

const REQUIREMENTS = join(root, 'tests', 'python', 'requirements.txt');

/** Written last: without it, an environment is half made. */
const STAMP = 'complete';

/** Interpreters of the system, newest last of those that are asked for by name. */
const INTERPRETERS = ['python3', 'python', 'python3.11', 'python3.12', 'python3.13', 'python3.14'];

/** Prints the version and the path, and what is missing: Debian leaves venv's other half, ensurepip, to a package of its own. */
const PROBE = `import sys, importlib.util as u
print(sys.version.split()[0], sys.executable, *(n for n in ("venv", "ensurepip") if not u.find_spec(n)), sep="\\n")`;

/** The path of a Python that has cachelib: of $CACHELIB_EDGE_PYTHON, or of the virtual environment. */
export function python() {
  return process.env.CACHELIB_EDGE_PYTHON ?? join(environmentFolder(), 'bin', 'python');
}

/** @returns {Promise<Found>} the first interpreter that serves, else the first there is */
export async function findInterpreter() {
  const answers = await Promise.all(INTERPRETERS.map((name) => query(name, ['-c', PROBE])));
  return chooseInterpreter(answers);
}

/**
 * @param {(string | null)[]} answers what each interpreter printed for `PROBE`; null where there is none
 * @returns {Found}
 */
export function chooseInterpreter(answers) {
  const found = answers.filter((each) => each !== null).map(parseInterpreter);
  const serving = found.find(
    ({ version, fault }) => fault === undefined && version && isAtLeast(version, needs.python),
  );
  return serving ?? found[0] ?? { version: null, path: null };
}

/**
 * @param {string} answer
 * @returns {Found}
 */
function parseInterpreter(answer) {
  const [version = '', path = '', ...missing] = answer.split('\n');
  const found = { version: versionIn(version), path };
  return missing.length === 0 ? found : { ...found, fault: `has no ${missing.join(' and no ')}` };
}

/** @returns {Promise<Found>} */
export async function findEnvironment() {
  const given = process.env.CACHELIB_EDGE_PYTHON;
  if (given !== undefined) return { version: 'as CACHELIB_EDGE_PYTHON says', path: given };
  const folder = environmentFolder();
  if (!existsSync(join(folder, STAMP))) return { version: null, path: null };
  const version = versionIn((await query(python(), ['--version'])) ?? '');
  if (version === null) return { version, path: folder, fault: 'has lost its Python' };
  const lacking = lackingDistributions(readFileSync(REQUIREMENTS, 'utf8'), distributionsIn(folder));
  const found = { version: `for Python ${version}`, path: folder };
  return lacking.length === 0 ? found : { ...found, fault: `has lost ${lacking[0]}` };
}

/**
 * The requirements that no folder of an installed distribution answers to.
 * @param {string} requirements lines such as `Flask==3.1.3`
 * @param {string[]} folders names such as `flask-3.1.3.dist-info`
 */
export function lackingDistributions(requirements, folders) {
  const there = new Set(folders.map((name) => normalise(name.replace(/\.dist-info$/, ''))));
  return (
    requirements
      .split('\n')
      // What has a condition is needed by some versions of Python only.
      .filter((line) => line.includes('==') && !line.includes(';'))
      .filter((line) => !there.has(normalise(line.replace('==', '-'))))
  );
}

/** A distribution's name as the packaging specification compares it. */
function normalise(/** @type {string} */ name) {
  return name
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-');
}

/** @param {string} folder */
function distributionsIn(folder) {
  const library = join(folder, 'lib');
  const versions = existsSync(library) ? readdirSync(library) : [];
  return versions
    .map((name) => join(library, name, 'site-packages'))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path))
    .filter((name) => name.endsWith('.dist-info'));
}

/** Makes the environment anew. */
export async function installEnvironment() {
  const folder = environmentFolder();
  rmSync(folder, { recursive: true, force: true });
  const { path } = await findInterpreter();
  await run(path ?? 'python3', ['-m', 'venv', folder]);
  await run(python(), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--retries',
    '2',
    '--no-deps',
    '-r',
    REQUIREMENTS,
  ]);
  writeFileSync(join(folder, STAMP), '');
}

/** Each list of requirements has an environment of its own. */
function environmentFolder() {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  return join(cacheFolder, `python-${hash.slice(0, 12)}`);
}
