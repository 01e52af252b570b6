/**
 * The operations of a cache, and their records, as src/wasm/record.rs reads them: what a call is, written straight into the
 * core's memory.
 * @module
 */
import { CacheError, SerializationError, UsageRangeError, UsageTypeError } from '../errors/classes.js';
import { CachelibSerializer } from '../serializer/serializers.js';
import { writeValue } from '../serializer/encode.js';

/** @import { OperationBuffer } from './request-buffer.js' */
/** @import { Serializer } from '../options/options.js' */

/** Set in a call's number when the caller wants stored bytes: `WANTS_BYTES` in src/wasm/report.rs. */
export const WANTS_BYTES = 0x80000000;
/** Set when the caller makes values of Python objects: `WANTS_OBJECTS` there. */
export const WANTS_OBJECTS = 0x40000000;
/** What is left of a call's number. */
export const NUMBER = 0x3fffffff;

/**
 * @callback Write Writes the body of an operation record.
 * @param {OperationBuffer} buffer
 * @param {string} prefix
 * @param {Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 * @param {any} subject a key, keys or entries
 * @param {any} value to store, or to add
 * @param {number} timeout seconds
 * @returns {void}
 *
 * @typedef {object} Operation A method of the cache.
 * @property {number} verb as in src/wasm/record.rs
 * @property {string} name the method's
 * @property {unknown} fallback what it answers for one key when the backend fails
 * @property {boolean} reads whether its outcome is stored bytes
 * @property {Write} write
 */

/** @type {Operation} */
export const GET = { verb: 0, name: 'get', fallback: null, reads: true, write: writeKey };
/** @type {Operation} */
export const HAS = { verb: 1, name: 'has', fallback: false, reads: false, write: writeKey };
/** @type {Operation} */
export const DELETE = { verb: 2, name: 'delete', fallback: false, reads: false, write: writeKey };
/** @type {Operation} */
export const CLEAR = { verb: 3, name: 'clear', fallback: false, reads: false, write: writePrefix };
/** @type {Operation} */
export const PING = {
  verb: 4,
  name: 'checkConnection',
  fallback: null,
  reads: false,
  write: () => {},
};
/** @type {Operation} */
export const INC = { verb: 5, name: 'inc', fallback: null, reads: false, write: writeIncrement };
/** @type {Operation} */
export const DEC = { verb: 5, name: 'dec', fallback: null, reads: false, write: writeDecrement };
/** @type {Operation} */
export const SET = { verb: 6, name: 'set', fallback: false, reads: false, write: writeEntry };
/** @type {Operation} */
export const ADD = { verb: 7, name: 'add', fallback: false, reads: false, write: writeEntry };
/** @type {Operation} */
export const GET_MANY = { verb: 8, name: 'getMany', fallback: null, reads: true, write: writeKeys };
/** @type {Operation} */
export const GET_DICT = { ...GET_MANY, name: 'getDict' };
/** @type {Operation} */
export const DELETE_MANY = {
  verb: 9,
  name: 'deleteMany',
  fallback: null,
  reads: false,
  write: writeKeys,
};
/** @type {Operation} */
export const SET_MANY = {
  verb: 10,
  name: 'setMany',
  fallback: null,
  reads: false,
  write: writeEntries,
};

// ---- Bodies

/** @type {Write} */
function writeKey(buffer, prefix, _serializer, key) {
  const text = prefix + keyText(key);
  if (!text.isWellFormed()) {
    throw new UsageTypeError(
      'INVALID_KEY',
      'a key has half of a surrogate pair: it has no UTF-8 form',
    );
  }
  buffer.text(text);
}

/** @type {Write} */
function writePrefix(buffer, prefix, serializer) {
  writeKey(buffer, prefix, serializer, '', undefined, 0);
}

/** @type {Write} */
function writeKeys(buffer, prefix, serializer, keys) {
  buffer.reserve(4);
  buffer.u32(keys.length);
  for (const key of keys) writeKey(buffer, prefix, serializer, key, undefined, 0);
}

