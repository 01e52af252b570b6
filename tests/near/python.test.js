/** What Python writes, through a near cache: seen after its timeout, or at once where Redis tells of it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RedisCache } from 'cachelib-edge';
import { python } from '../../scripts/tools/python.js';
import { startRedis } from '../support/redis.js';

/** @type {import('../support/redis.js').RedisServer} */
let redis;
before(async () => {
  redis = await startRedis();
});
after(() => redis?.stop());

/** @param {string} statement about a `cache` of cachelib's */
async function inPython(statement) {
  const lines = [
    'from cachelib.redis import RedisCache',
    `cache = RedisCache("127.0.0.1", ${redis.port}, key_prefix="near:")`,
    statement,
  ];
  await promisify(execFile)(python(), ['-c', lines.join('\n')]);
}

/** @param {RedisCache} cache @param {unknown} expected */
async function untilRead(cache, expected) {
  for (let left = 500; left > 0; left--) {
    const value = await cache.get('k');
    if (JSON.stringify(value) === JSON.stringify(expected)) return;
    await sleep(20);
  }
  assert.fail(`it never was ${expected}`);
}

for (const [name, near] of /** @type {const} */ ([
  ['after the timeout', { timeout: 2 }],
  ['at once', { timeout: 3600, tracking: true }],
])) {
  test(`${name}: what Python sets, counts and deletes`, async () => {
    const cache = new RedisCache(redis.url, { keyPrefix: 'near:', near });
    await inPython('cache.set("k", [1, "two"])');
    while (cache.stats().nearHits === 0) assert.deepEqual(await cache.get('k'), [1, 'two']);
    await inPython('cache.set("k", {"a": 1}, 60)');
    await untilRead(cache, { a: 1 });
    await inPython('cache.set("k", 5); cache.inc("k", 2)');
    await untilRead(cache, 7);
    await inPython('cache.delete("k")');
    await untilRead(cache, null);
    await inPython('cache.set("k", 1)');
    await untilRead(cache, 1);
    await inPython('cache.clear()');
    await untilRead(cache, null);
    await cache.close();
  });
}
