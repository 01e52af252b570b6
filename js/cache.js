/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Python's `cachelib.redis.RedisCache`, for every runtime: what cachelib has. `layer/cache.js` adds the cache layer; the entries in
 * `entries/` and `lite/` supply the host.
 * @module
 */
import { entriesOf, flatten } from './arguments.js';
import {
  ADD,
  CLEAR,
  DEC,
  DELETE,
  DELETE_MANY,
  GET,
  GET_DICT,
  GET_MANY,
  HAS,
  INC,
  PING,
  SET,
  SET_MANY,
} from './core/operations.js';
import { DriverRegistry } from './io-context/registry.js';
import { call, changeAll, FEATURES, getAll, STATE, timeoutOf } from './methods.js';
import { check } from './options/check.js';
import { inherit, newSettings, withOptions } from './options/settings.js';
import { createView, takePending } from './view.js';

/** @import { Stats } from './core/counters.js' */
/** @import { Features, Host } from './core/types.js' */
/** @import { State } from './methods.js' */
/** @import { CacheOptions, Key, ManyKeys, Mapping, RedisClient, SerializerOption, UrlLike, ViewOptions } from './options/types.js' */

/**
 * A cache in a Redis server, with the same keys and the same stored bytes as Python's cachelib.
 *
 * The constructor opens nothing; the first call connects. Every method returns a promise. When the backend fails, it resolves
 * with `null`, `false` or fewer keys, and `onError` is called; misuse always rejects. All times are in seconds.
 */
export class RedisCache {
  /**
   * How values become bytes, for all caches of a class. A cache's own `serializer` wins.
   *
   * @default 'cachelib'
   * @type {SerializerOption}
   */
  static serializer = 'cachelib';

  /**
   * What the runtime supplies; set by the entry.
   *
   * @internal
   * @type {Host}
   */
  static host;

  /**
   * What its caches can do.
   *
   * @internal
   * @type {Features}
   */
  static [FEATURES];

  /**
   * @internal
   * @type {State}
   */
  // @ts-expect-error A view inherits it.
  [STATE];

  /**
   * @param {string | UrlLike | readonly string[] | RedisClient} [host] localhost when it is left out; a host name, or a URL:
   *   `redis://user:password@host:port/db`, `rediss://` for TLS, `unix:///path`; `redis+cluster://user:password@host:port,…`,
   *   `redis+sentinel://host:port,…/name/db`; hosts with their ports, with option `cluster` or `sentinel`; or a Redis client,
   *   which is used as it is and never closed
   * @param {CacheOptions} [options]
   * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
   */
  constructor(host, options = {}) {
    const view = takePending(new.target);
    if (view !== null) return /** @type {this} */ (view);
    // An undefined host is a variable that is not set, not localhost.
    const given = arguments.length === 0 ? 'localhost' : host;
    const { host: runtime, [FEATURES]: features } = new.target;
    check(options, features.cacheOptions);
    const server = features.parseServer(given, options);
    const settings = newSettings(options);
    if (!runtime.connect && !server.connector) runtime.requireConnector?.();
    const registry = new DriverRegistry(server, runtime, settings.counters);
    features.prepare(registry, settings);
    this[STATE] = { registry, settings, serializer: options.serializer };
  }

  /**
   * How values become bytes: the cache's own serializer, or that of its class.
   *
   * @returns {SerializerOption}
   */
  get serializer() {
    return this[STATE].serializer ?? /** @type {typeof RedisCache} */ (this.constructor).serializer;
  }

  set serializer(serializer) {
    this[STATE] = { ...this[STATE], serializer };
  }

  /**
   * A view of this cache with other settings, for one call or for many. It shares the connection. An option that is null takes
   * away what the view would inherit: `with({ signal: null })`.
   *
   * A view of a subclass with `#private` fields has its own: the subclass's constructor runs for each view. If it has parameters,
   * the subclass needs a method `viewArguments()` that returns their values.
   *
   * @param {ViewOptions} options
   * @returns {this}
   */
  with(options) {
    const { registry, settings, serializer } = this[STATE];
    const { [FEATURES]: features } = /** @type {typeof RedisCache} */ (this.constructor);
    check(options, features.viewOptions);
    const view = createView(this);
    const changed = withOptions(settings, options);
    features.prepare(registry, changed);
    const state = {
      registry,
      settings: changed,
      serializer: inherit(options.serializer, serializer),
    };
    // An assignment would fail where the cache is frozen.
    return Object.defineProperty(view, STATE, { value: state, writable: true });
  }

  /**
   * The value of a key.
   *
   * @template [T=any] what was stored, which nothing checks
   * @param {Key} key
   * @returns {Promise<T | null>} null when the key is missing or its value unreadable
   */
  get(key) {
    return call(this, GET, key);
  }

  /**
   * The values of many keys, in one round trip.
   *
   * @template [T=any] what was stored, which nothing checks
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<(T | null)[]>} one for each key in its order, repeated keys included; null when missing or unreadable
   */
  async getMany(...keys) {
    return getAll(this, GET_MANY, flatten(keys), (values) => values);
  }

