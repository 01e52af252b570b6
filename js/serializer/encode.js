/**
 * Writes values as tapes, which the core turns into stored bytes.
 *
 * What the value table (README) does not name is treated as JSON.stringify treats it: undefined becomes null, an instance of a
 * class is what its toJSON() returns or else its own enumerable properties. Objects of other kinds (promises, regular
 * expressions, errors, responses…) have no useful form and are refused.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { entriesOfMap, itemsOfSet, refuseProxy } from './collections.js';
import { locate, Unstorable } from './path.js';
import { ShapeWriter } from './shapes.js';
import {
  FALSE,
  FROZENSET,
  LIST,
  MAP,
  NULL,
  SET,
  SHARED,
  TRUE,
  TUPLE,
  writeBigint,
  writeBytes,
  writeDate,
  writeNumber,
  writeTag,
  writeTagWithU32,
  writeTopBigint,
} from './tape.js';

/** @import { RequestBuffer } from '../core/request-buffer.js' */

/** How deep values may nest: `MAX_DEPTH` in crates/serializer/src/lib.rs. */
const MAX_DEPTH = 1000;
/** Redis refuses longer strings. */
const MAX_STORED = 512 * 1024 * 1024;
const UNHASHABLE = 'a key or member of a Set that Python cannot hash: an object or a Map';

/**
 * Appends the tape of one value.
 *
 * @param {RequestBuffer} buffer when this throws, the caller takes back what was written
 * @param {unknown} value
 * @throws {SerializationError} names the path to what cannot be stored
 */
export function writeValue(buffer, value) {
  // A value's toJSON() may write another one, to another buffer.
  if (buffer.writer === null || buffer.writer.isBusy) buffer.writer = new TapeWriter(buffer);
  buffer.writer.write(value);
}

/** Writes values to one buffer. */
export class TapeWriter {
  isBusy = false;

  #shapes;
  /** The containers around the one that is being written, and the current key in each. @type {object[]} */
  #ancestors = [];
  /** @type {(string | number | null)[]} */
  #path = [];
  /** How many containers there were so far: each is known by its number. */
  #count = 0;
  /** The first container. @type {object | null} */
  #root = null;
  /** The numbers of the others. @type {Map<object, number>} */
  #seen = new Map();
  /** The numbers of those that were written as hashable: tuples and frozensets. @type {Map<object, number>} */
  #frozen = new Map();
  /** Whether what is written now has to be hashable. */
  #isFrozen = false;

  /** @param {RequestBuffer} buffer */
  constructor(buffer) {
    this.buffer = buffer;
    this.#shapes = new ShapeWriter(buffer);
  }

  /** @param {unknown} value */
  write(value) {
    const buffer = this.buffer;
    buffer.limit = buffer.length + MAX_STORED + 1024;
    this.isBusy = true;
    try {
      if (typeof value === 'bigint') writeTopBigint(buffer, value);
      else this.#value(value);
    } catch (error) {
      throw locate(error, this.#path);
    } finally {
      this.isBusy = false;
      buffer.limit = Infinity;
      if (this.#count > 0) this.#endValue();
    }
  }

  /** Forgets the value. */
  #endValue() {
    this.#ancestors.length = 0;
    this.#path.length = 0;
    this.#root = null;
    if (this.#count > 1) this.#seen.clear();
    if (this.#frozen.size > 0) this.#frozen.clear();
    this.#isFrozen = false;
    this.#count = 0;
    this.#shapes.endValue();
  }

  /**
   * @param {unknown} value
   * @returns {void}
   */
  #value(value) {
    const buffer = this.buffer;
    switch (typeof value) {
      case 'string':
        return buffer.string(value);
      case 'number':
        return writeNumber(buffer, value);
      case 'object':
        return value === null ? writeTag(buffer, NULL) : this.#object(value);
      case 'boolean':
        return writeTag(buffer, value ? TRUE : FALSE);
      case 'undefined':
        return writeTag(buffer, NULL);
      case 'bigint':
        return writeBigint(buffer, value);
      default:
        throw new Unstorable(`a ${typeof value}`);
    }
  }

  // ---- Objects

  /**
   * @param {object} value
   * @returns {void}
   */
  #object(value) {
    if (this.#count > 0) {
      const number = value === this.#root ? 0 : this.#numbers().get(value);
      if (number !== undefined) return this.#repeated(value, number);
    }
    if (Array.isArray(value)) return this.#array(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#plain(value, true);
    this.#instance(value, true);
  }

  /** An object that is a key and a value too is two objects in Python. */
  #numbers() {
    return this.#isFrozen ? this.#frozen : this.#seen;
  }

