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
    assert.deepEqual(Object.values(none), [0, 0, 0, 0, 0, 0, 0]);
    await cache.set('a', [1]);
    await Promise.all([cache.get('a'), cache.with({ defaultTimeout: 1 }).get('missing')]);
    await cache.getMany('a', 'missing', 'a');
    await cache.set('text', 'x');
    await cache.inc('text');
    const { bytesSent, bytesReceived, ...counts } = cache.stats();
    assert.deepEqual(counts, { hits: 3, misses: 2, errors: 1, connections: 1, roundTrips: 5 });
    assert.ok(bytesSent > 200 && bytesReceived > 50, `${bytesSent}, ${bytesReceived}`);
    assert.deepEqual(Object.values(none), [0, 0, 0, 0, 0, 0, 0]);
    await cache.close();
  });
}

test('errors that reject are counted too', async () => {
  const cache = new RedisCache('redis://127.0.0.1:1', { throwOnError: true });
  await assert.rejects(cache.get('a'));
  await assert.rejects(cache.getMany('a', 'b'));
  assert.equal(cache.stats().errors, 2);
});
