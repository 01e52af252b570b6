/**
 * The tape: the form in which the core gets a value, described in crates/serializer/src/tape/mod.rs. Here are its tags, and the values
 * that hold no others.
 * @module
 */
import { Unstorable } from './path.js';

/** @import { RequestBuffer } from '../core/request-buffer.js' */

export const NULL = 0;
export const FALSE = 1;
export const TRUE = 2;
const BYTE = 3;
const INT = 4;
const SAFE = 5;
const FLOAT = 6;
const BYTES = 9;
const LONG = 10;
const DATE = 11;
export const LIST = 12;
export const SET = 13;
export const MAP = 14;
export const OBJECT = 15;
export const SAME_SHAPE = 16;
export const SHARED = 17;
const STORED = 18;
export const TUPLE = 19;
export const FROZENSET = 20;

/** Python's int() refuses more digits: longer ints are pickled. */
const MAX_DIGITS = 4300;
/** The range of Python's datetime, in milliseconds since 1970. */
const FIRST_DATE = -62135596800000;
const LAST_DATE = 253402300799999;

/**
 * @param {RequestBuffer} buffer
 * @param {number} tag
 */
export function writeTag(buffer, tag) {
  buffer.reserve(1);
  buffer.u8(tag);
}

/**
 * @param {RequestBuffer} buffer
 * @param {number} tag
 * @param {number} value
 */
export function writeTagWithU32(buffer, tag, value) {
  buffer.reserve(5);
  buffer.u8(tag);
  buffer.u32(value);
}

/**
 * A string that is stored as it is.
 *
 * @param {RequestBuffer} buffer
 * @param {string} text
 */
export function writeStoredString(buffer, text) {
  writeTag(buffer, STORED);
  buffer.string(text);
}

/**
 * Bytes that are stored as they are.
 *
 * @param {RequestBuffer} buffer
 * @param {Uint8Array} bytes
 */
export function writeStoredBytes(buffer, bytes) {
  writeTag(buffer, STORED);
  writeBytes(buffer, bytes);
}

/**
 * @param {RequestBuffer} buffer
 * @param {Uint8Array} bytes
 */
export function writeBytes(buffer, bytes) {
  writeTag(buffer, BYTES);
  buffer.payload(bytes);
}

/**
 * @param {RequestBuffer} buffer
 * @param {number} value
 */
export function writeNumber(buffer, value) {
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

/**
 * A bigint that is a whole value: its digits are stored, unless they are too many for Python.
 *
 * @param {RequestBuffer} buffer
 * @param {bigint} value
 */
export function writeTopBigint(buffer, value) {
  // Four bits a digit: 4300 decimal digits have 3571 hexadecimal ones.
  const digits = value.toString(16).length < 3580 ? value.toString() : '';
  const { length } = value < 0n ? digits.slice(1) : digits;
  if (length === 0 || length > MAX_DIGITS) return writeBigint(buffer, value);
  writeStoredString(buffer, digits);
}

/**
 * @param {RequestBuffer} buffer
 * @param {bigint} value
 */
export function writeBigint(buffer, value) {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return writeNumber(buffer, number);
  // Two's complement: the digits of the number or, for a negative one, the inverse of those of its complement.
  const digits = (value < 0n ? ~value : value).toString(16);
  const sign = value < 0n ? 0xff : 0;
  const bytes = new Uint8Array((digits.length >> 1) + 1).fill(sign);
  for (let at = 0, end = digits.length; end > 0; at++, end -= 2) {
    bytes[at] = parseInt(digits.slice(Math.max(0, end - 2), end), 16) ^ sign;
  }
  writeTag(buffer, LONG);
  buffer.payload(bytes);
}

/**
 * @param {RequestBuffer} buffer
 * @param {number} time milliseconds since 1970; NaN for an invalid date
 */
export function writeDate(buffer, time) {
  if (!(time >= FIRST_DATE && time <= LAST_DATE)) {
    throw new Unstorable('an invalid Date, or one outside the years 1 to 9999');
  }
  buffer.reserve(9);
  buffer.u8(DATE);
  buffer.f64(time);
}