/** @type {Write} */
function writeEntry(buffer, prefix, serializer, key, value, timeout) {
  writeTimeout(buffer, timeout);
  writeKey(buffer, prefix, serializer, key, undefined, 0);
  writeStored(buffer, value, serializer);
}

/** @type {Write} */
function writeEntries(buffer, prefix, serializer, entries, _value, timeout) {
  writeTimeout(buffer, timeout);
  buffer.reserve(4);
  buffer.u32(entries.length);
  for (const [key, value] of entries) {
    writeKey(buffer, prefix, serializer, key, undefined, 0);
    writeStored(buffer, value, serializer);
  }
}

/** @type {Write} */
function writeIncrement(buffer, prefix, serializer, key, delta) {
  writeDelta(buffer, delta, 1n);
  writeKey(buffer, prefix, serializer, key, undefined, 0);
}

/** @type {Write} */
function writeDecrement(buffer, prefix, serializer, key, delta) {
  writeDelta(buffer, delta, -1n);
  writeKey(buffer, prefix, serializer, key, undefined, 0);
}

// ---- What bodies are made of

/**
 * The text of a key as `String()` gives it.
 *
 * @param {unknown} key
 * @returns {string}
 */
function keyText(key) {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  const type = key === null ? 'null' : typeof key;
  throw new UsageTypeError('INVALID_KEY', `a key is a string, a number or a bigint, not ${type}`);
}

/**
 * @param {OperationBuffer} buffer
 * @param {number} timeout seconds
 */
function writeTimeout(buffer, timeout) {
  if (typeof timeout !== 'number') {
    throw new UsageTypeError(
      'INVALID_TIMEOUT',
      `a timeout is a number of seconds, not ${typeof timeout}`,
    );
  }
  buffer.reserve(8);
  buffer.f64(timeout);
}

/**
 * @param {OperationBuffer} buffer
 * @param {number | bigint} delta
 * @param {1n | -1n} sign
 */
function writeDelta(buffer, delta, sign) {
  if (typeof delta !== 'bigint' && typeof delta !== 'number') {
    throw new UsageTypeError('INVALID_DELTA', `a delta is an integer, not ${typeof delta}`);
  }
  if (typeof delta === 'number' && !Number.isSafeInteger(delta)) {
    throw new UsageRangeError('INVALID_DELTA', 'a delta is an integer; beyond 2^53 it is a bigint');
  }
  const signed = BigInt(delta) * sign;
  if (BigInt.asIntN(64, signed) !== signed) {
    throw new UsageRangeError('INVALID_DELTA', 'a delta has 64 bits at most');
  }
  buffer.reserve(8);
  buffer.u32(Number(BigInt.asUintN(32, signed)));
  buffer.u32(Number(BigInt.asUintN(32, signed >> 32n)));
}

/** Tags of bytes, and of what is stored as it is, as in src/serializer/tape/mod.rs. */
const BYTES = 9;
const STORED = 18;
/** Redis's limit, `proto-max-bulk-len`, in bytes. */
const MOST_STORED = 512 << 20;

/**
 * @param {OperationBuffer} buffer
 * @param {unknown} value
 * @param {Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 */
function writeStored(buffer, value, serializer) {
  if (serializer === null || serializer instanceof CachelibSerializer) {
    return writeValue(buffer, value);
  }
  const stored = dump(serializer, value);
  buffer.reserve(2);
  buffer.u8(STORED);
  if (typeof stored === 'string') return buffer.text(stored);
  if (!(stored instanceof Uint8Array)) {
    throw new UsageTypeError(
      'INVALID_SERIALIZER',
      'dumps() of a serializer returns a Uint8Array or a string',
    );
  }
  if (stored.length > MOST_STORED) {
    throw new SerializationError('the value is larger than 512 MB, which Redis refuses');
  }
  buffer.u8(BYTES);
  buffer.payload(stored);
}

/**
 * @param {Serializer} serializer
 * @param {unknown} value
 */
function dump(serializer, value) {
  try {
    return serializer.dumps(value);
  } catch (cause) {
    if (cause instanceof CacheError) throw cause;
    throw new SerializationError('the value cannot be stored: dumps() of the serializer threw', {
      cause,
    });
  }
}
