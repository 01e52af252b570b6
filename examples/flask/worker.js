/**
 * The shop at the edge: it answers from the cache that the Flask application fills, and asks that only for what is missing.
 */
import { env } from 'cloudflare:workers';
import { RedisCache } from 'cachelib-edge';

// The prefix of Flask-Caching's CACHE_KEY_PREFIX, and nothing else to agree on.
const cache = new RedisCache(env.REDIS_URL, { keyPrefix: 'shop:' });

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, number] = /^\/products\/(\d+)$/.exec(pathname) ?? [];
    if (number && request.method === 'DELETE') return forget(number);
    if (number) return product(number, request.headers.get('user-agent'));
    // What Flask-Caching's @cache.cached() keeps of a view is under "view/" and its path.
    const page = await cache.get(`view/${pathname}`);
    return page === null ? fetch(env.FLASK_URL + pathname) : new Response(page);
  },
};

/**
 * @param {string} number
 * @param {string | null} by
 */
async function product(number, by) {
  const found = await cache.get(`product:${number}`); // a dict with a Decimal and a set in it
  if (found === null) return fetch(`${env.FLASK_URL}/products/${number}`);
  const [views] = await Promise.all([
    cache.inc(`views:${number}`),
    cache.set(`seen:${number}`, { at: new Date(), by }, 3600),
  ]);
  return Response.json({ ...found, tags: [...found.tags].sort(), views });
}

/** @param {string} number */
async function forget(number) {
  return Response.json({ forgotten: await cache.delete(`product:${number}`) });
}