  /**
   * @param {object} value
   * @param {number} number
   */
  #repeated(value, number) {
    if (this.#ancestors.includes(value)) {
      throw new Unstorable('a reference to an object that contains it');
    }
    writeTagWithU32(this.buffer, SHARED, number);
  }

  /** @param {object} value */
  #enter(value) {
    const depth = this.#ancestors.push(value);
    if (depth > MAX_DEPTH) throw new Unstorable(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.#count === 0) this.#root = value;
    else this.#numbers().set(value, this.#count);
    this.#count++;
    return depth - 1;
  }

  #leave() {
    this.#ancestors.pop();
    this.#path.pop();
  }

  /** @param {unknown[]} value */
  #array(value) {
    const depth = this.#enter(value);
    const path = this.#path;
    const { length } = value;
    writeTagWithU32(this.buffer, this.#isFrozen ? TUPLE : LIST, length);
    for (let index = 0; index < length; index++) {
      path[depth] = index;
      this.#value(value[index]);
    }
    this.#leave();
  }

  /**
   * @param {object} value
   * @param {boolean} mayConvert as of `#instance`
   * @returns {void}
   */
  #plain(value, mayConvert) {
    const keys = Object.keys(value);
    const shape = this.#shapes.find(keys);
    if (mayConvert && shape === undefined && hasOwnToJSON(value, keys)) {
      return this.#instance(value, true);
    }
    if (this.#isFrozen) throw new Unstorable(UNHASHABLE);
    const depth = this.#enter(value);
    const path = this.#path;
    if (shape === undefined) this.#shapes.writeNew(keys);
    else this.#shapes.writeKnown(shape);
    for (let index = 0; index < keys.length; index++) {
      const key = /** @type {string} */ (keys[index]);
      path[depth] = key;
      this.#value(/** @type {Record<string, unknown>} */ (value)[key]);
    }
    this.#leave();
  }

  /**
   * An object that is not plain.
   *
   * @param {any} value
   * @param {boolean} mayConvert whether its toJSON() is yet to be called
   * @returns {void}
   */
  #instance(value, mayConvert) {
    const buffer = this.buffer;
    const bytes = asBytes(value);
    if (bytes !== null) return writeBytes(buffer, bytes);
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    switch (kind) {
      case 'Map':
        return this.#map(value);
      case 'Set':
        return this.#set(value);
      case 'Date':
        return writeDate(buffer, Date.prototype.getTime.call(value));
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return this.#value(value.valueOf());
    }
    refuseProxy(value);
    if (mayConvert && typeof value.toJSON === 'function') return this.#converted(value);
    if (kind !== 'Object') throw new Unstorable(`an object of the kind ${kind}`);
    this.#plain(value, mayConvert);
  }

  /** @param {{ toJSON: (key: string) => unknown }} value */
  #converted(value) {
    const result = value.toJSON(String(this.#path.at(-1) ?? ''));
    const again = typeof result === 'object' && result !== null && !Array.isArray(result);
    const isKnown = again && (result === this.#root || this.#numbers().has(result));
    if (again && !isKnown) this.#instance(result, false);
    else this.#value(result);
  }

  /** @param {Map<unknown, unknown>} value */
  #map(value) {
    if (this.#isFrozen) throw new Unstorable(UNHASHABLE);
    const depth = this.#enter(value);
    const entries = entriesOfMap(value);
    writeTagWithU32(this.buffer, MAP, entries.length);
    for (const [key, item] of entries) {
      this.#path[depth] = null;
      this.#hashable(key);
      this.#value(item);
    }
    this.#leave();
  }

  /** @param {Set<unknown>} value */
  #set(value) {
    const depth = this.#enter(value);
    const items = itemsOfSet(value);
    writeTagWithU32(this.buffer, this.#isFrozen ? FROZENSET : SET, items.length);
    for (const item of items) {
      this.#path[depth] = null;
      this.#hashable(item);
    }
    this.#leave();
  }

  /**
   * A dict's key or a set's member: Python refuses those that can change, so that Arrays become tuples, and Sets frozensets.
   *
   * @param {unknown} value
   */
  #hashable(value) {
    const isFrozen = this.#isFrozen;
    this.#isFrozen = true;
    this.#value(value);
    this.#isFrozen = isFrozen;
  }
}

/**
 * @param {object} value a plain object
 * @param {string[]} keys its
 */
function hasOwnToJSON(value, keys) {
  if (!keys.includes('toJSON')) return false;
  return typeof (/** @type {{ toJSON?: unknown }} */ (value).toJSON) === 'function';
}
