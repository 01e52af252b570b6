/**
 * The shop at the edge: it answers from the cache that the Flask application fills, and asks that only for what is missing.
 */
import { env } from 'cloudflare:workers';
import { CachelibSerializer, RedisCache } from 'cachelib-edge';
import { flaskClasses } from 'cachelib-edge/python';

const cache = new RedisCache(env.REDIS_URL, {
  keyPrefix: 'shop:', // Flask-Caching's CACHE_KEY_PREFIX
  serializer: new CachelibSerializer({ classes: flaskClasses }),
});

export default {
  /** @param {Request} request */
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const [, number] = /^\/products\/(\d+)$/.exec(pathname) ?? [];
    if (number && request.method === 'DELETE') return forget(number);
    if (number) return product(number, request.headers.get('user-agent'));
    return (await view(pathname)) ?? fetch(env.FLASK_URL + pathname);
  },
};

/**
 * What Flask-Caching's @cache.cached() keeps of a view: a text, or Flask's Response, which becomes the web's.
 *
 * @param {string} path
 * @returns {Promise<Response | null>}
 */
async function view(path) {
  const kept = await cache.get(`view/${path}`);
  if (typeof kept !== 'string') return kept;
  return new Response(kept, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

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
