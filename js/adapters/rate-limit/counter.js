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
  // Both commands leave in one write.
  const [, count] = await Promise.all([cache.add(key, 0, timeout), cache.inc(key)]);
  return Number(count);
}
