/**
 * The Worker of pool.js: the path names the way to the cache.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from '../../js/entries/workerd.js';

export { RedisPool } from '../../js/durable-object.js';

const OPTIONS = { throwOnError: true };

/** @type {Record<string, RedisCache>} */
const caches = {
  fresh: new RedisCache(env.REDIS_URL, OPTIONS),
  pool: new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS }),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const cache = caches[new URL(request.url).pathname.slice(1)];
    if (!cache) return new Response('a page');
    const start = performance.now();
    try {
      let page = await cache.get('page');
      if (page === null) await cache.set('page', (page = 'a page'));
      return new Response(page, { headers: { elapsed: String(performance.now() - start) } });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
