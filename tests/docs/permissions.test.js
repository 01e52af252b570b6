/** The user that docs/managed-services.md describes may do all that the cache does. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { startRedis } from '../support/redis.js';

const USER = { username: 'edge', password: 'secret', keyPrefix: 'shop:', db: 1 };

/**
 * A server with that user.
 *
 * @param {import('node:test').TestContext} t
 * @param {RegExp} [more] what more the user may do, in the page
 */
async function startWithUser(t, more) {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const page = await readFile(new URL('../../docs/managed-services.md', import.meta.url), 'utf8');
  const [line = ''] = /^ACL SETUSER .*$/m.exec(page) ?? [];
  const [, rules = ''] = more?.exec(page) ?? [];
  const client = await redis.client();
  await client.send(.../** @type {[string]} */ (`${line} ${rules}`.trim().split(' ')));
  t.after(() => client.close());
  return { redis, client };
}

test('every method works for the user of the document', async (t) => {
  const { redis } = await startWithUser(t);
  const cache = new RedisCache(redis.url, { ...USER, throwOnError: true });
  await cache.checkConnection();
  assert.equal(await cache.set('k', 1, 60, { tags: ['t'] }), true);
  assert.equal(await cache.add('k', 2), false);
  assert.equal(await cache.get('k'), 1);
  assert.deepEqual(await cache.setMany({ a: 1, b: 2 }), ['a', 'b']);
  assert.deepEqual(await cache.getMany('a', 'b'), [1, 2]);
  assert.equal(await cache.has('a'), true);
  assert.deepEqual(await cache.deleteMany('a', 'b'), ['a', 'b']);
  assert.equal(await cache.inc('n'), 1);
  assert.equal(await cache.inc('m', 1, 60), 1);
  assert.equal(await cache.touch('k', 30), true);
  assert.equal(await cache.touch('k', 0), true);
  assert.equal(await cache.ttl('k'), Infinity);
  assert.deepEqual(await cache.getWithTtl('k'), { value: 1, ttl: Infinity });
  assert.equal(await cache.expire('k', 10), true);
  assert.equal(await cache.getOrSet('g', () => 1, { timeout: 60, grace: 60, tags: ['t'] }), 1);
  assert.equal(await cache.deleteTag('t'), true);
  assert.equal(await cache.get('g'), null);
  assert.equal(await cache.pop('n'), 1);
  const lock = await cache.lock('l');
  assert.equal(await lock?.release(), true);
  for await (const key of cache.keys()) assert.equal(key, 'm');
  assert.equal(await cache.delete('m'), true);
  assert.equal(await cache.clear(), true);
  await cache.close();
});

test('near.tracking works for the user who may do what the document says of it', async (t) => {
  const { redis, client } = await startWithUser(t, /with `tracking` also `([^`]+)`/);
  const near = { timeout: 3600, tracking: true };
  const cache = new RedisCache(redis.url, { ...USER, near, onError: assert.fail });
  assert.equal(await cache.set('k', 1), true);
  while (cache.stats().nearHits === 0) assert.equal(await cache.get('k'), 1);
  await client.send('SELECT', 1);
  await client.send('SET', 'shop:k', 2);
  while ((await cache.get('k')) === 1);
  assert.equal(await cache.get('k'), 2);
  await cache.close();
});
