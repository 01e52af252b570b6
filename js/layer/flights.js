/**
 * Which computations later callers may share.
 * @module
 */
import { ADD, CLEAR, DEC, DELETE, DELETE_MANY, INC, SET, SET_MANY } from '../core/operations.js';
import { keyText } from '../core/records.js';
import {
  ADD_TAGGED,
  DEC_EXPIRING,
  DELETE_TAG,
  EXPIRE,
  INC_EXPIRING,
  POP,
  SET_MANY_TAGGED,
  SET_TAGGED,
} from './operations.js';

/** @import { Operation } from '../core/operations.js' */
/** @import { Flight } from './flight.js' */

/**
 * The computations that calls of `getOrSet` share, by key.
 *
 * @extends {Map<string, Flight>}
 */
export class Flights extends Map {
  /**
   * After a key was written or deleted, nobody shares what began before it.
   *
   * @param {Operation} operation
   * @param {string} prefix
   * @param {any} keys a key, keys or entries
   */
  detach(operation, prefix, keys) {
    const changed = changedKeys(operation, prefix, keys);
    if (changed === ALL) this.clear();
    else for (const key of changed) this.delete(key);
  }
}

/** All keys, as far as can be told. */
export const ALL = null;
/** @type {string[]} */
const NONE = [];

/**
 * The keys whose values an operation changes.
 *
 * @param {Operation} operation
 * @param {string} prefix
 * @param {any} keys a key, keys or entries
 * @returns {string[] | typeof ALL} with their prefix
 */
export function changedKeys(operation, prefix, keys) {
  const full = (/** @type {any} */ key) => prefix + keyText(key);
  switch (operation) {
    case CLEAR:
    case DELETE_TAG:
      return ALL;
    case DELETE:
    case SET:
    case ADD:
    case INC:
    case DEC:
    case INC_EXPIRING:
    case DEC_EXPIRING:
    case POP:
    case EXPIRE:
      return [full(keys)];
    case SET_TAGGED:
    case ADD_TAGGED:
    case SET_MANY_TAGGED:
      return [full(keys.key)];
    case DELETE_MANY:
      return keys.map(full);
    case SET_MANY:
      return keys.map((/** @type {[any, unknown]} */ [key]) => full(key));
    default:
      return NONE;
  }
}
