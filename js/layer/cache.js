/**
 * `RedisCache` with the cache layer: what cachelib has not.
 * @module
 */
import { entriesOf, flatten } from '../arguments.js';
import { RedisCache as Base } from '../cache.js';
import { ADD, DEC, INC, SET } from '../core/operations.js';
import { call, FEATURES, timeoutOf } from '../methods.js';
import { WHOLE } from '../options/whole.js';
import { getOrSet } from './get-or-set.js';
import { keysOf } from './keys.js';
import { DEC_EXPIRING, INC_EXPIRING, POP, TOUCH } from './operations.js';
import { checkFactory, memoizeTerms } from './options.js';
import { acquireLock, count, expire, getWithTtl, ttlOf } from './small-methods.js';
import { deleteTags, setManyTagged, setTagged } from './tags.js';

/** @import { Key, Mapping } from '../options/types.js' */
/** @import { Lock } from './lock.js' */
/** @import { Factory, GetOrSetOptions } from './options.js' */

/** @typedef {{ tags?: readonly string[] | undefined }} TagOptions */

/**
 * A cache in a Redis server, with the same keys and the same stored bytes as Python's cachelib, and with a cache layer.
 *
 * The constructor opens nothing; the first call connects. Every method returns a promise. When the backend fails, it resolves
 * with `null`, `false` or fewer keys, and `onError` is called; misuse always rejects. All times are in seconds.
 */
export class RedisCache extends Base {
  /** @internal */
  static [FEATURES] = WHOLE;

  // ---- What cachelib has, with more options

  /**
   * Stores a value.
   *
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] seconds, fractions allowed; 0, -1 and Infinity: never; default: `defaultTimeout`
   * @param {TagOptions} [options] `tags`: by which {@link deleteTag} deletes it
   * @returns {Promise<boolean>} whether it was stored
   */
  set(key, value, timeout, options) {
    if (options === undefined) return super.set(key, value, timeout);
    return setTagged(this, SET, key, value, timeout, options);
  }

  /**
   * Stores a value unless the key exists: one atomic step.
   *
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] as of {@link set}
   * @param {TagOptions} [options] as of {@link set}
   * @returns {Promise<boolean>} false when the key exists
   */
  add(key, value, timeout, options) {
    if (options === undefined) return super.add(key, value, timeout);
    return setTagged(this, ADD, key, value, timeout, options);
  }

  /**
   * Stores many values in one round trip.
   *
   * @param {Mapping} mapping keys and values: an object, a Map, or entries
   * @param {number | null} [timeout] as of {@link set}
   * @param {TagOptions} [options] as of {@link set}
   * @returns {Promise<Key[]>} the keys that were stored, in their order
   */
  async setMany(mapping, timeout, options) {
    if (options === undefined) return super.setMany(mapping, timeout);
    return setManyTagged(this, entriesOf(mapping), timeout, options);
  }

  /**
   * Adds to a counter, atomically. A missing key counts from 0 and never expires; an existing one keeps its expiry.
   *
   * @param {Key} key
   * @param {number | bigint} [delta] an integer of 64 bits; 1 when it is left out
   * @param {number | null} [timeout] seconds that a new counter lives, set in the same atomic step; default: for ever
   * @returns {Promise<number | bigint | null>} the new value, a bigint beyond 2^53; null when the backend fails
   */
  inc(key, delta = 1, timeout) {
    return count(this, INC, INC_EXPIRING, key, delta, timeout);
  }

  /**
   * Subtracts from a counter, atomically: see {@link inc}.
   *
   * @param {Key} key
   * @param {number | bigint} [delta] an integer of 64 bits; 1 when it is left out
   * @param {number | null} [timeout] as of {@link inc}
   * @returns {Promise<number | bigint | null>} as of {@link inc}
   */
  dec(key, delta = 1, timeout) {
    return count(this, DEC, DEC_EXPIRING, key, delta, timeout);
  }

  // ---- What it has not

  /**
   * The value of a key; if it is missing, that of the factory, which is stored. However many callers ask for it, here
   * and in other processes, the factory runs once. A stale value is answered at once, and computed anew in the background.
   *
   * When the backend fails, the factory answers. Callers that share a run get the same object.
   *
   * @template T
   * @param {Key} key
   * @param {Factory<T>} factory
   * @param {number | null | GetOrSetOptions<T>} [options] how long it is fresh, or more than that
   * @returns {Promise<T | null>} rejects with the factory's error when there is no stale value
   */
  getOrSet(key, factory, options) {
    return getOrSet(this, key, factory, options);
  }

