/**
 * What the small methods of a cache do beyond one call.
 * @module
 */
import { call, callWith, STATE } from '../methods.js';
import { Found } from '../core/found.js';
import { Lock } from './lock.js';
import { ACQUIRE_LOCK, EXPIRE, GET_WITH_TTL, LOCK, TTL } from './operations.js';
import { lockTerms } from './options.js';
import { DELETE } from '../core/operations.js';

/** @import { Caller } from '../methods.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { Key } from '../options/types.js' */

/**
 * Adds to a counter.
 *
 * @param {Caller} cache
 * @param {Operation} operation without an expiry
 * @param {Operation} expiring
 * @param {Key} key
 * @param {number | bigint} delta
 * @param {number | null | undefined} timeout seconds
 */
export function count(cache, operation, expiring, key, delta, timeout) {
  const never = timeout ?? 0;
  if (never === 0 || never === -1 || never === Infinity) return call(cache, operation, key, delta);
  return call(cache, expiring, key, delta, never);
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @returns {Promise<number | null>} seconds
 */
export async function ttlOf(cache, key) {
  const ttl = await call(cache, TTL, key);
  if (ttl === null || ttl === -2) return null;
  return ttl === -1 ? Infinity : Number(ttl) / 1000;
}

/**
 * @param {Caller} cache
 * @param {Key} key
 */
export async function getWithTtl(cache, key) {
  const found = await call(cache, GET_WITH_TTL, key, undefined, Infinity);
  if (found === undefined) return null;
  if (!(found instanceof Found)) return { value: found, ttl: Infinity };
  return { value: found.value, ttl: found.ttl / 1000 };
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @param {number} grace seconds
 */
export async function expire(cache, key, grace) {
  if (grace === 0) return call(cache, DELETE, key);
  return (await call(cache, EXPIRE, key, undefined, grace)) === 1;
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @param {{ timeout?: number | undefined, wait?: number | undefined } | undefined} options
 * @returns {Promise<Lock | null>}
 */
export async function acquireLock(cache, key, options) {
  const { length, wait } = lockTerms(options);
  const { registry, settings } = cache[STATE];
  const loading = registry.whenLoaded(settings.timeoutMs);
  if (loading) await loading;
  // The driver that has the lease: by the time that it has it, the cache may have been closed, and may have another one.
  const driver = registry.get(settings.context);
  const request = { key, tags: [], above: 0, length, wait, purpose: LOCK };
  const own = { ...settings, driver };
  const found = await callWith(registry, own, null, ACQUIRE_LOCK, request);
  if (!found) return null;
  // Its core has the lease.
  driver.idleMemory.keep(length * 1000);
  return new Lock(cache, driver, { key, lease: found.lease });
}
