/**
 * When tags were revalidated: a dict for each tag, `{ stale, expired }`, in milliseconds since 1970.
 * @module
 */
import { scope } from '../scope.js';

/** @import { RedisCache } from '../../cache.js' */

/**
 * @typedef {object} Revalidation
 * @property {number} [stale] entries that are older are served once more, and made anew
 * @property {number} [expired] entries that are older are not served from then on
 */

/** A year: entries live no longer than what is known of their tags, in seconds. */
export const MAX_LIFETIME = 365 * 86_400;

/** The revalidations of tags, in the cache. */
export class Tags {
  #cache;

  /** @param {RedisCache} cache */
  constructor(cache) {
    this.#cache = scope(cache, 'tag:');
  }

  /**
   * @param {readonly string[]} tags
   * @returns {Promise<Revalidation[]>} of those that were ever revalidated
   */
  async of(tags) {
    const values = await this.#cache.getMany(tags);
    return values.filter((value) => value !== null);
  }

  /**
   * Notes revalidations; what is known of a tag otherwise stays.
   *
   * @param {Record<string, Revalidation>} revalidations by tag
   */
  async add(revalidations) {
    const known = await this.#cache.getDict(Object.keys(revalidations));
    const merged = Object.entries(revalidations).map(
      ([tag, revalidation]) => /** @type {const} */ ([tag, { ...known[tag], ...revalidation }]),
    );
    await this.#cache.setMany(merged, MAX_LIFETIME);
  }
}

/**
 * @param {Revalidation[]} revalidations
 * @param {number} timestamp when the entry was made
 * @returns whether the entry must not be served any more
 */
export function isExpired(revalidations, timestamp) {
  const now = Date.now();
  return revalidations.some(({ expired = 0 }) => expired > timestamp && expired <= now);
}

/**
 * @param {Revalidation[]} revalidations
 * @param {number} timestamp when the entry was made
 * @returns whether the entry is to be made anew
 */
export function isStale(revalidations, timestamp) {
  return revalidations.some(({ stale = 0 }) => stale > timestamp);
}
