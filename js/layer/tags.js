/**
 * Tags: values that are deleted together. A tag is a sorted set of keys in Redis, so that Python sees the deletion too.
 * @module
 */
import { Call } from '../call.js';
import { Counters } from '../core/counters.js';
import { ADD, SET_MANY } from '../core/operations.js';
import { call, changeAll, forOneOperation, STATE, timeoutOf } from '../methods.js';
import { ADD_TAGGED, DELETE_TAG, SET_MANY_TAGGED, SET_TAGGED } from './operations.js';
import { checkTags, tagsOf } from './options.js';

/** @import { CacheError } from '../errors/classes.js' */
/** @import { Caller } from '../methods.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { Key } from '../options/types.js' */

/** How many keys of a tag are deleted at once, as in src/cache/script.rs. */
const STEP = 1000;

/**
 * @param {Caller} cache
 * @param {Operation} operation SET or ADD
 * @param {Key} key
 * @param {unknown} value
 * @param {number | null | undefined} timeout seconds
 * @param {object} options
 * @returns {Promise<boolean>}
 */
export async function setTagged(cache, operation, key, value, timeout, options) {
  const tags = tagsOf(options);
  const lifetime = timeoutOf(cache, timeout);
  if (tags.length === 0) return call(cache, operation, key, value, lifetime);
  const tagged = operation === ADD ? ADD_TAGGED : SET_TAGGED;
  return (await call(cache, tagged, { key, tags }, value, lifetime)) === 1;
}

/**
 * @param {Caller} cache
 * @param {[Key, unknown][]} entries
 * @param {number | null | undefined} timeout seconds
 * @param {object} options
 * @returns {Promise<Key[]>} the keys that were stored
 */
export async function setManyTagged(cache, entries, timeout, options) {
  const tags = tagsOf(options);
  const lifetime = timeoutOf(cache, timeout);
  const keys = entries.map(([key]) => key);
  if (tags.length === 0) return changeAll(cache, SET_MANY, keys, entries, lifetime);
  const { serializer, [STATE]: state } = forOneOperation(cache);
  // Those of one message are of one server, which is told of once.
  const errors = /** @type {Map<string, CacheError>} */ (new Map());
  const onError = (/** @type {CacheError} */ error) => errors.set(error.message, error);
  const own = { ...state.settings, throwOnError: false, counters: new Counters(), onError };
  const caller = { serializer, [STATE]: { ...state, settings: own } };
  const stored = await Promise.all(
    entries.map(([key, value]) => call(caller, SET_MANY_TAGGED, { key, tags }, value, lifetime)),
  );
  return new Promise((resolve) => {
    const finish = () => keys.filter((_, index) => stored[index] === 1);
    const many = { finish, fallback: [] };
    const made = new Call(resolve, state.settings, SET_MANY_TAGGED, undefined, null, many);
    made.answerInPart([], [...errors.values()]);
  });
}

/**
 * @param {Caller} cache
 * @param {readonly string[]} tags
 */
export async function deleteTags(cache, tags) {
  checkTags(tags);
  const caller = forOneOperation(cache);
  const deleted = await Promise.all(tags.map((tag) => deleteTag(caller, tag)));
  return deleted.every(Boolean);
}

/**
 * @param {Caller} cache
 * @param {string} tag
 */
async function deleteTag(cache, tag) {
  for (;;) {
    const count = await call(cache, DELETE_TAG, tag);
    if (count !== STEP) return count !== null;
  }
}
