/**
 * One connection to a Redis server, shared by the requests of many caches.
 * @module
 */
import { concatenate } from '../core/bytes.js';
import { now, WakeTimer } from '../core/clock.js';
import { Scanner } from '../resp/scanner.js';

/** @import { Connection, Connector } from '../transports/types.js' */
/** @import { ExchangeError, Target } from './rpc.js' */

/**
 * @typedef {object} Batch Commands of one cache, which are written together.
 * @property {Uint8Array | null} commands null once they were written
 * @property {number} awaited how many replies are still to come
 * @property {number} connectBy until when the connection must stand
 * @property {Uint8Array[]} replies
 * @property {(result: Uint8Array | ExchangeError) => void} resolve
 */

/** A server that owes replies and sends nothing for so long counts as unresponsive, in milliseconds. */
const MAX_SILENCE_MS = 10_000;
/** A connection that nobody uses is closed after so long, in milliseconds. It would keep the Durable Object from being evicted. */
const MAX_IDLE_MS = 30_000;
const ERROR = 0x2d;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

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
  /** Whether the connection takes no more batches, and is closed after the last reply. */
  #isDraining = false;
  /**
   * An error in reply to the handshake, such as "max number of clients reached", until something else is answered.
   * @type {Uint8Array | undefined}
   */
  #handshakeError;
  /** When something was received last, or the first batch came that waits. */
  #lastActive = now();
  #timer = new WakeTimer(() => this.#check());

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
   * @param {number} count how many
   * @param {number} connectTimeout milliseconds
   * @returns {Promise<Uint8Array | ExchangeError>} their replies
   */
  exchange(commands, count, connectTimeout) {
    return new Promise((resolve) => {
      const time = now();
      if (this.#batches.length === 0) this.#lastActive = time;
      const connectBy = time + connectTimeout;
      const batch = { commands, awaited: count, connectBy, replies: [], resolve };
      this.#batches.push(batch);
      if (this.#isReady) this.#write(batch);
      this.#watch();
    });
  }

  /** Batches wait for the replies to AUTH and SELECT, which decide as whom and where they are executed. */
  #opened() {
    this.#isOpen = true;
    this.#lastActive = now();
    const { password, database } = this.#target;
    const waiting = this.#batches;
    this.#batches = [];
    this.#sendHandshake();
    this.#batches.push(...waiting);
    if (password === undefined && database === 0) this.#begin(waiting);
  }

  #sendHandshake() {
    const commands = handshakeFor(this.#target);
    if (commands.length === 0) return;
    /** @type {Batch} */
    const batch = {
      commands: encode(commands),
      awaited: commands.length,
      connectBy: Infinity,
      replies: [],
      resolve: (replies) => this.#onHandshakeReplies(replies),
    };
    this.#batches.push(batch);
    this.#write(batch);
  }

  /**
   * CLIENT SETNAME, which comes last, may be refused.
   *
   * @param {Uint8Array | ExchangeError} replies
   */
  #onHandshakeReplies(replies) {
    if (!(replies instanceof Uint8Array)) return;
    const lines = linesOf(replies);
    const refusals = lines.filter((line) => line[0] === ERROR);
    const isNamed = this.#target.clientName !== '';
    this.#handshakeError = refusals[0];
    if (!refusals.every((line) => isNamed && line === lines.at(-1))) this.#refuse();
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
    this.#lastActive = now();
    try {
      this.#distribute(chunk);
    } catch (error) {
      this.#end('PROTOCOL', error);
    }
  }

  /** @param {Uint8Array} chunk */
  #distribute(chunk) {
    let start = 0;
    let replyStart = 0;
    for (let at = 0; (at = this.#scanner.next(chunk, at)) >= 0; replyStart = at) {
      if (chunk[replyStart] === ERROR && isReadOnly(chunk.subarray(replyStart, at))) this.#drain();
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
    if (this.#isDraining && this.#batches.length === 0) this.#close();
  }

  /** The server was demoted: what comes next gets a new connection, since the name may stand for the new primary by now. */
  #drain() {
    this.#isDraining = true;
    this.#onEnd();
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
    this.#timer.cancel();
    this.#onEnd();
    return batches;
  }

  #check() {
    if (this.#connection === null) return;
    const isDue = now() >= this.#deadline();
    if (isDue && this.#isReady) return this.#end('CONNECTION_LOST', null);
    if (isDue) this.#giveUpConnecting();
    if (this.#connection) this.#watch();
  }

  #watch() {
    this.#timer.schedule(this.#deadline() - now());
  }

  /** When a batch has waited too long, or the connection for a batch. */
  #deadline() {
    if (this.#isReady) {
      return this.#lastActive + (this.#batches.length > 0 ? MAX_SILENCE_MS : MAX_IDLE_MS);
    }
    return this.#batches.reduce((first, { connectBy }) => Math.min(first, connectBy), Infinity);
  }

  /** Answers the batches that wait no longer. */
  #giveUpConnecting() {
    const time = now();
    const late = this.#batches.filter(({ connectBy }) => connectBy <= time);
    this.#batches = this.#batches.filter(({ connectBy }) => connectBy > time);
    for (const { resolve } of late) resolve({ code: 'CONNECT_TIMEOUT', text: '' });
    if (this.#batches.every(({ connectBy }) => connectBy === Infinity)) this.#close();
  }
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
  return commands;
}

/** @param {Uint8Array} reply one that is cut is missed, and the next one counts */
function isReadOnly(reply) {
  return decoder.decode(reply).startsWith('-READONLY');
}

/** @param {string[][]} commands */
function encode(commands) {
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
