/**
 * The values of a stream that may be cut anywhere.
 * @module
 */
import { Scanner } from './scanner.js';

/** What is kept for the next values, in bytes. */
const RETAINED = 4096;

export class ValueReader {
  #scanner = new Scanner();
  #maxBytes;
  /** What has come of a value that has not ended, however many chunks that was. */
  #buffer = new Uint8Array(RETAINED);
  #length = 0;

  /** @param {number} maxBytes how long a value may be */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The values that end in a chunk, each with its bytes, which are valid until the next one is asked for.
   *
   * @param {Uint8Array} chunk of which nothing is kept
   * @returns {Generator<Uint8Array, void, undefined>}
   * @throws {Error} when it is not RESP, or a value is too long
   */
  *read(chunk) {
    let start = 0;
    for (let end; (end = this.#scanner.next(chunk, start)) >= 0; start = end) {
      this.#add(chunk.subarray(start, end));
      yield this.#buffer.subarray(0, this.#length);
      this.#length = 0;
      if (this.#buffer.length > RETAINED) this.#buffer = new Uint8Array(RETAINED);
    }
    this.#add(chunk.subarray(start));
  }

  /** @param {Uint8Array} part */
  #add(part) {
    const length = this.#length + part.length;
    if (length > this.#maxBytes) throw new Error('the server sends too long a value');
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }
}

/**
 * A command as RESP.
 *
 * @param {string[]} args
 */
export function encodeCommand(args) {
  const parts = args.map((arg) => `$${encoder.encode(arg).length}\r\n${arg}\r\n`);
  return encoder.encode(`*${args.length}\r\n${parts.join('')}`);
}

const encoder = new TextEncoder();
