/**
 * Runs the core's scripts, which build values on a stack: src/serializer/script/mod.rs tells what each step does.
 * @module
 */
import { word } from '../core/memory.js';
import { makeOdd, NO_BUILDERS } from './special-values.js';
import { decodeAscii, decodeUtf16, decodeUtf8, Texts } from './strings.js';

/** @import { Views } from '../core/memory.js' */
/** @import { UnreadableError } from '../errors/classes.js' */
/** @import { Builder } from './special-values.js' */

/** The low bits of a step: what it does. The others are its argument. */
const OPERATION_BITS = 4;
const OPERATION = 15;

const TEXT = 0;
const KEY = 1;
const INT = 2;
const CONSTANT = 3;
const FLOAT = 4;
const WIDE = 5;
const LIST = 6;
const DICT = 7;
const APPEND = 8;
const FILL = 9;
const BYTES = 10;
const LONG = 11;
const INT32 = 12;
const RECALL = 13;
const KEEP = 15;

const CONSTANTS = [null, true, false];

/** A stack is kept up to this size. */
const MOST_KEPT = 1 << 15;

/** @typedef {Record<'step' | 'text' | 'unit' | 'float' | 'byte', number>} Place where a value begins in each part */

/** The script of a batch of values, which are taken one after the other. */
export class Script {
  /** By number. @type {string[]} */
  #keys;
  #steps = new Int32Array();
  #at = 0;
  #texts = new Texts(new Uint8Array(), decodeAscii);
  #wide = new Texts(new Uint16Array(), decodeUtf16);
  #floats = new Float64Array();
  #floatAt = 0;
  #bytes = new Uint8Array();
  #byteAt = 0;

  /** @type {any[]} */
  #stack = [undefined];
  /** @type {unknown[]} */
  #kept = [];
  /** Why the value that is being built is unreadable. @type {UnreadableError | null} */
  #error = null;

  /** @param {string[]} [keys] */
  constructor(keys = []) {
    this.#keys = keys;
  }

  /**
   * Begins the script whose parts the words from `at` on tell, as src/wasm/report.rs writes them. The core's memory must not
   * change as long as there are values to take.
   *
   * @param {Views} views
   * @param {number} at
   */
  begin({ bytes, units, words, steps, floats }, at) {
    this.#steps = steps;
    this.#floats = floats;
    this.#bytes = bytes;
    this.#at = word(words, at) >>> 2;
    this.#texts.begin(bytes, word(words, at + 1), word(words, at + 2));
    this.#wide.begin(units, word(words, at + 3) >>> 1, word(words, at + 4));
    this.#floatAt = word(words, at + 5) >>> 3;
    this.#byteAt = word(words, at + 6);
    const length = word(words, at + 9);
    if (length === 0) return;
    const start = word(words, at + 8);
    this.#learn(word(words, at + 7), decodeUtf8(bytes, start, start + length));
  }

