/**
 * Reads what the core wants done and has to tell: the layout is told in src/wasm/report.rs.
 * @module
 */
import { Marked, revive } from './serializer/revive.js';

/** @import { Core } from '../pkg/core.js' */

/** @typedef {[code: string, words: string, keys: number[]]} Detail as in src/wasm/report.rs */

export const CONNECT = 0;
export const TRANSMIT = 1;
export const CLOSE = 2;
export const NULL = 3;
export const FALSE = 4;
export const TRUE = 5;
export const VALUE = 6;
export const MARKED = 7;
export const BYTES = 8;
export const LIST = 9;
export const KEYS = 10;
export const FAILED = 11;

const NEVER = 0xffffffff;
const HEADER_WORDS = 7;
const WORDS_PER_ENTRY = 4;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** @type {any[]} */
const NO_ELEMENTS = [];
const NO_BYTES = new Uint8Array();

/**
 * A report, entry by entry. Nothing may be put into the core while one is read: its memory could move.
 */
export class Report {
  /** The entry's kind, one of the constants above. */
  kind = 0;
  /** The call, or the connection, that the entry is about. */
  subject = 0;
  a = 0;
  b = 0;
  /** When to call the core again, in milliseconds from now. */
  wakeIn = Infinity;

  #core;
  #memory;
  #bytes = new Uint8Array();
  #words = new Uint32Array();
  #at = 0;
  #end = 0;
  #elements = NO_ELEMENTS;
  #element = 0;
  #side = NO_BYTES;
  /** @type {Uint8Array | null} */
  #sideCopy = null;
  #details = NO_ELEMENTS;
  #detail = 0;

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }

  /** The core's memory. The view is taken anew once the memory has grown. */
  get bytes() {
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#words = new Uint32Array(this.#memory.buffer);
    }
    return this.#bytes;
  }

  /** @param {number} address what a call into the core returned */
  begin(address) {
    const { bytes } = this;
    const words = this.#words;
    const at = address >>> 2;
    const text = word(words, at + 1);
    const length = word(words, at + 2);
    const wait = word(words, at + 3);
    const side = word(words, at + 4);
    const sideLength = word(words, at + 5);
    this.#sideCopy = null;
    this.#side = sideLength === 0 ? NO_BYTES : bytes.subarray(side, side + sideLength);
    this.#details = word(words, at + 6) === 0 ? NO_ELEMENTS : this.#core.details();
    this.#detail = 0;
    this.#at = at + HEADER_WORDS;
    this.#end = this.#at + WORDS_PER_ENTRY * word(words, at);
    this.#elements =
      length === 0 ? NO_ELEMENTS : JSON.parse(decoder.decode(bytes.subarray(text, text + length)));
    this.#element = 0;
    this.wakeIn = wait === NEVER ? Infinity : wait;
  }

  /** Steps to the next entry; false at the end. */
  next() {
    const at = this.#at;
    if (at >= this.#end) {
      this.#elements = this.#details = NO_ELEMENTS;
      return false;
    }
    const words = this.#words;
    this.kind = word(words, at);
    this.subject = word(words, at + 1);
    this.a = word(words, at + 2);
    this.b = word(words, at + 3);
    this.#at = at + WORDS_PER_ENTRY;
    return true;
  }

  /** What the entry says in detail. @returns {Detail} */
  detail() {
    return this.#details[this.#detail++];
  }

  /** The bytes that the entry points at, as long as nothing is put into the core. */
  view() {
    return this.bytes.subarray(this.a, this.a + this.b);
  }

  /** A copy of the bytes that the entry points at. */
  slice() {
    return this.bytes.slice(this.a, this.a + this.b);
  }

  /** The value of a MARKED entry, which is to be revived once the report was read. */
  marked() {
    this.#sideCopy ??= this.#side.slice();
    return new Marked(this.#elements[this.#element++], this.#sideCopy);
  }

  /** The value of an entry that holds one; stored bytes as they are. */
  value() {
    switch (this.kind) {
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case VALUE:
        return this.#elements[this.#element++];
      case MARKED:
        return revive(this.#elements[this.#element++], this.#side);
      default:
        return this.slice();
    }
  }
}

/**
 * @param {Uint32Array} words
 * @param {number} at
 */
function word(words, at) {
  return /** @type {number} */ (words[at]);
}
