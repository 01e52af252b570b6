/**
 * `RedisCache` of `cachelib-edge/lite`: what cachelib has, in one server.
 * @module
 */
import { RedisCache as Base } from '../cache.js';
import { FEATURES } from '../methods.js';
import { invalidOption } from '../options/check.js';
import { LITE, WHOLE } from './features.js';

/** @import { Key, LiteOptions, LiteViewOptions, Mapping, UrlLike } from '../options/types.js' */

const TAGS = 'tags';
const EXPIRING_COUNTERS = 'counters that expire';
/** The timeouts of a counter that does not. @type {unknown[]} */
const NEVER = [undefined, null, 0, -1, Infinity];

/**
 * A cache in a Redis server, with the same keys and the same stored bytes as Python's cachelib.
 *
 * The constructor opens nothing; the first call connects. Every method returns a promise. When the backend fails, it resolves
 * with `null`, `false` or fewer keys, and `onError` is called; misuse always rejects. All times are in seconds.
 */
export class RedisCache extends Base {
  /** @internal */
  static [FEATURES] = LITE;

  /**
   * @param {[host?: string | UrlLike, options?: LiteOptions]} args localhost when they are left out; a host name, or a URL:
   *   `redis://user:password@host:port/db`, `rediss://` for TLS, `unix:///path`; and options
   * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
   */
  constructor(...args) {
    super(...args);
  }

  /**
   * A view of this cache with other settings, as of `cachelib-edge`.
   *
   * @param {LiteViewOptions} options
   * @returns {this}
   */
  with(options) {
    return super.with(options);
  }

  // ---- What needs the cache layer is refused, not left out.

  /**
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] seconds
   * @param {undefined} [options]
   */
  set(key, value, timeout, options) {
    return options === undefined ? super.set(key, value, timeout) : refuse(TAGS);
  }

  /**
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] seconds
   * @param {undefined} [options]
   */
  add(key, value, timeout, options) {
    return options === undefined ? super.add(key, value, timeout) : refuse(TAGS);
  }

  /**
   * @param {Mapping} mapping
   * @param {number | null} [timeout] seconds
   * @param {undefined} [options]
   */
  setMany(mapping, timeout, options) {
    return options === undefined ? super.setMany(mapping, timeout) : refuse(TAGS);
  }

  /**
   * @param {Mapping} mapping
   * @param {number | null} [timeout] seconds
   * @param {undefined} [options]
   */
  set_many(mapping, timeout, options) {
    return this.setMany(mapping, timeout, options);
  }

  /**
   * @param {Key} key
   * @param {number | bigint} [delta]
   * @param {null} [timeout] none
   */
  inc(key, delta, timeout) {
    return NEVER.includes(timeout) ? super.inc(key, delta) : refuse(EXPIRING_COUNTERS);
  }

  /**
   * @param {Key} key
   * @param {number | bigint} [delta]
   * @param {null} [timeout] none
   */
  dec(key, delta, timeout) {
    return NEVER.includes(timeout) ? super.dec(key, delta) : refuse(EXPIRING_COUNTERS);
  }
}

/**
 * @param {string} what
 * @returns {Promise<never>}
 */
async function refuse(what) {
  throw invalidOption(`${what} need ${WHOLE}`);
}
