/** A Nitro application whose cache is unstorage over Redis, for Node and for Workers. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { RedisCache } from 'cachelib-edge';
import { Miniflare } from 'miniflare';
import { startServer } from './application.mjs';

const { REDIS_URL } = process.env;
const cache = new RedisCache(REDIS_URL, { throwOnError: true });

const build = (/** @type {string} */ preset) =>
  execFileSync('npx', ['nitropack', 'build', '--preset', preset], { stdio: 'inherit' });

/** @param {(path: string) => Promise<{ json(): Promise<any> }>} ask @param {number} made */
async function assertCached(ask, made) {
  for (let call = 0; call < 2; call++) assert.deepEqual(await (await ask('/')).json(), { made });
}

build('node_server');
const server = await startServer(() => ['.output/server/index.mjs']);
try {
  await assertCached((path) => fetch(server.url + path), 1);
} finally {
  server.stop();
}
const names = [];
for await (const name of cache.with({ keyPrefix: 'nitro:' }).keys()) names.push(name);
assert.ok(
  names.some((name) => name.includes('front')),
  names.join(),
);
await cache.clear();

build('cloudflare_module');
const worker = new Miniflare({
  scriptPath: '.output/server/index.mjs',
  modules: true,
  modulesRules: [
    { type: 'ESModule', include: ['**/*.mjs'] },
    { type: 'CompiledWasm', include: ['**/*.wasm'] },
  ],
  compatibilityDate: '2025-06-01',
  compatibilityFlags: ['nodejs_compat'],
  bindings: { REDIS_URL },
  serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) },
  cf: false,
});
try {
  await assertCached((path) => worker.dispatchFetch(`http://worker.test${path}`), 1);
} finally {
  await worker.dispose();
  await cache.close();
}
