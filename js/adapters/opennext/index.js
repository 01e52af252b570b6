/**
 * The caches of OpenNext, for Next.js on Workers and elsewhere: https://opennext.js.org/cloudflare/caching
 * @module
 */
import { isExpired, isStale, MAX_LIFETIME, Tags } from '../next/tags.js';

/** @import { RedisCache } from '../../cache.js' */

/**
 * @typedef {object} IncrementalCache OpenNext's `IncrementalCache` of `@opennextjs/aws/types/overrides`.
 * @property {string} name
 * @property {(key: string, type?: string) => Promise<any>} get
 * @property {(key: string, value: any, type?: string) => Promise<void>} set
 * @property {(key: string) => Promise<void>} delete
 */

/** @typedef {string | { tag: string, stale?: number, expire?: number }} TagUpdate milliseconds since 1970 */

/**
 * @typedef {object} TagCache OpenNext's `NextModeTagCache` of `@opennextjs/aws/types/overrides`.
 * @property {string} name
 * @property {'nextMode'} mode
 * @property {(tags: string[]) => Promise<number>} getLastRevalidated
 * @property {(tags: string[], lastModified?: number) => Promise<boolean>} hasBeenRevalidated
 * @property {(tags: string[], lastModified?: number) => Promise<boolean>} isStale
 * @property {(tags: TagUpdate[]) => Promise<void>} writeTags
 */

/**
 * The incremental cache: pages, routes and fetches, each a dict with `value` and `lastModified`.
 *
 * @param {RedisCache} cache its `keyPrefix` tells builds apart
 * @param {{ timeout?: number }} [options] how long an entry lives, in seconds. A year
 * @returns {IncrementalCache}
 */
export function incrementalCache(cache, { timeout = MAX_LIFETIME } = {}) {
  const name = (/** @type {string} */ key, type = 'cache') => `${type}:${key}`;
  return {
    name: 'cachelib-edge',
    get: (key, type) => cache.get(name(key, type)),
    async set(key, value, type) {
      const entry = { value: withoutUndefined(value), lastModified: Date.now() };
      await cache.set(name(key, type), entry, timeout);
    },
    async delete(key) {
      await cache.delete(name(key));
    },
  };
}

/**
 * A value without members that are undefined, as JSON has it. The cache would store None, and OpenNext tells null from nothing.
 *
 * @param {any} value
 * @returns {any}
 */
function withoutUndefined(value) {
  if (value?.constructor !== Object) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}

/**
 * The tag cache. A revalidation is seen by all instances at once.
 *
 * @param {RedisCache} cache
 * @returns {TagCache}
 */
export function tagCache(cache) {
  const tags = new Tags(cache);
  return {
    name: 'cachelib-edge',
    mode: 'nextMode',
    async getLastRevalidated(names) {
      const revalidations = await tags.of(names);
      return Math.max(0, ...revalidations.map(({ stale, expired }) => stale ?? expired ?? 0));
    },
    async hasBeenRevalidated(names, lastModified = Date.now()) {
      return isExpired(await tags.of(names), lastModified);
    },
    async isStale(names, lastModified = Date.now()) {
      return isStale(await tags.of(names), lastModified);
    },
    async writeTags(updates) {
      await tags.add(Object.fromEntries(updates.map(revalidationOf)));
    },
  };
}

/**
 * A tag alone expires at once; an update without `expire` makes entries stale only.
 *
 * @param {TagUpdate} update
 * @returns {[string, import('../next/tags.js').Revalidation]}
 */
function revalidationOf(update) {
  const now = Date.now();
  if (typeof update === 'string') return [update, { expired: now }];
  const { tag, stale = now, expire } = update;
  return [tag, { stale, ...(expire !== undefined && { expired: expire }) }];
}
