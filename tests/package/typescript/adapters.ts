/** Each adapter, where the package that it is for wants it. It is compiled, and never run. */
import type { Cache } from '@epic-web/cachified';
import type { CreateDriverResult, L2CacheDriver } from 'bentocache/types';
import { Hono } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { Keyv } from 'keyv';
import { createStorage } from 'unstorage';
import { RedisCache } from 'cachelib-edge';
import { RedisCache as LiteCache } from 'cachelib-edge/lite';
import { cachelibDriver } from 'cachelib-edge/adapters/bentocache';
import { secondaryStorage } from 'cachelib-edge/adapters/better-auth';
import { cachifiedCache } from 'cachelib-edge/adapters/cachified';
import { cacheResponses } from 'cachelib-edge/adapters/hono';
import { KeyvStore } from 'cachelib-edge/adapters/keyv';
import { cacheHandler } from 'cachelib-edge/adapters/next';
import { incrementalCache, tagCache } from 'cachelib-edge/adapters/opennext';
import { rateLimit, rateLimitStore } from 'cachelib-edge/adapters/rate-limit';
import cachelibEdge from 'cachelib-edge/adapters/unstorage';

const cache = new RedisCache();
const app = new Hono();
app.use(cacheResponses(cache, { timeout: 60, vary: ['Accept'], key: (c) => c.req.path }));
app.use(
  rateLimiter({ windowMs: 1000, keyGenerator: () => 'a', limit: 1, store: rateLimitStore(cache) }),
);
new Keyv({ store: new KeyvStore(cache) });
createStorage({ driver: cachelibEdge({ url: 'redis://localhost', keyPrefix: 'a:' }) });
cachelibDriver({ cache, prefix: 'b' }) satisfies CreateDriverResult<L2CacheDriver>;
cachifiedCache(cache) satisfies Cache;

export const { allowed } = await rateLimit(cache, { limit: 1, window: 1 })('key');
const lite = new LiteCache();
export const overLite = [
  rateLimit(lite, { limit: 1, window: 1 }),
  rateLimitStore(lite),
  new KeyvStore(lite),
  cachifiedCache(lite),
  cacheResponses(lite, { timeout: 60 }),
];
// @ts-expect-error it has no pop()
secondaryStorage(lite);
export const others = [
  secondaryStorage(cache),
  cacheHandler(cache),
  incrementalCache(cache),
  tagCache(cache),
];
