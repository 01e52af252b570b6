/** What is logged of a cache and of its errors holds no password. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { RedisCache } from 'cachelib-edge';

const SECRET = 'hunter2';

test('a cache, a view and an error that are inspected in full', async () => {
  const cache = new RedisCache(`redis://edge:${SECRET}@127.0.0.1:1`, { throwOnError: true });
  const sentinel = { name: 'mymaster', password: SECRET };
  const others = new RedisCache(['127.0.0.1:1'], { sentinel, throwOnError: true });
  for (const each of [cache, cache.with({}), others]) {
    /** @type {any} */
    const error = await each.get('k').catch((reason) => reason);
    assert.equal(error.code, 'CONNECTION_REFUSED');
    for (const logged of [each, error]) {
      const text = inspect(logged, { depth: Infinity, showHidden: true, getters: true });
      assert.ok(!text.includes(SECRET), text);
      assert.ok(!JSON.stringify(logged).includes(SECRET));
    }
    await each.close();
  }
});
