/** A Redis, and caches in it, for the tests of a file. */

import { RedisCache } from 'cachelib-edge';
import { after, before, beforeEach } from 'node:test';
import { startRedis } from '../support/redis.js';

/** Call it once in a file, outside of tests. */
export function withRedis() {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {RedisCache[]} */
  const caches = [];

  before(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    await ask('FLUSHALL');
  });
  after(async () => {
    await Promise.all(caches.map((cache) => cache.close()));
    await redis?.stop();
  });

  /** One command, past the package. @param {...string} command */
  async function ask(...command) {
    const client = await redis.client();
    try {
      return await client.send(...command);
    } finally {
      client.close();
    }
  }

  return {
    ask,
    url: () => redis.url,
    /** @param {import('cachelib-edge').CacheOptions} [options] */
    makeCache(options) {
      const cache = new RedisCache(redis.url, { throwOnError: true, ...options });
      caches.push(cache);
      return cache;
    },
    /** A cache whose server is not there. @param {import('cachelib-edge').CacheOptions} [options] */
    makeBrokenCache: (options) =>
      new RedisCache('redis://127.0.0.1:1', { onError: () => {}, ...options }),
  };
}

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
