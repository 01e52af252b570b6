/**
 * Puts calls and transport events into the core, and does what the core reports: it moves bytes and completes calls.
 * @module
 */
import { CacheError } from '../errors/classes.js';
import { errorFromCore } from '../errors/from-core.js';
import { CallTable } from './call-table.js';
import { now, WakeTimer } from './clock.js';
import { complete } from './outcomes.js';
import { CLOSE, CONNECT, NULL, Report, TRANSMIT } from './report.js';
import { RequestBuffer } from './request-buffer.js';

/** @import { Address, Connection, Connector } from '../transports/types.js' */
/** @import { Core } from '../../pkg/core.js' */
/** @import { Call } from '../call.js' */
/** @import { Serializer } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */
/** @import { Detail } from './report.js' */

/**
 * What a runtime supplies.
 *
 * @typedef {object} Host
 * @property {Connector} [connect] none where there are no sockets: the cache has a connector then
 * @property {() => BufferSource | WebAssembly.Module} load the core's WebAssembly
 * @property {() => (() => boolean)} [captureContext] where a socket belongs to the request that opened it: a function that
 *   tells whether code runs in the same I/O context as now
 * @property {(work: Promise<void>) => void} [waitUntil] keeps the request alive until `work` is done
 */

/**
 * Guards the I/O context that a driver's socket and timers belong to, if they belong to one.
 *
 * @typedef {object} ContextGuard
 * @property {() => boolean} isCurrent whether code runs in that context now
 * @property {() => void} onUse called whenever the driver is given calls or bytes from the server
 */

/** One core and its socket. On workerd there is one for each I/O context, elsewhere one for each cache. */
export class Driver {
  #core;
  #address;
  #connect;
  #waitUntil;
  #guard;
  #requests;
  #report;

  /** The open connections, by the core's numbers: mostly one. @type {Map<number, Connection>} */
  #connections = new Map();
  /** What the transport said when the last connection ended. @type {unknown} */
  #closeReason = null;

  #calls = new CallTable();
  /** How many calls wait for their outcome. */
  #outstanding = 0;
  #flushScheduled = false;
  /** Whether the record of a call is being written. */
  #writing = false;
  #closed = false;
  #timer = new WakeTimer(() => this.#timeout());
  /** Called when no call waits any more. @type {(() => void)[]} */
  #whenIdle = [];

  /**
   * @param {Core} core
   * @param {WebAssembly.Memory} memory
   * @param {Address} address
   * @param {Host} host
   * @param {ContextGuard} [guard]
   */
  constructor(core, memory, address, host, guard) {
    this.#core = core;
    this.#address = address;
    this.#connect = /** @type {Connector} */ (host.connect);
    this.#waitUntil = host.waitUntil;
    this.#guard = guard;
    this.#requests = new RequestBuffer(core, memory);
    this.#report = new Report(core, memory);
  }

  /** Whether a call waits for its outcome. */
  get isBusy() {
    return this.#outstanding > 0;
  }

  // ---- Calls

