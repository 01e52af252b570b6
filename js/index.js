/**
 * `RedisCache`: Python's `cachelib.redis.RedisCache`, for every runtime. The entries in `entries/` give it its host.
 * @module
 */
import { Call } from './call.js';
import { Drivers } from './drivers.js';
import { AbortError, UsageTypeError } from './errors.js';
import {
  ADD,
  CLEAR,
  DELETE,
  DELETE_MANY,
  GET,
  GET_MANY,
  HAS,
  INCREMENT,
  PING,
  SET,
  SET_MANY,
  writeCount,
  writeDelta,
  writeKey,
  writeStored,
  writeTimeout,
} from './operations.js';
import { changeSettings, isSerializer, parseOptions } from './options.js';
import { json, raw } from './serializer/index.js';

/** @import { Host } from './driver.js' */
/** @import { OperationBuffer } from './buffer.js' */
/** @import { CacheOptions, Serializer, Settings, ViewOptions } from './options.js' */

/** @typedef {string | number | bigint} Key converted as `String()` does, and encoded as UTF-8 behind the prefix */
/** @typedef {Record<string, unknown> | Iterable<[Key, unknown]>} Mapping keys and values: an object, a Map, or entries */

/**
 * @typedef {object} State What a cache or a view of it is made of.
 * @property {Drivers} drivers shared by all views
 * @property {Settings} settings
 * @property {CacheOptions['serializer']} [serializer]
 */

const STATE = Symbol('state');

/**
 * A cache in a Redis server, with the same keys and the same stored bytes as Python's cachelib.
 *
 * The constructor opens nothing; the first call connects. Every method returns a promise. When the backend fails it
 * answers `null`, `false` or fewer keys, and `onError` is told; misuse always rejects. All times are in seconds.
 */
export class RedisCache {
  /**
   * How values become bytes, for all caches of a class. A cache's own `serializer` wins.
   *
   * @type {'cachelib' | 'json' | 'raw' | Serializer}
   */
  static serializer = 'cachelib';

  /**
   * What the runtime supplies: set by the entry.
   *
   * @internal
   * @type {Host}
   */
  static host;

  /**
   * @internal
   * @type {State}
   */
  [STATE];

  /**
   * @param {string | URL} [host] a host name, or a URL: `redis://user:password@host:port/db`, `rediss://` for TLS
   * @param {CacheOptions} [options]
   * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
   */
  constructor(host = 'localhost', options = {}) {
    const { server, settings } = parseOptions(host, options);
    this[STATE] = {
      drivers: new Drivers(server, new.target.host),
      settings,
      serializer: options.serializer,
    };
  }

  /** How values become bytes: the cache's own serializer, or that of its class. */
  get serializer() {
    return this[STATE].serializer ?? /** @type {typeof RedisCache} */ (this.constructor).serializer;
  }

  set serializer(serializer) {
    this[STATE] = { ...this[STATE], serializer };
  }

  /**
   * A view of this cache with other settings, for one call or for many. It shares the connection.
   *
   * @param {ViewOptions} options
   * @returns {this}
   */
  with(options) {
    const { drivers, settings, serializer } = this[STATE];
    const view = Object.create(this);
    view[STATE] = {
      drivers,
      settings: changeSettings(settings, options),
      serializer: options.serializer ?? serializer,
    };
    return view;
  }

  /**
   * The value of a key.
   *
   * @param {Key} key
   * @returns {Promise<any>} null when the key is missing or its value unreadable
   */
  get(key) {
    return call(
      this,
      GET,
      'get',
      key,
      null,
      (buffer, prefix) => writeKey(buffer, prefix, key),
      true,
    );
  }

  /**
   * The values of many keys, in one round trip.
   *
   * @param {...(Key | readonly Key[])} keys keys, or one array of them
   * @returns {Promise<any[]>} one for each key in its order, repeated keys included; null when missing or unreadable
   */
  async getMany(...keys) {
    return getAll(this, 'getMany', flatten(keys), (values) => values);
  }

