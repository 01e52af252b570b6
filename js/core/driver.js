/**
 * Puts calls and transport events into the core, and does what the core reports: it moves bytes and completes calls.
 * @module
 */
import { CallTable } from './call-table.js';
import { defer, now, WakeTimer } from './clock.js';
import { complete } from './outcomes.js';
import { CLOSE, CONNECT, NULL, Report, TRANSMIT } from './report.js';
import { RequestBuffer } from './request-buffer.js';
import { SignalWatcher } from './signals.js';
import { Socket } from './socket.js';

/** @import { Connector } from '../transports/types.js' */
/** @import { Call } from '../call.js' */
/** @import { Counters } from './counters.js' */
/** @import { Installation } from './installation.js' */
/** @import { Instance } from './instance.js' */
/** @import { Serializer } from '../options/types.js' */
/** @import { CachelibSerializer } from '../serializer/cachelib.js' */
/** @import { ContextGuard, Host } from './types.js' */
/** @import { CoreError } from '../errors/classes.js' */

/** The bits of a connection's id that number its node. */
const NODE_MASK = 0xfff;

/** How long a driver is idle before it gives back a large memory, in milliseconds. The next call opens another connection. */
const RELEASE_AFTER = 10_000;

/** One core and its sockets. On workerd there is one for each I/O context, elsewhere one for each cache. */
export class Driver {
  #instance;
  #core;
  #installation;
  #connect;
  #waitUntil;
  #counters;
  #onReleased;
  #guard;
  #requests;
  #report;

  /** The computations that calls of `getOrSet` share, by key. @type {Map<string, import('../layer/flight.js').Flight>} */
  flights = new Map();

  /** The sockets that are open or being opened, by connection id: mostly one. @type {Map<number, Socket>} */
  #sockets = new Map();

