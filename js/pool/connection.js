/**
 * One connection to a Redis server, shared by the requests of many caches.
 * @module
 */
import { concatenate } from '../core/bytes.js';
import { countValues, Scanner } from '../resp/scanner.js';

/** @import { Connection, Connector } from '../transports/types.js' */
/** @import { ExchangeError, Target } from './rpc.js' */

/**
 * @typedef {object} Batch Commands of one cache, which are written together.
 * @property {Uint8Array | null} commands null once they were written
 * @property {number} awaited how many replies are still to come
 * @property {Uint8Array[]} replies
 * @property {(result: Uint8Array | ExchangeError) => void} resolve
 */

/** A server that owes replies and sends nothing for so long counts as unresponsive, in milliseconds. */
const MAX_SILENCE_MS = 10_000;
const ERROR = 0x2d;

const encoder = new TextEncoder();

/**
 * Connects at once. Batches are written and answered in the order in which they came. Once the connection has ended, it takes
 * no more of them.
 */
export class SharedConnection {
  #target;
  #onEnd;
  /** @type {Connection | null} */
  #connection;
  #scanner = new Scanner();
  /** In their order: those that were written come first. @type {Batch[]} */
  #batches = [];
  #isOpen = false;
  /** Whether batches may be written. */
  #isReady = false;
  /**
   * An error in reply to the handshake, such as "max number of clients reached", until something else is answered.
   * @type {Uint8Array | undefined}
   */
  #handshakeError;
  #lastReceived = Date.now();
  #timer = 0;

  /**
   * @param {Connector} connect
   * @param {Target} target
   * @param {() => void} onEnd
   */
  constructor(connect, target, onEnd) {
    this.#target = target;
    this.#onEnd = onEnd;
    this.#connection = connect(target.address, {
      opened: () => this.#opened(),
      received: (chunk) => this.#received(chunk),
      closed: (error) => {
        if (!this.#isReady) this.#readHandshakeError();
        if (this.#handshakeError) this.#refuse();
        else this.#end(this.#isOpen ? 'CONNECTION_LOST' : 'UNREACHABLE', error);
      },
    });
  }

  /**
   * @param {Uint8Array} commands whole commands
   * @returns {Promise<Uint8Array | ExchangeError>} their replies
   */
  exchange(commands) {
    return new Promise((resolve) => {
      if (this.#batches.length === 0) this.#lastReceived = Date.now();
      const batch = batchOf(commands, resolve);
      this.#batches.push(batch);
      if (this.#isReady) this.#write(batch);
      this.#watch();
    });
  }

  /** Batches wait for the replies to AUTH and SELECT, which decide as whom and where they are executed. */
  #opened() {
    this.#isOpen = true;
    this.#lastReceived = Date.now();
    const { password, database, clientName } = this.#target;
    const handshake = handshakeFor(this.#target);
    const waiting = this.#batches;
    this.#batches = [];
    if (handshake.length > 0) {
      const batch = batchOf(handshake, (replies) =>
        this.#onHandshakeReplies(replies, clientName !== ''),
      );
      this.#batches.push(batch);
      this.#write(batch);
    }
    this.#batches.push(...waiting);
    if (password === undefined && database === 0) this.#begin(waiting);
  }

  /**
   * @param {Uint8Array | ExchangeError} replies
   * @param {boolean} named whether the last is the reply to CLIENT SETNAME, which may be refused
   */
  #onHandshakeReplies(replies, named) {
    if (!(replies instanceof Uint8Array)) return;
    const lines = linesOf(replies);
    const refusals = lines.filter((line) => line[0] === ERROR);
    const mayGoOn = refusals.every((line) => named && line === lines.at(-1));
    this.#handshakeError = refusals[0];
    if (!mayGoOn) this.#refuse();
    else if (!this.#isReady) this.#begin(this.#batches);
  }

  /** A server that takes no more clients sends one error, whatever the commands. */
  #readHandshakeError() {
    const line = linesOf(concatenate(this.#batches[0]?.replies ?? []))[0];
    if (line?.[0] === ERROR) this.#handshakeError = line;
  }

  /** @param {Batch[]} waiting */
  #begin(waiting) {
    this.#isReady = true;
    for (const batch of waiting) this.#write(batch);
  }

  /** @param {Batch} batch */
  #write(batch) {
    if (batch.commands) this.#connection?.write(batch.commands);
    batch.commands = null;
  }

  /** @param {Uint8Array} chunk */
  #received(chunk) {
    this.#lastReceived = Date.now();
    try {
      this.#distribute(chunk);
    } catch (error) {
      this.#end('PROTOCOL', error);
    }
  }

