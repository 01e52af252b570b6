/**
 * Checks and converts the arguments of a cache's methods.
 * @module
 */
import { UsageTypeError } from './errors/classes.js';
import { isSerializer } from './options/schema.js';
import { django } from './serializer/cachelib.js';
import { json } from './serializer/json.js';
import { raw } from './serializer/raw.js';

/** @import { CachelibSerializer } from './serializer/cachelib.js' */
/** @import { CacheOptions, CallSettings, Key, Mapping, Serializer, Settings } from './options/types.js' */

/**
 * @param {CacheOptions['serializer']} serializer
 * @returns {Serializer | CachelibSerializer | null} null: cachelib's own, in the core
 */
export function resolveSerializer(serializer) {
  if (serializer === 'cachelib') return null;
  if (serializer === 'json') return json;
  if (serializer === 'raw') return raw;
  if (serializer === 'django') return django;
  if (isSerializer(serializer)) return /** @type {Serializer | CachelibSerializer} */ (serializer);
  throw new UsageTypeError(
    'INVALID_SERIALIZER',
    "a serializer is 'cachelib', 'django', 'json', 'raw' or { dumps, loads }",
  );
}

/** @param {Settings['keyPrefix']} keyPrefix */
export function resolvePrefix(keyPrefix) {
  if (typeof keyPrefix === 'string') return keyPrefix;
  const prefix = keyPrefix();
  if (typeof prefix === 'string') return prefix;
  throw new UsageTypeError('INVALID_KEY', `keyPrefix() returns a string, not ${typeof prefix}`);
}

/**
 * Settings for one operation, however many calls it makes: a function as prefix is called once for it.
 *
 * @param {Settings} settings
 * @returns {CallSettings}
 */
export function withFixedPrefix(settings) {
  const keyPrefix = resolvePrefix(settings.keyPrefix);
  return /** @type {CallSettings} */ (
    settings.keyPrefix === keyPrefix ? settings : { ...settings, keyPrefix }
  );
}

/**
 * @param {readonly (Key | readonly Key[])[]} keys keys, or one array of them
 * @returns {readonly Key[]} an array of our own: the caller may change theirs before the answer comes
 */
export function flatten(keys) {
  const [first] = keys;
  return keys.length === 1 && Array.isArray(first) ? [...first] : /** @type {Key[]} */ (keys);
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
