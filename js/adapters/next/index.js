/**
 * A cache handler of Next.js for `use cache`: https://nextjs.org/docs/app/api-reference/config/next-config-js/cacheHandlers
 * @module
 */
import { scope } from '../scope.js';
import { isExpired, isStale, MAX_LIFETIME, Tags } from './tags.js';

/** @import { RedisCache } from '../../cache.js' */

/**
 * @typedef {object} CacheEntry Next's `CacheEntry` of `next/dist/server/lib/cache-handlers/types`.
 * @property {ReadableStream<Uint8Array>} value
 * @property {string[]} tags
 * @property {number} stale seconds, for the browser
 * @property {number} timestamp when it was made, in milliseconds since 1970
 * @property {number} expire seconds
 * @property {number} revalidate seconds
 */

/**
 * @typedef {object} CacheHandler Next's `CacheHandler` of `next/dist/server/lib/cache-handlers/types`.
 * @property {(key: string, softTags: string[]) => Promise<CacheEntry | undefined>} get
 * @property {(key: string, pending: Promise<CacheEntry>) => Promise<void>} set
 * @property {() => Promise<void>} refreshTags
 * @property {(tags: string[]) => Promise<number>} getExpiration
 * @property {(tags: string[], durations?: { expire?: number }) => Promise<void>} updateTags
 */

/**
 * A handler, for a module that `cacheHandlers` in next.config names and that exports it by default. Revalidations of tags are in
 * the cache too, so that all instances see them at once.
 *
 * @param {RedisCache} cache
 * @returns {CacheHandler}
 */
export function cacheHandler(cache) {
  const tags = new Tags(cache);
  const entries = scope(cache, 'entry:');
  /** Entries that are being stored: a `get` waits for them. @type {Map<string, Promise<void>>} */
  const storing = new Map();
  return {
    async get(key, softTags) {
      await storing.get(key);
      const stored = await entries.get(nameOf(key));
      if (stored === null) return undefined;
      const revalidations = await tags.of([...stored.tags, ...softTags]);
      if (isExpired(revalidations, stored.timestamp)) return undefined;
      const revalidate = isStale(revalidations, stored.timestamp) ? -1 : stored.revalidate;
      return { ...stored, revalidate, value: streamOf(stored.value) };
    },

    async set(key, pending) {
      const work = pending.then((entry) => store(entries, nameOf(key), entry));
      const settled = work.catch(() => {});
      storing.set(key, settled);
      await work.finally(() => {
        if (storing.get(key) === settled) storing.delete(key);
      });
    },

    async refreshTags() {},

    // Next gives the tags of the route to `get` then, which reads them along with the entry's own.
    getExpiration: async () => Infinity,

    async updateTags(names, durations) {
      const now = Date.now();
      const { expire } = durations ?? { expire: 0 };
      const revalidation = {
        ...(durations && { stale: now }),
        ...(expire !== undefined && { expired: now + expire * 1000 }),
      };
      await tags.add(Object.fromEntries(names.map((name) => [name, revalidation])));
    },
  };
}

/**
 * Next's keys hold arguments of functions, which may be any texts; JSON escapes what has no UTF-8 form.
 *
 * @param {string} key
 */
function nameOf(key) {
  return JSON.stringify(key);
}

/**
 * @param {RedisCache} cache
 * @param {string} key
 * @param {CacheEntry} entry not stored when its stream breaks off, or when it expires at once
 */
async function store(cache, key, { value, ...entry }) {
  const bytes = new Uint8Array(await new Response(value).arrayBuffer());
  if (entry.expire <= 0) return;
  await cache.set(key, { ...entry, value: bytes }, Math.min(entry.expire, MAX_LIFETIME));
}

/** @param {Uint8Array} bytes */
function streamOf(bytes) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