  #calls = new CallTable();
  /** How many calls wait for their outcome. */
  #outstanding = 0;
  #flushScheduled = false;
  /** Whether the record of a call is being written, or the core's report being read. Nothing else may use the core then. */
  #isEntered = false;
  #closed = false;
  #timer = new WakeTimer(() => this.#enter(() => this.#core.timeout(now())));
  #signals = new SignalWatcher((calls) => this.#abort(calls));
  /** The calls whose signal was aborted in this tick. @type {Call[]} */
  #aborted = [];
  /** Gives memory back that an unusual burst of calls has taken. */
  #memoryTimer = new WakeTimer(() => this.#releaseMemory());
  /** Since when no call waits; 0 while one does. */
  #idleSince = 0;
  /** Called when no call waits any more. @type {(() => void)[]} */
  #whenIdle = [];
  /** Releases the request that began a probe. @type {(() => void) | null} */
  #endProbe = null;

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
    this.#core = instance.createCore(installation.options, installation.in(instance));
    this.#installation = installation;
    this.#connect = /** @type {Connector} */ (host.connect);
    this.#waitUntil = host.waitUntil;
    this.#counters = counters;
    this.#onReleased = onReleased;
    this.#guard = guard;
    this.#requests = new RequestBuffer(
      (capacity) => instance.attempt(() => this.#core.reserve_operations(capacity)),
      instance.memory,
    );
    this.#report = new Report(this.#core, instance.memory);
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
      throw error;
    } finally {
      this.#isEntered = false;
    }
    requests.endRecord();
    this.#signals.watch(call);
    if (this.#outstanding++ === 0) this.#onBusy();
    this.#scheduleFlush();
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

  /**
   * Ends calls whose signal was aborted, all of a tick at once: the core looks at every request to find theirs. A signal that
   * another request aborts has no effect: that request may neither settle these calls' promises nor set this driver's timer.
   *
   * @param {Call[]} calls
   */
  #abort(calls) {
    if (this.#closed || this.#guard?.isCurrent() === false) return;
    if (this.#aborted.length === 0) defer(this.#abortAll);
    for (const call of calls) this.#aborted.push(call);
  }

  #abortAll = () => {
    const calls = this.#aborted;
    this.#aborted = [];
    // The core must know of the calls before it can abort them, and inserts their numbers in order.
    if (this.#requests.length > 0) this.#flush();
    const waiting = calls.filter((call) => this.#calls.has(call));
    const numbers = waiting.map((call) => call.number).sort((a, b) => a - b);
    this.#enter(() => {
      for (const number of numbers) this.#core.abort(number);
      return this.#core.submit(0, 0, now());
    });
  };

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
    this.#memoryTimer.cancel();
    this.#closeSockets();
    this.free();
  }

  #closeSockets() {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  /** Frees the core's memory. It touches nothing that belongs to an I/O context. */
  free() {
    if (this.#closed) return;
    this.#releaseProbe(true);
    this.#closed = true;
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
    this.#guard?.onUse();
    this.#enter(() => {
      const [records, strings] = this.#requests.finish();
      return this.#core.submit(records, strings, now());
    });
  };

  // ---- Events of the transport

  /**
   * @param {number} connectionId
   * @param {number} index
   * @param {string | null} text
   */
  #open(connectionId, index, text) {
    if (this.#closed) return;
    const { closeReasons } = this.#installation;
    const node = connectionId & NODE_MASK;
    if (this.#waitUntil !== undefined) this.#holdProbe(this.#waitUntil);
    /** @param {() => number} input */
    const enter = (input) => {
      if (this.#closed) return socket.close();
      if (this.#sockets.get(connectionId) !== socket) return;
      this.#guard?.onUse();
      this.#enter(input);
    };
    const socket = new Socket(
      (events) => this.#connect(this.#installation.locate(node, index, text), events),
      {
        opened: () =>
          enter(() => {
            closeReasons.delete(node);
            return this.#core.opened(connectionId, now());
          }),
        received: (chunk) => enter(() => this.#receive(connectionId, chunk)),
        closed: (error) =>
          enter(() => {
            this.#sockets.delete(connectionId);
            closeReasons.set(node, error);
            return this.#core.closed(connectionId, now());
          }),
      },
      () => this.#isEntered,
      this.#counters,
    );
    this.#sockets.set(connectionId, socket);
  }

  /**
   * The request that began a probe is held until that has ended, though its calls have.
   *
   * @param {NonNullable<Host['waitUntil']>} waitUntil
   */
  #holdProbe(waitUntil) {
    if (this.#core.is_probing()) waitUntil(new Promise((resolve) => (this.#endProbe = resolve)));
  }

  /** @param {boolean} isOver */
  #releaseProbe(isOver) {
    if (this.#endProbe === null || !(isOver || !this.#core.is_probing())) return;
    this.#endProbe();
    this.#endProbe = null;
  }

  /**
   * @param {number} connectionId
   * @param {Uint8Array} chunk
   */
  #receive(connectionId, chunk) {
    const time = now();
    const address = this.#core.room(connectionId, chunk.length);
    if (address !== 0) this.#report.bytes.set(chunk, address);
    return this.#core.received(connectionId, address === 0 ? 0 : chunk.length, time);
  }

  // ---- The core

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
    this.#releaseProbe(this.#closed);
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
        later.push(() => this.#open(id, a, text));
        break;
      }
      case TRANSMIT:
        this.#transmit(id);
        break;
      case CLOSE:
        this.#sockets.get(id)?.close();
        this.#sockets.delete(id);
    }
  }

  /** @param {number} connectionId */
  #transmit(connectionId) {
    const socket = this.#sockets.get(connectionId);
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
    if (this.#closed || this.#guard?.isCurrent() === false) return;
    this.end();
    this.#outstanding = 0;
    for (const call of this.#calls.takeAll()) {
      this.#signals.unwatch(call);
      call.fail(error);
    }
    this.#onIdle();
  };

  // ---- The process's life

  /** The first call after none waited: the process stays alive from now on. */
  #onBusy() {
    this.#idleSince = 0;
    this.#instance.listeners.add(this.#fail);
    for (const socket of this.#sockets.values()) socket.keepAlive(true);
    this.#timer.keepAlive(true);
    this.#waitUntil?.(new Promise((resolve) => this.#whenIdle.push(resolve)));
  }

  /** No call waits: an idle cache keeps no process alive. */
  #onIdle() {
    this.#instance.listeners.delete(this.#fail);
    for (const socket of this.#sockets.values()) socket.keepAlive(false);
    this.#timer.keepAlive(false);
    for (const resolve of this.#whenIdle.splice(0)) resolve();
    // A request on workerd is short, and ends with all its timers.
    if (this.#waitUntil !== undefined || this.#closed) return;
    if (this.#idleSince > 0 || !this.#instance.isLarge) return;
    this.#idleSince = now();
    this.#watchMemory(RELEASE_AFTER);
  }

  /** @param {number} delay milliseconds */
  #watchMemory(delay) {
    this.#memoryTimer.schedule(delay);
    this.#memoryTimer.keepAlive(false);
  }

  /** Ends, once it has been idle for some time: WebAssembly memory never shrinks, and goes with the last core in it. */
  #releaseMemory() {
    if (this.isBusy || this.#closed) return;
    const left = this.#idleSince + RELEASE_AFTER - now();
    if (left > 0) return this.#watchMemory(left);
    this.end();
    this.#onReleased();
  }
}
