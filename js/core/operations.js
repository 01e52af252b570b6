/**
 * The operations of a cache: what each is to the core, and what it answers when the backend fails.
 * @module
 */
import {
  writeDecrement,
  writeEntries,
  writeEntry,
  writeIncrement,
  writeKey,
  writeKeys,
  writeNothing,
  writePrefix,
} from './records.js';

/** @import { OperationName } from '../options/types.js' */
/** @import { WriteBody } from './records.js' */

/**
 * @typedef {object} Operation A method of the cache.
 * @property {number} kind as in src/wasm/record.rs
 * @property {OperationName} name the method's
 * @property {unknown} fallback what it answers for one key when the backend fails
 * @property {unknown} missing what it answers when the key is missing
 * @property {boolean} [isRead] whether its outcome is a hit or a miss
 * @property {boolean} [isPlain] whether its outcome is a number, whatever the serializer
 * @property {WriteBody} write
 */

/**
 * @param {number} kind
 * @param {OperationName} name
 * @param {WriteBody} write
 * @param {unknown} [fallback]
 * @returns {Operation}
 */
export const operation = (kind, name, write, fallback = null) => ({
  kind,
  name,
  fallback,
  missing: fallback,
  write,
});

/**
 * @param {Operation} made
 * @returns {Operation}
 */
export const read = (made) => ({ ...made, isRead: true });

export const GET = read(operation(0, 'get', writeKey));
export const HAS = operation(1, 'has', writeKey, false);
export const DELETE = operation(2, 'delete', writeKey, false);
export const CLEAR = operation(3, 'clear', writePrefix, false);
export const PING = operation(4, 'checkConnection', writeNothing);
export const INC = operation(5, 'inc', writeIncrement);
export const DEC = operation(5, 'dec', writeDecrement);
export const SET = operation(6, 'set', writeEntry, false);
export const ADD = operation(7, 'add', writeEntry, false);
export const GET_MANY = read(operation(8, 'getMany', writeKeys));
export const GET_DICT = read(operation(8, 'getDict', writeKeys));
export const DELETE_MANY = operation(9, 'deleteMany', writeKeys);
export const SET_MANY = operation(10, 'setMany', writeEntries);
