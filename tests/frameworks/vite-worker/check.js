/** A Worker built by Cloudflare's plugin for Vite. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';

execFileSync('npx', ['vite', 'build'], { stdio: 'inherit' });
const [name = ''] = readdirSync('dist');
const worker = new Miniflare({
  scriptPath: join('dist', name, 'index.js'),
  modules: true,
  modulesRules: [
    { type: 'ESModule', include: ['**/*.js'] },
    { type: 'CompiledWasm', include: ['**/*.wasm'] },
  ],
  compatibilityDate: '2025-06-01',
  bindings: { REDIS_URL: process.env.REDIS_URL },
  cf: false,
});
try {
  for (const visits of [1, 2]) {
    assert.deepEqual(await (await worker.dispatchFetch('http://worker.test/')).json(), { visits });
  }
} finally {
  await worker.dispose();
}
