/** A cache over a Redis, and over the server in memory, under fake timers too. */

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { RedisCache } from 'cachelib-edge';
import { MemoryServer } from 'cachelib-edge/testing';

/** @type {RedisCache[]} */
const caches = [];
const overRedis = () => keep(new RedisCache(process.env.REDIS_URL, { throwOnError: true }));
const overMemory = () =>
  keep(
    new RedisCache('localhost', { connector: new MemoryServer().connector, throwOnError: true }),
  );

/** @param {RedisCache} cache */
function keep(cache) {
  caches.push(cache);
  return cache;
}

afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
  jest.useRealTimers();
});

describe.each([
  ['a Redis', overRedis],
  ['the server in memory', overMemory],
])('%s', (_name, make) => {
  test('stores values of this realm', async () => {
    const cache = make();
    const value = {
      list: [1, 'b'],
      at: new Date(5),
      bytes: new Uint8Array([1, 2]),
      set: new Set([3]),
    };
    await cache.set('value', value, 60);
    expect(await cache.get('value')).toEqual(value);
    expect(await cache.inc('count', 2, 60)).toBe(2);
    expect(await cache.getOrSet('made', () => [4], { timeout: 60, tags: ['t'] })).toEqual([4]);
    expect(await cache.deleteTag('t')).toBe(true);
    expect(await cache.getMany('made', 'count')).toEqual([null, 2]);
    await cache.clear();
  });

  test('fake timers stop no call', async () => {
    jest.useFakeTimers();
    const cache = make();
    await cache.set('value', 1, 60);
    expect(await cache.get('value')).toBe(1);
    expect(await cache.getOrSet('made', async () => 2, 60)).toBe(2);
    await cache.clear();
  });

  test('a failure is an error of this realm', async () => {
    const cache = make();
    await expect(cache.set('f', () => {})).rejects.toThrow(Error);
    await expect(cache.set('f', () => {})).rejects.toMatchObject({ code: 'UNSERIALIZABLE' });
  });
});

test('fake timers move the clock of the server in memory', async () => {
  jest.useFakeTimers();
  const cache = overMemory();
  await cache.set('value', 1, 60);
  await cache.set('for-ever', 2, 0);
  jest.advanceTimersByTime(61_000);
  expect(await cache.getMany('value', 'for-ever')).toEqual([null, 2]);
});
