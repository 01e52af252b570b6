/**
 * The transport over a Redis client of the user: the core's commands become calls of the client, and its replies become RESP
 * again. The client keeps its connection, credentials and database, and is never closed here.
 * @module
 */
import { concatenate } from '../../core/bytes.js';
import { sender } from './libraries.js';
import { commandsIn, encodeError, encodeReply } from './resp.js';

/** @import { ClientReply, Send } from './libraries.js' */
/** @import { Connection, Connector, Events } from '../types.js' */

/**
 * @param {object} client
 * @returns {Connector}
 * @throws {TypeError} when it is like none of the known clients
 */
export function clientConnector(client) {
  const send = sender(client);
  return (_, events) => new ClientConnection(send, events);
}

/** @implements {Connection} */
class ClientConnection {
  #send;
  /** @type {Events | null} */
  #events;
  /** The replies in the order of the commands; one that has not come is empty. @type {Uint8Array[][]} */
  #replies = [];
  #flushing = false;

  /**
   * @param {Send} send
   * @param {Events} events
   */
  constructor(send, events) {
    this.#send = send;
    this.#events = events;
    queueMicrotask(() => this.#events?.opened());
  }

  /** @param {Uint8Array} bytes whole commands */
  write(bytes) {
    const batch = [...commandsIn(bytes)];
    try {
      const replies = this.#send(batch);
      for (const [index, { 0: name }] of batch.entries()) void this.#await(name, replies[index]);
    } catch (error) {
      queueMicrotask(() => this.#closed(error));
    }
  }

  close() {
    this.#events = null;
    this.#replies = [];
  }

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
    if (!this.#flushing) queueMicrotask(this.#flush);
    this.#flushing = true;
  }

  /** Delivers the replies up to the first that has not come. */
  #flush = () => {
    this.#flushing = false;
    const missing = this.#replies.findIndex((reply) => reply.length === 0);
    const ready = this.#replies.splice(0, missing < 0 ? Infinity : missing).flat();
    if (ready.length > 0) this.#events?.received(concatenate(ready));
  };

  /** @param {unknown} error */
  #closed(error) {
    const events = this.#events;
    this.close();
    events?.closed(error);
  }
}

/**
 * The server's error reply, or null when the client failed by itself.
 *
 * @param {any} error
 */
function serverMessage(error) {
  const { code, message } = error ?? {};
  const reply = /^[A-Z][A-Z\d_]+(?= |$).*/.exec(message)?.[0];
  const isServers =
    code === undefined || code === 'ERR_REDIS_SERVER_ERROR' || code === reply?.split(' ')[0];
  return reply !== undefined && isServers ? reply : null;
}
