/** What cache.stats() tells. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { startRedis } from '../support/redis.js';

/** @type {import('../support/redis.js').RedisServer} */
let redis;

before(async () => {
  redis = await startRedis();
});
after(() => redis?.stop());

for (const serializer of /** @type {const} */ (['cachelib', 'json'])) {
  test(`hits, misses, errors, bytes and round trips of a cache and its views: ${serializer}`, async () => {
    const cache = new RedisCache(redis.url, {
      onError: () => {},
      serializer,
      keyPrefix: serializer,
    });
    const none = cache.stats();
    assert.deepEqual(Object.values(none), [0, 0, 0, 0, 0, 0, 0, 0]);
    await cache.set('a', [1]);
    await Promise.all([cache.get('a'), cache.with({ defaultTimeout: 1 }).get('missing')]);
    await cache.getMany('a', 'missing', 'a');
    await cache.set('text', 'x');
    await cache.inc('text');
    const { bytesSent, bytesReceived, ...counts } = cache.stats();
    assert.deepEqual(counts, {
      hits: 3,
      misses: 2,
      nearHits: 0,
      errors: 1,
      connections: 1,
      roundTrips: 5,
    });
    assert.ok(bytesSent > 200 && bytesReceived > 50, `${bytesSent}, ${bytesReceived}`);
    assert.deepEqual(Object.values(none), [0, 0, 0, 0, 0, 0, 0, 0]);
    await cache.close();
  });
}

for (const serializer of /** @type {const} */ (['cachelib', 'json'])) {
  test(`every method that reads counts, and no other: ${serializer}`, async () => {
    const cache = new RedisCache(redis.url, { serializer, keyPrefix: `reads:${serializer}:` });
    await cache.set('k', [1], 60);
    const reads = [
      () => cache.getOrSet('k', () => [2]),
      () => cache.getOrSet('k', () => [2], { grace: 5 }),
      () => cache.getWithTtl('k'),
      () => cache.pop('k'),
    ];
    for (const [index, read] of reads.entries()) {
      await read();
      assert.equal(cache.stats().hits, index + 1, String(read));
    }
    await cache.pop('k');
    await cache.getWithTtl('k');
    await cache.getOrSet('k', () => [3]);
    assert.deepEqual([cache.stats().hits, cache.stats().misses], [4, 3]);
    await cache.ttl('k');
    for await (const key of cache.keys()) assert.equal(key, 'k');
    assert.deepEqual([cache.stats().hits, cache.stats().misses], [4, 3]);
    await cache.close();
  });
}

test('what is unreadable is a miss and an error', async () => {
  const cache = new RedisCache(redis.url, { onError: () => {}, keyPrefix: 'unreadable:' });
  await cache.with({ serializer: 'raw' }).set('k', '!broken');
  assert.equal(await cache.get('k'), null);
  const { hits, misses, errors } = cache.stats();
  assert.deepEqual([hits, misses, errors], [0, 1, 1]);
  await cache.close();
});

test('errors that reject are counted too', async () => {
  const cache = new RedisCache('redis://127.0.0.1:1', { throwOnError: true });
  await assert.rejects(cache.get('a'));
  await assert.rejects(cache.getMany('a', 'b'));
  assert.equal(cache.stats().errors, 2);
});
