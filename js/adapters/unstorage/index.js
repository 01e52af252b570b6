/**
 * A driver of unstorage, the storage of Nitro and Nuxt and of Astro's sessions: https://unstorage.unjs.io/guide/custom-driver
 * @module
 */
import { RedisCache } from 'cachelib-edge';
import { scope, timeoutOf } from '../scope.js';

/** @import { Driver } from 'unstorage' */
/** @import { CacheOptions } from '../../options/api.d.ts' */
/** @import { RedisCache as Cache } from '../../layer/cache.js' */

/**
 * @typedef {CacheOptions & { cache?: Cache, url?: string, base?: string, ttl?: number }} DriverOptions A cache, or the URL and the
 *   options of one, of which `base` is a `keyPrefix` before a colon; and how long an item lives for which unstorage gives no `ttl`, in seconds: for ever, when it is left out.
 */

/**
 * Makes a driver. It is the default export, so that a configuration can name it: `driver: 'cachelib-edge/adapters/unstorage'`.
 *
 * Objects and arrays are stored as the cache stores them, so that Python reads dicts and lists, and unstorage reads what Python
 * stored. `getKeys` looks at all keys of the database.
 *
 * @param {DriverOptions} [options]
 * @returns {Driver<DriverOptions, Cache>}
 */
export default function cachelibEdge(options = {}) {
  const { ttl: lifetime, cache = create(options) } = options;
  return {
    name: 'cachelib-edge',
    options,
    flags: { ttl: true },
    getInstance: () => cache,
    hasItem: (key) => cache.has(key),
    getItem: (key) => cache.get(key),
    async getItems(items) {
      const keys = items.map(({ key }) => key);
      const values = await cache.getMany(keys);
      return keys.map((key, index) => ({ key, value: values[index] }));
    },
    getItemRaw: (key) => cache.get(key),
    async setItem(key, value, { ttl = lifetime } = {}) {
      await cache.set(key, revive(value), timeoutOf(ttl));
    },
    async setItemRaw(key, value, { ttl = lifetime } = {}) {
      await cache.set(key, value, timeoutOf(ttl));
    },
    async removeItem(key) {
      await cache.delete(key);
    },
    async getKeys(base = '') {
      /** @type {Set<string>} */
      const keys = new Set();
      for await (const key of scope(cache, base).keys()) keys.add(base + key);
      return [...keys];
    },
    // Without a base unstorage gives undefined.
    async clear(base = '') {
      await scope(cache, base).clear();
    },
    dispose: () => cache.close(),
  };
}

/**
 * @param {DriverOptions} options
 * @returns {Cache}
 */
function create({ url = 'localhost', base, ...rest }) {
  const options = /** @type {any} */ ({ ...(base && { keyPrefix: `${base}:` }), ...rest });
  // A configuration hands on the driver's name too.
  for (const name of ['cache', 'ttl', 'driver']) delete options[name];
  // The package's own declarations, which are built, are not those of its source.
  return /** @type {any} */ (new RedisCache(url, options));
}

/**
 * unstorage gives objects and arrays as JSON. A text that JSON would write in another way stays a text.
 *
 * @param {string} text
 */
function revive(text) {
  if (!/^[[{]/.test(text)) return text;
  try {
    const value = JSON.parse(text);
    return JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}
