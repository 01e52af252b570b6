/**
 * The transport over a Redis client of the user: the core's commands become calls of the client, and its replies become RESP
 * again. The client keeps its connection, credentials and database, and is never closed here.
 * @module
 */
import { concatenate } from '../../core/bytes.js';
import { defer } from '../../core/clock.js';
import { adapterOf, serverMessage } from './libraries.js';
import { commandsIn, encodeError, encodeReply } from './resp.js';

/** @import { Adapter, ClientReply } from './libraries.js' */
/** @import { Connection, Connector, Events } from '../types.js' */

/** One for each client: whoever has the same is on the same server. @type {WeakMap<object, Connector>} */
const connectors = new WeakMap();

/**
 * @param {object} client
 * @returns {Connector}
 * @throws {TypeError} when it is no client that can be used
 */
export function clientConnector(client) {
  const connector = connectors.get(client) ?? connectorBy(adapterOf(client));
  connectors.set(client, connector);
  return connector;
}

/**
 * @param {Adapter} adapter
 * @returns {Connector}
 */
function connectorBy(adapter) {
  return (_, events) => new ClientConnection(adapter, events);
}

/** @implements {Connection} */
class ClientConnection {
  #send;
  /** @type {Events | null} */
  #events;
  #isOpen = false;
  #unwatch;
  /** The replies in the order of the commands; one that has not come is empty. @type {Uint8Array[][]} */
  #replies = [];
  #flushing = false;

  /**
   * @param {Adapter} adapter
   * @param {Events} events
   */
  constructor({ send, watch }, events) {
    this.#send = send;
    this.#events = events;
    this.#unwatch = watch(this.#opened, this.#closed);
  }

  /** @param {Uint8Array} bytes whole commands */
  write(bytes) {
    const batch = [...commandsIn(bytes)];
    try {
      const replies = this.#send(batch);
      for (const [index, { 0: name }] of batch.entries()) void this.#await(name, replies[index]);
    } catch (error) {
      defer(() => this.#closed(error));
    }
  }

  close() {
    this.#events = null;
    this.#replies = [];
    this.#unwatch();
  }

  #opened = () => {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#events?.opened();
  };

  /**
   * @param {string} name the command's
   * @param {Promise<ClientReply> | undefined} answer
   */
  async #await(name, answer) {
    /** @type {Uint8Array[]} */
    const reply = [];
    this.#replies.push(reply);
    try {
      encodeReply(name, await answer, reply);
    } catch (error) {
      const message = serverMessage(error);
      if (message === null) return this.#closed(error);
      encodeError(message, reply);
    }
    if (!this.#flushing) defer(this.#flush);
    this.#flushing = true;
  }

  /** Delivers the replies up to the first that has not come. */
  #flush = () => {
    this.#flushing = false;
    const missing = this.#replies.findIndex((reply) => reply.length === 0);
    const ready = this.#replies.splice(0, missing < 0 ? Infinity : missing).flat();
    if (ready.length > 0) this.#events?.received(concatenate(ready));
  };

  #closed = (/** @type {unknown} */ error) => {
    const events = this.#events;
    this.close();
    events?.closed(error ?? null);
  };
}
