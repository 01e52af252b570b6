/**
 * Secondary storage of Better Auth: https://better-auth.com/docs/concepts/database#secondary-storage
 * @module
 */
import { increment } from '../rate-limit/counter.js';
import { timeoutOf } from '../scope.js';

/** @import { RedisCache } from '../../layer/cache.js' */

/**
 * @typedef {object} SecondaryStorage Better Auth's interface: `SecondaryStorage` of `@better-auth/core/db`.
 * @property {(key: string) => Promise<unknown>} get
 * @property {(key: string) => Promise<unknown>} getAndDelete
 * @property {(key: string, ttl: number) => Promise<number>} increment `ttl` in seconds, from the first increment on
 * @property {(key: string, value: string, ttl?: number) => Promise<void>} set `ttl` in seconds
 * @property {(key: string) => Promise<void>} delete
 */

/**
 * Storage for `betterAuth({ secondaryStorage: secondaryStorage(cache) })`: sessions, verifications and rate limits. Errors
 * reject, since a session that cannot be read is not one that is missing.
 *
 * @param {RedisCache} cache
 * @returns {SecondaryStorage}
 */
export function secondaryStorage(cache) {
  const strict = cache.with({ throwOnError: true });
  return {
    get: (key) => strict.get(key),
    getAndDelete: (key) => strict.pop(key),
    increment: (key, ttl) => increment(strict, key, timeoutOf(ttl)),
    async set(key, value, ttl) {
      await strict.set(key, value, timeoutOf(ttl));
    },
    async delete(key) {
      await strict.delete(key);
    },
  };
}
