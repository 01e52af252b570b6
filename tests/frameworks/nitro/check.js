/** A Nitro application whose cache is unstorage over Redis, for Node and for Workers. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { RedisCache } from 'cachelib-edge';
import { Miniflare } from 'miniflare';

const { REDIS_URL } = process.env;
const cache = new RedisCache(REDIS_URL, { throwOnError: true });

const build = (/** @type {string} */ preset) =>
  execFileSync('npx', ['nitropack', 'build', '--preset', preset], { stdio: 'inherit' });

/** @param {(path: string) => Promise<{ json(): Promise<any> }>} ask @param {number} made */
async function assertCached(ask, made) {
  for (let call = 0; call < 2; call++) assert.deepEqual(await (await ask('/')).json(), { made });
}

build('node_server');
const port = await freePort();
const server = spawn(process.execPath, ['.output/server/index.mjs'], {
  stdio: 'inherit',
  env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' },
});
try {
  await assertCached((path) => patiently(`http://127.0.0.1:${port}${path}`), 1);
} finally {
  server.kill('SIGKILL');
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

/** @param {string} url */
async function patiently(url) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = /** @type {any} */ (probe.address());
      probe.close(() => resolve(free));
    });
  });
}
