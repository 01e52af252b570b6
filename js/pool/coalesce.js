/**
 * Sends equal reads once: what many requests ask a server at the same time has one answer for all of them.
 *
 * A read is shared by the batches of one tick, before any of them is written to the socket: nobody gets a value that is older than
 * its question. What the reads and writes of a key see keeps its order. Questions about the servers are shared as long as an answer
 * is awaited, since it only says where to ask.
 * @module
 */
import { concatenate } from '../core/bytes.js';
import { BARRIER, keysOf, READ, TOPOLOGY, WRITE, WRITE_ALL } from './commands.js';

/** @import { Command } from './commands.js' */
/** @import { ExchangeError } from './rpc.js' */

/**
 * @typedef {object} Batch Commands of one cache.
 * @property {Uint8Array} bytes
 * @property {Command[]} commands in these bytes
 * @property {number} connectBy until when the connection must stand
 * @property {Uint8Array[]} replies by stretch
 * @property {number} awaited how many stretches are still to come
 * @property {(result: Uint8Array | ExchangeError) => void} resolve
 */

/** Longer commands and keys are not compared. */
const MAX_TEXT_BYTES = 4096;
/** Commands that are longer together are written one by one, instead of being copied, in bytes. */
const MAX_COPIED_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);

/** Consecutive replies on the connection, which go to the same batches. */
export class Stretch {
  /** How many replies are still to come. */
  awaited = 0;
  /** What has come of them. @type {Uint8Array[]} */
  chunks = [];
  /** Who gets them, and as which of its stretches. @type {{ batch: Batch, index: number }[]} */
  takers = [];

  /** @param {string | null} [question] the command, where it is one about the servers */
  constructor(question = null) {
    this.question = question;
  }

  /** @param {Batch} batch */
  addTaker(batch) {
    const index = batch.replies.push(NOTHING) - 1;
    this.takers.push({ batch, index });
    batch.awaited++;
  }
}

/** What the batches of one tick send. */
export class Tick {
  #inFlight;
  #reads;
  /** The bytes to write. @type {Uint8Array[]} */
  #ranges = [];

  /**
   * @param {readonly Batch[]} batches in their order
   * @param {Stretch[]} inFlight those that are not answered, in the order of their replies: gets those that are to be sent
   */
  constructor(batches, inFlight) {
    this.#inFlight = inFlight;
    this.#reads = new SharedReads(inFlight, batches.length > 1);
    for (const batch of batches) this.#add(batch);
  }

  get output() {
    const ranges = this.#ranges;
    const length = ranges.reduce((sum, range) => sum + range.length, 0);
    return length === 0 || length > MAX_COPIED_BYTES ? ranges : [concatenate(ranges)];
  }

  /** @param {Batch} batch */
  #add(batch) {
    const { bytes, commands } = batch;
    this.#reads.beginBatch(bytes);
    let start = 0;
    /** Of the commands just before. @type {Stretch | null} */
    let own = null;
    for (const command of commands) {
      const shared = this.#reads.claim(command);
      if (shared !== null && shared.awaited > 0) {
        this.#write(bytes, start, command.start);
        start = command.end;
        shared.addTaker(batch);
      } else if (shared === null && own !== null) own.awaited++;
      else own = this.#send(batch, shared ?? new Stretch());
      if (shared !== null) own = null;
    }
    this.#write(bytes, start, bytes.length);
  }

  /**
   * @param {Batch} batch
   * @param {Stretch} stretch
   */
  #send(batch, stretch) {
    stretch.awaited = 1;
    stretch.addTaker(batch);
    this.#inFlight.push(stretch);
    return stretch;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   */
  #write(bytes, start, end) {
    if (start < end) this.#ranges.push(bytes.subarray(start, end));
  }
}

/** Which reads are sent, and which later ones may share their replies. */
class SharedReads {
  #inFlight;
  #sharesReads;
  /** @type {Uint8Array} */
  #bytes = NOTHING;
  /** The last of each read, by its text. @type {Map<string, { stretch: Stretch, at: number }>} */
  #reads = new Map();
  /** Which command changed a key last. @type {Map<string, number>} */
  #changed = new Map();
  /** Which command has told the batch of a key last. @type {Map<string, number>} */
  #told = new Map();
  /** The last command that may have changed any key. */
  #barrier = -Infinity;
  #at = -1;

  /**
   * @param {readonly Stretch[]} inFlight
   * @param {boolean} sharesReads
   */
  constructor(inFlight, sharesReads) {
    this.#inFlight = inFlight;
    this.#sharesReads = sharesReads;
  }

  /** @param {Uint8Array} bytes */
  beginBatch(bytes) {
    this.#bytes = bytes;
    this.#told.clear();
  }

  /**
   * @param {Command} command the next one
   * @returns {Stretch | null} its reply, which others may share; a new one when it is to be sent. Null: it is not shared
   */
  claim(command) {
    const at = ++this.#at;
    const { start, end, effect } = command;
    if (effect !== READ && effect !== TOPOLOGY) return this.#noteChanges(command);
    // What follows ASKING is executed otherwise.
    const isShared = effect === TOPOLOGY || (this.#sharesReads && this.#barrier !== at - 1);
    if (!isShared || end - start > MAX_TEXT_BYTES) return null;
    const text = textOf(this.#bytes.subarray(start, end));
    return effect === TOPOLOGY ? this.#claimQuestion(text) : this.#claimRead(command, text);
  }

  /** @param {string} text */
  #claimQuestion(text) {
    return this.#inFlight.find(({ question }) => question === text) ?? new Stretch(text);
  }

  /**
   * A reply from before the key was changed is not shared; nor is one from before another reply about the key to the same batch:
   * what PTTL tells must not be younger than what GET tells.
   *
   * @param {Command} command
   * @param {string} text
   */
  #claimRead(command, text) {
    const keys = Array.from(keysOf(this.#bytes, command), textOf);
    const since = Math.max(this.#barrier, ...keys.map((key) => this.#lastSeen(key)));
    let read = this.#reads.get(text);
    if (read === undefined || read.at < since) {
      read = { stretch: new Stretch(), at: this.#at };
      this.#reads.set(text, read);
    }
    for (const key of keys) this.#told.set(key, read.at);
    return read.stretch;
  }

  /** @param {string} key */
  #lastSeen(key) {
    return Math.max(this.#changed.get(key) ?? -1, this.#told.get(key) ?? -1);
  }

  /**
   * @param {Command} command
   * @returns {null}
   */
  #noteChanges(command) {
    if (command.effect === BARRIER) this.#barrier = this.#at;
    if (command.effect !== WRITE && command.effect !== WRITE_ALL) return null;
    for (const key of keysOf(this.#bytes, command)) {
      if (key.length > MAX_TEXT_BYTES) this.#barrier = this.#at;
      else this.#changed.set(textOf(key), this.#at);
    }
    return null;
  }
}

/**
 * A string of as many characters as there are bytes.
 *
 * @param {Uint8Array} bytes at most {@link MAX_TEXT_BYTES}
 */
function textOf(bytes) {
  return String.fromCharCode(...bytes);
}
