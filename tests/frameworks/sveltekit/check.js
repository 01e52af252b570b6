/** A SvelteKit application, for Node and for Workers. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Miniflare } from 'miniflare';
import { startServer } from './application.mjs';

const { REDIS_URL } = process.env;

/** @param {string} command @param {string} adapter */
function run(command, adapter) {
  const [program = '', ...args] = command.split(' ');
  execFileSync('npx', [program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ADAPTER: adapter },
  });
}

/**
 * @param {(path: string) => Promise<{ text(): Promise<string> }>} ask
 * @param {number} visits counting this one
 */
async function assertCached(ask, visits) {
  const page = (await (await ask('/')).text()).replaceAll('&quot;', '"');
  assert.ok(page.includes(`{"visits":${visits},"made":[1,"b"]}`), page);
}

run('vite build', 'node');
const server = await startServer(() => ['build/index.js']);
try {
  for (const visits of [1, 2]) await assertCached((path) => fetch(server.url + path), visits);
} finally {
  server.stop();
}

run('vite build', 'cloudflare');
run('wrangler deploy --dry-run --outdir worker', 'cloudflare');
// Listed, since SvelteKit has dynamic imports that are never made.
const wasm = readdirSync('worker').filter((name) => name.endsWith('.wasm'));
const worker = new Miniflare({
  modulesRoot: 'worker',
  modules: [
    { type: 'ESModule', path: 'worker/_worker.js' },
    ...wasm.map((name) => ({
      type: /** @type {const} */ ('CompiledWasm'),
      path: `worker/${name}`,
    })),
  ],
  compatibilityDate: '2025-06-01',
  compatibilityFlags: ['nodejs_als'],
  bindings: { REDIS_URL },
  serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) },
  cf: false,
});
try {
  for (const visits of [3, 4]) {
    await assertCached((path) => worker.dispatchFetch(`http://worker.test${path}`), visits);
  }
} finally {
  await worker.dispose();
}
