/**
 * Puts calls and transport events into the core, and does what the core reports: it moves bytes and completes calls.
 * @module
 */
import { CoreError } from '../errors/classes.js';
import { CallTable } from './call-table.js';
import { defer, now, WakeTimer } from './clock.js';
import { IdleMemory } from './idle-memory.js';
import { complete } from './outcomes.js';
import { ProbeHold } from './probe.js';
import { CLOSE, CONNECT, NULL, Report, TRANSMIT } from './report.js';
import { RequestBuffer } from './request-buffer.js';
import { SignalWatcher } from './signals.js';
import { Sockets } from './sockets.js';

/** @import { Connector } from '../transports/types.js' */
/** @import { Call } from '../call.js' */
/** @import { Counters } from './counters.js' */
/** @import { Installation } from './installation.js' */
/** @import { Instance } from './instance.js' */
/** @import { Serializer } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */
/** @import { ContextGuard, Host } from './types.js' */

/** One core and its sockets. On workerd there is one for each I/O context, elsewhere one for each cache. */
export class Driver {
  #instance;
  #core;
  #installation;
  #waitUntil;
  #guard;
  #requests;
  #report;
  #probe;
  sockets;
  idleMemory;

  /** The computations that calls of `getOrSet` share, once there is one. @type {import('../layer/flights.js').Flights | undefined} */
  flights;

