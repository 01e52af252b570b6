/**
 * Builds the values that a program has no instruction of their own for.
 * @module
 */
import { unlistedClass, UnreadableError } from '../errors/classes.js';
import { zonedDate } from './time-zones.js';

/**
 * Makes a value of an object of a Python class: from its state (what its `__setstate__` would get; null if there is none), from the
 * arguments of its constructor, keywords last, and, where its class extends list or dict, from its items: an Array, or an object or
 * Map. A class among the arguments is given by its name, a time zone as `Europe/Berlin` or `UTC+02:00`. Where the class itself is the
 * value, or another global such as `pandas._libs.missing.NA`, the arguments are null.
 *
 * @typedef {(state: any, args: any, items: any) => any} Reviver
 */

/** Kinds, as in crates/serializer/src/program/instruction.rs. */
const BIG_INT = 0;
const NEGATIVE_BIG_INT = 1;
const NUMBER = 2;
const DATE = 3;
const ZONED_DATE = 4;
const SET = 5;
const MAP = 6;
const OBJECT = 7;

/**
 * @param {number} kind
 * @param {any[]} parts
 * @param {Record<string, Reviver>} [classes] by names such as `flask.wrappers.Response`
 * @returns {unknown}
 * @throws {UnreadableError} for an object of a class that is not listed or whose reviver threw, for an unknown time zone,
 *   and for a bigint that is too large
 */
export function buildSpecial(kind, parts, classes) {
  const [first] = parts;
  switch (kind) {
    case BIG_INT:
      return parseBigInt(first);
    case NEGATIVE_BIG_INT:
      return -parseBigInt(first);
    case NUMBER:
      return Number(first);
    case DATE:
      return new Date(first);
    case ZONED_DATE:
      return zonedDate(first, parts[1], parts[2]);
    case SET:
      return buildSet(parts);
    case MAP:
      return buildMap(parts);
    case OBJECT:
      return buildObject(parts);
    default:
      return revive(parts, classes);
  }
}

/** @param {string} digits */
function parseBigInt(digits) {
  try {
    return BigInt(digits);
  } catch (cause) {
    throw new UnreadableError('the stored value holds an int that is too large for a bigint', {
      cause,
    });
  }
}

/** @param {any[]} parts */
function buildSet(parts) {
  const set = new Set();
  for (const part of parts) set.add(distinct(part, set));
  return set;
}

/** @param {any[]} parts */
function buildMap(parts) {
  const map = new Map();
  for (let index = 0; index < parts.length; index += 2) {
    map.set(distinct(parts[index], map), parts[index + 1]);
  }
  return map;
}

/**
 * A key that differs from all others. Keys that differ in Python can be the same here, such as '1' and Decimal('1'): the later
 * one becomes an object, `new String('1')`.
 *
 * @param {any} key
 * @param {{ has: (key: any) => boolean }} others
 */
function distinct(key, others) {
  return others.has(key) ? Object(key) : key;
}

/**
 * An object with a key that assignment would not define, such as `__proto__`.
 *
 * @param {any[]} parts
 */
function buildObject(parts) {
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
 * @param {Record<string, Reviver>} [classes]
 */
function revive([className, args = null, items = null, state = null], classes) {
  if (classes === undefined || !Object.hasOwn(classes, className)) {
    throw unlistedClass(className);
  }
  try {
    return /** @type {Reviver} */ (classes[className])(state, args, items);
  } catch (cause) {
    throw new UnreadableError(`the reviver for objects of ${className} threw`, {
      className,
      cause,
    });
  }
}