  /**
   * The values of many keys, by key, in one round trip.
   *
   * @template [T=any] what was stored, which nothing checks
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<Record<string, T | null>>} every key is there, with null when it is missing or unreadable
   */
  async getDict(...keys) {
    const all = flatten(keys);
    return getAll(this, GET_DICT, all, (values) =>
      Object.fromEntries(all.map((key, at) => [key, values[at]])),
    );
  }

  /**
   * Stores a value.
   *
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] seconds, fractions allowed; 0, -1 and Infinity: never; default: `defaultTimeout`
   * @returns {Promise<boolean>} whether it was stored
   */
  set(key, value, timeout) {
    return call(this, SET, key, value, timeoutOf(this, timeout));
  }

  /**
   * Stores a value unless the key exists: one atomic step.
   *
   * @param {Key} key
   * @param {unknown} value
   * @param {number | null} [timeout] as of {@link set}
   * @returns {Promise<boolean>} false when the key exists
   */
  add(key, value, timeout) {
    return call(this, ADD, key, value, timeoutOf(this, timeout));
  }

  /**
   * Stores many values in one round trip.
   *
   * @param {Mapping} mapping keys and values: an object, a Map, or entries
   * @param {number | null} [timeout] as of {@link set}
   * @returns {Promise<Key[]>} the keys that were stored, in their order
   */
  async setMany(mapping, timeout) {
    const entries = entriesOf(mapping);
    const keys = entries.map(([key]) => key);
    return changeAll(this, SET_MANY, keys, entries, timeoutOf(this, timeout));
  }

  /**
   * Deletes a key.
   *
   * @param {Key} key
   * @returns {Promise<boolean>} whether the key existed
   */
  delete(key) {
    return call(this, DELETE, key);
  }

  /**
   * Deletes many keys in one round trip.
   *
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<Key[]>} the keys that are absent now, whether or not they existed
   */
  async deleteMany(...keys) {
    const all = flatten(keys);
    return changeAll(this, DELETE_MANY, all, all);
  }

  /**
   * Asks whether a key exists, without reading its value.
   *
   * @param {Key} key
   * @returns {Promise<boolean>} whether the key exists
   */
  has(key) {
    return call(this, HAS, key);
  }

  /**
   * Adds to a counter, atomically. A missing key counts from 0 and never expires; an existing one keeps its expiry.
   *
   * @param {Key} key
   * @param {number | bigint} [delta] an integer of 64 bits; 1 when it is left out
   * @returns {Promise<number | bigint | null>} the new value, a bigint beyond 2^53; null when the backend fails
   */
  inc(key, delta = 1) {
    return call(this, INC, key, delta);
  }

  /**
   * Subtracts from a counter, atomically: see {@link inc}.
   *
   * @param {Key} key
   * @param {number | bigint} [delta] an integer of 64 bits; 1 when it is left out
   * @returns {Promise<number | bigint | null>} as of {@link inc}
   */
  dec(key, delta = 1) {
    return call(this, DEC, key, delta);
  }

  /**
   * Deletes every key that starts with the prefix; without a prefix, the whole database.
   *
   * @returns {Promise<boolean>} whether it is clear
   */
  clear() {
    return call(this, CLEAR);
  }

  /**
   * Checks that the server answers.
   *
   * @returns {Promise<true>} rejects with the reason when it does not, `throwOnError` or not
   */
  checkConnection() {
    return call(this.with({ throwOnError: true }), PING);
  }

  /**
   * What this cache and all its views have done since it was made.
   *
   * @returns {Stats} a snapshot, which does not change
   */
  stats() {
    return { ...this[STATE].settings.counters };
  }

  /**
   * Closes the connection once all calls have their outcome. A later call opens a new one.
   *
   * @returns {Promise<void>} once it is closed
   */
  close() {
    const { registry, settings } = this[STATE];
    return registry.close(settings.context);
  }

  /**
   * {@link close}, at the end of a scope that began with `await using`.
   *
   * @returns {Promise<void>} once it is closed
   */
  [Symbol.asyncDispose]() {
    return this.close();
  }

  // ---- cachelib's own names

  /**
   * {@link getMany}, by cachelib's name.
   *
   * @template [T=any] what was stored, which nothing checks
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<(T | null)[]>} as of {@link getMany}
   */
  get_many(...keys) {
    return this.getMany(...keys);
  }

  /**
   * {@link getDict}, by cachelib's name.
   *
   * @template [T=any] what was stored, which nothing checks
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<Record<string, T | null>>} as of {@link getDict}
   */
  get_dict(...keys) {
    return this.getDict(...keys);
  }

  /**
   * {@link setMany}, by cachelib's name.
   *
   * @param {Mapping} mapping keys and values: an object, a Map, or entries
   * @param {number | null} [timeout] as of {@link set}
   * @returns {Promise<Key[]>} as of {@link setMany}
   */
  set_many(mapping, timeout) {
    return this.setMany(mapping, timeout);
  }

  /**
   * {@link deleteMany}, by cachelib's name.
   *
   * @param {ManyKeys} keys keys, or one array of them
   * @returns {Promise<Key[]>} as of {@link deleteMany}
   */
  delete_many(...keys) {
    return this.deleteMany(...keys);
  }
}
