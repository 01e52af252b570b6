/**
 * The Worker of pool.js: the path names the way to the cache, and the call.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from '../../js/entries/workerd.js';

export { RedisPool } from '../../js/pool/durable-object.js';

const OPTIONS = { throwOnError: true };

/** @type {Record<string, RedisCache>} */
const caches = {
  fresh: new RedisCache(env.REDIS_URL, OPTIONS),
  pool: new RedisCache(env.REDIS_URL, { ...OPTIONS, connector: env.REDIS }),
};

/** @type {Record<string, (cache: RedisCache) => Promise<unknown>>} */
const calls = {
  get: (cache) => cache.get('page'),
  inc: (cache) => cache.inc('visits'),
  page: (cache) =>
    Promise.all([
      cache.get('page'),
      cache.getMany('title', 'menu'),
      cache.has('session'),
      cache.set('seen', true),
      cache.inc('visits'),
    ]),
};

export default {
  /** @param {Request} request */
  async fetch(request) {
    const [, way = '', name = ''] = new URL(request.url).pathname.split('/');
    const [cache, call] = [caches[way], calls[name]];
    if (!cache || !call) return new Response(null, { status: 404 });
    const start = performance.now();
    try {
      await call(cache);
      return Response.json(performance.now() - start);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
