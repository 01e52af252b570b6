/**
 * Short texts that stand one behind the other in the core's memory.
 * @module
 */

/**
 * So many characters become one string at a time, of which the texts are cut: to make a string takes longer. A text keeps the
 * string in memory that it is cut of, and so no more than this beside itself.
 */
const PIECE = 4096;

/** More arguments than this may be too many for a function. */
const MOST_ARGUMENTS = 8192;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Texts of which each character, as JavaScript counts them, is an item of `array`.
 *
 * @template {Uint8Array | Uint16Array} T
 */
export class Texts {
  /** @type {T} */
  #array;
  #decode;
  /** What was decoded last, how much of it was taken, and where it ends. */
  #piece = '';
  #taken = 0;
  #at = 0;
  /** Where the texts end. */
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
    this.#piece = '';
    this.#taken = 0;
    this.#at = start;
    this.#end = start + length;
  }

  /** Where the next text begins. */
  get position() {
    return this.#at - this.#piece.length + this.#taken;
  }

  /**
   * Texts of their own, which begin and end here.
   *
   * @param {number} start
   * @param {number} end
   */
  copy(start, end) {
    const array = /** @type {T} */ (this.#array.slice(start, end));
    const copy = new Texts(array, this.#decode);
    copy.begin(array, 0, end - start);
    return copy;
  }

  /**
   * The next text.
   *
   * @param {number} length
   */
  take(length) {
    const from = this.#taken;
    const to = from + length;
    if (to > this.#piece.length) return this.#decodeNext(length);
    this.#taken = to;
    return this.#piece.slice(from, to);
  }

  /** @param {number} length */
  #decodeNext(length) {
    const start = this.position;
    this.#at = Math.min(this.#end, start + Math.max(length, PIECE));
    this.#piece = this.#decode(this.#array, start, this.#at);
    this.#taken = length;
    return this.#piece.slice(0, length);
  }
}

/**
 * UTF-8; ASCII if the length of the text matters.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function decodeUtf8(bytes, start, end) {
  return decoder.decode(bytes.subarray(start, end));
}

/**
 * UTF-16, in which surrogates may stand alone: no TextDecoder takes these.
 *
 * @param {Uint16Array} units
 * @param {number} start
 * @param {number} end
 */
export function decodeUtf16(units, start, end) {
  let text = '';
  for (let at = start; at < end; at += MOST_ARGUMENTS) {
    const some = units.subarray(at, Math.min(end, at + MOST_ARGUMENTS));
    text += String.fromCharCode.apply(null, /** @type {any} */ (some));
  }
  return text;
}
