/** The user that docs/managed-services.md describes may do all that the cache does. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { startRedis } from '../support/redis.js';

test('every method works for the user of the document', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const page = await readFile(new URL('../../docs/managed-services.md', import.meta.url), 'utf8');
  const [line = ''] = /^ACL SETUSER .*$/m.exec(page) ?? [];
  const client = await redis.client();
  await client.send(.../** @type {[string]} */ (line.split(' ')));
  client.close();

  const user = { username: 'edge', password: 'secret', keyPrefix: 'shop:', db: 1 };
  const cache = new RedisCache(redis.url, { ...user, throwOnError: true });
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
