/**
 * A Worker whose requests and Durable Objects share a cache at module scope that Redis tells which keys change.
 */
import { RedisCache } from '../../../js/entries/workerd.js';
import '../../../js/near/register-tracking.js';
import { answer } from './answer.js';

export { RedisPool } from '../../../js/pool/durable-object.js';

const NEAR = { timeout: 3600, tracking: true };

/** @type {Map<string, RedisCache>} */
const caches = new Map();
/** @param {string} url */
function shared(url) {
  const known = caches.get(url);
  if (known) return known;
  const cache = new RedisCache(url, { near: NEAR, throwOnError: true, keyPrefix: 'near:' });
  caches.set(url, cache);
  return cache;
}

/**
 * @param {RedisCache} cache
 * @param {string} key
 */
async function read(cache, key) {
  const { nearHits } = cache.stats();
  const value = await cache.get(key);
  return [value, cache.stats().nearHits > nearHits];
}

/** @type {Record<string, (parameters: any, env: any, ctx: any) => Promise<unknown>>} */
const work = {
  read: ({ url, key }) => read(shared(url), key),
  readGiven: ({ url, key }, _, ctx) => read(shared(url).with({ context: ctx }), key),
  set: ({ url, key, value }) => shared(url).set(key, value),
  /** Reads for so many milliseconds, once in a while. */
  async readLong({ url, key, milliseconds }) {
    const reads = [];
    for (
      const end = Date.now() + Number(milliseconds);
      Date.now() < end;
      await scheduler.wait(20)
    ) {
      reads.push(await read(shared(url), key));
    }
    return reads;
  },
  /** Two reads, with a pause between them. */
  async readTwice({ url, key, milliseconds }) {
    const first = await read(shared(url), key);
    await scheduler.wait(Number(milliseconds));
    return [first, await read(shared(url), key)];
  },
};

/** @type {typeof work} */
const actions = {
  ...work,
  /** The same in a Durable Object. */
  async object({ name, ...parameters }, env) {
    const query = new URLSearchParams(parameters);
    const response = await env.OBJECT.get(env.OBJECT.idFromName(name)).fetch(`http://o/?${query}`);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  },
  async pooled({ url }, env) {
    try {
      return String(new RedisCache(url, { connector: env.REDIS, near: NEAR }));
    } catch (error) {
      return /** @type {any} */ (error).code;
    }
  },
};

export default answer(actions);

export class Tracked {
  /**
   * @param {any} state
   * @param {any} env
   */
  constructor(state, env) {
    this.state = state;
    this.env = env;
  }

  /** @param {Request} request */
  async fetch(request) {
    const { work: name, ...parameters } = Object.fromEntries(new URL(request.url).searchParams);
    // From then on the object, its sockets and its timers are gone.
    if (name === 'abort') this.state.abort('as the test wants');
    return Response.json(await work[name ?? '']?.(parameters, this.env, this.state));
  }
}
