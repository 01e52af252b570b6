/**
 * Runs programs: builds the values that the core read from stored bytes.
 * @module
 */
import {
  APPEND,
  BYTES,
  CONSTANT,
  DICT,
  FILL,
  FLOAT,
  INT,
  INT32,
  KEEP,
  KEY,
  LIST,
  LONG,
  OPERATION_BITS,
  OPERATION_MASK,
  Program,
  RECALL,
  TEXT,
  WIDE,
} from './program.js';
import { buildSpecial } from './special-values.js';

/** @import { MemoryViews } from '../core/memory.js' */
/** @import { UnreadableError } from '../errors/classes.js' */
/** @import { Reviver } from './special-values.js' */

const CONSTANTS = [null, true, false];

/** The stack is kept for the next value up to this size. */
const MAX_RETAINED = 1 << 15;

/** Takes the values of a program one after the other. */
export class Decoder {
  #program;
  /** @type {any[]} */
  #stack = [undefined];
  /** The values that occur more than once. @type {unknown[]} */
  #kept = [];
  /** Why the current value is unreadable. @type {UnreadableError | null} */
  #error = null;

  /** @param {Program} [program] */
  constructor(program = new Program()) {
    this.#program = program;
  }

  /**
   * Begins a program in the core's memory, which must not change while there are values to take.
   *
   * @param {MemoryViews} views
   * @param {number} at see {@link Program.begin}
   */
  begin(views, at) {
    this.#program.begin(views, at);
  }

  /**
   * Takes the next value.
   *
   * @param {number} count how many instructions it has
   * @param {Record<string, Reviver>} [classes] by names such as `flask.wrappers.Response`
   * @returns {any}
   * @throws {UnreadableError} see `buildSpecial`; the next value can be taken all the same
   */
  take(count, classes) {
    const program = this.#program;
    const first = /** @type {number} */ (program.instructions[program.at]);
    if (count === 1 && (first & OPERATION_MASK) === TEXT) {
      program.at++;
      return program.strings.take(first >>> OPERATION_BITS);
    }
    const value = this.#run(program.at + count, classes);
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
    return value;
  }

  /**
   * Takes the next value out of the core's memory, to be built later: revivers are the user's code, which may call the cache.
   *
   * @param {number} count how many instructions it has
   */
  takeDeferred(count) {
    return new DeferredValue(this.#program.takeCopy(count), count);
  }

  /**
   * Runs instructions; returns what they leave on the stack.
   *
   * @param {number} end
   * @param {Record<string, Reviver>} [classes]
   */
  #run(end, classes) {
    const program = this.#program;
    const { instructions } = program;
    const stack = this.#stack;
    let top = 0;
    let highest = 1;
    let { at } = program;
    while (at < end) {
      const instruction = /** @type {number} */ (instructions[at++]);
      const argument = instruction >>> OPERATION_BITS;
      switch (instruction & OPERATION_MASK) {
        case TEXT:
          stack[top++] = program.strings.take(argument);
          break;
        case KEY:
          stack[top++] = program.keys[argument];
          break;
        case INT:
          stack[top++] = instruction >> OPERATION_BITS;
          break;
        case CONSTANT:
          stack[top++] = CONSTANTS[argument];
          break;
        case FLOAT:
          stack[top++] = program.f64[program.f64At++];
          break;
        case WIDE:
          stack[top++] = program.wide.take(argument);
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
          program.at = at;
          top = this.#runUncommon(instruction, top, classes);
          at = program.at;
      }
    }
    program.at = at;
    return this.#finish(highest);
  }

  /**
   * Clears the stack; returns the value on it.
   *
   * @param {number} highest how much of the stack was used
   */
  #finish(highest) {
    const stack = this.#stack;
    const value = stack[0];
    if (this.#kept.length > 0) this.#kept = [];
    if (highest > MAX_RETAINED) this.#stack = [undefined];
    else for (let index = 0; index < highest; index++) stack[index] = undefined;
    return value;
  }

  /**
   * Runs an instruction that is not in the switch of `#run`; returns the new top of the stack.
   *
   * @param {number} instruction
   * @param {number} top
   * @param {Record<string, Reviver>} [classes]
   */
  #runUncommon(instruction, top, classes) {
    const program = this.#program;
    const stack = this.#stack;
    const argument = instruction >>> OPERATION_BITS;
    switch (instruction & OPERATION_MASK) {
      case BYTES:
        stack[top] = program.takeBytes(program.nextOperand());
        return top + 1;
      case LONG:
        stack[top] = program.takeLongString(program.nextOperand());
        return top + 1;
      case INT32:
        stack[top] = program.nextOperand() | 0;
        return top + 1;
      case RECALL:
        stack[top] = this.#kept[argument];
        return top + 1;
      case KEEP:
        this.#kept.push(stack[top - 1]);
        return top;
      default: {
        const from = top - (argument >>> OPERATION_BITS);
        const kind = argument & OPERATION_MASK;
        stack[from] = this.#buildSpecial(kind, stack.slice(from, top), classes);
        return from + 1;
      }
    }
  }

  /**
   * @param {number} kind
   * @param {any[]} parts
   * @param {Record<string, Reviver>} [classes]
   */
  #buildSpecial(kind, parts, classes) {
    // What fails may take long, and the value is lost: nothing else is built.
    if (this.#error !== null) return null;
    try {
      return buildSpecial(kind, parts, classes);
    } catch (error) {
      this.#error ??= /** @type {UnreadableError} */ (error);
      return null;
    }
  }
}

/** A value that is yet to be built, once, by {@link revive}. */
export class DeferredValue {
  #program;
  #count;

  /**
   * @param {Program} program
   * @param {number} count how many instructions it has
   */
  constructor(program, count) {
    this.#program = program;
    this.#count = count;
  }

  /**
   * @param {Record<string, Reviver>} classes
   * @returns {any}
   * @throws {UnreadableError}
   */
  revive(classes) {
    return new Decoder(this.#program).take(this.#count, classes);
  }
}

/**
 * Moves values of the stack into the array below them.
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
 * Moves keys and values of the stack into the object below them.
 *
 * @param {any[]} stack
 * @param {number} from
 * @param {number} to
 */
function fill(stack, from, to) {
  const object = stack[from - 1];
  for (let index = from; index < to; index += 2) object[stack[index]] = stack[index + 1];
}