  /**
   * The values of many keys, by key, in one round trip.
   *
   * @param {...(Key | readonly Key[])} keys keys, or one array of them
   * @returns {Promise<Record<string, any>>} every key is there, with null when it is missing or unreadable
   */
  async getDict(...keys) {
    const all = flatten(keys);
    return getAll(this, 'getDict', all, (values) =>
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
    return store(this, SET, 'set', key, value, timeout);
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
    return store(this, ADD, 'add', key, value, timeout);
  }

  /**
   * Stores many values in one round trip.
   *
   * @param {Mapping} mapping
   * @param {number | null} [timeout] as of {@link set}
   * @returns {Promise<Key[]>} the keys that were stored, in their order
   */
  async setMany(mapping, timeout) {
    const entries = entriesOf(mapping);
    const keys = entries.map(([key]) => key);
    return changeAll(
      this,
      SET_MANY,
      'setMany',
      keys,
      (buffer, prefix, serializer, defaultTimeout) => {
        writeTimeout(buffer, timeout, defaultTimeout);
        writeCount(buffer, entries.length);
        for (const [key, value] of entries) {
          writeKey(buffer, prefix, key);
          writeStored(buffer, value, serializer);
        }
      },
    );
  }

  /**
   * @param {Key} key
   * @returns {Promise<boolean>} whether the key existed
   */
  delete(key) {
    return call(this, DELETE, 'delete', key, false, (buffer, prefix) =>
      writeKey(buffer, prefix, key),
    );
  }

  /**
   * Deletes many keys in one round trip.
   *
   * @param {...(Key | readonly Key[])} keys keys, or one array of them
   * @returns {Promise<Key[]>} the keys that are absent now, whether or not they existed
   */
  async deleteMany(...keys) {
    const all = flatten(keys);
    return changeAll(this, DELETE_MANY, 'deleteMany', all, keysWriter(all));
  }

  /**
   * @param {Key} key
   * @returns {Promise<boolean>} whether the key exists
   */
  has(key) {
    return call(this, HAS, 'has', key, false, (buffer, prefix) => writeKey(buffer, prefix, key));
  }

  /**
   * Adds to a counter, atomically. A missing key counts from 0 and never expires; an existing one keeps its expiry.
   *
   * @param {Key} key
   * @param {number | bigint} [delta] an integer of 64 bits
   * @returns {Promise<number | bigint | null>} the new value, a bigint beyond 2^53; null when the backend fails
   */
  inc(key, delta = 1) {
    return count(this, 'inc', key, delta, 1n);
  }

  /**
   * Subtracts from a counter: see {@link inc}.
   *
   * @param {Key} key
   * @param {number | bigint} [delta]
   * @returns {Promise<number | bigint | null>}
   */
  dec(key, delta = 1) {
    return count(this, 'dec', key, delta, -1n);
  }

  /**
   * Deletes every key that starts with the prefix; without a prefix, the whole database.
   *
   * @returns {Promise<boolean>} whether it is clear
   */
  clear() {
    return call(this, CLEAR, 'clear', undefined, false, (buffer, prefix) =>
      writeKey(buffer, prefix, ''),
    );
  }

  /**
   * Asks the server for a sign of life.
   *
   * @returns {Promise<true>} rejects with whatever keeps the cache from working, `throwOnError` or not
   */
  checkConnection() {
    return call(
      this.with({ throwOnError: true }),
      PING,
      'checkConnection',
      undefined,
      null,
      () => {},
    );
  }

  /**
   * Closes the connection once all calls have their outcome. A later call opens a new one.
   *
   * @returns {Promise<void>}
   */
  close() {
    return this[STATE].drivers.close();
  }

  /** @returns {Promise<void>} */
  [Symbol.asyncDispose]() {
    return this.close();
  }

  // ---- cachelib's own names

  /** @type {RedisCache['getMany']} */
  get_many(...keys) {
    return this.getMany(...keys);
  }

  /** @type {RedisCache['getDict']} */
  get_dict(...keys) {
    return this.getDict(...keys);
  }

  /** @type {RedisCache['setMany']} */
  set_many(mapping, timeout) {
    return this.setMany(mapping, timeout);
  }

  /** @type {RedisCache['deleteMany']} */
  delete_many(...keys) {
    return this.deleteMany(...keys);
  }
}

/**
 * Makes a call: everything that can go wrong rejects its promise.
 *
 * @param {RedisCache} cache
 * @param {number} verb
 * @param {string} operation the method's name
 * @param {unknown} key
 * @param {unknown} fallback what the method answers when the backend fails
 * @param {Write} write
 * @param {boolean} [reads] whether the outcome is stored bytes
 * @param {((outcome: any) => unknown) | null} [finish] makes the answer of an outcome for many keys
 * @returns {Promise<any>}
 */
function call(cache, verb, operation, key, fallback, write, reads = false, finish = null) {
  return new Promise((resolve, reject) => {
    const { drivers, settings } = cache[STATE];
    const serializer = resolveSerializer(cache.serializer);
    const prefix = resolvePrefix(settings.keyPrefix);
    const made = new Call(
      resolve,
      reject,
      settings,
      operation,
      key,
      fallback,
      reads ? serializer : null,
      finish,
    );
    const { signal } = settings;
    if (signal?.aborted) return made.fail(aborted(signal));
    const driver = drivers.get();
    driver.submit(verb, made, (buffer) =>
      write(buffer, prefix, serializer, settings.defaultTimeout),
    );
    if (signal) made.watch(signal, () => driver.abort(made));
  });
}

/**
 * @callback Write Writes the body of an operation record.
 * @param {OperationBuffer} buffer
 * @param {string} prefix
 * @param {Serializer | null} serializer null: cachelib's own, in the core
 * @param {number} defaultTimeout seconds
 * @returns {void}
 */

/**
 * @param {RedisCache} cache
 * @param {string} operation
 * @param {readonly Key[]} keys
 * @param {(values: any[]) => any} finish
 */
function getAll(cache, operation, keys, finish) {
  const missing = keys.map(() => null);
  if (keys.length === 0) return finish(missing);
  const write = keysWriter(keys);
  return call(cache, GET_MANY, operation, undefined, finish(missing), write, true, finish);
}

/**
 * @param {RedisCache} cache
 * @param {number} verb
 * @param {string} operation
 * @param {readonly Key[]} keys
 * @param {Write} write
 * @returns {Promise<Key[]> | Key[]} the keys for which it worked
 */
function changeAll(cache, verb, operation, keys, write) {
  if (keys.length === 0) return [];
  const finish = (/** @type {number[]} */ failed) => {
    const lost = new Set(failed);
    return keys.filter((_, index) => !lost.has(index));
  };
  return call(cache, verb, operation, undefined, [], write, false, finish);
}

/**
 * @param {RedisCache} cache
 * @param {number} verb
 * @param {string} operation
 * @param {Key} key
 * @param {unknown} value
 * @param {number | null} [timeout]
 */
function store(cache, verb, operation, key, value, timeout) {
  return call(cache, verb, operation, key, false, (buffer, prefix, serializer, defaultTimeout) => {
    writeTimeout(buffer, timeout, defaultTimeout);
    writeKey(buffer, prefix, key);
    writeStored(buffer, value, serializer);
  });
}

/**
 * @param {RedisCache} cache
 * @param {string} operation
 * @param {Key} key
 * @param {number | bigint} delta
 * @param {1n | -1n} sign
 */
function count(cache, operation, key, delta, sign) {
  return call(cache, INCREMENT, operation, key, null, (buffer, prefix) => {
    writeDelta(buffer, delta, sign);
    writeKey(buffer, prefix, key);
  });
}

/**
 * @param {readonly Key[]} keys
 * @returns {Write}
 */
function keysWriter(keys) {
  return (buffer, prefix) => {
    writeCount(buffer, keys.length);
    for (const key of keys) writeKey(buffer, prefix, key);
  };
}

/** @param {CacheOptions['serializer']} serializer */
function resolveSerializer(serializer) {
  if (serializer === 'cachelib') return null;
  if (serializer === 'json') return json;
  if (serializer === 'raw') return raw;
  if (isSerializer(serializer)) return /** @type {Serializer} */ (serializer);
  throw new UsageTypeError(
    'INVALID_SERIALIZER',
    "a serializer is 'cachelib', 'json', 'raw' or { dumps, loads }",
  );
}

/** @param {Settings['keyPrefix']} keyPrefix */
function resolvePrefix(keyPrefix) {
  if (typeof keyPrefix === 'string') return keyPrefix;
  const prefix = keyPrefix();
  if (typeof prefix === 'string') return prefix;
  throw new UsageTypeError('INVALID_KEY', `keyPrefix() returns a string, not ${typeof prefix}`);
}

/**
 * @param {readonly (Key | readonly Key[])[]} keys
 * @returns {readonly Key[]}
 */
function flatten(keys) {
  const [first] = keys;
  return /** @type {readonly Key[]} */ (keys.length === 1 && Array.isArray(first) ? first : keys);
}

/**
 * @param {Mapping} mapping
 * @returns {[Key, unknown][]}
 */
function entriesOf(mapping) {
  if (typeof mapping !== 'object' || mapping === null) {
    throw new UsageTypeError(
      'INVALID_MAPPING',
      'setMany takes an object, a Map or an array of entries',
    );
  }
  if (!(Symbol.iterator in mapping)) return Object.entries(mapping);
  const entries = [.../** @type {Iterable<[Key, unknown]>} */ (mapping)];
  if (entries.every((entry) => Array.isArray(entry) && entry.length === 2)) return entries;
  throw new UsageTypeError(
    'INVALID_MAPPING',
    'each entry of setMany is a pair of a key and a value',
  );
}

/** @param {AbortSignal} signal */
function aborted(signal) {
  return new AbortError('ABORTED', 'the signal was aborted', { cause: signal.reason });
}
