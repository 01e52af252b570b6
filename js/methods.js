/**
 * What the methods of a cache are made of: each writes the body of an operation record and says what becomes of the outcome.
 * @module
 */
import { Call } from './call.js';
import { AbortError, UsageTypeError } from './errors.js';
import {
  GET_MANY,
  INCREMENT,
  writeCount,
  writeDelta,
  writeKey,
  writeStored,
  writeTimeout,
} from './operations.js';
import { isSerializer } from './options.js';
import { json, raw } from './serializer/index.js';

/** @import { Drivers } from './drivers.js' */
/** @import { RedisCache } from './index.js' */
/** @import { OperationBuffer } from './buffer.js' */
/** @import { CachelibSerializer } from './serializer/index.js' */
/** @import { CacheOptions, Key, Mapping, Serializer, Settings } from './options.js' */

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
 * @param {number} verb
 * @param {string} operation the method's name
 * @param {unknown} key
 * @param {unknown} fallback what the method answers when the backend fails
 * @param {Write} write
 * @param {boolean} [reads] whether the outcome is stored bytes
 * @param {((outcome: any) => unknown) | null} [finish] makes the answer of an outcome for many keys
 * @returns {Promise<any>}
 */
export function call(cache, verb, operation, key, fallback, write, reads = false, finish = null) {
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
    driver.submit(verb, made, write, prefix, serializer);
    if (signal) made.watch(signal, () => driver.abort(made));
  });
}

/**
 * @callback Write Writes the body of an operation record.
 * @param {OperationBuffer} buffer
 * @param {string} prefix
 * @param {Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 * @param {number} defaultTimeout seconds
 * @returns {void}
 */

/**
 * @param {RedisCache} cache
 * @param {string} operation
 * @param {readonly Key[]} keys
 * @param {(values: any[]) => any} finish
 */
export function getAll(cache, operation, keys, finish) {
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
export function changeAll(cache, verb, operation, keys, write) {
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
export function store(cache, verb, operation, key, value, timeout) {
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
export function count(cache, operation, key, delta, sign) {
  return call(cache, INCREMENT, operation, key, null, (buffer, prefix) => {
    writeDelta(buffer, delta, sign);
    writeKey(buffer, prefix, key);
  });
}

/**
 * @param {readonly Key[]} keys
 * @returns {Write}
 */
export function keysWriter(keys) {
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