  /**
   * Writes the record of a call. All records of a tick go to the core together.
   *
   * @param {Call} call if this throws, the call has not been made
   * @param {string} prefix
   * @param {Serializer | CachelibSerializer | null} serializer
   * @param {unknown} keys a key, keys or entries
   * @param {unknown} value
   * @param {number} timeout seconds
   */
  submit(call, prefix, serializer, keys, value, timeout) {
    if (this.#writing) return this.#submitLater(call, prefix, serializer, keys, value, timeout);
    const requests = this.#requests;
    const { kind, write } = call.operation;
    this.#calls.add(call);
    requests.beginRecord(kind, call.number, call.settings.timeoutMs);
    this.#writing = true;
    try {
      write(requests, prefix, serializer, keys, value, timeout);
    } catch (error) {
      requests.cancelRecord();
      this.#calls.take(call.number);
      throw error;
    } finally {
      this.#writing = false;
    }
    requests.endRecord();
    if (this.#outstanding++ === 0) this.#onBusy();
    this.#scheduleFlush();
  }

  /**
   * A call made by a value's toJSON() or a serializer's dumps(), while the record of another call is being written.
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
   * Ends a call whose signal was aborted. A signal that another request aborts has no effect: that request may neither
   * settle this call's promise nor set this driver's timer.
   *
   * @param {Call} call
   */
  abort(call) {
    if (this.#closed || this.#guard?.isCurrent() === false) return;
    if (this.#writing) return queueMicrotask(() => this.abort(call));
    if (!this.#calls.has(call)) return;
    // The core must know of the call before it can abort it.
    if (this.#requests.length > 0) this.#flush();
    this.#core.abort(call.number);
    this.#scheduleFlush();
  }

  /** Resolves when all calls that were made have their outcome. No more may be made. */
  async close() {
    if (this.isBusy) await new Promise((resolve) => this.#whenIdle.push(() => resolve(undefined)));
    this.end();
  }

  /** Closes the connection at once, in its own context. Calls that wait are lost. */
  end() {
    this.#timer.cancel();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
    this.free();
  }

  /** Frees the core's memory. It touches nothing that belongs to an I/O context. */
  free() {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.free();
  }

  #scheduleFlush() {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(this.#flush);
  }

  /** Hands everything that was written in this tick to the core. */
  #flush = () => {
    this.#flushScheduled = false;
    if (this.#closed) return;
    const [records, strings] = this.#requests.finish();
    this.#guard?.onUse();
    this.#processReport(this.#core.submit(records, strings, now()));
  };

  // ---- Events of the transport and the timer

  /** @param {number} connectionId */
  #open(connectionId) {
    /** @param {() => void} handle */
    const ifOpen = (handle) => {
      if (this.#closed) return connection.close();
      if (this.#connections.get(connectionId) !== connection) return;
      this.#guard?.onUse();
      handle();
    };
    this.#closeReason = null;
    const connection = this.#connect(this.#address, {
      opened: () => ifOpen(() => this.#processReport(this.#core.opened(connectionId, now()))),
      received: (chunk) => ifOpen(() => this.#receive(connectionId, chunk)),
      closed: (error) =>
        ifOpen(() => {
          this.#connections.delete(connectionId);
          this.#closeReason = error;
          this.#processReport(this.#core.closed(connectionId, now()));
        }),
    });
    this.#connections.set(connectionId, connection);
  }

  /**
   * @param {number} connectionId
   * @param {Uint8Array} chunk
   */
  #receive(connectionId, chunk) {
    const time = now();
    const address = this.#core.room(connectionId, chunk.length);
    if (address !== 0) this.#report.bytes.set(chunk, address);
    const received = address === 0 ? 0 : chunk.length;
    this.#processReport(this.#core.received(connectionId, received, time));
  }

  #timeout() {
    if (!this.#closed) this.#processReport(this.#core.timeout(now()));
  }

  // ---- What the core reports

  /** @param {number} address of the core's report */
  #processReport(address) {
    const report = this.#report;
    /** What may put something into the core: the user's code, and connectors. @type {(() => void)[]} */
    const later = [];
    report.begin(address);
    while (report.next()) {
      if (report.kind < NULL) this.#handleIo(later);
      else complete(report, this.#takeCall(report.id), this.#errorOf, later);
    }
    this.#timer.schedule(report.wakeIn);
    for (const action of later) action();
    if (this.#outstanding === 0) this.#onIdle();
  }

  /** @param {(() => void)[]} later */
  #handleIo(later) {
    const { kind, id } = this.#report;
    switch (kind) {
      case CONNECT:
        later.push(() => this.#open(id));
        break;
      case TRANSMIT:
        this.#transmit(id);
        break;
      case CLOSE:
        this.#connections.get(id)?.close();
        this.#connections.delete(id);
    }
  }

  /** @param {number} connectionId */
  #transmit(connectionId) {
    const connection = this.#connections.get(connectionId);
    connection?.write(connection.copies ? this.#report.view() : this.#report.slice());
  }

  /** @param {number} number */
  #takeCall(number) {
    const call = this.#calls.take(number);
    this.#outstanding--;
    call.unwatch?.();
    return call;
  }

  /**
   * @param {Detail} detail
   * @param {Call} call
   */
  #errorOf = ([code, text], call) => {
    const { timeoutMs, signal } = call.settings;
    const cause = code === 'ABORTED' ? signal?.reason : this.#closeReason;
    // A transport that knows the reason reports it as an error for the caller.
    if (cause instanceof CacheError && (code === 'UNREACHABLE' || code === 'CONNECTION_LOST')) {
      return cause;
    }
    return errorFromCore(code, text, { address: this.#address, timeoutMs, cause });
  };

  // ---- The process's life

  /** The first call after none waited: the process stays alive from now on. */
  #onBusy() {
    for (const connection of this.#connections.values()) connection.ref?.();
    this.#timer.keepAlive(true);
    this.#waitUntil?.(new Promise((resolve) => this.#whenIdle.push(resolve)));
  }

  /** No call waits: an idle cache keeps no process alive. */
  #onIdle() {
    for (const connection of this.#connections.values()) connection.unref?.();
    this.#timer.keepAlive(false);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
