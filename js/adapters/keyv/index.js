/**
 * A store of Keyv 5, and so of cache-manager: https://keyv.org/docs/getting-started/
 * @module
 */
import { scope, timeoutOfMs } from '../scope.js';

/** @import { KeyvStoreAdapter } from 'keyv' */
/** @import { RedisCache } from '../../cache.js' */

/**
 * A store for `new Keyv({ store: new KeyvStore(cache) })`.
 *
 * Keyv wraps values as `{ value, expires }`, and by default in JSON. Errors reject, so that Keyv counts them as misses, or
 * throws them with its option `throwOnErrors`.
 *
 * @implements {KeyvStoreAdapter}
 */
export class KeyvStore {
  /** Set by Keyv. @type {string | undefined} */
  namespace = undefined;
  #cache;

  /** @param {RedisCache} cache */
  constructor(cache) {
    this.opts = { dialect: 'redis', cache };
    this.#cache = cache.with({ throwOnError: true });
  }

  /** Keyv listens for errors here; ours reject. */
  on() {
    return this;
  }

  /** @param {string} key @returns {Promise<any>} */
  async get(key) {
    return (await this.#cache.get(key)) ?? undefined;
  }

  /** @param {string[]} keys @returns {Promise<any[]>} */
  async getMany(keys) {
    const values = await this.#cache.getMany(keys);
    return values.map((value) => value ?? undefined);
  }

  /** @param {string} key @param {any} value @param {number} [ttl] milliseconds */
  set(key, value, ttl) {
    return this.#cache.set(key, value, timeoutOfMs(ttl));
  }

  /** @param {{ key: string, value: any, ttl?: number }[]} entries */
  async setMany(entries) {
    await Promise.all(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)));
  }

  /** @param {string} key */
  delete(key) {
    return this.#cache.delete(key);
  }

  /** @param {string[]} keys @returns whether one of them existed */
  async deleteMany(keys) {
    const existed = await Promise.all(keys.map((key) => this.#cache.delete(key)));
    return existed.includes(true);
  }

  /** @param {string} key */
  has(key) {
    return this.#cache.has(key);
  }

  /** @param {string[]} keys */
  hasMany(keys) {
    return Promise.all(keys.map((key) => this.#cache.has(key)));
  }

  /** Deletes the keys of the namespace; without one, all that have the cache's prefix. */
  async clear() {
    await scope(this.#cache, this.namespace ? `${this.namespace}:` : '').clear();
  }

  disconnect() {
    return this.#cache.close();
  }
}
