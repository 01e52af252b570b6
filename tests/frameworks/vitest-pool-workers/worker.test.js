import { SELF } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { RedisCache } from 'cachelib-edge';
import { MemoryServer } from 'cachelib-edge/testing';

test('a Worker over a real Redis', async () => {
  expect(await (await SELF.fetch('http://worker.test/')).json()).toEqual({ visits: 1 });
  expect(await (await SELF.fetch('http://worker.test/')).json()).toEqual({ visits: 2 });
});

test('a cache over the in-memory server, with fake timers', async () => {
  const server = new MemoryServer();
  const cache = new RedisCache('localhost', { connector: server.connector, throwOnError: true });
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
