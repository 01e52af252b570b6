/**
 * A middleware of Hono that caches responses: https://hono.dev/docs/guides/middleware
 * @module
 */

/** @import { Context, MiddlewareHandler } from 'hono' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * @typedef {object} CacheResponsesOptions
 * @property {number} [timeout] how long a response is served from the cache, in seconds. The cache's `defaultTimeout`
 * @property {(c: Context) => string} [key] the key of a request. By default its URL
 * @property {readonly string[]} [vary] request headers that choose between responses of one URL. They become a part of the key,
 *   and are added to `Vary`. None
 * @property {readonly number[]} [statuses] which responses are stored. [200]
 */

/**
 * @typedef {object} StoredResponse
 * @property {number} status
 * @property {[name: string, value: string][]} headers
 * @property {Uint8Array<ArrayBuffer>} body
 */

/**
 * Caches the responses of GET requests, with status and headers. `Cache-Status` tells of each whether it was a hit (RFC 9211).
 *
 * Not stored: responses with `Set-Cookie`, with `Cache-Control: no-store`, `no-cache` or `private`, to requests with
 * `Authorization` unless they are `public`, event streams, and those that vary by a header not named in `vary`. A request with
 * `Cache-Control: no-cache` or `no-store` is passed on.
 *
 * @param {RedisCache} cache
 * @param {CacheResponsesOptions} [options]
 * @returns {MiddlewareHandler}
 */
export function cacheResponses(cache, options = {}) {
  const { timeout, key = urlOf, vary = [], statuses = [200] } = options;
  return async (c, next) => {
    const { method } = c.req;
    if ((method !== 'GET' && method !== 'HEAD') || refusesCache(c.req.raw.headers)) return next();
    const name = [key(c), ...vary.map((header) => c.req.header(header) ?? '')].join('\n');
    /** @type {StoredResponse | null} */
    const stored = await cache.get(name);
    if (stored !== null) return rebuild(stored, method);
    await next();
    // By Hono, which copies a response that was fetched: its headers are immutable.
    for (const header of vary) c.header('Vary', header, { append: true });
    const isStored =
      method === 'GET' && statuses.includes(c.res.status) && mayStore(c.req.raw, c.res, vary);
    c.header('Cache-Status', `cachelib-edge; fwd=miss${isStored ? '; stored' : ''}`);
    if (isStored) hold(c, store(cache, name, c.res.clone(), timeout));
    return undefined;
  };
}

/** @param {Context} c */
function urlOf(c) {
  return c.req.url;
}

/** @param {Headers} headers */
function refusesCache(headers) {
  return /no-cache|no-store/i.test(headers.get('Cache-Control') ?? '');
}

/**
 * @param {Request} request
 * @param {Response} response
 * @param {readonly string[]} vary
 */
function mayStore({ headers: asked }, { headers }, vary) {
  const control = headers.get('Cache-Control') ?? '';
  if (headers.has('Set-Cookie') || /no-store|no-cache|private/i.test(control)) return false;
  if (asked.has('Authorization') && !/public|s-maxage/i.test(control)) return false;
  if (/^text\/event-stream/i.test(headers.get('Content-Type') ?? '')) return false;
  const known = vary.map((name) => name.toLowerCase());
  const varies = (headers.get('Vary') ?? '').toLowerCase().split(/\s*,\s*/);
  return varies.every((name) => name === '' || known.includes(name));
}

/**
 * @param {RedisCache} cache
 * @param {string} key
 * @param {Response} response
 * @param {number} [timeout]
 */
async function store(cache, key, response, timeout) {
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  await cache.set(key, { status, headers: [...headers], body }, timeout);
}

/**
 * Keeps the request alive until the response is stored; the body of one that breaks off is not stored.
 *
 * @param {Context} c
 * @param {Promise<void>} work
 */
function hold(c, work) {
  const done = work.catch((error) =>
    console.warn('cachelib-edge: a response was not stored', error),
  );
  try {
    c.executionCtx.waitUntil(done);
  } catch {
    // Servers such as Node's have no execution context, and need none.
  }
}

/**
 * @param {StoredResponse} stored
 * @param {string} method
 */
function rebuild({ status, headers, body }, method) {
  // Some statuses, such as 204, allow no body, not even an empty one.
  const content = method === 'HEAD' || body.length === 0 ? null : body;
  const response = new Response(content, { status, headers });
  response.headers.set('Cache-Status', 'cachelib-edge; hit');
  return response;
}
