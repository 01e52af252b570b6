/**
 * A transport's connection, held to its contract whatever the transport does: no method throws, and no event comes while the
 * driver is at work, twice, or after the end.
 * @module
 */
import { ConnectionError } from '../errors/classes.js';
import { asBytes } from './bytes.js';
import { defer } from './clock.js';

/** @import { Counters } from './counters.js' */
/** @import { Address, Connection, Events } from '../transports/types.js' */

export class Socket {
  /** Where it leads, for whoever wants to know. @type {Address | undefined} */
  address;
  #events;
  #isBusy;
  #counters;
  /** Null until the connector has returned, and after the end. @type {Connection | null} */
  #connection = null;
  #isOpened = false;
  #isEnded = false;
  /** Events that wait for the driver or the connector to return. @type {(() => void)[]} */
  #deferred = [];

  /**
   * @param {(events: Events) => Connection} connect
   * @param {Events} events
   * @param {() => boolean} isBusy whether events must wait
   * @param {Counters} counters
   */
  constructor(connect, events, isBusy, counters) {
    this.#events = events;
    this.#isBusy = isBusy;
    this.#counters = counters;
    counters.connections++;
    try {
      const connection = connect({
        opened: () => this.#emit(() => this.#opened()),
        received: (chunk) => this.#received(chunk),
        progressed: () => this.#emit(() => this.#events.progressed?.()),
        closed: (error) => this.#emit(() => this.#closed(error)),
      });
      if (typeof connection?.write !== 'function' || typeof connection.close !== 'function') {
        // That of an asynchronous connector may reject.
        Promise.resolve(connection).catch(() => {});
        throw invalidConnector('returns a connection { write(bytes), close() } at once');
      }
      this.#connection = connection;
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether `write` keeps nothing of the array. */
  get copies() {
    return this.#connection?.copies === true;
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    this.#counters.roundTrips++;
    this.#counters.bytesSent += bytes.length;
    this.#attempt((connection) => connection.write(bytes));
  }

  /** No event follows. */
  close() {
    this.#isEnded = true;
    this.#deferred.length = 0;
    this.#attempt((connection) => connection.close());
    this.#connection = null;
  }

  /** @param {boolean} isAlive whether the connection is to keep the process alive */
  keepAlive(isAlive) {
    this.#attempt((connection) => (isAlive ? connection.ref?.() : connection.unref?.()));
  }

  /** @param {(connection: Connection) => unknown} action runs the code of the transport */
  #attempt(action) {
    if (this.#connection === null) return;
    try {
      const result = /** @type {any} */ (action(this.#connection));
      if (typeof result?.then === 'function') {
        result.then(undefined, (/** @type {unknown} */ error) => this.#fail(error));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  // ---- Events

  /** @param {() => void} event */
  #emit(event) {
    if (this.#isEnded) return;
    if (!this.#mustDefer()) return event();
    this.#deferred.push(event);
    if (this.#deferred.length === 1) defer(() => this.#drain());
  }

  #mustDefer() {
    return this.#deferred.length > 0 || this.#connection === null || this.#isBusy();
  }

  #drain() {
    for (const event of this.#deferred.splice(0)) if (!this.#isEnded) event();
  }

  #opened() {
    if (this.#isOpened) return;
    this.#isOpened = true;
    this.#events.opened();
  }

  /** @param {Uint8Array} chunk valid only during this call */
  #received(chunk) {
    const bytes = asBytes(chunk);
    if (bytes === null) return this.#fail(invalidConnector('hands received() a Uint8Array'));
    this.#counters.bytesReceived += bytes.length;
    const kept = this.#mustDefer() ? bytes.slice() : bytes;
    this.#emit(() => this.#events.received(kept));
  }

  /** @param {unknown} error */
  #closed(error) {
    this.#isEnded = true;
    this.#connection = null;
    this.#events.closed(error);
  }

  /**
   * The transport has failed: its connection is closed, and that is reported.
   *
   * @param {unknown} error
   */
  #fail(error) {
    if (this.#isEnded) return;
    const events = this.#events;
    this.close();
    defer(() => events.closed(error));
  }
}

/** @param {string} rule */
function invalidConnector(rule) {
  return new ConnectionError('INVALID_CONNECTOR', `a connector ${rule}: see the type Connector`);
}
