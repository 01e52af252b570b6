/**
 * Which computations later callers may share.
 * @module
 */
import { ADD, CLEAR, DELETE, DELETE_MANY, SET, SET_MANY } from '../core/operations.js';
import { ADD_TAGGED, DELETE_TAG, EXPIRE, POP, SET_MANY_TAGGED, SET_TAGGED } from './operations.js';

/** @import { Operation } from '../core/operations.js' */

/**
 * After a key was written or deleted, nobody shares what began before it.
 *
 * @param {Map<string, unknown>} flights by key
 * @param {Operation} operation
 * @param {string} prefix
 * @param {any} keys a key, keys or entries
 */
export function detach(flights, operation, prefix, keys) {
  switch (operation) {
    case CLEAR:
    case DELETE_TAG:
      flights.clear();
      break;
    case DELETE:
    case SET:
    case ADD:
    case POP:
    case EXPIRE:
      flights.delete(prefix + keys);
      break;
    case SET_TAGGED:
    case ADD_TAGGED:
    case SET_MANY_TAGGED:
      flights.delete(prefix + keys.key);
      break;
    case DELETE_MANY:
      for (const key of keys) flights.delete(prefix + key);
      break;
    case SET_MANY:
      for (const [key] of keys) flights.delete(prefix + key);
  }
}
