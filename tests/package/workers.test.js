/** The installed package in a Worker: built by wrangler and run by the old and the new workerd, and served by `wrangler dev`. */

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Miniflare } from 'miniflare';
import { startRedis } from '../support/redis.js';
import { workerds } from '../workers/workerds.js';
import {
  installPackage,
  run,
  startWrangler,
  TIMEOUT_MILLISECONDS,
  tool,
  wranglersEnvironment,
} from './installed.js';
import { EXPECTED } from './programs/use.js';

/** @type {Record<string, 'ESModule' | 'CompiledWasm'>} */
const MODULE_TYPES = { '.js': 'ESModule', '.wasm': 'CompiledWasm' };
/** What each uploads at most. */
const MOST_BYTES = { 'worker.js': 317_500, 'slim-worker.js': 317_500, 'lite-worker.js': 233_000 };

describe('the installed package in a Worker', () => {
  /** @type {import('./installed.js').Installed} */
  let installed;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;

  before(async () => {
    [installed, redis] = await Promise.all([installPackage('programs'), startRedis()]);
  });
  after(async () => {
    await redis?.stop();
    await installed?.remove();
  });

  /** Twice each way of the Worker. @param {(path: string) => Promise<{ json(): Promise<any> }>} ask */
  async function assertWorks(ask) {
    for (const path of ['/direct', '/direct', '/pooled', '/pooled']) {
      assert.deepEqual(await (await ask(path)).json(), EXPECTED, path);
    }
  }

  /** @param {string} main @param {string} folder where to put what would be uploaded */
  const deploy = (main, folder) =>
    run(tool('wrangler'), ['deploy', main, '--dry-run', '--minify', '--outdir', folder], {
      cwd: installed.folder,
      env: wranglersEnvironment(installed),
      timeout: TIMEOUT_MILLISECONDS,
    });

  for (const [main, most] of Object.entries(MOST_BYTES)) {
    test(`is deployed by wrangler, and runs in both workerds: ${main}`, async () => {
      const folder = join(installed.folder, 'dist', main);
      await deploy(main, folder);
      const modules = await modulesOf(folder);
      const bytes = modules.reduce((sum, { contents }) => sum + contents.length, 0);
      assert.ok(bytes < most, `${bytes} bytes are to be uploaded`);
      for (const version of Object.values(workerds)) await assertRuns(modules, version);
    });
  }

  /**
   * @param {Awaited<ReturnType<typeof modulesOf>>} modules
   * @param {import('../workers/workerds.js').Version} version
   */
  async function assertRuns(modules, { program, compatibilityDate }) {
    process.env.MINIFLARE_WORKERD_PATH = program;
    const worker = new Miniflare({
      modules,
      compatibilityDate,
      bindings: { REDIS_URL: redis.url },
      durableObjects: { POOL: 'RedisPool' },
      cf: false,
    });
    try {
      await assertWorks((path) => worker.dispatchFetch(`http://worker.test${path}`));
    } finally {
      await worker.dispose();
    }
  }

  test('without the pool exported it is not deployed, and wrangler says what to export', async () => {
    const deployed = deploy('forgetful-worker.js', join(installed.folder, 'dist', 'forgetful'));
    await assert.rejects(deployed, ({ stderr }) => /not exported.*RedisPool/.test(stderr));
  });

  test('is served by wrangler dev', async () => {
    const server = await startWrangler(installed, { REDIS_URL: redis.url });
    try {
      await assertWorks((path) => fetch(server.url + path));
    } finally {
      await server.stop();
    }
  });
});

/**
 * What wrangler would upload, its entry first.
 *
 * @param {string} folder
 */
async function modulesOf(folder) {
  const names = (await readdir(folder)).filter((name) => extname(name) in MODULE_TYPES);
  names.sort((a, b) => extname(a).localeCompare(extname(b)));
  assert.deepEqual(names.map(extname), ['.js', '.wasm']);
  const reading = names.map(async (name) => ({
    type: /** @type {'ESModule' | 'CompiledWasm'} */ (MODULE_TYPES[extname(name)]),
    path: name,
    contents: await readFile(join(folder, name)),
  }));
  return Promise.all(reading);
}
