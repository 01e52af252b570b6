/**
 * Counters that expire.
 * @module
 */

/** @import { Key } from '../../options/api.d.ts' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * Adds one to a counter, which expires a time after its first increment.
 *
 * @param {RedisCache} cache that throws on errors
 * @param {Key} key
 * @param {number} timeout seconds
 * @returns {Promise<number>} the new value
 */
export async function increment(cache, key, timeout) {
  return Number(await cache.inc(key, 1, timeout));
}
