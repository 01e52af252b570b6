/**
 * Reads what the core wants done and has to tell: the layout is told in src/wasm/report.rs.
 * @module
 */
import { Views, word } from './memory.js';
import { Script } from '../serializer/decode.js';

/** @import { Core } from '../../pkg/core.js' */

/** @typedef {[code: string, words: string, keys: number[]]} Detail as in src/wasm/report.rs */

export const CONNECT = 0;
export const TRANSMIT = 1;
export const CLOSE = 2;
export const NULL = 3;
export const FALSE = 4;
export const TRUE = 5;
export const VALUE = 6;
export const BUILT = 7;
export const BYTES = 8;
export const LIST = 9;
export const KEYS = 10;
export const FAILED = 11;

const NEVER = 0xffffffff;
const SCRIPT_WORD = 3;
const HEADER_WORDS = 13;
const WORDS_PER_ENTRY = 4;

/** @type {Detail[]} */
const NO_DETAILS = [];

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
  #views;
  #words = new Uint32Array();
  #at = 0;
  #end = 0;
  #script = new Script();
  #details = NO_DETAILS;
  #detail = 0;

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#views = new Views(memory);
  }

  /** The core's memory. */
  get bytes() {
    return this.#views.current().bytes;
  }

  /** @param {number} address what a call into the core returned */
  begin(address) {
    const at = address >>> 2;
    // To ask for details may take memory, which would make earlier views void.
    const hasDetails = word(this.#views.current().words, at + 2) > 0;
    this.#details = hasDetails ? this.#core.details() : NO_DETAILS;
    this.#detail = 0;
    const views = this.#views.current();
    const { words } = views;
    const wait = word(words, at + 1);
    this.wakeIn = wait === NEVER ? Infinity : wait;
    this.#script.begin(views, at + SCRIPT_WORD);
    this.#words = words;
    this.#at = at + HEADER_WORDS;
    this.#end = this.#at + WORDS_PER_ENTRY * word(words, at);
  }

  /** Steps to the next entry; false at the end. */
  next() {
    const at = this.#at;
    if (at >= this.#end) {
      this.#details = NO_DETAILS;
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
    return /** @type {Detail} */ (this.#details[this.#detail++]);
  }

  /** The bytes that the entry points at, as long as nothing is put into the core. */
  view() {
    return this.bytes.subarray(this.a, this.a + this.b);
  }

  /** A copy of the bytes that the entry points at. */
  slice() {
    return this.bytes.slice(this.a, this.a + this.b);
  }

  /** The value of a BUILT entry, which is to be built once the report was read. */
  unbuilt() {
    return this.#script.takeUnbuilt(this.a);
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
        return this.#script.take(this.a);
      default:
        return this.slice();
    }
  }
}
