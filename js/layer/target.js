/**
 * Whose key a run of `getOrSet` is about, and the calls that it makes of the core.
 * @module
 */
import { reportError } from '../call.js';
import { isMisuse } from '../errors/from-core.js';
import { callWith } from '../methods.js';

/** @import { Driver } from '../core/driver.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { DriverRegistry } from '../io-context/registry.js' */
/** @import { CallSettings, Serializer, Settings } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */

/**
 * @typedef {object} Target
 * @property {DriverRegistry} registry
 * @property {Driver} driver of the I/O context
 * @property {Settings} settings the cache's own
 * @property {CallSettings} internal those of the calls behind it: no signal, and errors reject
 * @property {Serializer | CachelibSerializer | null} serializer
 * @property {string} key with its prefix
 * @property {string} name the key without its prefix
 */

/**
 * @param {Target} target
 * @param {Operation} operation
 * @param {unknown} keys
 * @param {unknown} [value]
 * @param {number} [timeout] seconds
 */
export function invoke(target, operation, keys, value, timeout) {
  const { registry, internal, serializer } = target;
  return callWith(registry, internal, serializer, operation, keys, value, timeout);
}

/**
 * @param {Target} target
 * @param {any} error
 */
export function report({ settings, name }, error) {
  reportError(settings, error, 'getOrSet', name);
}

/**
 * The backend fails: that is reported, and the factory answers.
 *
 * @param {Target} target
 * @param {unknown} error
 * @throws when it is the caller's mistake
 */
export function backendFailed(target, error) {
  if (isMisuse(error)) throw error;
  report(target, error);
}
