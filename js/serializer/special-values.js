/**
 * Values that JavaScript has no literal for, made of what they consist of.
 * @module
 */
import { UnreadableError } from '../errors/classes.js';
import { zonedDate } from './time-zones.js';

/**
 * Makes a value of an object of a Python class, from its state and its constructor's arguments.
 *
 * @typedef {(state: any, args: any[]) => any} Builder
 */

/** Kinds, as in src/serializer/script/mod.rs. */
const BIG_INT = 0;
const NEGATIVE_BIG_INT = 1;
const NUMBER = 2;
const DATE = 3;
const ZONED_DATE = 4;
const SET = 5;
const MAP = 6;
const OBJECT = 7;

/** In place of the user's classes: their objects are null for now. */
export const NO_BUILDERS = Symbol('no builders');

/**
 * @param {number} kind
 * @param {any[]} parts
 * @param {Record<string, Builder> | typeof NO_BUILDERS} [classes] by names such as `flask.wrappers.Response`
 * @returns {unknown}
 * @throws {UnreadableError} for an object of a class that is not among `classes`, or whose builder threw, for a time zone that
 *   is not known here, and for a bigint that is too large
 */
export function makeOdd(kind, parts, classes) {
  const [first] = parts;
  switch (kind) {
    case BIG_INT:
      return bigIntOf(first);
    case NEGATIVE_BIG_INT:
      return -bigIntOf(first);
    case NUMBER:
      return Number(first);
    case DATE:
      return new Date(first);
    case ZONED_DATE:
      return zonedDate(first, parts[1], parts[2]);
    case SET:
      return new Set(parts);
    case MAP:
      return mapOf(parts);
    case OBJECT:
      return objectOf(parts);
    default:
      return classes === NO_BUILDERS ? null : instanceOf(parts, classes);
  }
}

/** @param {string} digits */
function bigIntOf(digits) {
  try {
    return BigInt(digits);
  } catch (cause) {
    throw new UnreadableError('the stored value holds an int that is too large for a bigint', {
      cause,
    });
  }
}

/** @param {any[]} parts */
function mapOf(parts) {
  const map = new Map();
  for (let index = 0; index < parts.length; index += 2) map.set(parts[index], parts[index + 1]);
  return map;
}

/**
 * An object with a key that assignment would not set.
 *
 * @param {any[]} parts
 */
function objectOf(parts) {
  const object = {};
  for (let index = 0; index < parts.length; index += 2) {
    const value = parts[index + 1];
    const property = { value, configurable: true, enumerable: true, writable: true };
    Object.defineProperty(object, parts[index], property);
  }
  return object;
}

/**
 * @param {any[]} parts
 * @param {Record<string, Builder>} [classes]
 */
function instanceOf([className, args, state = null], classes) {
  if (classes === undefined || !Object.hasOwn(classes, className)) {
    throw new UnreadableError(`the stored value holds an object of the Python class ${className}`, {
      className,
    });
  }
  try {
    return /** @type {Builder} */ (classes[className])(state, args);
  } catch (cause) {
    throw new UnreadableError(`the builder for objects of ${className} threw`, {
      className,
      cause,
    });
  }
}
