/** The user's callbacks run in the async context of the call that they belong to. */

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, before, test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { startRedis } from '../support/redis.js';

const requests = new AsyncLocalStorage();
/** @type {import('../support/redis.js').RedisServer} */
let redis;

before(async () => {
  redis = await startRedis();
});
after(() => redis?.stop());

test('onError, dumps and loads see the context of their own call', async () => {
  /** @type {[string, string, string][]} */
  const seen = [];
  const note = (/** @type {string} */ what, /** @type {string} */ key) =>
    seen.push([what, key, String(requests.getStore())]);
  const decoder = new TextDecoder();
  const cache = new RedisCache(redis.url, {
    onError: (_error, { key }) => note('onError', String(key)),
    serializer: {
      dumps(value) {
        note('dumps', value);
        return value;
      },
      loads(bytes) {
        const value = decoder.decode(bytes);
        note('loads', value);
        if (value === 'bad') throw new Error('unreadable');
        return value;
      },
    },
  });
  await Promise.all(
    ['one', 'two', 'bad'].map((name) =>
      requests.run(name, async () => {
        await cache.set(name, name);
        await cache.get(name);
        await cache.getMany(name, 'missing');
      }),
    ),
  );
  await cache.close();
  assert.equal(seen.length, 3 + 6 + 2);
  for (const [what, key, context] of seen) {
    assert.equal(context, key === 'undefined' ? 'bad' : key, `${what} of ${key}`);
  }
});
