/**
 * Operation records, as src/wasm/record.rs reads them: what a call is, written straight into the core's memory.
 * @module
 */
import { CacheError, SerializationError, UsageRangeError, UsageTypeError } from './errors.js';
import { CachelibSerializer } from './serializer/index.js';
import { writeValue } from './serializer/tape.js';

/** @import { OperationBuffer } from './buffer.js' */

export const GET = 0;
export const HAS = 1;
export const DELETE = 2;
export const CLEAR = 3;
export const PING = 4;
export const INCREMENT = 5;
export const SET = 6;
export const ADD = 7;
export const GET_MANY = 8;
export const DELETE_MANY = 9;
export const SET_MANY = 10;

/** Set in a call's number when the caller wants stored bytes: `WANTS_BYTES` in src/wasm/report.rs. */
export const WANTS_BYTES = 0x80000000;
/** Set when the caller makes values of Python objects: `WANTS_OBJECTS` there. */
export const WANTS_OBJECTS = 0x40000000;
/** What is left of a call's number. */
export const NUMBER = 0x3fffffff;

/**
 * Begins a record, which {@link endRecord} closes.
 *
 * @param {OperationBuffer} buffer
 * @param {number} verb
 * @param {number} call
 * @param {number} patience milliseconds
 * @returns {number} where it starts, to be handed to `endRecord`
 */
export function beginRecord(buffer, verb, call, patience) {
  const start = buffer.length;
  buffer.reserve(13);
  buffer.u32(0);
  buffer.u8(verb);
  buffer.u32(call);
  buffer.u32(patience);
  return start;
}

/**
 * @param {OperationBuffer} buffer
 * @param {number} start
 */
export function endRecord(buffer, start) {
  const end = buffer.position;
  const length = buffer.length - start - 4;
  buffer.position = buffer.start + start;
  buffer.u32(length);
  buffer.position = end;
}

/**
 * @param {OperationBuffer} buffer
 * @param {string} prefix
 * @param {unknown} key
 */
export function writeKey(buffer, prefix, key) {
  const text = prefix + keyText(key);
  const before = buffer.length;
  buffer.text(text);
  // Only text beyond ASCII takes more bytes than characters.
  if (buffer.length - before - 4 !== text.length && !text.isWellFormed()) {
    throw new UsageTypeError(
      'INVALID_KEY',
      'a key has half of a surrogate pair: it has no UTF-8 form',
    );
  }
}

/**
 * @param {OperationBuffer} buffer
 * @param {number} count
 */
export function writeCount(buffer, count) {
  buffer.reserve(4);
  buffer.u32(count);
}

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
 * @param {number | null | undefined} timeout seconds
 * @param {number} defaultTimeout seconds
 */
export function writeTimeout(buffer, timeout, defaultTimeout) {
  if (timeout !== undefined && timeout !== null && typeof timeout !== 'number') {
    throw new UsageTypeError(
      'INVALID_TIMEOUT',
      `a timeout is a number of seconds, not ${typeof timeout}`,
    );
  }
  buffer.reserve(8);
  buffer.f64(timeout ?? defaultTimeout);
}

/**
 * @param {OperationBuffer} buffer
 * @param {number | bigint} delta
 * @param {1n | -1n} sign
 */
export function writeDelta(buffer, delta, sign) {
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

/** The tape's tag for bytes that are stored as they are: `STORED` in src/serializer/tape.rs. */
const STORED = 19;
/** Redis's limit, `proto-max-bulk-len`, in bytes. */
const MOST_STORED = 512 << 20;

/**
 * @param {OperationBuffer} buffer
 * @param {unknown} value
 * @param {import('./options.js').Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 */
export function writeStored(buffer, value, serializer) {
  if (serializer === null || serializer instanceof CachelibSerializer) {
    return writeValue(buffer, value);
  }
  const stored = dump(serializer, value);
  buffer.reserve(1);
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
  buffer.payload(stored);
}

/**
 * @param {import('./options.js').Serializer} serializer
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
