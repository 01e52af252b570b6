/**
 * The serializers beside cachelib's own, which is in the core.
 * @module
 */
import { SerializationError, UnreadableError } from '../errors/classes.js';
import { Unbuilt } from './decode.js';

/** @import { Serializer } from '../options/options.js' */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * cachelib's own serializer with classes: what to make of Python objects outside of the value table. Without one that fits, a
 * value is unreadable. Nothing of Python's code runs: a builder is given the object's state (what its `__setstate__` would get;
 * null if there is none) and the arguments of its constructor.
 *
 *     new CachelibSerializer({ classes: { 'app.models.Point': (state, [x, y]) => ({ x, y }) } })
 */
export class CachelibSerializer {
  /** @param {{ classes?: Record<string, import('./special-values.js').Builder> }} [options] */
  constructor({ classes = {} } = {}) {
    /** @readonly */
    this.classes = classes;
  }

  /**
   * @internal
   * @param {any} read what the core read: a value, or what becomes one by the builders
   */
  loads(read) {
    return read instanceof Unbuilt ? read.build(this.classes) : read;
  }
}

/**
 * JSON, as Python's `cachelib.serializers.JSONSerializer` reads and writes it. Integers stay usable by `inc`. What
 * JSON.stringify leaves out or changes is left out or changed.
 *
 * @type {Serializer}
 */
export const json = {
  dumps(value) {
    if (typeof value === 'bigint') return String(value);
    try {
      const text = JSON.stringify(value ?? null);
      if (text !== undefined) return text;
    } catch (cause) {
      throw new SerializationError('the value cannot be stored: it has no JSON form', { cause });
    }
    throw new SerializationError(`the value cannot be stored: a ${typeof value} has no JSON form`);
  },

  loads(stored) {
    const text = decoder.decode(stored);
    if (/^\s*-?\d{16,}\s*$/.test(text)) return integer(text);
    try {
      return JSON.parse(text);
    } catch (cause) {
      return parsePythonJson(text, cause);
    }
  },
};

/**
 * Strings and bytes as they are; what is read is a Uint8Array.
 *
 * @type {Serializer}
 */
export const raw = {
  dumps(value) {
    if (typeof value === 'string' && value.isWellFormed()) return value;
    if (value instanceof Uint8Array) return value;
    if (ArrayBuffer.isView(value)) {
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    }
    if (value instanceof ArrayBuffer) return new Uint8Array(value);
    if (typeof value === 'string') {
      throw new SerializationError('half of a surrogate pair has no UTF-8 form');
    }
    throw new SerializationError("the 'raw' serializer stores strings and bytes only");
  },

  loads(stored) {
    return stored;
  },
};

/** @param {string} text */
function integer(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/**
 * JSON with Python's additions: NaN, Infinity and -Infinity.
 *
 * @param {string} text
 * @param {unknown} cause why it is no JSON
 */
function parsePythonJson(text, cause) {
  let nan = '\\u0000NaN';
  while (text.includes(nan)) nan += '!';
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|Infinity|NaN/g, (token) => {
    if (token === 'Infinity') return '1e999';
    return token === 'NaN' ? `"${nan}"` : token;
  });
  const marker = nan.replace('\\u0000', '\0');
  try {
    return JSON.parse(plain, (_key, item) => (item === marker ? NaN : item));
  } catch {
    throw new UnreadableError('the stored value is no JSON', { cause });
  }
}
