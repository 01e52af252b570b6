/**
 * Makes the calls of a cache's methods.
 * @module
 */
import { resolvePrefix, resolveSerializer } from './arguments.js';
import { Call } from './call.js';
import { AbortError } from './errors/classes.js';

/** @import { DriverRegistry } from './io-context/registry.js' */
/** @import { RedisCache } from './cache.js' */
/** @import { ManyKeys } from './call.js' */
/** @import { Operation } from './core/operations.js' */
/** @import { CacheOptions, Key, Settings, Signal } from './options/types.js' */

/**
 * @typedef {object} State The state of a cache, or of a view of it.
 * @property {DriverRegistry} registry shared by all views
 * @property {Settings} settings
 * @property {CacheOptions['serializer']} [serializer]
 */

/** The key of a cache's state. */
export const STATE = Symbol('state');

/**
 * Makes a call. Whatever fails rejects its promise.
 *
 * @param {RedisCache} cache
 * @param {Operation} operation
 * @param {unknown} [keys] a key, keys or entries
 * @param {unknown} [value]
 * @param {number} [timeout] seconds
 * @param {ManyKeys | null} [many]
 * @returns {Promise<any>}
 */
export function call(cache, operation, keys, value, timeout = 0, many = null) {
  /** @type {(value: any) => void} */
  let resolve = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  try {
    const { registry, settings } = cache[STATE];
    const serializer = resolveSerializer(cache.serializer);
    const prefix = resolvePrefix(settings.keyPrefix);
    const key = many === null ? keys : undefined;
    const made = new Call(resolve, settings, operation, key, serializer, many);
    const { signal } = settings;
    if (signal?.aborted) {
      made.fail(aborted(signal));
      return promise;
    }
    const loading = registry.whenLoaded(settings.timeoutMs);
    if (loading) return loading.then(() => call(cache, operation, keys, value, timeout, many));
    registry.get(settings.context).submit(made, prefix, serializer, keys, value, timeout);
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

/**
 * @param {RedisCache} cache
 * @param {number | null} [timeout] seconds
 */
export function timeoutOf(cache, timeout) {
  return timeout ?? cache[STATE].settings.defaultTimeout;
}

/** @param {Signal} signal */
function aborted(signal) {
  return new AbortError('ABORTED', 'the signal was aborted', { cause: signal.reason });
}
