/**
 * Puts calls and events into the core, carries out what it wants done, and moves bytes.
 * @module
 */
import { OperationBuffer } from './request-buffer.js';
import { CacheError } from '../errors/classes.js';
import { toError } from '../errors/from-core.js';
import { NUMBER, WANTS_BYTES, WANTS_OBJECTS } from './records.js';
import {
  BUILT,
  BYTES,
  CLOSE,
  CONNECT,
  FAILED,
  KEYS,
  LIST,
  NULL,
  Report,
  TRANSMIT,
} from './report.js';
import { CachelibSerializer } from '../serializer/serializers.js';

/** @import { Address, Connection, Connector } from '../transports/types.js' */
/** @import { Core } from '../../pkg/core.js' */
/** @import { Call } from '../call.js' */
/** @import { Serializer } from '../options/options.js' */
/** @import { Detail } from './report.js' */

/**
 * What a runtime supplies.
 *
 * @typedef {object} Host
 * @property {Connector} [connect] none where there are no sockets: the cache has a connector then
 * @property {() => BufferSource | WebAssembly.Module} load the core's WebAssembly
 * @property {() => (() => boolean)} [enter] where a socket belongs to the request that opened it: a function that tells
 *   whether code runs for the same request as now
 * @property {(work: Promise<void>) => void} [hold] keeps the request alive until `work` is done
 */

/**
 * Where a driver's socket and timers belong, if not everywhere.
 *
 * @typedef {object} Surroundings
 * @property {() => boolean} isHere whether code runs there now
 * @property {() => void} onUse told whenever the driver is given calls or news from the server
 */

/** One core and its socket. On workerd there is one for each request, elsewhere one for each cache. */
export class Driver {
  #core;
  #address;
  #connect;
  #hold;
  #surroundings;
  #operations;
  #report;

  /** @type {Connection | null} */
  #connection = null;
  /** What the transport said when the last connection ended. @type {unknown} */
  #lastWords = null;

  /** By the core's numbers. @type {(Call | undefined)[]} */
  #calls = [];
  /** @type {number[]} */
  #freeNumbers = [];
  #outstanding = 0;
  #flushing = false;
  #writing = false;
  #closed = false;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #wakeAt = Infinity;
  /** Called when nothing is outstanding any more. @type {(() => void)[]} */
  #whenIdle = [];

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   * @param {Address} address
   * @param {Host} host
   * @param {Surroundings} [surroundings]
   */
  constructor(core, memory, address, host, surroundings) {
    this.#core = core;
    this.#address = address;
    this.#connect = /** @type {Connector} */ (host.connect);
    this.#hold = host.hold;
    this.#surroundings = surroundings;
    this.#operations = new OperationBuffer(core, memory);
    this.#report = new Report(core, memory);
  }

  /** Whether a call waits for its outcome. */
  get isBusy() {
    return this.#outstanding > 0;
  }

  // ---- Calls

  /**
   * Writes the record of a call. It leaves with all others of this tick.
   *
   * @param {Call} call if this throws, it has not been made
   * @param {string} prefix
   * @param {Serializer | CachelibSerializer | null} serializer
   * @param {unknown} subject
   * @param {unknown} value
   * @param {number} timeout seconds
   */
  submit(call, prefix, serializer, subject, value, timeout) {
    if (this.#writing) {
      return this.#submitLater(call, prefix, serializer, subject, value, timeout);
    }
    const operations = this.#operations;
    const index = this.#freeNumbers.pop() ?? this.#calls.length;
    call.number = (index | wants(call.serializer)) >>> 0;
    const { verb, write } = call.operation;
    operations.beginRecord(verb, call.number, call.settings.patience);
    this.#calls[index] = call;
    this.#writing = true;
    try {
      write(operations, prefix, serializer, subject, value, timeout);
    } catch (error) {
      operations.cancelRecord();
      this.#freeNumbers.push(index);
      throw error;
    } finally {
      this.#writing = false;
    }
    operations.endRecord();
    if (this.#outstanding++ === 0) this.#wakeUp();
    this.#flushSoon();
  }

  /**
   * A call made from within a value's toJSON() or a serializer's dumps(), while the record of another is being written.
   *
   * @param {Parameters<Driver['submit']>} parameters
   */
  #submitLater(...parameters) {
    queueMicrotask(() => {
      try {
        this.submit(...parameters);
      } catch (error) {
        parameters[0].reject(error);
      }
    });
  }

