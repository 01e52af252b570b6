/**
 * `npm run frameworks`: the installed package in applications of frameworks, each built and run by its own check.js. Not a part
 * of `npm test`: what it installs is large. `npm run frameworks -- nitro keyv` runs those alone.
 */

import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startRedis } from '../tests/support/redis.js';
import { pack } from '../tests/package/installed.js';
import { build } from './build.js';
import { root } from './lib/paths.js';
import { run } from './lib/process.js';
import { duration } from './lib/progress.js';
import { exclusively } from './lib/lock.js';
import { ensure, runMain } from './setup.js';
import { findProject, installProject, projectFolder } from './tools/npm-project.js';

const APPLICATIONS = 'tests/frameworks';

await runMain(async () => {
  const names = process.argv.slice(2);
  await ensure('npm', 'redis');
  await build();
  const all = readdirSync(join(root, APPLICATIONS));
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${all.join(', ')}`);
  const failed = [];
  for (const name of names.length > 0 ? names : all) if (!(await check(name))) failed.push(name);
  console.log(`\n${(names.length || all.length) - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
});

/**
 * Installs an application's packages and ours, and runs its check.
 *
 * @param {string} name
 */
async function check(name) {
  const start = Date.now();
  const project = join(APPLICATIONS, name);
  const redis = await startRedis();
  try {
    await exclusively('setup', async () => {
      if ((await findProject(project)).path === null) await installProject(project);
    });
    const folder = projectFolder(project);
    cpSync(join(root, project), folder, { recursive: true });
    cpSync(join(root, 'tests', 'support', 'application.mjs'), join(folder, 'application.mjs'));
    const { filename } = await pack(folder);
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    await run('npm', ['install', ...quiet, join(folder, filename)], { cwd: folder });
    await run(process.execPath, ['check.js'], { cwd: folder, env: { REDIS_URL: redis.url } });
    console.log(`✓ ${name} (${duration(start)})`);
    return true;
  } catch (error) {
    console.log(`✗ ${name}: ${error instanceof Error ? error.message : error}`);
    return false;
  } finally {
    await redis.stop();
  }
}
