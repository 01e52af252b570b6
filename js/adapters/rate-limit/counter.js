/**
 * Counters that expire.
 * @module
 */

/** @import { Key } from '../../options/api.d.ts' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * Adds one to a counter, which expires a time after its first increment.
 *
 * @param {RedisCache} cache
 * @param {Key} key
 * @param {number} timeout seconds
 * @returns {Promise<number>} the new value; 0 where the server cannot be reached and the cache does not throw
 */
export async function increment(cache, key, timeout) {
  // Both commands leave in one write. `inc` with a timeout is a script, which not every user may run.
  const [, count] = await Promise.all([cache.add(key, 0, timeout), cache.inc(key)]);
  return Number(count);
}
