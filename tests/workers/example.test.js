/**
 * The example of a Worker with a pool: its wrangler.toml, by wrangler itself, and what it answers.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare } from 'miniflare';
import { startRedis } from '../support/redis.js';
import { connectionsOf, pause } from './workerds.js';

const run = promisify(execFile);
const path = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../${name}`, import.meta.url));

describe('the example with a pool', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {string} */
  let folder;
  /** @type {string} */
  let said;
  /** @type {Miniflare} */
  let worker;

  before(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'pool-example-'));
    const { stdout } = await run(path('node_modules/.bin/wrangler'), [
      ...['deploy', '--dry-run', '--outdir', folder],
      ...['--config', path('examples/worker-pool/wrangler.toml')],
    ]);
    said = stdout;
    worker = new Miniflare({
      modules: await modulesIn(folder),
      compatibilityDate: '2025-06-01',
      cf: false,
      bindings: { REDIS_URL: redis.url },
      durableObjects: { REDIS: { className: 'RedisPool', useSQLite: true } },
    });
    await worker.ready;
  });
  after(async () => {
    await worker?.dispose();
    await redis?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test('wrangler finds the class and binds it', () => {
    assert.match(said, /env\.REDIS \(RedisPool\)/);
  });

  test('its requests share a connection and a cache', async () => {
    const texts = [];
    for (let visit = 0; visit < 3; visit++) {
      texts.push(await (await worker.dispatchFetch('http://worker.test/')).text());
      await pause(200);
    }
    assert.deepEqual(
      texts.map((text) => /visit \d/.exec(text)?.[0]),
      ['visit 1', 'visit 2', 'visit 3'],
    );
    assert.equal(new Set(texts.map((text) => text.split('\n')[0])).size, 1, texts.join(''));
    assert.equal((await connectionsOf(redis)).length, 1);
  });
});

/**
 * What wrangler would upload.
 *
 * @param {string} directory
 */
async function modulesIn(directory) {
  const names = (await readdir(directory)).filter((name) => /\.(js|wasm)$/.test(name));
  names.sort((one, other) => Number(other === 'worker.js') - Number(one === 'worker.js'));
  return Promise.all(
    names.map(async (name) => ({
      type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
      path: name,
      contents: await readFile(join(directory, name)),
    })),
  );
}
