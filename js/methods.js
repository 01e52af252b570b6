/**
 * Makes the calls of a cache's methods.
 * @module
 */
import { resolveSerializer, withFixedPrefix } from './arguments.js';
import { Call, keyOf } from './call.js';
import { SET_MANY } from './core/operations.js';
import { dumpAll, PendingValues } from './core/pending-values.js';
import { commandChannel } from './core/tracing.js';
import { aborted } from './errors/from-core.js';
import { CachelibSerializer } from './serializer/cachelib.js';

/** @import { Driver } from './core/driver.js' */
/** @import { DriverRegistry } from './io-context/registry.js' */
/** @import { ManyKeys } from './call.js' */
/** @import { Operation } from './core/operations.js' */
/** @import { CacheOptions, CallSettings, Key, Serializer, Settings } from './options/types.js' */

/**
 * @typedef {object} State The state of a cache, or of a view of it.
 * @property {DriverRegistry} registry shared by all views
 * @property {Settings} settings
 * @property {CacheOptions['serializer']} [serializer]
 */

/** @typedef {{ readonly serializer: CacheOptions['serializer'], [STATE]: State }} Caller a cache, or a view of it */

/** The key of a cache's state. */
export const STATE = Symbol('state');
/** The key of what the caches of a class can do. */
export const FEATURES = Symbol();

/**
 * Makes a call. Whatever fails rejects its promise.
 *
 * @param {Caller} cache
 * @param {Operation} operation
 * @param {unknown} [keys] a key, keys or entries
 * @param {unknown} [value]
 * @param {number} [timeout] seconds
 * @param {ManyKeys | null} [many]
 * @returns {Promise<any>}
 */
