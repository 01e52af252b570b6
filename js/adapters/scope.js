/**
 * What adapters share: views of a cache, and lifetimes in the units of others.
 * @module
 */

/** @import { RedisCache } from '../cache.js' */

/**
 * A view whose keys have one more prefix behind the cache's own.
 *
 * @template {RedisCache} T
 * @param {T} cache
 * @param {string} prefix
 */
export function scope(cache, prefix) {
  return prefix === '' ? cache : cache.with({ keyPrefix: (outer) => outer + prefix });
}

/**
 * The timeout of a lifetime in milliseconds.
 *
 * @param {number | null | undefined} lifetime what is over already counts as one millisecond; without one: for ever
 */
export function timeoutOfMs(lifetime) {
  return timeoutOf(lifetime && lifetime / 1000);
}

/**
 * The timeout of a lifetime in seconds, where 0 does not mean for ever.
 *
 * @param {number | null | undefined} lifetime
 */
export function timeoutOf(lifetime) {
  const seconds = lifetime ?? Infinity;
  return seconds === Infinity ? 0 : Math.max(seconds, 0.001);
}
