import { SELF } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { RedisCache } from 'cachelib-edge';
import { RedisCache as LiteCache } from 'cachelib-edge/lite';
import { MemoryServer } from 'cachelib-edge/testing';

test('a Worker over a real Redis', async () => {
  expect(await (await SELF.fetch('http://worker.test/')).json()).toEqual({ visits: 1 });
  expect(await (await SELF.fetch('http://worker.test/')).json()).toEqual({ visits: 2 });
});

test.each([
  ['cachelib-edge', RedisCache],
  ['cachelib-edge/lite', LiteCache],
])('a cache of %s over the in-memory server, with fake timers', async (_, Cache) => {
  const server = new MemoryServer();
  const cache = new Cache('localhost', { connector: server.connector, throwOnError: true });
  vi.useFakeTimers();
  try {
    await cache.set('list', [1], 60);
    expect(await cache.get('list')).toEqual([1]);
    vi.advanceTimersByTime(61_000);
    expect(await cache.get('list')).toBe(null);
  } finally {
    vi.useRealTimers();
  }
});
