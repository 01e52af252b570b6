/**
 * A cache of @epic-web/cachified: https://github.com/epicweb-dev/cachified#adapters
 * @module
 */
import { timeoutOfMs } from '../scope.js';

/** @import { Cache, CacheMetadata } from '@epic-web/cachified' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * A cache for `cachified({ cache: cachifiedCache(cache), … })`. An entry is stored as a dict with `metadata` and `value`, and
 * expires with its `ttl` and `swr`. Without a server values are made anew; errors go to the cache's `onError`.
 *
 * @param {RedisCache} cache
 * @returns {Cache}
 */
export function cachifiedCache(cache) {
  return {
    name: 'cachelib-edge',
    get: (key) => cache.get(key),
    set: (key, entry) => cache.set(key, entry, timeoutOfMs(remaining(entry.metadata))),
    delete: (key) => cache.delete(key),
  };
}

/** @param {CacheMetadata} metadata @returns milliseconds until the entry is of no use any more */
function remaining({ createdTime, ttl, swr }) {
  return createdTime + (ttl ?? Infinity) + (swr ?? 0) - Date.now();
}
