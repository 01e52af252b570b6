/**
 * Short texts that stand one behind the other in the core's memory.
 * @module
 */

/**
 * So many characters become one string at a time, of which the texts are cut: to make a string takes longer. A text keeps the
 * string in memory that it is cut of, and so no more than this beside itself.
 */
const PIECE = 4096;

/** The number of arguments in `decodeFew`. */
const FEW = 32;

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
  /** What was decoded last, where that begins in the array, and how much of it was taken. */
  #piece = '';
  #start = 0;
  #taken = 0;
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
    this.#start = start;
    this.#taken = 0;
    this.#end = start + length;
  }

  /** Where the next text begins. */
  get position() {
    return this.#start + this.#taken;
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
    const end = Math.min(this.#end, start + Math.max(length, PIECE));
    this.#piece = this.#decode(this.#array, start, end);
    this.#start = start;
    this.#taken = length;
    return this.#piece.slice(0, length);
  }
}

/**
 * ASCII; a few characters more, if it is short.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function decodeAscii(bytes, start, end) {
  return end - start <= FEW ? decodeFew(bytes, start) : decodeUtf8(bytes, start, end);
}

/**
 * ASCII of which only the first characters matter, as many as there are arguments here: for so few, a TextDecoder takes longer.
 *
 * @param {any} bytes
 * @param {number} at
 */
function decodeFew(bytes, at) {
  // prettier-ignore
  return String.fromCharCode(
    bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7],
    bytes[at + 8], bytes[at + 9], bytes[at + 10], bytes[at + 11], bytes[at + 12], bytes[at + 13], bytes[at + 14], bytes[at + 15],
    bytes[at + 16], bytes[at + 17], bytes[at + 18], bytes[at + 19], bytes[at + 20], bytes[at + 21], bytes[at + 22], bytes[at + 23],
    bytes[at + 24], bytes[at + 25], bytes[at + 26], bytes[at + 27], bytes[at + 28], bytes[at + 29], bytes[at + 30], bytes[at + 31],
  );
}

/**
 * UTF-8.
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
