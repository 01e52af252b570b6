/**
 * Writes values as tapes, which the core turns into stored bytes. The tape's tags are told in src/serializer/tape/mod.rs.
 *
 * What JSON.stringify does is done where the value table (README) says nothing else: undefined becomes null, a class's object
 * is what its toJSON() returns or else its own enumerable properties. Objects of other kinds (promises, regular
 * expressions, errors, responses…) have no useful form and are refused.
 * @module
 */
import { SerializationError } from '../errors/classes.js';

/** @import { OperationBuffer } from '../core/request-buffer.js' */

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const BYTE = 3;
const INT = 4;
const SAFE = 5;
const FLOAT = 6;
const BYTES = 9;
const LONG = 10;
const DATE = 11;
const LIST = 12;
const SET = 13;
const MAP = 14;
const OBJECT = 15;
const LIKE = 16;
const SHARED = 17;
const STORED = 18;

/** How deep values may nest: `MAX_DEPTH` in src/serializer/mod.rs. */
const MAX_DEPTH = 1000;
/** Redis refuses longer strings. */
const MAX_STORED = 512 * 1024 * 1024;
/** Python's int() refuses more digits: longer ints are pickled. */
const MAX_DIGITS = 4300;
/** Python's datetime begins and ends here, in milliseconds since 1970. */
const FIRST_DATE = -62135596800000;
const LAST_DATE = 253402300799999;
/** How many shapes of objects are known at once: a power of two. */
const SHAPE_SLOTS = 32;
/** Shapes whose definitions take more bytes are not known. */
const MOST_OF_SHAPE = 1024;

/**
 * The keys of an object, in their order.
 *
 * @typedef {object} Shape
 * @property {string[]} keys
 * @property {number} value the last value that defined it
 * @property {number} number the definition's among that value's
 * @property {Uint8Array | null} definition as it stands on the tape; kept once it came a second time
 */

/** The writer of the buffer that was written to last: there is seldom more than one. @type {TapeWriter | null} */
let writer = null;

/**
 * Appends the tape of one value.
 *
 * @param {OperationBuffer} buffer is left where it failed; the caller takes it back
 * @param {unknown} value
 * @throws {SerializationError} names the path to what cannot be stored
 */
export function writeValue(buffer, value) {
  // A value's toJSON() may write another one, to another buffer.
  if (writer === null || writer.isBusy || writer.buffer !== buffer) writer = new TapeWriter(buffer);
  writer.write(value);
}

/** Writes values to one buffer. */
class TapeWriter {
  isBusy = false;

  /** The containers around the one that is written, and where in each we are. @type {object[]} */
  #ancestors = [];
  /** @type {unknown[]} */
  #path = [];
  /** How many containers there are so far. Each has the number that it comes as on the tape. */
  #count = 0;
  /** The first of them. @type {object | null} */
  #root = null;
  /** The numbers of the others. @type {Map<object, number>} */
  #seen = new Map();
  /** The last shapes of objects, by a hash of their keys. @type {(Shape | undefined)[]} */
  #shapes = new Array(SHAPE_SLOTS).fill(undefined);
  /** How many shapes the value has defined so far. */
  #shapeCount = 0;
  /** How many values there were: a shape of an earlier one has to be defined again. */
  #values = 0;

  /** @param {OperationBuffer} buffer */
  constructor(buffer) {
    this.buffer = buffer;
  }

  /** @param {unknown} value */
  write(value) {
    const buffer = this.buffer;
    buffer.limit = buffer.length + MAX_STORED + 1024;
    this.isBusy = true;
    try {
      if (typeof value === 'bigint') this.#topBigint(value);
      else this.#value(value);
    } catch (error) {
      throw this.#located(error);
    } finally {
      this.isBusy = false;
      buffer.limit = Infinity;
      if (this.#count > 0) this.#forget();
    }
  }

  /** Lets go of the value. */
  #forget() {
    this.#ancestors.length = 0;
    this.#path.length = 0;
    this.#root = null;
    if (this.#count > 1) this.#seen.clear();
    this.#count = 0;
    this.#shapeCount = 0;
    this.#values++;
  }

  /**
   * @param {unknown} value
   * @returns {void}
   */
  #value(value) {
    switch (typeof value) {
      case 'string':
        return this.buffer.text(value);
      case 'number':
        return this.#number(value);
      case 'object':
        return value === null ? this.#tag(NULL) : this.#object(value);
      case 'boolean':
        return this.#tag(value ? TRUE : FALSE);
      case 'undefined':
        return this.#tag(NULL);
      case 'bigint':
        return this.#bigint(value);
      default:
        throw new Unstorable(`a ${typeof value}`);
    }
  }

  // ---- Scalars