  #calls = new CallTable();
  /** How many calls wait for their outcome. */
  #outstanding = 0;
  #flushScheduled = false;
  /** Whether the record of a call is being written, or the core's report being read. Nothing else may use the core then. */
  #isEntered = false;
  #closed = false;
  #timer = new WakeTimer(() => this.#enter(() => this.#core.timeout(now())));
  #signals = new SignalWatcher(
    () => this.#isCurrent(),
    (calls) => this.#abort(calls),
  );
  /** Called when no call waits any more. @type {(() => void)[]} */
  #whenIdle = [];

  /**
   * @param {Instance} instance
   * @param {Installation} installation
   * @param {Host} host
   * @param {Counters} counters
   * @param {() => void} onReleased called when it has ended to give back its memory
   * @param {ContextGuard} [guard]
   */
  constructor(instance, installation, host, counters, onReleased, guard) {
    this.#instance = instance;
    this.#core = instance.createCore(installation.options(), installation.in(instance));
    this.#installation = installation;
    this.#waitUntil = host.waitUntil;
    this.#guard = guard;
    this.#requests = new RequestBuffer(
      (capacity) => instance.attempt(() => this.#core.reserve_operations(capacity)),
      instance.memory,
    );
    this.#report = new Report(this.#core, instance.memory);
    this.sockets = new Sockets(/** @type {Connector} */ (host.connect), installation, counters, {
      isBusy: () => this.#isEntered,
      isClosed: () => this.#closed,
      opened: (id) => this.#use(() => this.#core.opened(id, now())),
      received: (id, chunk) => this.#use(() => this.#receive(id, chunk)),
      progressed: (id) => this.#use(() => this.#core.progressed(id, now())),
      closed: (id) => this.#use(() => this.#core.closed(id, now())),
    });
    this.#probe = new ProbeHold(() => this.#core.is_probing(), host.waitUntil);
    this.idleMemory = new IdleMemory(() => {
      if (this.#closed) return;
      this.end();
      onReleased();
    });
  }

  /** Whether a call waits for its outcome. */
  get isBusy() {
    return this.#outstanding > 0;
  }

  /** Whether calls can be made: not after the end, nor when the core has failed. */
  get isUsable() {
    return !this.#closed && this.#instance.error === null;
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
    if (this.#isEntered) return this.#submitLater(call, prefix, serializer, keys, value, timeout);
    const requests = this.#requests;
    const { kind, write } = call.operation;
    this.#calls.add(call);
    this.#isEntered = true;
    try {
      requests.beginRecord(kind, call.number, call.settings.timeoutMs);
      write(requests, prefix, serializer, keys, value, timeout);
    } catch (error) {
      if (this.#instance.error !== null) return this.#fail(this.#instance.error);
      requests.cancelRecord();
      this.#calls.take(call.number);
      if (error instanceof CoreError) return call.fail(error);
      throw error;
    } finally {
      this.#isEntered = false;
    }
    requests.endRecord();
    this.#signals.watch(call);
    if (this.#outstanding++ === 0) this.#onBusy();
    if (requests.isFull) this.#flush();
    else this.#scheduleFlush();
  }

  /**
   * A call made by a value's toJSON() or a serializer's dumps() while the record of another call is being written, or by a
   * connector's write().
   *
   * @param {Parameters<Driver['submit']>} parameters
   */
  #submitLater(...parameters) {
    void Promise.resolve()
      .then(() => this.submit(...parameters))
      .catch((error) => parameters[0].reject(error));
  }

  /** @param {Call[]} calls whose signal was aborted */
  #abort(calls) {
    // The core must know of the calls before it can abort them, and inserts their numbers in order.
    if (this.#requests.length > 0) this.#flush();
    const waiting = calls.filter((call) => this.#calls.has(call));
    const numbers = waiting.map((call) => call.number).sort((a, b) => a - b);
    this.#enter(() => {
      for (const number of numbers) this.#core.abort(number);
      return this.#core.submit(0, 0, now());
    });
  }

  /** Keeps the driver busy, and the request alive, until {@link release} is called as often. */
  retain() {
    if (this.#outstanding++ === 0) this.#onBusy();
  }

  release() {
    if (this.#closed) return;
    if (--this.#outstanding === 0) this.#onIdle();
  }

  /** Resolves when all calls that were made have their outcome. No more may be made. */
  async close() {
    if (this.#isEntered) await null;
    if (this.isBusy) await new Promise((resolve) => this.#whenIdle.push(() => resolve(undefined)));
    this.end();
  }

  /** Closes the connection at once, in its own context. Calls that wait are lost. */
  end() {
    this.#timer.cancel();
    this.idleMemory.cancel();
    this.sockets.closeAll();
    this.free();
  }

  /** Frees the core's memory. It touches nothing that belongs to an I/O context. */
  free() {
    if (this.#closed) return;
    this.#probe.end(true);
    this.#closed = true;
    this.sockets.observer?.freed();
    this.#instance.listeners.delete(this.#fail);
    this.#instance.free(this.#core);
  }

  #scheduleFlush() {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    defer(this.#flush);
  }

  /** Hands everything that was written in this tick to the core. */
  #flush = () => {
    this.#flushScheduled = false;
    if (this.#closed) return;
    this.#use(() => {
      const [records, strings] = this.#requests.finish();
      return this.#core.submit(records, strings, now());
    });
  };

  // ---- The core

  /**
   * @param {number} connectionId
   * @param {Uint8Array} chunk
   */
  #receive(connectionId, chunk) {
    const time = now();
    const address = this.#core.spare(connectionId, chunk.length);
    if (address !== 0) this.#report.bytes.set(chunk, address);
    return this.#core.received(connectionId, address === 0 ? 0 : chunk.length, time);
  }

  /**
   * {@link #enter} with calls, or with what came from a server.
   *
   * @param {() => number} input
   */
  #use(input) {
    this.#guard?.onUse();
    this.#enter(input);
  }

  /**
   * Puts something into the core, and does what it reports. Whatever is thrown here means that the core has failed.
   *
   * @param {() => number} input returns the address of the core's report
   */
  #enter(input) {
    if (this.#closed) return;
    /** What may use the driver again: the user's code, and connectors. @type {(() => void)[]} */
    const later = [];
    this.#isEntered = true;
    try {
      if (this.#instance.error !== null) throw this.#instance.error;
      this.#processReport(input(), later);
    } catch (cause) {
      this.#fail(this.#instance.fail(cause));
    } finally {
      this.#isEntered = false;
    }
    for (const action of later) action();
    this.#probe.end(this.#closed);
    if (this.#outstanding === 0) this.#onIdle();
  }

  /**
   * @param {number} address
   * @param {(() => void)[]} later
   */
  #processReport(address, later) {
    const report = this.#report;
    report.begin(address);
    while (report.next()) {
      if (report.kind < NULL) this.#handleIo(later);
      else complete(report, this.#takeCall(report.id), this.#installation.errorOf, later);
    }
    this.#timer.schedule(report.wakeIn);
  }

  /** @param {(() => void)[]} later */
  #handleIo(later) {
    const { kind, id, a, b } = this.#report;
    switch (kind) {
      case CONNECT: {
        const text = b === 0 ? null : String.fromCharCode(...this.#report.view());
        later.push(() => {
          if (this.#closed) return;
          this.#probe.begin();
          this.sockets.open(id, a, text);
        });
        break;
      }
      case TRANSMIT:
        this.#transmit(id);
        break;
      case CLOSE:
        this.sockets.close(id);
    }
  }

  /** @param {number} connectionId */
  #transmit(connectionId) {
    const socket = this.sockets.get(connectionId);
    socket?.write(socket.copies ? this.#report.view() : this.#report.slice());
  }

  /** @param {number} number */
  #takeCall(number) {
    const call = this.#calls.take(number);
    this.#outstanding--;
    this.#signals.unwatch(call);
    return call;
  }

  /**
   * The core has failed: so do all calls that wait, unless they belong to another I/O context. Those fail at their own timer.
   *
   * @param {CoreError} error
   */
  #fail = (error) => {
    if (!this.#isCurrent()) return;
    this.end();
    this.#outstanding = 0;
    for (const call of this.#calls.takeAll()) {
      this.#signals.unwatch(call);
      call.fail(error);
    }
    this.#onIdle();
  };

  /** Whether the driver may do something now: it has not ended, and nothing of another I/O context runs. */
  #isCurrent() {
    return !this.#closed && this.#guard?.isCurrent() !== false;
  }

  // ---- The process's life

  /** The first call after none waited: the process stays alive from now on. */
  #onBusy() {
    this.idleMemory.onBusy();
    this.#instance.listeners.add(this.#fail);
    this.sockets.keepAlive(true);
    this.#timer.keepAlive(true);
    this.#waitUntil?.(new Promise((resolve) => this.#whenIdle.push(resolve)));
  }

  /** No call waits: an idle cache keeps no process alive. */
  #onIdle() {
    this.#instance.listeners.delete(this.#fail);
    this.sockets.keepAlive(false);
    this.#timer.keepAlive(false);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
    // A request on workerd is short, and ends with all its timers.
    if (this.#waitUntil !== undefined || this.#closed) return;
    if (this.#instance.isLarge) this.idleMemory.onIdle();
  }
}
