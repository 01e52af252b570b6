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

test('the memory of a burst is given back when the cache has been idle', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const pauseMs = '12000';
  const { stdout } = await run(process.execPath, ['--expose-gc', PROGRAM, redis.url, pauseMs]);
  const { afterBurst, afterPause, isUsable } = JSON.parse(stdout);
  assert.ok(afterBurst > 50, `the burst took ${afterBurst} MB`);
  assert.ok(afterPause < 25, `${afterPause} MB of ${afterBurst} are left`);
  assert.equal(isUsable, true);
});
