/**
 * The core as a crate: its example over std::net, against a real Redis.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort, startRedis } from '../support/redis.js';

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let redis;
before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

/**
 * @param {string} url
 * @param {string} [variable] the environment's that holds it, in place of the command line
 */
function example(url, variable) {
  const args = ['run', '--quiet', '--locked', '--example', 'native'];
  if (variable === undefined) return promisify(execFile)('cargo', [...args, '--', url]);
  return promisify(execFile)('cargo', args, { env: { ...process.env, [variable]: url } });
}

test('the native example stores, counts and clears', async () => {
  const { stdout } = await example(`redis://127.0.0.1:${redis.port}/3`);
  assert.match(stdout, /inc +15/);
  assert.match(stdout, /after clear None/);
});

test('the native example takes REDIS_URL', async () => {
  const { stdout } = await example(`redis://127.0.0.1:${redis.port}/3`, 'REDIS_URL');
  assert.match(stdout, /inc +15/);
});

test('the native example says which address was refused', async () => {
  const port = await freePort();
  const refused = new RegExp(`127\\.0\\.0\\.1:${port}: Connection refused`);
  await assert.rejects(example(`redis://127.0.0.1:${port}`), refused);
});

test('the native example says what is wrong', async () => {
  await assert.rejects(
    example(`redis://:wrong@127.0.0.1:${redis.port}`),
    /handshake failed.*\[AUTH_UNWANTED\]/,
  );
});
