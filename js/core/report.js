/**
 * Reads what the core reports: what to write, connect and close, and the outcomes of calls. The layout is described in
 * src/wasm/report.rs.
 * @module
 */
import { Decoder } from '../serializer/decode.js';
import { MemoryViews, u32At } from './memory.js';

/** @import { Core } from '../../pkg/core.js' */

/** @typedef {[code: string, text: string, keys: number[], node: number, failedAgo?: number, retryIn?: number]} Detail as in src/wasm/report.rs */

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
export const STALE = 12;
export const LEASED = 13;

const NEVER = 0xffffffff;
/** Offsets in units of 32 bits. */
const PROGRAM = 3;
const HEADER_LENGTH = 13;
const ENTRY_LENGTH = 4;

/** @type {Detail[]} */
const NO_DETAILS = [];

/**
 * A report, entry by entry. Nothing may be put into the core while one is read: its memory could move.
 */
export class Report {
  /** The entry's kind, one of the constants above. */
  kind = 0;
  /** The number of the call, or the id of the connection, that the entry is about. */
  id = 0;
  a = 0;
  b = 0;
  /** When to call the core again, in milliseconds from now. */
  wakeIn = Infinity;

  #core;
  #views;
  #u32 = new Uint32Array();
  #at = 0;
  #end = 0;
  #decoder = new Decoder();
  #details = NO_DETAILS;
  #detailIndex = 0;

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   */
  constructor(core, memory) {
    this.#core = core;
    this.#views = new MemoryViews(memory);
  }

  /** The core's memory. */
  get bytes() {
    return this.#views.current().u8;
  }

  /** @param {number} address what a call into the core returned */
  begin(address) {
    const at = address >>> 2;
    // Asking for the details may grow the memory, which detaches earlier views.
    const hasDetails = u32At(this.#views.current().u32, at + 2) > 0;
    this.#details = hasDetails ? this.#core.details() : NO_DETAILS;
    this.#detailIndex = 0;
    const views = this.#views.current();
    const { u32 } = views;
    const wait = u32At(u32, at + 1);
    this.wakeIn = wait === NEVER ? Infinity : wait;
    this.#decoder.begin(views, at + PROGRAM);
    this.#u32 = u32;
    this.#at = at + HEADER_LENGTH;
    this.#end = this.#at + ENTRY_LENGTH * u32At(u32, at);
  }

  /** Moves to the next entry; false at the end. */
  next() {
    const at = this.#at;
    if (at >= this.#end) {
      this.#details = NO_DETAILS;
      return false;
    }
    const u32 = this.#u32;
    this.kind = u32At(u32, at);
    this.id = u32At(u32, at + 1);
    this.a = u32At(u32, at + 2);
    this.b = u32At(u32, at + 3);
    this.#at = at + ENTRY_LENGTH;
    return true;
  }

  /** The entry's detail. @returns {Detail} */
  detail() {
    return /** @type {Detail} */ (this.#details[this.#detailIndex++]);
  }

  /** The bytes that the entry points at, valid until something is put into the core. */
  view() {
    return this.bytes.subarray(this.a, this.a + this.b);
  }

  /** A copy of the bytes that the entry points at. */
  slice() {
    return this.bytes.slice(this.a, this.a + this.b);
  }

  /** The value of a BUILT entry, to be revived once the report has been read. */
  deferred() {
    return this.#decoder.takeDeferred(this.a);
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
        return this.#decoder.take(this.a);
      default:
        return this.slice();
    }
  }
}
