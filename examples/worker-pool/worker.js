/**
 * A Worker whose requests share one warm connection to Redis, which a Durable Object keeps.
 * @module
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';

export { RedisPool } from 'cachelib-edge/durable-object';

/** `REDIS` is the pool's binding in wrangler.toml. Everything else is as without a pool. */
const cache = new RedisCache(env.REDIS_URL, { connector: env.REDIS, keyPrefix: 'pool-example:' });

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/') return new Response('Not found\n', { status: 404 });
    const start = Date.now();
    const [visits, page] = await Promise.all([cache.inc('visits'), front()]);
    return new Response(`${page}\nvisit ${visits}, ${Date.now() - start} ms for the cache\n`);
  },
};

/** The page, drawn at most once a minute. */
async function front() {
  const stored = await cache.get('front');
  if (stored !== null) return stored;
  const page = `drawn at ${new Date().toISOString()}`;
  await cache.set('front', page, 60);
  return page;
}
