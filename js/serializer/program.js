/**
 * A program that the core wrote: instructions that build values on a stack, and the data that they take. The parts are
 * described in crates/serializer/src/program/mod.rs.
 * @module
 */
import { u32At } from '../core/memory.js';
import { decodeAscii, decodeUtf16, decodeUtf8, StringReader } from './strings.js';

/** @import { MemoryViews } from '../core/memory.js' */

/** The low bits of an instruction: its operation. The others are its argument. */
export const OPERATION_BITS = 4;
export const OPERATION_MASK = 15;

export const TEXT = 0;
export const KEY = 1;
export const INT = 2;
export const CONSTANT = 3;
export const FLOAT = 4;
export const WIDE = 5;
export const LIST = 6;
export const DICT = 7;
export const APPEND = 8;
export const FILL = 9;
export const BYTES = 10;
export const LONG = 11;
export const INT32 = 12;
export const RECALL = 13;
export const KEEP = 15;

/** The values of a batch, one after the other. */
export class Program {
  /** The keys of objects, by number. @type {string[]} */
  keys;
  instructions = new Int32Array();
  /** The index of the next instruction. */
  at = 0;
  strings = new StringReader(new Uint8Array(), decodeAscii);
  wide = new StringReader(new Uint16Array(), decodeUtf16);
  f64 = new Float64Array();
  f64At = 0;
  #bytes = new Uint8Array();
  #byteAt = 0;

  /** @param {string[]} [keys] */
  constructor(keys = []) {
    this.keys = keys;
  }

  /**
   * Begins the program whose parts are listed from index `at` on, as src/wasm/report.rs writes them. The core's memory must not
   * change while there are values to take.
   *
   * @param {MemoryViews} views
   * @param {number} at
   */
  begin({ u8, u16, u32, i32, f64 }, at) {
    this.instructions = i32;
    this.f64 = f64;
    this.#bytes = u8;
    this.at = u32At(u32, at) >>> 2;
    this.strings.begin(u8, u32At(u32, at + 1), u32At(u32, at + 2));
    this.wide.begin(u16, u32At(u32, at + 3) >>> 1, u32At(u32, at + 4));
    this.f64At = u32At(u32, at + 5) >>> 3;
    this.#byteAt = u32At(u32, at + 6);
    const length = u32At(u32, at + 9);
    if (length === 0) return;
    const start = u32At(u32, at + 8);
    this.#addKeys(u32At(u32, at + 7), decodeUtf8(u8, start, start + length));
  }

  /**
   * Adds keys: each has its length before it, as a character.
   *
   * @param {number} first the number of the first of them
   * @param {string} keys
   */
  #addKeys(first, keys) {
    this.keys.length = first;
    for (let at = 0; at < keys.length;) {
      const start = at + 1;
      at = start + keys.charCodeAt(at);
      // Object.keys gives internalized strings, which V8 need not look up at each use as a property's name.
      this.keys.push(.../** @type {[string]} */ (Object.keys({ [keys.slice(start, at)]: 0 })));
    }
  }

  /** The 32 bits behind an instruction. */
  nextOperand() {
    return /** @type {number} */ (this.instructions[this.at++]) >>> 0;
  }

  /** @param {number} length */
  takeBytes(length) {
    const start = this.#byteAt;
    this.#byteAt += length;
    return this.#bytes.slice(start, this.#byteAt);
  }

  /** @param {number} length in bytes of UTF-8 */
  takeLongString(length) {
    const start = this.#byteAt;
    this.#byteAt += length;
    return decodeUtf8(this.#bytes, start, this.#byteAt);
  }

  /**
   * Takes the next value as a program of its own, which does not use the core's memory.
   *
   * @param {number} count how many instructions it has
   */
  takeCopy(count) {
    const { at, strings, wide, f64At } = this;
    const [stringAt, wideAt, byteAt] = [strings.position, wide.position, this.#byteAt];
    this.#skip(at + count);
    const copy = new Program(this.keys.slice());
    copy.instructions = this.instructions.slice(at, this.at);
    copy.strings = strings.copy(stringAt, strings.position);
    copy.wide = wide.copy(wideAt, wide.position);
    copy.f64 = this.f64.slice(f64At, this.f64At);
    copy.#bytes = this.#bytes.slice(byteAt, this.#byteAt);
    return copy;
  }

  /** @param {number} end */
  #skip(end) {
    while (this.at < end) {
      const instruction = /** @type {number} */ (this.instructions[this.at++]);
      const argument = instruction >>> OPERATION_BITS;
      switch (instruction & OPERATION_MASK) {
        case TEXT:
          this.strings.skip(argument);
          break;
        case WIDE:
          this.wide.skip(argument);
          break;
        case FLOAT:
          this.f64At++;
          break;
        case BYTES:
        case LONG:
          this.#byteAt += this.nextOperand();
          break;
        case INT32:
          this.at++;
      }
    }
  }
}