  /** @param {number} tag */
  #tag(tag) {
    const buffer = this.buffer;
    buffer.reserve(1);
    buffer.u8(tag);
  }

  /**
   * @param {number} tag
   * @param {number} value
   */
  #tagWithU32(tag, value) {
    const buffer = this.buffer;
    buffer.reserve(5);
    buffer.u8(tag);
    buffer.u32(value);
  }

  /** @param {number} value */
  #number(value) {
    const buffer = this.buffer;
    buffer.reserve(9);
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      if (value >= 0 && value < 256) {
        buffer.u8(BYTE);
        return buffer.u8(value);
      }
      buffer.u8(INT);
      return buffer.u32(value);
    }
    buffer.u8(Number.isSafeInteger(value) && value !== 0 ? SAFE : FLOAT);
    buffer.f64(value);
  }

  /** @param {bigint} value */
  #topBigint(value) {
    // Four bits a digit: 4300 decimal digits have 3571 hexadecimal ones.
    const digits = value.toString(16).length < 3580 ? value.toString() : '';
    const { length } = value < 0n ? digits.slice(1) : digits;
    if (length === 0 || length > MAX_DIGITS) return this.#bigint(value);
    this.#tag(STORED);
    this.buffer.text(digits);
  }

  /** @param {bigint} value */
  #bigint(value) {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return this.#number(number);
    // Two's complement: the digits of the number or, for a negative one, the inverse of those of its complement.
    const digits = (value < 0n ? ~value : value).toString(16);
    const sign = value < 0n ? 0xff : 0;
    const bytes = new Uint8Array((digits.length >> 1) + 1).fill(sign);
    for (let at = 0, end = digits.length; end > 0; at++, end -= 2) {
      bytes[at] = parseInt(digits.slice(Math.max(0, end - 2), end), 16) ^ sign;
    }
    this.#tag(LONG);
    this.buffer.payload(bytes);
  }

  /** @param {Uint8Array} bytes */
  #bytes(bytes) {
    this.#tag(BYTES);
    this.buffer.payload(bytes);
  }

  /** @param {number} time */
  #date(time) {
    // An invalid date is NaN.
    if (!(time >= FIRST_DATE && time <= LAST_DATE)) {
      throw new Unstorable('an invalid Date, or one outside the years 1 to 9999');
    }
    const buffer = this.buffer;
    buffer.reserve(9);
    buffer.u8(DATE);
    buffer.f64(time);
  }

  // ---- Objects

  /**
   * @param {object} value
   * @returns {void}
   */
  #object(value) {
    if (this.#count > 0) {
      const number = value === this.#root ? 0 : this.#seen.get(value);
      if (number !== undefined) return this.#again(value, number);
    }
    if (Array.isArray(value)) return this.#array(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#plain(value);
    this.#special(value, true);
  }

  /**
   * @param {object} value
   * @param {number} number
   */
  #again(value, number) {
    if (this.#ancestors.includes(value)) {
      throw new Unstorable('a reference to an object that contains it');
    }
    this.#tagWithU32(SHARED, number);
  }

  /** @param {object} value */
  #enter(value) {
    const depth = this.#ancestors.push(value);
    if (depth > MAX_DEPTH) throw new Unstorable(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.#count === 0) this.#root = value;
    else this.#seen.set(value, this.#count);
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
    this.#tagWithU32(LIST, length);
    for (let index = 0; index < length; index++) {
      path[depth] = index;
      this.#value(value[index]);
    }
    this.#leave();
  }

  /**
   * @param {object} value
   * @returns {void}
   */
  #plain(value) {
    const keys = Object.keys(value);
    const slot = shapeSlot(keys);
    const shape = this.#shapes[slot];
    const isKnown = shape !== undefined && sameKeys(shape.keys, keys);
    // A shape with a toJSON is never known: only some of its objects may have a function there.
    if (!isKnown && typeof ownToJSON(value, keys) === 'function') return this.#special(value, true);
    const depth = this.#enter(value);
    const path = this.#path;
    if (!isKnown) this.#defineShape(keys, slot);
    else if (shape.value === this.#values) this.#tagWithU32(LIKE, shape.number);
    else this.#defineAgain(shape);
    for (let index = 0; index < keys.length; index++) {
      const key = /** @type {string} */ (keys[index]);
      path[depth] = key;
      this.#value(/** @type {Record<string, unknown>} */ (value)[key]);
    }
    this.#leave();
  }

  /**
   * @param {string[]} keys
   * @param {number} slot
   */
  #defineShape(keys, slot) {
    const { length } = this.buffer;
    this.#writeShape(keys);
    const number = this.#shapeCount++;
    if (this.buffer.length - length > MOST_OF_SHAPE || keys.includes('toJSON')) return;
    this.#shapes[slot] = { keys, value: this.#values, number, definition: null };
  }

  /** @param {Shape} shape of an earlier value */
  #defineAgain(shape) {
    shape.value = this.#values;
    shape.number = this.#shapeCount++;
    const { buffer } = this;
    if (shape.definition !== null) return buffer.append(shape.definition);
    const { length } = buffer;
    this.#writeShape(shape.keys);
    shape.definition = buffer.copyFrom(length);
  }

  /** @param {string[]} keys */
  #writeShape(keys) {
    this.#tagWithU32(OBJECT, keys.length);
    for (const key of keys) this.buffer.payloadText(key);
  }

  /**
   * An object that is not plain.
   *
   * @param {any} value
   * @param {boolean} mayConvert whether its toJSON() is yet to be called
   * @returns {void}
   */
  #special(value, mayConvert) {
    if (ArrayBuffer.isView(value)) {
      return this.#bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    switch (kind) {
      case 'Map':
        return this.#map(value);
      case 'Set':
        return this.#set(value);
      case 'Date':
        return this.#date(Date.prototype.getTime.call(value));
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return this.#bytes(new Uint8Array(value));
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return this.#value(value.valueOf());
    }
    if (mayConvert && typeof value.toJSON === 'function') return this.#converted(value);
    if (kind !== 'Object') throw new Unstorable(`an object of the kind ${kind}`);
    this.#plain(value);
  }

  /** @param {{ toJSON: (key: string) => unknown }} value */
  #converted(value) {
    const result = value.toJSON(String(this.#path.at(-1) ?? ''));
    const again = typeof result === 'object' && result !== null && !Array.isArray(result);
    if (again && result !== this.#root && !this.#seen.has(result)) this.#special(result, false);
    else this.#value(result);
  }

  /** @param {Map<unknown, unknown>} value */
  #map(value) {
    const depth = this.#enter(value);
    const entries = [...Map.prototype.entries.call(value)];
    this.#tagWithU32(MAP, entries.length);
    for (const [key, item] of entries) {
      this.#path[depth] = key;
      this.#hashable(key, 'a key');
      this.#value(item);
    }
    this.#leave();
  }

  /** @param {Set<unknown>} value */
  #set(value) {
    const depth = this.#enter(value);
    const items = [...Set.prototype.values.call(value)];
    this.#tagWithU32(SET, items.length);
    for (const item of items) {
      this.#path[depth] = item;
      this.#hashable(item, 'a member of a Set');
    }
    this.#leave();
  }

  /**
   * A dict's key or a set's member: Python refuses those that can change.
   *
   * @param {unknown} value
   * @param {string} role
   */
  #hashable(value, role) {
    const { position, start } = this.buffer;
    this.#value(value);
    const tag = this.buffer.bytes[this.buffer.start + position - start];
    if (tag !== undefined && ((tag >= LIST && tag <= LIKE) || tag === SHARED)) {
      throw new Unstorable(`${role} that Python cannot hash: an Array, an object, a Map or a Set`);
    }
  }

  // ---- Errors

  /** @param {unknown} error */
  #located(error) {
    const path = pathText(this.#path);
    if (error instanceof Unstorable) {
      return new SerializationError(`a value cannot be stored: at ${path} is ${error.message}`);
    }
    if (error instanceof SerializationError) return error;
    return new SerializationError(
      `a value cannot be stored: reading it threw an error at ${path}`,
      { cause: error },
    );
  }
}

