/**
 * The transport over a Redis client of the user's: the core's commands become calls of the client, and its replies become
 * RESP again. The client keeps its connection, its credentials and its database, and is never closed here.
 * @module
 */
import { commandsIn, concatenate, encodeError, encodeReply } from './resp.js';
import { sender } from './libraries.js';

/** @import { ClientReply, Send } from './libraries.js' */
/** @import { Connection, Connector, Events } from '../types.js' */

/**
 * @param {object} client
 * @returns {Connector}
 * @throws {TypeError} when it resembles none that is known
 */
export function connectorOver(client) {
  const send = sender(client);
  return (_, events) => new ClientConnection(send, events);
}

/** @implements {Connection} */
class ClientConnection {
  #send;
  /** @type {Events | null} */
  #events;
  /** What is to come back, in the order of the commands; empty until it is there. @type {Uint8Array[][]} */
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
      const words = serverWords(error);
      if (words === null) return this.#closed(error);
      encodeError(words, reply);
    }
    if (!this.#flushing) queueMicrotask(this.#flush);
    this.#flushing = true;
  }

  /** Hands over the replies that have come, up to the first that has not. */
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
function serverWords(error) {
  const { code, message } = error ?? {};
  const words = /^[A-Z][A-Z\d_]+(?= |$).*/.exec(message)?.[0];
  const isServers =
    code === undefined || code === 'ERR_REDIS_SERVER_ERROR' || code === words?.split(' ')[0];
  return words !== undefined && isServers ? words : null;
}
