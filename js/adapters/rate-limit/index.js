/**
 * Rate limits over counters in the cache, which all instances share.
 * @module
 */
import { UsageRangeError } from '../../errors/classes.js';
import { increment } from './counter.js';

/** @import { Store } from 'hono-rate-limiter' */
/** @import { Key } from '../../options/api.d.ts' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * @typedef {object} RateLimitOptions
 * @property {number} limit how many calls a window allows
 * @property {number} window how long a window is, in seconds
 * @property {string} [prefix] stands before the keys of counters, behind the cache's own prefix. 'rate-limit:'
 */

/**
 * @typedef {object} RateLimitResult
 * @property {boolean} allowed
 * @property {number} limit
 * @property {number} used calls in this window, this one included
 * @property {number} remaining calls that this window still allows
 * @property {Date} resetTime when the next window begins
 */

/**
 * A rate limiter with fixed windows that begin at multiples of their length. While the server cannot be reached it allows all
 * calls; with the cache's option `throwOnError` it rejects.
 *
 * @param {RedisCache} cache
 * @param {RateLimitOptions} options
 * @returns {(key: Key) => Promise<RateLimitResult>}
 * @throws {RangeError} for a limit or a window that is none
 */
export function rateLimit(cache, { limit, window, prefix = 'rate-limit:' }) {
  if (!(limit >= 0 && window > 0 && window < Infinity)) {
    const text = 'rateLimit takes a limit from 0 on, and a window of a number of seconds above 0';
    throw new UsageRangeError('INVALID_OPTION', text);
  }
  return async (key) => {
    const { counter, resetTime } = windowOf(`${prefix}${key}`, window);
    const used = await increment(cache, counter, 2 * window);
    const remaining = Math.max(limit - used, 0);
    return { allowed: used <= limit, limit, used, remaining, resetTime };
  };
}

/**
 * A store of hono-rate-limiter: `rateLimiter({ windowMs, limit, store: rateLimitStore(cache) })`.
 *
 * @param {RedisCache} cache
 * @param {{ prefix?: string }} [options]
 * @returns {Store}
 */
export function rateLimitStore(cache, { prefix = 'rate-limit:' } = {}) {
  let window = 60;
  const current = (/** @type {string} */ key) => windowOf(prefix + key, window);
  return {
    prefix,
    localKeys: false,
    /** @param {{ windowMs: number }} options the middleware's */
    init({ windowMs }) {
      window = windowMs / 1000;
    },
    /** @param {string} key */
    async get(key) {
      const { counter, resetTime } = current(key);
      const totalHits = await cache.get(counter);
      return totalHits === null ? undefined : { totalHits: Number(totalHits), resetTime };
    },
    /** @param {string} key */
    async increment(key) {
      const { counter, resetTime } = current(key);
      return { totalHits: await increment(cache, counter, 2 * window), resetTime };
    },
    /** @param {string} key */
    async decrement(key) {
      const { counter } = current(key);
      if ((await cache.get(counter)) > 0) await cache.dec(counter);
    },
    /** @param {string} key */
    async resetKey(key) {
      await cache.delete(current(key).counter);
    },
  };
}

/**
 * The window of now: its counter outlives it, so that it cannot expire between two commands.
 *
 * @param {string} key
 * @param {number} window seconds
 */
function windowOf(key, window) {
  const number = Math.floor(Date.now() / 1000 / window);
  return { counter: `${key}:${number}`, resetTime: new Date((number + 1) * window * 1000) };
}