  /**
   * The caller gives a call up. A signal that another request aborts changes nothing: neither may this call's promise be
   * settled there, nor this driver's timer set.
   *
   * @param {Call} call
   */
  abort(call) {
    if (this.#closed || this.#surroundings?.isHere() === false) return;
    if (this.#writing) return queueMicrotask(() => this.abort(call));
    if (this.#calls[call.number & NUMBER] !== call) return;
    // The core must know of the call before it can hear of its end.
    if (this.#operations.length > 0) this.#flush();
    this.#core.abort(call.number);
    this.#flushSoon();
  }

  /** Ends when all calls that were made have their outcome. No more may be made. */
  async close() {
    if (this.isBusy) await new Promise((resolve) => this.#whenIdle.push(() => resolve(undefined)));
    this.end();
  }

  /** Closes the connection at once, where it belongs. Calls that wait are lost. */
  end() {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = null;
    this.free();
  }

  /** Lets go of the core's memory, and of nothing that belongs to a request. */
  free() {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.free();
  }

  /** At the end of the tick everything that was put in goes to the core at once. */
  #flushSoon() {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(this.#flush);
  }

  #flush = () => {
    this.#flushing = false;
    if (this.#closed) return;
    const [records, texts] = this.#operations.finish();
    this.#surroundings?.onUse();
    this.#carryOut(this.#core.submit(records, texts, now()));
  };

  // ---- Events

  /** @param {number} id the core's name for the connection */
  #open(id) {
    /** @param {() => void} handle */
    const ifCurrent = (handle) => {
      if (this.#closed) return connection.close();
      if (this.#connection !== connection) return;
      this.#surroundings?.onUse();
      handle();
    };
    this.#lastWords = null;
    const connection = this.#connect(this.#address, {
      opened: () => ifCurrent(() => this.#carryOut(this.#core.opened(id, now()))),
      received: (chunk) => ifCurrent(() => this.#receive(id, chunk)),
      closed: (error) =>
        ifCurrent(() => {
          this.#connection = null;
          this.#lastWords = error;
          this.#carryOut(this.#core.closed(id, now()));
        }),
    });
    this.#connection = connection;
  }

  /**
   * @param {number} id
   * @param {Uint8Array} chunk
   */
  #receive(id, chunk) {
    const time = now();
    const room = this.#core.room(id, chunk.length, time);
    if (room !== 0) this.#report.bytes.set(chunk, room);
    this.#carryOut(this.#core.received(id, room === 0 ? 0 : chunk.length, time));
  }

  #timeout = () => {
    if (this.#closed) return;
    this.#wakeAt = Infinity;
    this.#carryOut(this.#core.timeout(now()));
  };

  // ---- What the core wants done

  /** @param {number} address of the core's report */
  #carryOut(address) {
    const report = this.#report;
    /** What runs the user's code, or this package's anew: it may put something into the core. @type {(() => void)[]} */
    const later = [];
    report.begin(address);
    while (report.next()) {
      if (report.kind < NULL) this.#moveBytes(later);
      else this.#settle(later);
    }
    this.#wake(report.wakeIn);
    for (const action of later) action();
    if (this.#outstanding === 0) this.#rest();
  }

  /** @param {(() => void)[]} later */
  #moveBytes(later) {
    const { kind, subject } = this.#report;
    switch (kind) {
      case CONNECT:
        later.push(() => this.#open(subject));
        break;
      case TRANSMIT:
        this.#transmit();
        break;
      case CLOSE:
        this.#connection?.close();
        this.#connection = null;
    }
  }

  #transmit() {
    const connection = this.#connection;
    connection?.write(connection.copies ? this.#report.view() : this.#report.slice());
  }

  /** @param {(() => void)[]} later */
  #settle(later) {
    const report = this.#report;
    const call = this.#take(report.subject);
    switch (report.kind) {
      case BYTES: {
        const stored = report.slice();
        later.push(() => call.load(stored));
        break;
      }
      case LIST: {
        const errors = /** @type {CacheError[]} */ ([]);
        const values = this.#list(call, errors);
        later.push(() => call.answerAll(values, errors));
        break;
      }
      case KEYS: {
        const detail = report.detail();
        later.push(() => call.answerInPart(detail[2], this.#error(detail, call)));
        break;
      }
      case FAILED: {
        const detail = report.detail();
        later.push(() => call.fail(this.#error(detail, call)));
        break;
      }
      default:
        this.#answer(call, later);
    }
  }

  /**
   * @param {Call} call
   * @param {(() => void)[]} later
   */
  #answer(call, later) {
    const report = this.#report;
    if (report.kind === BUILT) {
      const unbuilt = report.unbuilt();
      later.push(() => call.load(unbuilt));
      return;
    }
    let value;
    try {
      value = report.value();
    } catch (error) {
      later.push(() => call.fail(/** @type {CacheError} */ (error)));
      return;
    }
    call.answer(value);
  }

  /**
   * The values of a list's entries, null where one is unreadable.
   *
   * @param {Call} call
   * @param {CacheError[]} errors is given one for each of these
   */
  #list(call, errors) {
    const report = this.#report;
    const values = new Array(report.a);
    for (let index = 0; index < values.length && report.next(); index++) {
      values[index] = this.#item(call, errors);
    }
    return values;
  }

  /**
   * @param {Call} call
   * @param {CacheError[]} errors
   */
  #item(call, errors) {
    const report = this.#report;
    if (report.kind === BUILT) return report.unbuilt();
    try {
      if (report.kind !== FAILED) return report.value();
      errors.push(this.#error(report.detail(), call));
    } catch (error) {
      errors.push(/** @type {CacheError} */ (error));
    }
    return null;
  }

  /**
   * @param {Detail} detail
   * @param {Call} call
   */
  #error([code, words], call) {
    const { patience, signal } = call.settings;
    const cause = code === 'ABORTED' ? signal?.reason : this.#lastWords;
    // A transport that knows better says so itself.
    if (cause instanceof CacheError && (code === 'UNREACHABLE' || code === 'CONNECTION_LOST')) {
      return cause;
    }
    return toError(code, words, { address: this.#address, patience, cause });
  }

  /** @param {number} number */
  #take(number) {
    const index = number & NUMBER;
    const call = /** @type {Call} */ (this.#calls[index]);
    this.#calls[index] = undefined;
    this.#freeNumbers.push(index);
    this.#outstanding--;
    call.unwatch?.();
    return call;
  }

  // ---- Waking and resting

  /** @param {number} wait milliseconds */
  #wake(wait) {
    const at = now() + wait;
    // A timer that fires too early asks the core again; most calls are answered before any timer is due.
    if (at >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = at;
    this.#timer = setTimeout(this.#timeout, wait + 1);
  }

  /** The first call after a rest: from now on the process stays alive. */
  #wakeUp() {
    this.#connection?.ref?.();
    keepAlive(this.#timer, true);
    this.#hold?.(new Promise((resolve) => this.#whenIdle.push(resolve)));
  }

  /** Nothing is outstanding: an idle cache keeps no process alive. */
  #rest() {
    this.#connection?.unref?.();
    keepAlive(this.#timer, false);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/**
 * What a call's outcome is to be, beside values.
 *
 * @param {Call['serializer']} serializer
 */
function wants(serializer) {
  if (serializer === null) return 0;
  return serializer instanceof CachelibSerializer ? WANTS_OBJECTS : WANTS_BYTES;
}

/**
 * Node's and Bun's timers are objects, Deno's are numbers of its own, others keep no process alive.
 *
 * @param {any} timer
 * @param {boolean} alive
 */
function keepAlive(timer, alive) {
  if (timer === undefined) return;
  const { Deno } = /** @type {any} */ (globalThis);
  if (typeof timer === 'object') timer[alive ? 'ref' : 'unref']();
  else Deno?.[alive ? 'refTimer' : 'unrefTimer'](timer);
}

/** A monotonic clock, in milliseconds. */
export function now() {
  return performance.now();
}
