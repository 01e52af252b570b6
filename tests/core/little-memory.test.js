/**
 * WebAssembly memory that ends: what has no room fails with an error of its own, and the next call works.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { startRedis } from '../support/redis.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./programs/little-memory.js', import.meta.url));
/** 48 MB. */
const PAGES = 768;

test('calls that want more memory than there is fail by themselves', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const { stdout } = await run(process.execPath, [
    `--wasm-max-mem-pages=${PAGES}`,
    PROGRAM,
    redis.url,
  ]);
  for (const [name, outcome] of Object.entries(JSON.parse(stdout))) {
    await t.test(name, () => {
      assert.deepEqual(outcome, { codes: ['OUT_OF_MEMORY'], thrown: null, isUsable: true });
    });
  }
});
