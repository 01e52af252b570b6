/** A virtual environment with Python's cachelib, of the versions in tests/python/requirements.txt. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from './apt.js';
import { cacheFolder, root } from './paths.js';
import { capture, run } from './process.js';

const REQUIREMENTS = join(root, 'tests', 'python', 'requirements.txt');
const OTHER_WAY =
  'Install Python 3.11 or newer with its venv module (https://www.python.org/downloads/).';

/** The path of a Python that has cachelib: of $CACHELIB_EDGE_PYTHON, or of the virtual environment. */
export function python() {
  return process.env.CACHELIB_EDGE_PYTHON ?? join(environmentFolder(), 'bin', 'python');
}

export function isReady() {
  return (
    process.env.CACHELIB_EDGE_PYTHON !== undefined ||
    existsSync(join(environmentFolder(), 'complete'))
  );
}

export async function install() {
  const folder = environmentFolder();
  rmSync(folder, { recursive: true, force: true });
  const interpreter = systemPython() ?? (await pythonFromDebian());
  await run(interpreter, ['-m', 'venv', folder]);
  await run(python(), ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', REQUIREMENTS]);
  writeFileSync(join(folder, 'complete'), '');
}

/** Each list of requirements has an environment of its own. */
function environmentFolder() {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  return join(cacheFolder, `python-${hash.slice(0, 12)}`);
}

/** @returns {string | null} a Python of 3.11 or newer that can make virtual environments */
function systemPython() {
  const check =
    'import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.executable)';
  for (const name of ['python3.11', 'python3', 'python']) {
    const path = capture(name, ['-c', check]);
    if (path !== null) return path;
  }
  return null;
}

async function pythonFromDebian() {
  await aptInstall('Python', OTHER_WAY, ['python3', 'python3-venv']);
  const path = systemPython();
  if (path === null) throw new Error(`this system's Python is too old. ${OTHER_WAY}`);
  return path;
}