  /**
   * Takes the next value.
   *
   * @param {number} count how many steps it has
   * @param {Record<string, Builder> | typeof NO_BUILDERS} [classes] by names such as `flask.wrappers.Response`
   * @returns {any}
   * @throws {UnreadableError} see `makeOdd`; the next value can be taken then as well
   */
  take(count, classes) {
    const steps = this.#steps;
    const first = /** @type {number} */ (steps[this.#at]);
    if (count === 1 && (first & OPERATION) === TEXT) {
      this.#at++;
      return this.#texts.take(first >>> OPERATION_BITS);
    }
    const value = this.#run(this.#at + count, classes);
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
    return value;
  }

  /**
   * Takes the next value out of the core's memory, to be built later: builders are the user's code, which may call the cache.
   *
   * @param {number} count how many steps it has
   */
  takeUnbuilt(count) {
    const starts = this.#positions();
    this.#run(this.#at + count, NO_BUILDERS);
    // What is wrong with it is told when it is built.
    this.#error = null;
    return new Unbuilt(this.#copy(starts, this.#positions()), count);
  }

  /** @returns {Place} */
  #positions() {
    return {
      step: this.#at,
      text: this.#texts.position,
      unit: this.#wide.position,
      float: this.#floatAt,
      byte: this.#byteAt,
    };
  }

  /**
   * A script of one value.
   *
   * @param {Place} start
   * @param {Place} end
   */
  #copy(start, end) {
    const copy = new Script(this.#keys.slice());
    copy.#steps = this.#steps.slice(start.step, end.step);
    copy.#texts = this.#texts.copy(start.text, end.text);
    copy.#wide = this.#wide.copy(start.unit, end.unit);
    copy.#floats = this.#floats.slice(start.float, end.float);
    copy.#bytes = this.#bytes.slice(start.byte, end.byte);
    return copy;
  }

  /**
   * Learns keys: before each of them stands its length, as a character.
   *
   * @param {number} first the number of the first of them
   * @param {string} keys
   */
  #learn(first, keys) {
    this.#keys.length = first;
    for (let at = 0; at < keys.length;) {
      const start = at + 1;
      at = start + keys.charCodeAt(at);
      // What is a name of a property already need not become one each time it is used.
      this.#keys.push(.../** @type {[string]} */ (Object.keys({ [keys.slice(start, at)]: 0 })));
    }
  }

  /**
   * What is left on the stack.
   *
   * @param {number} end
   * @param {Record<string, Builder> | typeof NO_BUILDERS} [classes]
   */
  #run(end, classes) {
    const steps = this.#steps;
    const stack = this.#stack;
    let top = 0;
    let highest = 1;
    let at = this.#at;
    while (at < end) {
      const step = /** @type {number} */ (steps[at++]);
      const argument = step >>> OPERATION_BITS;
      switch (step & OPERATION) {
        case TEXT:
          stack[top++] = this.#texts.take(argument);
          break;
        case KEY:
          stack[top++] = this.#keys[argument];
          break;
        case INT:
          stack[top++] = step >> OPERATION_BITS;
          break;
        case CONSTANT:
          stack[top++] = CONSTANTS[argument];
          break;
        case FLOAT:
          stack[top++] = this.#floats[this.#floatAt++];
          break;
        case WIDE:
          stack[top++] = this.#wide.take(argument);
          break;
        case LIST:
          stack[top++] = [];
          break;
        case DICT:
          stack[top++] = {};
          break;
        case APPEND:
          highest = Math.max(highest, top);
          append(stack, top - argument, top);
          top -= argument;
          break;
        case FILL:
          highest = Math.max(highest, top);
          fill(stack, top - 2 * argument, top);
          top -= 2 * argument;
          break;
        default:
          highest = Math.max(highest, top);
          this.#at = at;
          top = this.#runRare(step, top, classes);
          at = this.#at;
      }
    }
    this.#at = at;
    if (this.#kept.length > 0) this.#kept = [];
    const value = stack[0];
    if (highest > MOST_KEPT) this.#stack = [undefined];
    else for (let index = 0; index < highest; index++) stack[index] = undefined;
    return value;
  }

  /**
   * Runs a step that is none of everyday; answers where the stack ends then.
   *
   * @param {number} step
   * @param {number} top
   * @param {Record<string, Builder> | typeof NO_BUILDERS} [classes]
   */
  #runRare(step, top, classes) {
    const stack = this.#stack;
    const argument = step >>> OPERATION_BITS;
    switch (step & OPERATION) {
      case BYTES:
        stack[top] = this.#takeBytes(this.#nextWord());
        return top + 1;
      case LONG:
        stack[top] = this.#takeLong(this.#nextWord());
        return top + 1;
      case INT32:
        stack[top] = this.#nextWord() | 0;
        return top + 1;
      case RECALL:
        stack[top] = this.#kept[argument];
        return top + 1;
      case KEEP:
        this.#kept.push(stack[top - 1]);
        return top;
      default: {
        const from = top - (argument >>> OPERATION_BITS);
        stack[from] = this.#makeOdd(argument & OPERATION, stack.slice(from, top), classes);
        return from + 1;
      }
    }
  }

  /** The word behind a step. */
  #nextWord() {
    return /** @type {number} */ (this.#steps[this.#at++]) >>> 0;
  }

  /** @param {number} length */
  #takeBytes(length) {
    const start = this.#byteAt;
    this.#byteAt += length;
    return this.#bytes.slice(start, this.#byteAt);
  }

  /** @param {number} length */
  #takeLong(length) {
    const start = this.#byteAt;
    this.#byteAt += length;
    return decodeUtf8(this.#bytes, start, this.#byteAt);
  }

  /**
   * @param {number} kind
   * @param {any[]} parts
   * @param {Record<string, Builder> | typeof NO_BUILDERS} [classes]
   */
  #makeOdd(kind, parts, classes) {
    try {
      return makeOdd(kind, parts, classes);
    } catch (error) {
      this.#error ??= /** @type {UnreadableError} */ (error);
      return null;
    }
  }
}

/** A value that is yet to be built. */
export class Unbuilt {
  #script;
  #count;

  /**
   * @param {Script} script
   * @param {number} count
   */
  constructor(script, count) {
    this.#script = script;
    this.#count = count;
  }

  /**
   * Builds it, once.
   *
   * @param {Record<string, Builder>} classes
   * @throws {UnreadableError}
   */
  build(classes) {
    return this.#script.take(this.#count, classes);
  }
}

/**
 * Puts values of the stack into the array below them.
 *
 * @param {any[]} stack
 * @param {number} from
 * @param {number} to
 */
function append(stack, from, to) {
  if (from === to) return;
  const list = stack[from - 1];
  if (list.length === 0) stack[from - 1] = stack.slice(from, to);
  else for (let index = from; index < to; index++) list.push(stack[index]);
}

/**
 * Puts keys and values of the stack into the object below them.
 *
 * @param {any[]} stack
 * @param {number} from
 * @param {number} to
 */
function fill(stack, from, to) {
  const object = stack[from - 1];
  for (let index = from; index < to; index += 2) object[stack[index]] = stack[index + 1];
}
