/**
 * Checks the options of `getOrSet`. All times are in seconds.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';
import { check, invalidOption } from '../options/check.js';
import { BOOLEAN } from '../options/schema.js';

/** @import { Rule, Schema } from '../options/check.js' */
/** @import { Key, Signal } from '../options/types.js' */

/** @typedef {typeof globalThis extends { AbortSignal: { prototype: infer T } } ? T : Signal} FactorySignal an AbortSignal */

/** How long a lease lasts, unless the option `lock` says, in seconds. */
const LEASE = 10;

/**
 * @template T
 * @typedef {object} GetOrSetOptions What `getOrSet` may be told. All times are in seconds.
 * @property {number | null | ((value: T) => number | null | undefined) | undefined} [timeout] how long the value is fresh, or a
 *   function of it; as of `set`
 * @property {number | undefined} [grace] how long it may be used after that: a stale value is answered at once, and computed anew
 *   in the background; or when the factory fails. The key lives for `timeout + grace`. 0
 * @property {number | undefined} [softTimeout] how long to wait for the factory when there is a stale value. 0
 * @property {number | undefined} [hardTimeout] how long to wait at all; then what the factory has returned, if only storing it takes
 *   long, or a `TimeoutError`, while the factory goes on. Infinity
 * @property {number | undefined} [retryAfter] how long nobody tries again after a failure, while there is a stale value; not with
 *   `lock: false`. 10
 * @property {number | undefined} [early] what the factory takes, about, by your estimate: a value is computed anew in the background shortly before
 *   it is stale, by chance and the earlier the longer it takes. 0: not early
 * @property {boolean | undefined} [fresh] computes the value in any case. false
 * @property {boolean | number | undefined} [lock] whether all processes compute it but once: by a lease of so many seconds, which
 *   is renewed meanwhile. true: 10
 * @property {readonly string[] | undefined} [tags] by which `deleteTag` deletes it
 */

/**
 * @template T
 * @callback Factory Computes the value of a key. Undefined is not stored.
 * @param {{ stale: T | null, background: boolean, signal: FactorySignal }} context the stale value, if there is one;
 *   whether nobody waits; a signal that is aborted when all who waited have given up by theirs
 * @returns {T | undefined | Promise<T | undefined>}
 */

/**
 * @typedef {object} Terms The options, complete.
 * @property {number | null | undefined | ((value: any) => number | null | undefined)} timeout
 * @property {number} grace
 * @property {number} softTimeout
 * @property {number} hardTimeout
 * @property {number} retryAfter
 * @property {number} early
 * @property {boolean} fresh
 * @property {number} lease seconds; 0: none
 * @property {readonly string[]} tags
 */

/** @type {Rule} */
const SECONDS = [
  'a number of seconds from 0 on',
  (value) => typeof value === 'number' && value >= 0,
];
/** @type {Rule} */
const FINITE = [SECONDS[0], (value) => SECONDS[1](value) && value < Infinity];
/** Of a lock: Redis counts milliseconds. @type {Rule} */
const LENGTH = ['a number of seconds from 0.001 on', (value) => FINITE[1](value) && value >= 0.001];
/** @type {Rule} */
const FUNCTION = ['a function of the arguments', (value) => typeof value === 'function'];
/** @type {Rule} */
const TAGS = [
  'an array of strings',
  (value) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
];

/** @type {Schema} */
const OPTIONS = {
  timeout: [
    'a number of seconds, 0 or -1 for no expiry, or a function of the value',
    (value) => value === null || value === -1 || SECONDS[1](value) || FUNCTION[1](value),
  ],
  grace: FINITE,
  softTimeout: SECONDS,
  hardTimeout: SECONDS,
  retryAfter: FINITE,
  early: FINITE,
  fresh: BOOLEAN,
  lock: [
    'a boolean, or the number of seconds that a lease lasts, from 0.001 on',
    (value) => BOOLEAN[1](value) || LENGTH[1](value),
  ],
  tags: TAGS,
};

/** @type {Schema} */
const MEMOIZE_OPTIONS = {
  ...OPTIONS,
  key: FUNCTION,
};

/** @type {Schema} */
const LOCK_OPTIONS = {
  timeout: LENGTH,
  wait: SECONDS,
};

/** @type {readonly string[]} */
const NO_TAGS = [];

/**
 * @param {number | null | undefined | GetOrSetOptions<any>} given
 * @returns {Terms}
 * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
 */
export function parseTerms(given) {
  const options = typeof given === 'object' && given !== null ? given : { timeout: given };
  if (!isPlainAndValid(options)) check(options, OPTIONS);
  const { lock = true } = options;
  return {
    timeout: options.timeout,
    grace: options.grace ?? 0,
    softTimeout: options.softTimeout ?? 0,
    hardTimeout: options.hardTimeout ?? Infinity,
    retryAfter: options.retryAfter ?? 10,
    early: options.early ?? 0,
    fresh: options.fresh ?? false,
    lease: lock === true ? LEASE : Number(lock),
    tags: options.tags ?? NO_TAGS,
  };
}

/**
 * The same question as of `check`, for options that inherit nothing: it looks at those alone that are given, and a fresh `getOrSet` takes a
 * tenth less time for it.
 *
 * @param {any} options
 */
function isPlainAndValid(options) {
  if (Object.getPrototypeOf(options) !== Object.prototype) return false;
  for (const name in options) {
    if (!Object.hasOwn(OPTIONS, name)) return false;
    const value = options[name];
    if (value !== undefined && !OPTIONS[name]?.[1](value)) return false;
  }
  return true;
}

/**
 * @template {unknown[]} A
 * @template T
 * @param {GetOrSetOptions<T> & { key: (...args: A) => Key }} options of `memoize`
 * @throws {TypeError | RangeError}
 */
export function memoizeTerms(options) {
  check(options, MEMOIZE_OPTIONS);
  const { key, ...terms } = options;
  if (key === undefined) throw invalidOption("memoize needs the option 'key', a function");
  return { key, terms };
}

/** @param {any} options of a method that takes tags */
export function tagsOf(options) {
  check(options, { tags: TAGS });
  return /** @type {readonly string[]} */ (options.tags ?? NO_TAGS);
}

/** @param {unknown} tags */
export function checkTags(tags) {
  if (!TAGS[1](tags)) throw invalidOption('a tag is a string');
}

/**
 * @param {{ timeout?: number | undefined, wait?: number | undefined }} [options] of `lock`
 * @returns {{ length: number, wait: number }} seconds
 */
export function lockTerms(options = {}) {
  check(options, LOCK_OPTIONS);
  return { length: options.timeout ?? LEASE, wait: options.wait ?? 0 };
}

/** @param {unknown} factory */
export function checkFactory(factory) {
  if (typeof factory === 'function') return;
  throw new UsageTypeError('INVALID_FACTORY', `a factory is a function, not ${typeof factory}`);
}
