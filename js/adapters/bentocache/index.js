/**
 * A second layer (L2) of bentocache: https://bentocache.dev/docs/cache-drivers
 * @module
 */
import { scope, timeoutOfMs } from '../scope.js';

/** @import { CreateDriverResult, L2CacheDriver } from 'bentocache/types' */
/** @import { RedisCache } from '../../layer/cache.js' */

/**
 * The driver for `bentostore().useL2Layer(cachelibDriver({ cache }))`. bentocache closes the cache's connection when it
 * disconnects. Errors reject: bentocache handles them by its own options.
 *
 * @param {{ cache: RedisCache, prefix?: string }} options
 * @returns {CreateDriverResult<L2CacheDriver>}
 */
export function cachelibDriver(options) {
  return {
    options,
    factory: ({ cache, prefix }) =>
      new BentocacheDriver(cache.with({ throwOnError: true }), prefix ? `${prefix}:` : ''),
  };
}

/** @implements {L2CacheDriver} */
class BentocacheDriver {
  type = /** @type {const} */ ('l2');
  #cache;

  /**
   * @param {RedisCache} cache
   * @param {string} prefix
   */
  constructor(cache, prefix) {
    this.#cache = scope(cache, prefix);
  }

  /** @param {string} namespace */
  namespace(namespace) {
    return new BentocacheDriver(this.#cache, `${namespace}:`);
  }

  /** @param {string} key @returns {Promise<string | undefined>} */
  async get(key) {
    return (await this.#cache.get(key)) ?? undefined;
  }

  /** @param {string[]} keys @returns {Promise<(string | undefined)[]>} */
  async getMany(keys) {
    const values = await this.#cache.getMany(keys);
    return values.map((value) => value ?? undefined);
  }

  /** By GETDEL, of Redis 6.2. @param {string} key @returns {Promise<string | undefined>} */
  async pull(key) {
    return (await this.#cache.pop(key)) ?? undefined;
  }

  /** @param {string} key @param {string} value @param {number} [ttl] milliseconds */
  set(key, value, ttl) {
    return this.#cache.set(key, value, timeoutOfMs(ttl));
  }

  /** @param {string} key */
  has(key) {
    return this.#cache.has(key);
  }

  /** @param {string} key */
  delete(key) {
    return this.#cache.delete(key);
  }

  /** @param {string[]} keys */
  async deleteMany(keys) {
    await this.#cache.deleteMany(keys);
    return true;
  }

  async clear() {
    await this.#cache.clear();
  }

  disconnect() {
    return this.#cache.close();
  }
}
