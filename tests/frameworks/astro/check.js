/** An Astro application whose sessions are in Redis, for Node and for Workers. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { RedisCache } from 'cachelib-edge';
import { Miniflare } from 'miniflare';
import { startServer } from './application.mjs';

const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' };

/** @param {string} adapter */
function build(adapter) {
  execFileSync('npx', ['astro', 'build'], {
    stdio: 'inherit',
    env: { ...env, ADAPTER: adapter },
  });
}

/** @param {(path: string, init: { headers: Record<string, string> }) => Promise<any>} ask */
async function assertSession(ask) {
  let cookie = '';
  for (const visits of [1, 2, 3]) {
    const response = await ask('/index.json', { headers: { cookie } });
    assert.deepEqual(await response.json(), { visits });
    cookie ||= response.headers.get('set-cookie').split(';')[0];
  }
}

build('node');
const server = await startServer(() => ['dist/server/entry.mjs'], env);
try {
  await assertSession((path, init) => fetch(server.url + path, init));
} finally {
  server.stop();
}
const cache = new RedisCache(process.env.REDIS_URL, { keyPrefix: 'astro:' });
const sessions = [];
for await (const key of cache.keys()) sessions.push(key);
assert.equal(sessions.length, 1);
await cache.close();

build('cloudflare');
const folder = 'dist/_worker.js';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
const worker = new Miniflare({
  modulesRoot: folder,
  // Those below: the main module comes first.
  modules: ['index.js', ...files.filter((name) => name !== 'index.js')].flatMap((name) => {
    const path = `${folder}/${name}`;
    if (name.endsWith('.wasm')) return { type: /** @type {const} */ ('CompiledWasm'), path };
    if (/\.m?js$/.test(name)) return { type: /** @type {const} */ ('ESModule'), path };
    return [];
  }),
  compatibilityDate: '2025-06-01',
  compatibilityFlags: ['nodejs_compat'],
  serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) },
  cf: false,
});
try {
  await assertSession((path, init) => worker.dispatchFetch(`http://worker.test${path}`, init));
} finally {
  await worker.dispose();
}
