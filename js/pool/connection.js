/**
 * One connection to a Redis, shared by the requests of many caches.
 * @module
 */
import { Scanner, countValues } from '../resp/scanner.js';

/** @import { Connection, Connector } from '../transports/types.js' */
/** @import { Refusal, Target } from './rpc.js' */

/**
 * @typedef {object} Batch Commands of one cache, which were or will be written together.
 * @property {Uint8Array | null} commands null once they were written
 * @property {number} awaited how many replies are still to come
 * @property {Uint8Array[]} replies
 * @property {(result: Uint8Array | Refusal) => void} resolve
 */

/** A server that owes replies and says nothing for so long is given up, in milliseconds. */
const LONGEST_SILENCE = 10_000;
const ERROR = 0x2d;

const encoder = new TextEncoder();

/**
 * Opens at once. Batches are written in the order of their coming, and answered in that order. Once it has ended, for
 * whatever reason, it takes no more of them.
 */
export class SharedConnection {
  #target;
  #onEnd;
  /** @type {Connection | null} */
  #connection;
  #scanner = new Scanner();
  /** Those that were written come first. @type {Batch[]} */
  #batches = [];
  #isOpen = false;
  /** Whether batches may be written. */
  #isReady = false;
  /** An error in reply to our greeting, such as "max number of clients reached", while nothing else was answered. @type {Uint8Array | undefined} */
  #complaint;
  #lastHeard = Date.now();
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
        if (!this.#isReady) this.#readComplaint();
        if (this.#complaint) this.#refuse();
        else this.#end(this.#isOpen ? 'CONNECTION_LOST' : 'UNREACHABLE', error);
      },
    });
  }

  /**
   * @param {Uint8Array} commands whole commands
   * @returns {Promise<Uint8Array | Refusal>} their replies
   */
  exchange(commands) {
    return new Promise((resolve) => {
      if (this.#batches.length === 0) this.#lastHeard = Date.now();
      const batch = batchOf(commands, resolve);
      this.#batches.push(batch);
      if (this.#isReady) this.#write(batch);
      this.#watch();
    });
  }

  /**
   * Where AUTH and SELECT decide whose commands they are, all wait until these are answered.
   */
  #opened() {
    this.#isOpen = true;
    this.#lastHeard = Date.now();
    const { password, database, name } = this.#target;
    const greeting = greetingFor(this.#target);
    const waiting = this.#batches;
    this.#batches = [];
    if (greeting.length > 0) {
      const batch = batchOf(greeting, (replies) => this.#greeted(replies, name !== ''));
      this.#batches.push(batch);
      this.#write(batch);
    }
    this.#batches.push(...waiting);
    if (password === undefined && database === 0) this.#begin(waiting);
  }

  /**
   * @param {Uint8Array | Refusal} replies
   * @param {boolean} named whether the last is that of CLIENT SETNAME, which may be refused
   */
  #greeted(replies, named) {
    if (!(replies instanceof Uint8Array)) return;
    const lines = linesOf(replies);
    const refusals = lines.filter((line) => line[0] === ERROR);
    const mayGoOn = refusals.every((line) => named && line === lines.at(-1));
    this.#complaint = refusals[0];
    if (!mayGoOn) this.#refuse();
    else if (!this.#isReady) this.#begin(this.#batches);
  }

  /** A server that takes no more clients says so once, whatever it was asked. */
  #readComplaint() {
    const line = linesOf(joined(this.#batches[0]?.replies ?? []))[0];
    if (line?.[0] === ERROR) this.#complaint = line;
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
    this.#lastHeard = Date.now();
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
      this.#complaint = undefined;
      batch.resolve(joined(batch.replies));
      if (this.#connection === null) return;
    }
    if (start < chunk.length) this.#first().replies.push(chunk.slice(start));
  }

  #first() {
    const [batch] = this.#batches;
    if (batch === undefined) throw new Error('it answers what nobody asked');
    return batch;
  }

  /**
   * The server does not take us: what it said is the answer to every command.
   */
  #refuse() {
    const complaint = this.#complaint;
    for (const { awaited, resolve } of this.#close()) {
      resolve(joined(Array(awaited).fill(complaint)));
    }
  }

  /**
   * @param {string} code
   * @param {any} error
   */
  #end(code, error) {
    const words = [error?.name, error?.message].filter(Boolean).join(': ');
    for (const { resolve } of this.#close()) resolve({ code, words });
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

  // A timer runs only while batches wait: one that always did would keep the Durable Object awake.
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
    const most = this.#isReady ? LONGEST_SILENCE : this.#target.connectTimeout;
    return Math.max(0, this.#lastHeard + most - Date.now());
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
function greetingFor({ username, password, database, name }) {
  const commands = [];
  if (password !== undefined) {
    commands.push(username === undefined ? ['AUTH', password] : ['AUTH', username, password]);
  }
  if (database !== 0) commands.push(['SELECT', String(database)]);
  if (name !== '') commands.push(['CLIENT', 'SETNAME', name]);
  const text = commands.map((words) => {
    const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
    return `*${words.length}\r\n${parts.join('')}`;
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

/** @param {Uint8Array[]} parts */
function joined(parts) {
  if (parts.length === 1) return /** @type {Uint8Array} */ (parts[0]);
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
