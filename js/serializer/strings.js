/**
 * Reads short strings that lie one behind the other in the core's memory.
 * @module
 */
import { utf8 } from '../core/bytes.js';

/**
 * So many characters are decoded at a time, and the strings are sliced from them. When each is decoded by itself, reading 1,000
 * strings takes 5 times as long, a small nested object 1.7 times (medians of 5 interleaved rounds, 2026-11-26). A slice keeps
 * its chunk in memory, and so no more than this beside itself.
 */
const CHUNK = 4096;

/** The number of arguments in `decodeShort`. */
const SHORT_LENGTH = 32;

/** A function may not take more arguments than this. */
const MAX_ARGUMENTS = 8192;

/**
 * Reads strings from an array that has one item for each UTF-16 code unit.
 *
 * @template {Uint8Array | Uint16Array} T
 */
export class StringReader {
  /** @type {T} */
  #array;
  #decode;
  /** What was decoded last, where it begins in the array, and how much of it was taken. */
  #chunk = '';
  #start = 0;
  #taken = 0;
  /** Where the strings end. */
  #end = 0;

  /**
   * @param {T} array
   * @param {(array: T, start: number, end: number) => string} decode
   */
  constructor(array, decode) {
    this.#array = array;
    this.#decode = decode;
  }

  /**
   * @param {T} array
   * @param {number} start
   * @param {number} length
   */
  begin(array, start, length) {
    this.#array = array;
    this.#chunk = '';
    this.#start = start;
    this.#taken = 0;
    this.#end = start + length;
  }

  /** Where the next string begins. */
  get position() {
    return this.#start + this.#taken;
  }

  /**
   * A reader of a copy of the strings between two positions.
   *
   * @param {number} start
   * @param {number} end
   */
  copy(start, end) {
    const array = /** @type {T} */ (this.#array.slice(start, end));
    const copy = new StringReader(array, this.#decode);
    copy.begin(array, 0, end - start);
    return copy;
  }

  /**
   * The next string.
   *
   * @param {number} length
   */
  take(length) {
    const from = this.#taken;
    const to = from + length;
    if (to > this.#chunk.length) return this.#decodeNext(length);
    this.#taken = to;
    return this.#chunk.slice(from, to);
  }

  /** @param {number} length */
  skip(length) {
    this.#taken += length;
  }

  /** @param {number} length */
  #decodeNext(length) {
    const start = this.position;
    const end = Math.min(this.#end, start + Math.max(length, CHUNK));
    this.#chunk = this.#decode(this.#array, start, end);
    this.#start = start;
    this.#taken = length;
    return this.#chunk.slice(0, length);
  }
}

/**
 * Decodes ASCII. What is short comes with a few characters more.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function decodeAscii(bytes, start, end) {
  return end - start <= SHORT_LENGTH ? decodeShort(bytes, start) : decodeUtf8(bytes, start, end);
}

/**
 * Decodes as many ASCII characters as there are arguments here, of which the first ones count: for so few, a TextDecoder takes
 * 3 times as long (5 to 32 characters, Node 20, medians of 15 interleaved rounds, 2026-11-27).
 *
 * @param {any} bytes
 * @param {number} at
 */
function decodeShort(bytes, at) {
  // prettier-ignore
  return String.fromCharCode(
    bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7],
    bytes[at + 8], bytes[at + 9], bytes[at + 10], bytes[at + 11], bytes[at + 12], bytes[at + 13], bytes[at + 14], bytes[at + 15],
    bytes[at + 16], bytes[at + 17], bytes[at + 18], bytes[at + 19], bytes[at + 20], bytes[at + 21], bytes[at + 22], bytes[at + 23],
    bytes[at + 24], bytes[at + 25], bytes[at + 26], bytes[at + 27], bytes[at + 28], bytes[at + 29], bytes[at + 30], bytes[at + 31],
  );
}

/**
 * Decodes UTF-8.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function decodeUtf8(bytes, start, end) {
  return utf8.decode(bytes.subarray(start, end));
}

/**
 * Decodes UTF-16, in which surrogates may stand alone: no TextDecoder keeps those.
 *
 * @param {Uint16Array} units
 * @param {number} start
 * @param {number} end
 */
export function decodeUtf16(units, start, end) {
  let text = '';
  for (let at = start; at < end; at += MAX_ARGUMENTS) {
    const some = units.subarray(at, Math.min(end, at + MAX_ARGUMENTS));
    text += String.fromCharCode.apply(null, /** @type {any} */ (some));
  }
  return text;
}
