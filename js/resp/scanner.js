/**
 * RESP in JavaScript: finds where values end, and the strings in them.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 * @module
 */

const LINE_FEED = 10;
const MINUS = 0x2d;
const ZERO = 0x30;
const BULK = 0x24;
const ARRAY = 0x2a;
/** `+`, `-`, `:`, `$` and `*`. */
const TYPES = new Set([0x2b, MINUS, 0x3a, BULK, ARRAY]);
/** No length that Redis sends is larger. */
const MAX_LENGTH = 2 ** 31;

/** Follows a stream of values, which may be cut anywhere. */
export class Scanner {
  /** How many values are still to end before the outermost one does. */
  #open = 1;
  /** How many bytes of a bulk string are still to come. */
  #skip = 0;
  /** The type of the line that is being read; 0 between lines. */
  #type = 0;
  #length = 0;
  #isNull = false;
  #onBulk;

  /** @param {(start: number, length: number) => void} [onBulk] called where each bulk string begins */
  constructor(onBulk) {
    this.#onBulk = onBulk;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} at where to go on in them
   * @returns {number} where the next outermost value ends, or -1 if it does not end within these bytes
   * @throws {Error} when they are not RESP
   */
  next(bytes, at) {
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0 && this.#valueEnds()) return at;
      } else if (this.#type === 0) {
        this.#beginLine(/** @type {number} */ (bytes[at++]));
      } else {
        const end = bytes.indexOf(LINE_FEED, at);
        if (this.#type === BULK || this.#type === ARRAY) this.#readLength(bytes, at, end);
        if (end < 0) return -1;
        at = end + 1;
        if (this.#lineEnds(at)) return at;
      }
    }
    return -1;
  }

  /** @param {number} type */
  #beginLine(type) {
    if (!TYPES.has(type)) throw new Error('the server does not speak like a Redis');
    this.#type = type;
    this.#length = 0;
    this.#isNull = false;
  }

  /**
   * Reads the digits of a length.
   *
   * @param {Uint8Array} bytes
   * @param {number} at
   * @param {number} end the index of the line feed, or -1
   */
  #readLength(bytes, at, end) {
    const last = end < 0 ? bytes.length : end;
    for (; at < last; at++) {
      const digit = /** @type {number} */ (bytes[at]) - ZERO;
      if (digit >= 0 && digit < 10) this.#length = this.#length * 10 + digit;
      else if (digit === MINUS - ZERO) this.#isNull = true;
    }
    if (this.#length > MAX_LENGTH) throw new Error('the server announces more than Redis can hold');
  }

  /**
   * @param {number} at where the line ended
   * @returns {boolean} whether the outermost value ends there
   */
  #lineEnds(at) {
    const type = this.#type;
    this.#type = 0;
    if (type === BULK && !this.#isNull) {
      this.#onBulk?.(at, this.#length);
      this.#skip = this.#length + 2;
      return false;
    }
    if (type === ARRAY && !this.#isNull) this.#open += this.#length;
    return this.#valueEnds();
  }

  #valueEnds() {
    if (--this.#open > 0) return false;
    this.#open = 1;
    return true;
  }
}

/**
 * The bulk strings of each value in `bytes`, which ends with a whole value.
 *
 * @template {Uint8Array} T
 * @param {T} bytes
 */
export function* bulkStrings(bytes) {
  /** @type {Uint8Array[]} */
  const strings = [];
  const scanner = new Scanner((start, length) =>
    strings.push(bytes.subarray(start, start + length)),
  );
  for (let at = 0; (at = scanner.next(bytes, at)) >= 0;) yield strings.splice(0);
}
