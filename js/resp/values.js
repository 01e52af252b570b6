/**
 * The values of a stream that may be cut anywhere.
 * @module
 */
import { Scanner } from './scanner.js';

export class ValueReader {
  #scanner = new Scanner();
  #maxBytes;
  /** What has come of a value that has not ended. @type {Uint8Array[]} */
  #parts = [];
  #length = 0;

  /** @param {number} maxBytes how long a value may be */
  constructor(maxBytes) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The values that end in a chunk, each with its bytes.
   *
   * @param {Uint8Array} chunk of which nothing is kept
   * @returns {Generator<Uint8Array, void, undefined>}
   * @throws {Error} when it is not RESP, or a value is too long
   */
  *read(chunk) {
    let start = 0;
    for (let end; (end = this.#scanner.next(chunk, start)) >= 0; start = end) {
      this.#add(chunk.slice(start, end));
      yield this.#take();
    }
    this.#add(chunk.slice(start));
  }

  /** @param {Uint8Array} part */
  #add(part) {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#maxBytes) throw new Error('the server sends too long a value');
  }

  #take() {
    const value = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      value.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#length = 0;
    return value;
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
