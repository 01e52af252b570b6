/**
 * Turns what JSON.parse made of a value into the value.
 *
 * The core (src/serializer/json.rs, src/serializer/pickle/to_json.rs) writes what JSON cannot say as a marker: an array whose
 * first item is U+0000 and a letter. `side` are bytes that the core keeps beside the text.
 *
 * | letter | then | value |
 * |---|---|---|
 * | b | start, length | the bytes at `side[start]`, as Uint8Array |
 * | t | start, length | the text at `side[start]`, in UTF-8 |
 * | i, j | digits, decimal or with 0x, 0o, 0b | bigint; j: negative |
 * | n | | NaN |
 * | f | high, low | the float of these 64 bits |
 * | d | milliseconds since 1970 | Date |
 * | z | local milliseconds since 1970, fold, name | Date in a zone of the time zone database |
 * | m | key, value, … | Map |
 * | o | key, value, … | an object, where the order in which its parts are revived matters |
 * | s | item, … | Set |
 * | c | class name, arguments, state | what `classes` makes of an object of that Python class |
 * | l | item, … | an Array that itself looks like a marker |
 * | r | value | the value, which comes again: the first is number 0, outer ones come before inner ones |
 * | u | number | that value once more |
 * @module
 */

import { UnreadableError } from '../errors.js';
import { zonedDate } from './zone.js';

/**
 * Makes a value of an object of a Python class, from its state and its constructor's arguments.
 *
 * @typedef {(state: any, args: any[]) => any} Builder
 */

/** Markers begin with this character. */
const MARK = '\0';
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * @param {any} parsed is changed, and may be part of the result
 * @param {Uint8Array} side
 * @param {Record<string, Builder>} [classes] by names such as `flask.wrappers.Response`
 * @returns {any}
 * @throws {UnreadableError} for an object of a class that is not among `classes`, or whose builder threw, and for a time zone
 *   that is not known here
 */
export function revive(parsed, side, classes) {
  return reviveIn(parsed, { side, shared: [], classes });
}

/** A value that is yet to be revived, out of the core's memory: builders are the user's code, which may call the cache. */
export class Marked {
  /**
   * @param {any} parsed
   * @param {Uint8Array} side
   */
  constructor(parsed, side) {
    this.parsed = parsed;
    this.side = side;
  }
}

/**
 * What is at hand while a value is revived.
 *
 * @typedef {object} Context
 * @property {Uint8Array} side
 * @property {unknown[]} shared
 * @property {Record<string, Builder>} [classes]
 */

/**
 * @param {any} node
 * @param {Context} context
 * @returns {any}
 */
function reviveIn(node, context) {
  if (typeof node !== 'object' || node === null) return node;
  if (!Array.isArray(node)) return reviveObject(node, context);
  const [head] = node;
  if (typeof head === 'string' && head.startsWith(MARK)) {
    return reviveMarker(head, node, context);
  }
  return reviveItems(node, 0, context);
}

/**
 * @param {Record<string, any>} object
 * @param {Context} context
 */
function reviveObject(object, context) {
  for (const key of Object.keys(object)) {
    const item = object[key];
    if (typeof item !== 'object' || item === null) continue;
    const value = reviveIn(item, context);
    if (value === item) continue;
    assign(object, key, value);
  }
  return object;
}

/**
 * @param {Record<string, any>} object
 * @param {string} key
 * @param {unknown} value
 */
function assign(object, key, value) {
  if (key !== '__proto__') object[key] = value;
  // Assignment would call the setter of Object.prototype.
  else {
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}

/**
 * @param {any[]} items
 * @param {number} from
 * @param {Context} context
 */
function reviveItems(items, from, context) {
  for (let index = from; index < items.length; index++) {
    const item = items[index];
    if (typeof item === 'object' && item !== null) items[index] = reviveIn(item, context);
  }
  return items;
}

/**
 * @param {string} head
 * @param {any[]} marker
 * @param {Context} context
 */
function reviveMarker(head, marker, context) {
  const [, first, second] = marker;
  switch (head[1]) {
    case 'b':
      return context.side.slice(first, first + second);
    case 't':
      return decoder.decode(context.side.subarray(first, first + second));
    case 'i':
      return BigInt(first);
    case 'j':
      return -BigInt(first);
    case 'n':
      return NaN;
    case 'f':
      return floatOf(first, second);
    case 'd':
      return new Date(first);
    case 'z':
      return zonedDate(first, second, marker[3]);
    case 'm':
      return mapOf(reviveItems(marker, 1, context));
    case 'o':
      return objectOf(reviveItems(marker, 1, context));
    case 's':
      return new Set(reviveItems(marker, 1, context).slice(1));
    case 'c':
      return instanceOf(reviveItems(marker, 1, context), context);
    case 'l':
      return reviveItems(marker, 1, context).slice(1);
    case 'r': {
      const number = context.shared.push(undefined) - 1;
      return (context.shared[number] = reviveIn(first, context));
    }
    default:
      return context.shared[first];
  }
}

/** @param {any[]} marker */
function mapOf(marker) {
  const map = new Map();
  for (let index = 1; index < marker.length; index += 2) map.set(marker[index], marker[index + 1]);
  return map;
}

/** @param {any[]} marker */
function objectOf(marker) {
  const object = {};
  for (let index = 1; index < marker.length; index += 2) {
    assign(object, marker[index], marker[index + 1]);
  }
  return object;
}

/**
 * @param {any[]} marker
 * @param {Context} context
 */
function instanceOf([, className, args, state], { classes }) {
  if (classes === undefined || !Object.hasOwn(classes, className)) {
    throw new UnreadableError(`the stored value holds an object of the Python class ${className}`, {
      className,
    });
  }
  try {
    return /** @type {Builder} */ (classes[className])(state ?? null, args);
  } catch (cause) {
    throw new UnreadableError(`the builder for objects of ${className} threw`, {
      className,
      cause,
    });
  }
}

const bits = new DataView(new ArrayBuffer(8));

/**
 * @param {number} high
 * @param {number} low
 */
function floatOf(high, low) {
  bits.setUint32(0, high);
  bits.setUint32(4, low);
  return bits.getFloat64(0);
}
