/**
 * Object shapes: objects with the same keys in the same order do not repeat them on the tape, and a shape that was written
 * before is copied. Without this, storing 100 rows of 7 fields takes 2.2 times as long, one object of 5 fields 1.4 times, 200
 * objects of 97 shapes 1.7 times; a nested object whose shapes do not repeat 0.9 times (medians of 5 interleaved rounds on a busy machine,
 * values like those of `npm run bench -- --serializer`, 2026-11-26).
 * @module
 */
import { OBJECT, SAME_SHAPE, writeTagWithU32 } from './tape.js';

/** @import { RequestBuffer } from '../core/request-buffer.js' */

/** How many shapes are remembered: a power of two. */
const SLOTS = 32;
/** A shape whose definition takes more bytes is not remembered. */
const MAX_DEFINITION_BYTES = 1024;

/**
 * The keys of an object, in their order.
 *
 * @typedef {object} Shape
 * @property {string[]} keys
 * @property {number} value the last value that defined it
 * @property {number} number the definition's among those of that value
 * @property {Uint8Array | null} definition as it stands on the tape; kept once it was written a second time
 */

/** Writes the shapes of one buffer's objects. */
export class ShapeWriter {
  #buffer;
  /** By a hash of the keys. @type {(Shape | undefined)[]} */
  #shapes = new Array(SLOTS).fill(undefined);
  /** How many shapes the current value has defined so far. */
  #defined = 0;
  /** How many values there were: a later value has to define a shape anew. */
  #values = 0;

  /** @param {RequestBuffer} buffer */
  constructor(buffer) {
    this.#buffer = buffer;
  }

  endValue() {
    this.#defined = 0;
    this.#values++;
  }

  /**
   * The remembered shape with these keys. None with a key toJSON is remembered: only some of its objects may have a function
   * there.
   *
   * @param {string[]} keys
   */
  find(keys) {
    const shape = this.#shapes[slotOf(keys)];
    return shape !== undefined && haveSameKeys(shape.keys, keys) ? shape : undefined;
  }

  /** @param {Shape} shape a remembered one */
  writeKnown(shape) {
    if (shape.value === this.#values) {
      return writeTagWithU32(this.#buffer, SAME_SHAPE, shape.number);
    }
    shape.value = this.#values;
    shape.number = this.#defined++;
    if (shape.definition !== null) return this.#buffer.append(shape.definition);
    const { length } = this.#buffer;
    this.#define(shape.keys);
    shape.definition = this.#buffer.copyFrom(length);
  }

  /** @param {string[]} keys */
  writeNew(keys) {
    const { length } = this.#buffer;
    this.#define(keys);
    const number = this.#defined++;
    if (this.#buffer.length - length > MAX_DEFINITION_BYTES || keys.includes('toJSON')) return;
    this.#shapes[slotOf(keys)] = { keys, value: this.#values, number, definition: null };
  }

  /** @param {string[]} keys */
  #define(keys) {
    writeTagWithU32(this.#buffer, OBJECT, keys.length);
    for (const key of keys) this.#buffer.payloadString(key);
  }
}

/**
 * @param {string[]} one
 * @param {string[]} other
 */
function haveSameKeys(one, other) {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** @param {string[]} keys */
function slotOf(keys) {
  const { length } = keys;
  if (length === 0) return 0;
  const first = /** @type {string} */ (keys[0]);
  const last = /** @type {string} */ (keys[length - 1]);
  return (length * 7 + first.length * 5 + last.length * 3 + last.charCodeAt(0)) & (SLOTS - 1);
}