  /** @param {Uint8Array} chunk */
  #distribute(chunk) {
    let start = 0;
    for (let at = 0; (at = this.#scanner.next(chunk, at)) >= 0;) {
      const batch = this.#first();
      if (--batch.awaited > 0) continue;
      batch.replies.push(chunk.slice(start, at));
      start = at;
      this.#batches.shift();
      this.#handshakeError = undefined;
      batch.resolve(concatenate(batch.replies));
      if (this.#connection === null) return;
    }
    if (start < chunk.length) this.#first().replies.push(chunk.slice(start));
  }

  #first() {
    const [batch] = this.#batches;
    if (batch === undefined) throw new Error('a reply without a request');
    return batch;
  }

  /** The server refuses the handshake: its error is the reply to every command. */
  #refuse() {
    const handshakeError = this.#handshakeError;
    for (const { awaited, resolve } of this.#close()) {
      resolve(concatenate(Array(awaited).fill(handshakeError)));
    }
  }

  /**
   * @param {string} code
   * @param {any} error
   */
  #end(code, error) {
    const text = [error?.name, error?.message].filter(Boolean).join(': ');
    for (const { resolve } of this.#close()) resolve({ code, text });
  }

  #close() {
    const batches = this.#batches;
    this.#batches = [];
    this.#connection?.close();
    this.#connection = null;
    clearTimeout(this.#timer);
    this.#onEnd();
    return batches;
  }

  // The timer runs only while batches wait: it would keep the Durable Object from being hibernated.
  #watch() {
    this.#timer ||= Number(setTimeout(this.#check, this.#remaining()));
  }

  #check = () => {
    this.#timer = 0;
    if (this.#batches.length === 0) return;
    if (this.#remaining() > 0) return this.#watch();
    this.#end(this.#isReady ? 'CONNECTION_LOST' : 'CONNECT_TIMEOUT', null);
  };

  #remaining() {
    const limit = this.#isReady ? MAX_SILENCE_MS : this.#target.connectTimeout;
    return Math.max(0, this.#lastReceived + limit - Date.now());
  }
}

/**
 * @param {Uint8Array} commands
 * @param {Batch['resolve']} resolve
 * @returns {Batch}
 */
function batchOf(commands, resolve) {
  return { commands, awaited: countValues(commands), replies: [], resolve };
}

/**
 * AUTH, SELECT and CLIENT SETNAME, as far as they are needed.
 *
 * @param {Target} target
 */
function handshakeFor({ username, password, database, clientName }) {
  const commands = [];
  if (password !== undefined) {
    commands.push(username === undefined ? ['AUTH', password] : ['AUTH', username, password]);
  }
  if (database !== 0) commands.push(['SELECT', String(database)]);
  if (clientName !== '') commands.push(['CLIENT', 'SETNAME', clientName]);
  const text = commands.map((command) => {
    const parts = command.map((part) => `$${encoder.encode(part).length}\r\n${part}\r\n`);
    return `*${command.length}\r\n${parts.join('')}`;
  });
  return encoder.encode(text.join(''));
}

/** @param {Uint8Array} replies of one line each */
function linesOf(replies) {
  const scanner = new Scanner();
  const lines = [];
  for (let start = 0, end; (end = scanner.next(replies, start)) >= 0; start = end) {
    lines.push(replies.subarray(start, end));
  }
  return lines;
}