export function call(cache, operation, keys, value, timeout, many) {
  try {
    const { registry, settings } = cache[STATE];
    const serializer = resolveSerializer(cache.serializer);
    return callWith(registry, settings, serializer, operation, keys, value, timeout, many);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Makes a call with other settings than those of a cache, past the server where the near cache can answer it.
 *
 * @param {DriverRegistry} registry
 * @param {Settings} settings
 * @param {Serializer | CachelibSerializer | null} serializer
 * @param {Operation} operation
 * @param {unknown} [keys]
 * @param {unknown} [value]
 * @param {number} [timeout]
 * @param {ManyKeys | null} [many]
 * @returns {Promise<any>}
 */
export function callWith(
  registry,
  settings,
  serializer,
  operation,
  keys,
  value,
  timeout = 0,
  many = null,
) {
  const { near } = registry;
  const fixed = withFixedPrefix(settings);
  if (near !== null) {
    return near.call({ settings: fixed, serializer, operation, keys, value, timeout, many });
  }
  return send(registry, fixed, serializer, operation, keys, value, timeout, many);
}

/**
 * Makes a call of the server, and traces it where somebody listens.
 *
 * @param {DriverRegistry} registry
 * @param {CallSettings} settings
 * @param {Serializer | CachelibSerializer | null} serializer
 * @param {Operation} operation
 * @param {unknown} keys
 * @param {unknown} value
 * @param {number} timeout
 * @param {ManyKeys | null} many
 * @returns {Promise<any>}
 */
export function send(registry, settings, serializer, operation, keys, value, timeout, many) {
  const channel = commandChannel();
  if (channel === null) {
    return make(registry, settings, serializer, operation, keys, value, timeout, many);
  }
  const context = { command: operation.name, args: keysOf(keys), ...registry.attributes };
  return channel.tracePromise(
    () => make(registry, settings, serializer, operation, keys, value, timeout, many),
    context,
  );
}

/**
 * @param {any} keys a key, keys or entries, or an object with a key
 * @returns {string[]} the keys alone
 */
function keysOf(keys) {
  if (keys === undefined) return [];
  if (keys?.cursor !== undefined) return [];
  if (!Array.isArray(keys)) return [keyOf(keys)];
  return keys.map((key) => String(Array.isArray(key) ? key[0] : key));
}

/**
 * @param {DriverRegistry} registry
 * @param {CallSettings} settings
 * @param {Serializer | CachelibSerializer | null} serializer
 * @param {Operation} operation
 * @param {unknown} keys
 * @param {unknown} value
 * @param {number} timeout
 * @param {ManyKeys | null} many
 * @returns {Promise<any>}
 */
function make(registry, settings, serializer, operation, keys, value, timeout, many) {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  /** @type {Call | undefined} */
  let made;
  /** @type {Driver | undefined} */
  let driver;
  try {
    const key = many === null ? keys : undefined;
    const isLoaded = operation.isPlain !== true || serializer instanceof CachelibSerializer;
    const reader = isLoaded ? serializer : null;
    made = new Call(resolve, settings, operation, key, reader, many);
    const { keyPrefix, signal } = settings;
    if (signal?.aborted) {
      made.fail(aborted(signal));
      return promise;
    }
    const loading = registry.whenLoaded(settings.timeoutMs);
    if (loading) {
      const all = /** @type {const} */ ([operation, keys, value, timeout, many]);
      return loading.then(() => make(registry, settings, serializer, ...all));
    }
    const own = /** @type {Driver | undefined} */ (settings.driver);
    driver = own?.isUsable ? own : registry.get(settings.context);
    driver.submit(made, keyPrefix, serializer, keys, value, timeout);
    if (driver.flights?.size) driver.flights.detach(operation, keyPrefix, keys);
  } catch (error) {
    if (!(error instanceof PendingValues) || !made || !driver) return Promise.reject(error);
    const values = operation === SET_MANY ? entryValues(keys) : [value];
    const slow = /** @type {Serializer} */ (serializer);
    continueWith(dumpAll(slow, values, settings, error), made, driver, (dumped) =>
      resolve(make(registry, settings, dumped, operation, keys, value, timeout, many)),
    );
  }
  return promise;
}

/**
 * Goes on with a call once its values are dumped. The request stays alive for that.
 *
 * @param {Promise<Serializer>} dumping
 * @param {Call} made
 * @param {Driver} driver
 * @param {(dumped: Serializer) => void} next
 */
function continueWith(dumping, made, driver, next) {
  driver.retain();
  void dumping.then(next, (error) => made.fail(error)).finally(() => driver.release());
}

/**
 * A cache for one operation of several calls, which have the same prefix.
 *
 * @param {Caller} cache
 * @returns {Caller}
 */
export function forOneOperation({ serializer, [STATE]: { registry, settings } }) {
  return { serializer, [STATE]: { registry, settings: withFixedPrefix(settings) } };
}

/**
 * @param {Caller} cache
 * @param {Operation} operation
 * @param {readonly Key[]} keys
 * @param {(values: any[]) => any} finish
 */
export function getAll(cache, operation, keys, finish) {
  const fallback = finish(keys.map(() => null));
  if (keys.length === 0) return fallback;
  return call(cache, operation, keys, undefined, 0, { finish, fallback });
}

/**
 * @param {Caller} cache
 * @param {Operation} operation
 * @param {readonly Key[]} keys
 * @param {unknown} keysOrEntries what the operation takes
 * @param {number} [timeout] seconds
 * @returns {Promise<Key[]> | Key[]} the keys for which it succeeded
 */
export function changeAll(cache, operation, keys, keysOrEntries, timeout) {
  if (keys.length === 0) return [];
  const finish = (/** @type {number[]} */ failed) => {
    const indices = new Set(failed);
    return keys.filter((_, index) => !indices.has(index));
  };
  return call(cache, operation, keysOrEntries, undefined, timeout, { finish, fallback: [] });
}

/** @param {any} entries */
function entryValues(entries) {
  return entries.map((/** @type {[Key, unknown]} */ [, value]) => value);
}

/**
 * @param {{ [STATE]: State }} cache
 * @param {number | null} [timeout] seconds
 */
export function timeoutOf(cache, timeout) {
  return timeout ?? cache[STATE].settings.defaultTimeout;
}
