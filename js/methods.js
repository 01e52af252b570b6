/**
 * What the methods of a cache are made of.
 * @module
 */
import { Call } from './call.js';
import { AbortError, UsageTypeError } from './errors/classes.js';
import { isSerializer } from './options/options.js';
import { json, raw } from './serializer/serializers.js';

/** @import { Drivers } from './io-context/registry.js' */
/** @import { RedisCache } from './cache.js' */
/** @import { Many } from './call.js' */
/** @import { Operation } from './core/records.js' */
/** @import { CachelibSerializer } from './serializer/serializers.js' */
/** @import { CacheOptions, Key, Mapping, Serializer, Settings } from './options/options.js' */

/**
 * @typedef {object} State What a cache or a view of it is made of.
 * @property {Drivers} drivers shared by all views
 * @property {Settings} settings
 * @property {CacheOptions['serializer']} [serializer]
 */

/** Where a cache keeps its state. */
export const STATE = Symbol('state');

/**
 * Makes a call: everything that can go wrong rejects its promise.
 *
 * @param {RedisCache} cache
 * @param {Operation} operation
 * @param {unknown} [subject] a key; keys or entries when there are many
 * @param {unknown} [value]
 * @param {number} [timeout] seconds
 * @param {Many | null} [many]
 * @returns {Promise<any>}
 */
export function call(cache, operation, subject, value, timeout = 0, many = null) {
  /** @type {(value: any) => void} */
  let settle = () => {};
  const promise = new Promise((resolve) => {
    settle = resolve;
  });
  try {
    const { drivers, settings } = cache[STATE];
    const serializer = resolveSerializer(cache.serializer);
    const prefix = resolvePrefix(settings.keyPrefix);
    const reader = operation.reads ? serializer : null;
    const key = many === null ? subject : undefined;
    const made = new Call(settle, settings, operation, key, reader, many);
    const { signal } = settings;
    if (signal?.aborted) {
      made.fail(aborted(signal));
      return promise;
    }
    const driver = drivers.get();
    driver.submit(made, prefix, serializer, subject, value, timeout);
    if (signal) made.watch(signal, () => driver.abort(made));
  } catch (error) {
    return Promise.reject(error);
  }
  return promise;
}

/**
 * @param {RedisCache} cache
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
 * @param {RedisCache} cache
 * @param {Operation} operation
 * @param {readonly Key[]} keys
 * @param {unknown} subject the keys, or the entries that they belong to
 * @param {number} [timeout] seconds
 * @returns {Promise<Key[]> | Key[]} the keys for which it worked
 */
export function changeAll(cache, operation, keys, subject, timeout) {
  if (keys.length === 0) return [];
  const finish = (/** @type {number[]} */ failed) => {
    const lost = new Set(failed);
    return keys.filter((_, index) => !lost.has(index));
  };
  return call(cache, operation, subject, undefined, timeout, { finish, fallback: [] });
}

/**
 * @param {RedisCache} cache
 * @param {number | null} [timeout] seconds
 */
export function timeoutOf(cache, timeout) {
  return timeout ?? cache[STATE].settings.defaultTimeout;
}

/** @param {CacheOptions['serializer']} serializer */
function resolveSerializer(serializer) {
  if (serializer === 'cachelib') return null;
  if (serializer === 'json') return json;
  if (serializer === 'raw') return raw;
  if (isSerializer(serializer)) return /** @type {Serializer | CachelibSerializer} */ (serializer);
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
export function flatten(keys) {
  const [first] = keys;
  return /** @type {readonly Key[]} */ (keys.length === 1 && Array.isArray(first) ? first : keys);
}

/**
 * @param {Mapping} mapping
 * @returns {[Key, unknown][]}
 */
export function entriesOf(mapping) {
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
