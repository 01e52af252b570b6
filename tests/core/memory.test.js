/**
 * WebAssembly memory never shrinks: what a burst of calls took is given back with the core itself, once it is idle.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { startRedis } from '../support/redis.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./programs/burst.js', import.meta.url));

/** Longer than a cache is idle before it gives back its memory. */
const PAUSE_MS = '12000';

/** @param {import('node:test').TestContext} t @param {string[]} args */
async function burst(t, ...args) {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const { stdout } = await run(process.execPath, ['--expose-gc', PROGRAM, redis.url, ...args]);
  return JSON.parse(stdout);
}

test('the memory of a burst is given back when the cache has been idle', async (t) => {
  const { afterBurst, afterPause, isUsable } = await burst(t, PAUSE_MS);
  assert.ok(afterBurst > 50, `the burst took ${afterBurst} MB`);
  assert.ok(afterPause < 25, `${afterPause} MB of ${afterBurst} are left`);
  assert.equal(isUsable, true);
});

test('a lock that is held over the pause is released by its holder', async (t) => {
  assert.equal((await burst(t, PAUSE_MS, '60')).isReleased, true);
});