  /**
   * A function whose results are cached, by {@link getOrSet}.
   *
   * @template {unknown[]} A
   * @template T
   * @param {(...args: A) => T | undefined | Promise<T | undefined>} fn
   * @param {GetOrSetOptions<T> & { key: (...args: A) => Key }} options `key`: the key of the result for these arguments
   * @returns {((...args: A) => Promise<T | null>) & { delete(...args: A): Promise<boolean> }} `delete` forgets the
   *   result for these arguments
   * @throws {TypeError | RangeError} for options that are none
   */
  memoize(fn, options) {
    checkFactory(fn);
    const { key, terms } = memoizeTerms(options);
    const compute = this.getOrSet.bind(this);
    /** @type {(this: unknown, ...args: A) => Promise<T | null>} */
    const memoized = async function (...args) {
      return compute(key(...args), () => fn.apply(this, args), terms);
    };
    const forget = async (/** @type {A} */ ...args) => this.delete(key(...args));
    return Object.assign(memoized, { delete: forget });
  }

  /**
   * Deletes all values with these tags.
   *
   * @param {string[] | [tags: readonly string[]]} tags tags, or one array of them
   * @returns {Promise<boolean>} whether they are deleted
   */
  async deleteTag(...tags) {
    return deleteTags(this, /** @type {string[]} */ (flatten(tags)));
  }

  /**
   * Lets a value be stale at once: it can be used for `grace` seconds more. {@link getOrSet} with the same grace
   * computes it anew.
   *
   * @param {Key} key
   * @param {number} [grace] seconds; 0 deletes it
   * @returns {Promise<boolean>} whether it existed
   */
  expire(key, grace = 0) {
    return expire(this, key, grace);
  }

  /**
   * Sets how long a key lives from now on.
   *
   * @param {Key} key
   * @param {number | null} [timeout] seconds, as of `set`
   * @returns {Promise<boolean>} whether it exists
   */
  async touch(key, timeout) {
    const touched = await call(this, TOUCH, key, undefined, timeoutOf(this, timeout));
    return touched === true || touched === 1;
  }

  /**
   * How long a key lives.
   *
   * @param {Key} key
   * @returns {Promise<number | null>} seconds, Infinity when it never expires, null when it is missing
   */
  ttl(key) {
    return ttlOf(this, key);
  }

  /**
   * The value of a key, and how long it lives.
   *
   * @param {Key} key
   * @returns {Promise<{ value: any, ttl: number } | null>} `ttl` in seconds, Infinity when it never expires; null when
   *   it is missing
   */
  getWithTtl(key) {
    return getWithTtl(this, key);
  }

  /**
   * The value of a key, which is deleted, in one atomic step. Needs Redis 6.2.
   *
   * @param {Key} key
   * @returns {Promise<any>} null when the key is missing or its value unreadable
   */
  pop(key) {
    return call(this, POP, key);
  }

  /**
   * The keys with the cache's prefix, without it. One that is written meanwhile may be missing, and one may come
   * twice, as of SCAN; after a lost connection all may.
   *
   * @returns {AsyncGenerator<string, void, undefined>}
   */
  keys() {
    return keysOf(this);
  }

  /**
   * Keeps others out, in all processes, until it is released; {@link getOrSet} does not compute the key meanwhile.
   *
   * ```js
   * await using lock = await cache.lock('report', { timeout: 30 });
   * if (lock === null) return; // somebody else is at it
   * ```
   *
   * @param {Key} key
   * @param {{ timeout?: number | undefined, wait?: number | undefined }} [options] `timeout`: it is released by itself after so many seconds,
   *   10; `wait`: how long to wait for it, 0
   * @returns {Promise<Lock | null>} null when another one has it
   */
  lock(key, options) {
    return acquireLock(this, key, options);
  }

  // ---- In cachelib's spelling

  /**
   * {@link setMany}, by cachelib's name.
   *
   * @param {Mapping} mapping keys and values: an object, a Map, or entries
   * @param {number | null} [timeout] as of {@link set}
   * @param {TagOptions} [options] as of {@link set}
   * @returns {Promise<Key[]>} as of {@link setMany}
   */
  set_many(mapping, timeout, options) {
    return this.setMany(mapping, timeout, options);
  }

  /**
   * {@link getOrSet}
   *
   * @template T
   * @param {Key} key
   * @param {Factory<T>} factory
   * @param {number | null | GetOrSetOptions<T>} [options]
   * @returns {Promise<T | null>}
   */
  get_or_set(key, factory, options) {
    return this.getOrSet(key, factory, options);
  }

  /**
   * {@link getWithTtl}
   *
   * @param {Key} key
   * @returns {Promise<{ value: any, ttl: number } | null>}
   */
  get_with_ttl(key) {
    return this.getWithTtl(key);
  }

  /**
   * {@link deleteTag}
   *
   * @param {string[] | [tags: readonly string[]]} tags
   * @returns {Promise<boolean>}
   */
  delete_tag(...tags) {
    return this.deleteTag(...tags);
  }
}
