/**
 * The settings of a cache's calls, from its options.
 * @module
 */
import { resolvePrefix } from '../arguments.js';
import { Counters } from '../core/counters.js';
import { toMs } from './times.js';

/** @import { CacheOptions, Settings, ViewOptions } from './types.js' */

/** @type {Omit<Settings, 'warned' | 'counters'>} */
const DEFAULT_SETTINGS = {
  defaultTimeout: 300,
  keyPrefix: '',
  timeoutMs: 5000,
  throwOnError: false,
};

/**
 * @param {CacheOptions} options that have been checked
 * @returns {Settings}
 */
export function newSettings(options) {
  const settings = { ...DEFAULT_SETTINGS, warned: new Map(), counters: new Counters() };
  return withOptions(settings, options);
}

/**
 * The settings of a view, from those it changes.
 *
 * @param {Settings} settings
 * @param {ViewOptions} options that have been checked
 * @returns {Settings}
 */
export function withOptions(settings, options) {
  const { operationTimeout } = options;
  return {
    defaultTimeout: options.defaultTimeout ?? settings.defaultTimeout,
    keyPrefix: nest(options.keyPrefix, settings.keyPrefix),
    timeoutMs:
      operationTimeout === undefined
        ? settings.timeoutMs
        : toMs(operationTimeout, 'operationTimeout'),
    throwOnError: options.throwOnError ?? settings.throwOnError,
    onError: inherit(options.onError, settings.onError),
    signal: inherit(options.signal, settings.signal),
    context: inherit(options.context, settings.context),
    near: nearSettings(options.near, settings.near),
    warned: settings.warned,
    counters: settings.counters,
  };
}

/**
 * @param {ViewOptions['keyPrefix']} keyPrefix
 * @param {Settings['keyPrefix']} outer
 * @returns {Settings['keyPrefix']}
 */
function nest(keyPrefix, outer) {
  if (typeof keyPrefix === 'function') return () => keyPrefix(resolvePrefix(outer));
  return keyPrefix ?? outer;
}

/**
 * @param {ViewOptions['near']} near
 * @param {Settings['near']} outer
 * @returns {Settings['near']}
 */
function nearSettings(near, outer) {
  if (!near) return inherit(near, outer);
  return {
    timeout: near.timeout ?? outer?.timeout ?? 1,
    maxBytes: near.maxBytes ?? outer?.maxBytes ?? 16 << 20,
    tracking: near.tracking ?? outer?.tracking ?? false,
  };
}

/**
 * @template T
 * @param {T | null | undefined} option null: not even what is inherited
 * @param {T | undefined} inherited
 * @returns {T | undefined}
 */
export function inherit(option, inherited) {
  return option === undefined ? inherited : (option ?? undefined);
}
