/**
 * The calls that wait for their outcome, by the numbers under which the core knows them.
 * @module
 */
import { CachelibSerializer } from '../serializer/cachelib.js';

/** @import { Call } from '../call.js' */

/** Set in a call's number when the caller wants stored bytes: `WANTS_BYTES` in src/wasm/report.rs. */
const WANTS_BYTES = 0x80000000;
/** Set when the caller makes values of Python objects: `WANTS_OBJECTS` there. */
const WANTS_OBJECTS = 0x40000000;
/** Set when values are stored as Django does: `BARE_PICKLES` there. */
const BARE_PICKLES = 0x20000000;
/** The bits of a call's number that are its index. */
const INDEX = 0x1fffffff;

export class CallTable {
  /** @type {(Call | undefined)[]} */
  #calls = [];
  /** @type {number[]} */
  #freeIndices = [];

  /**
   * Gives the call its number.
   *
   * @param {Call} call
   */
  add(call) {
    const index = this.#freeIndices.pop() ?? this.#calls.length;
    call.number = (index | wants(call.serializer)) >>> 0;
    this.#calls[index] = call;
  }

  /** @param {Call} call */
  has(call) {
    return this.#calls[call.number & INDEX] === call;
  }

  /** Removes all calls. */
  takeAll() {
    const calls = this.#calls.filter((call) => call !== undefined);
    this.#calls = [];
    this.#freeIndices = [];
    return calls;
  }

  /**
   * Removes a call, whose number is free then.
   *
   * @param {number} number
   */
  take(number) {
    const index = number & INDEX;
    const call = /** @type {Call} */ (this.#calls[index]);
    this.#calls[index] = undefined;
    this.#freeIndices.push(index);
    return call;
  }
}

/**
 * The form in which the caller wants stored values.
 *
 * @param {Call['serializer']} serializer
 */
export function wants(serializer) {
  if (serializer === null) return 0;
  if (!(serializer instanceof CachelibSerializer)) return WANTS_BYTES;
  return serializer.format === 'django' ? WANTS_OBJECTS | BARE_PICKLES : WANTS_OBJECTS;
}
