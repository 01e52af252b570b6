/**
 * The package as an importer gets it: packed, then installed from the tarball alone.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startServer } from '../support/server-process.js';

export const run = promisify(execFile);
export const root = fileURLToPath(new URL('../..', import.meta.url));
/** A program that a development dependency brings. @param {string} name */
export const tool = (name) => join(root, 'node_modules', '.bin', name);

/** Longer than any program here takes on a busy machine. */
export const TIMEOUT_MILLISECONDS = 60_000;

/**
 * @typedef {object} Packed What `npm pack` says of a tarball.
 * @property {string} filename
 * @property {number} size bytes
 * @property {number} unpackedSize bytes
 * @property {{ path: string }[]} files
 *
 * @typedef {Awaited<ReturnType<typeof installPackage>>} Installed
 */

/**
 * Packs the package, as `npm run build` left it, and installs it into a new project, together with programs.
 *
 * @param {string} [programs] a folder beside this file, whose files are copied into the project
 */
export async function installPackage(programs) {
  const folder = await mkdtemp(join(tmpdir(), 'cachelib-edge-package-'));
  const packed = await pack(folder);
  const tarball = join(folder, packed.filename);
  if (programs) await cp(new URL(programs, import.meta.url), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const quiet = ['--offline', '--no-audit', '--no-fund', '--no-package-lock'];
  await run('npm', ['install', ...quiet, tarball], { cwd: folder });
  return {
    folder,
    tarball,
    packed,
    /** Its package.json. @type {any} */
    manifest: JSON.parse(
      await readFile(join(folder, 'node_modules', 'cachelib-edge', 'package.json'), 'utf8'),
    ),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * For wrangler: no questions, no metrics, no files beside the project's.
 *
 * @param {Installed} installed
 */
export function wranglersEnvironment({ folder }) {
  const quiet = { CI: 'true', WRANGLER_SEND_METRICS: 'false' };
  return { ...process.env, ...quiet, XDG_CONFIG_HOME: join(folder, 'config') };
}

/**
 * Serves the Worker of a project by `wrangler dev`. Its debugger takes any port: two that start at once would take the same.
 *
 * @param {Installed} installed
 * @param {Record<string, string>} variables
 */
export function startWrangler(installed, variables) {
  const settings = Object.entries(variables).flatMap((pair) => ['--var', pair.join(':')]);
  const anywhere = ['--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0'];
  return startServer(tool('wrangler'), ['dev', ...anywhere, ...settings], {
    cwd: installed.folder,
    env: wranglersEnvironment(installed),
  });
}

/**
 * @param {string} destination
 * @returns {Promise<Packed>}
 */
export async function pack(destination) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const { stdout } = await run('npm', args, { cwd: root });
  const said = JSON.parse(stdout);
  // A list up to npm 11, by name from npm 12 on.
  return Array.isArray(said) ? said[0] : said['cachelib-edge'];
}
