/**
 * Checks the bytes that come to the pool before they go to a connection that many share. What is not one whole command after
 * another, or has another number of replies than one, would shift the replies of everybody behind it.
 * @module
 */

/** What a command means for the keys that it names, and so for who may share its reply. */
export const READ = 0;
/** Asks for what is no key's: who the nodes and the master are. */
export const TOPOLOGY = 1;
/** Changes its first argument. */
export const WRITE = 2;
/** Changes each of its arguments. */
export const WRITE_ALL = 3;
/** Neither reads nor changes a key. */
const NEUTRAL = 4;
/** May change any key, or how the next command is executed. */
export const BARRIER = 5;

/**
 * The commands of this package, each of which is answered by one reply; of those that have subcommands, the ones that are sent.
 * @type {Map<string, { effect: number, subcommands?: string[] }>}
 */
const ALLOWED = new Map([
  ['ASKING', { effect: BARRIER }],
  ['CLUSTER', { effect: TOPOLOGY, subcommands: ['MYID', 'SLOTS'] }],
  ['DEL', { effect: WRITE_ALL }],
  ['EVAL', { effect: BARRIER }],
  ['EXISTS', { effect: READ }],
  ['FLUSHDB', { effect: BARRIER }],
  ['GET', { effect: READ }],
  ['GETDEL', { effect: WRITE }],
  ['INCRBY', { effect: WRITE }],
  ['MGET', { effect: READ }],
  ['PEXPIRE', { effect: WRITE }],
  ['PING', { effect: NEUTRAL }],
  ['PTTL', { effect: READ }],
  ['READONLY', { effect: BARRIER }],
  ['ROLE', { effect: NEUTRAL }],
  ['SCAN', { effect: NEUTRAL }],
  ['SENTINEL', { effect: TOPOLOGY, subcommands: ['GET-MASTER-ADDR-BY-NAME', 'REPLICAS'] }],
  ['SET', { effect: WRITE }],
  ['UNLINK', { effect: WRITE_ALL }],
]);
const MAX_NAME_BYTES = 23;

/** Redis's own limits, beyond which it closes the connection: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
const MAX_ARGUMENTS = 1024 * 1024;
const MAX_BULK_BYTES = 512 * 1024 * 1024;

const BULK = 0x24;
const ARRAY = 0x2a;
const ZERO = 0x30;
const CR = 13;
const LF = 10;

/**
 * @typedef {object} Command
 * @property {number} start where it begins in the bytes
 * @property {number} end
 * @property {number} effect
 * @property {number} keysAt where its arguments begin
 * @property {number} keyCount how many of them are keys
 */

/**
 * @param {unknown} bytes
 * @returns {Command[]}
 * @throws {Error} when they are not whole and allowed commands, at least one
 */
export function readCommands(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new Error('commands are bytes');
  if (bytes.length === 0) throw new Error('there are no commands');
  const reader = new CommandReader(bytes);
  const commands = [];
  while (!reader.isAtEnd) commands.push(reader.readCommand());
  return commands;
}

/**
 * @param {Uint8Array} bytes
 * @param {Command} command one of them
 * @returns {Generator<Uint8Array, void>}
 */
export function* keysOf(bytes, { keysAt, keyCount }) {
  const reader = new CommandReader(bytes, keysAt);
  for (let left = keyCount; left > 0; left--) yield reader.skipString();
}

class CommandReader {
  #bytes;
  #at;

  /**
   * @param {Uint8Array} bytes
   * @param {number} [at]
   */
  constructor(bytes, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd() {
    return this.#at === this.#bytes.length;
  }

  /** @returns {Command} */
  readCommand() {
    const start = this.#at;
    const strings = this.#readLength(ARRAY, MAX_ARGUMENTS);
    const { effect, subcommands } = ALLOWED.get(strings > 0 ? this.#readName() : '') ?? {};
    const isAllowed =
      effect !== undefined &&
      (subcommands === undefined || (strings > 1 && subcommands.includes(this.#readName())));
    if (!isAllowed) throw new Error('a command is not one that the cache sends');
    const keysAt = this.#at;
    const left = strings - (subcommands ? 2 : 1);
    for (let index = 0; index < left; index++) this.skipString();
    const keyCount = effect === WRITE ? Math.min(left, 1) : left;
    return { start, end: this.#at, effect, keysAt, keyCount };
  }

  #readName() {
    const bytes = this.skipString();
    return bytes.length > MAX_NAME_BYTES ? '' : String.fromCharCode(...bytes);
  }

  skipString() {
    const length = this.#readLength(BULK, MAX_BULK_BYTES);
    const string = this.#bytes.subarray(this.#at, (this.#at += length));
    this.#skipLineEnd();
    return string;
  }

  /**
   * @param {number} type the byte before the digits
   * @param {number} max
   */
  #readLength(type, max) {
    const bytes = this.#bytes;
    if (bytes[this.#at++] !== type) throw new Error('they are not commands');
    const start = this.#at;
    let length = 0;
    for (let digit; (digit = Number(bytes[this.#at]) - ZERO) >= 0 && digit <= 9; this.#at++) {
      length = length * 10 + digit;
      if (length > max) throw new Error('a command is larger than Redis takes');
    }
    const digits = this.#at - start;
    if (digits === 0 || (bytes[start] === ZERO && digits > 1)) throw new Error('a length is wrong');
    this.#skipLineEnd();
    return length;
  }

  #skipLineEnd() {
    const isThere = this.#bytes[this.#at] === CR && this.#bytes[this.#at + 1] === LF;
    if (!isThere) throw new Error('a command is not whole');
    this.#at += 2;
  }
}
