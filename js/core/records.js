/**
 * Writes the bodies of operation records, as src/wasm/record.rs reads them, straight into the core's memory. Arguments are
 * checked here, before anything is sent.
 * @module
 */
import { SerializationError, UsageRangeError, UsageTypeError } from '../errors/classes.js';
import { asBytes } from './bytes.js';
import { failed, PendingValues } from './pending-values.js';
import { CachelibSerializer } from '../serializer/cachelib.js';
import { writeValue } from '../serializer/encode.js';
import { writeStoredBytes, writeStoredString } from '../serializer/tape.js';

/** @import { RequestBuffer } from './request-buffer.js' */
/** @import { Serializer } from '../options/types.js' */

/**
 * @callback WriteBody Writes the body of an operation record.
 * @param {RequestBuffer} buffer
 * @param {string} prefix
 * @param {Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 * @param {any} keys a key, keys or entries
 * @param {any} value to store, or to add
 * @param {number} timeout seconds
 * @returns {void}
 */

/** Redis's limit, `proto-max-bulk-len`, in bytes. */
const MAX_STORED = 512 << 20;

/** @type {WriteBody} */
export function writeNothing() {}

/** @type {WriteBody} */
export function writePrefix(buffer, prefix) {
  putKey(buffer, prefix, '');
}

/** @type {WriteBody} */
export function writeKey(buffer, prefix, _serializer, key) {
  putKey(buffer, prefix, key);
}

/** @type {WriteBody} */
export function writeKeys(buffer, prefix, _serializer, keys) {
  putKeys(buffer, prefix, keys);
}

/** @type {WriteBody} */
export function writeEntry(buffer, prefix, serializer, key, value, timeout) {
  putTimeout(buffer, timeout);
  putKey(buffer, prefix, key);
  putStored(buffer, value, serializer);
}

/** @type {WriteBody} */
export function writeEntries(buffer, prefix, serializer, entries, _value, timeout) {
  putTimeout(buffer, timeout);
  buffer.reserve(4);
  buffer.u32(entries.length);
  for (const [key, value] of entries) {
    putKey(buffer, prefix, key);
    putStored(buffer, value, serializer);
  }
}

/** @type {WriteBody} */
export function writeIncrement(buffer, prefix, _serializer, key, delta) {
  putDelta(buffer, delta, 1n);
  putKey(buffer, prefix, key);
}

/** @type {WriteBody} */
export function writeDecrement(buffer, prefix, _serializer, key, delta) {
  putDelta(buffer, delta, -1n);
  putKey(buffer, prefix, key);
}

// ---- Parts of bodies

/**
 * @param {RequestBuffer} buffer
 * @param {string} prefix
 * @param {unknown} key
 */
export function putKey(buffer, prefix, key) {
  const text = prefix + keyText(key);
  if (!text.isWellFormed()) {
    throw new UsageTypeError('INVALID_KEY', 'a key with a lone surrogate has no UTF-8 form');
  }
  buffer.string(text);
}

/**
 * @param {RequestBuffer} buffer
 * @param {string} prefix
 * @param {readonly unknown[]} keys
 */
export function putKeys(buffer, prefix, keys) {
  buffer.reserve(4);
  buffer.u32(keys.length);
  for (const key of keys) putKey(buffer, prefix, key);
}

/**
 * @param {unknown} key
 * @returns {string} what `String()` makes of it
 */
export function keyText(key) {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  const type = key === null ? 'null' : typeof key;
  throw new UsageTypeError('INVALID_KEY', `a key is a string, a number or a bigint, not ${type}`);
}

/**
 * @param {RequestBuffer} buffer
 * @param {number} timeout seconds
 */
export function putTimeout(buffer, timeout) {
  checkTimeout(timeout);
  buffer.reserve(8);
  buffer.f64(timeout);
}

/**
 * @param {unknown} timeout
 * @throws {TypeError} unless it is a number; whether it is in its range is the core's to say
 */
export function checkTimeout(timeout) {
  if (typeof timeout === 'number') return;
  const type = timeout instanceof Object ? 'options, which follow it' : typeof timeout;
  throw new UsageTypeError('INVALID_TIMEOUT', `a timeout is a number of seconds, not ${type}`);
}

/**
 * @param {RequestBuffer} buffer
 * @param {number | bigint} delta
 * @param {1n | -1n} sign
 */
function putDelta(buffer, delta, sign) {
  const signed = signedDelta(delta, sign);
  buffer.reserve(8);
  buffer.u32(Number(BigInt.asUintN(32, signed)));
  buffer.u32(Number(BigInt.asUintN(32, signed >> 32n)));
}

/**
 * @param {number | bigint} delta
 * @param {1n | -1n} sign
 */
export function signedDelta(delta, sign) {
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
  return signed;
}

/**
 * @param {RequestBuffer} buffer
 * @param {unknown} value
 * @param {Serializer | CachelibSerializer | null} serializer null: cachelib's own, in the core
 */
export function putStored(buffer, value, serializer) {
  if (serializer === null || serializer instanceof CachelibSerializer) {
    return writeValue(buffer, value);
  }
  const stored = /** @type {any} */ (dump(serializer, value));
  if (typeof stored?.then === 'function') throw new PendingValues(value, stored);
  if (typeof stored === 'string') return writeStoredString(buffer, stored);
  const bytes = asBytes(stored);
  if (bytes === null) {
    throw new UsageTypeError(
      'INVALID_SERIALIZER',
      'dumps() of a serializer returns a Uint8Array or a string, or a promise of one',
    );
  }
  if (bytes.length > MAX_STORED) {
    throw new SerializationError('the value is larger than 512 MB, which Redis refuses');
  }
  writeStoredBytes(buffer, bytes);
}

/**
 * @param {Serializer} serializer
 * @param {unknown} value
 */
function dump(serializer, value) {
  try {
    return serializer.dumps(value);
  } catch (cause) {
    return failed(cause);
  }
}