/** Why a part of a value cannot be stored; its place is added on the way out. */
class Unstorable extends Error {}

/**
 * @param {string[]} one
 * @param {string[]} other
 */
function sameKeys(one, other) {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** @param {string[]} keys */
function shapeSlot(keys) {
  const { length } = keys;
  if (length === 0) return 0;
  const first = /** @type {string} */ (keys[0]);
  const last = /** @type {string} */ (keys[length - 1]);
  return (length * 7 + first.length * 5 + last.length * 3 + last.charCodeAt(0)) & (SHAPE_SLOTS - 1);
}

/**
 * The toJSON() that a plain object itself has.
 *
 * @param {object} value
 * @param {string[]} keys
 */
function ownToJSON(value, keys) {
  return keys.includes('toJSON') ? /** @type {{ toJSON?: unknown }} */ (value).toJSON : undefined;
}

/** @param {unknown[]} path */
function pathText(path) {
  const shown = path.slice(0, 20).map(step).join('');
  return `$${shown}${path.length > 20 ? '…' : ''}`;
}

/**
 * One step of a path, as JavaScript would write it.
 *
 * @param {unknown} key
 */
function step(key) {
  if (typeof key === 'number') return `[${key}]`;
  if (typeof key !== 'string') return `[${typeof key}]`;
  if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)) return `.${key}`;
  return `[${JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)}]`;
}
