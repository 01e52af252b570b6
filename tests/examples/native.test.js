/**
 * The core as a crate: its example over std::net, against a real Redis.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startRedis } from '../support/redis.js';

/** @type {Awaited<ReturnType<typeof startRedis>>} */
let redis;
before(async () => {
  redis = await startRedis();
});
after(() => redis.stop());

/** @param {string} url */
const example = (url) =>
  promisify(execFile)('cargo', ['run', '--quiet', '--locked', '--example', 'native', '--', url]);

test('the native example stores, counts and clears', async () => {
  const { stdout } = await example(`redis://127.0.0.1:${redis.port}/3`);
  assert.match(stdout, /inc +15/);
  assert.match(stdout, /after clear None/);
});

test('the native example says what is wrong', async () => {
  await assert.rejects(example(`redis://:wrong@127.0.0.1:${redis.port}`), /Handshake ERR AUTH/);
});
