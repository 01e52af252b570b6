/**
 * Checks the bytes that come to the pool before they go to a connection that many share. What is not one whole command after
 * another, or has another number of replies than one, would shift the replies of everybody behind it.
 * @module
 */

/**
 * The commands of this package, each of which is answered by one reply; of those that have subcommands, the ones that are sent.
 * @type {Map<string, string[] | null>}
 */
const ALLOWED = new Map([
  ['ASKING', null],
  ['CLUSTER', ['MYID', 'SLOTS']],
  ['DEL', null],
  ['EVAL', null],
  ['EXISTS', null],
  ['FLUSHDB', null],
  ['GET', null],
  ['GETDEL', null],
  ['INCRBY', null],
  ['MGET', null],
  ['PEXPIRE', null],
  ['PING', null],
  ['PTTL', null],
  ['READONLY', null],
  ['ROLE', null],
  ['SCAN', null],
  ['SENTINEL', ['GET-MASTER-ADDR-BY-NAME']],
  ['SET', null],
  ['UNLINK', null],
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
 * How many commands there are.
 *
 * @param {unknown} bytes
 * @returns {number}
 * @throws {Error} when they are not whole and allowed commands, at least one
 */
export function countCommands(bytes) {
  if (!(bytes instanceof Uint8Array)) throw new Error('commands are bytes');
  if (bytes.length === 0) throw new Error('there are no commands');
  const reader = new CommandReader(bytes);
  let count = 0;
  for (; !reader.isAtEnd; count++) reader.skipCommand();
  return count;
}

class CommandReader {
  #bytes;
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd() {
    return this.#at === this.#bytes.length;
  }

  skipCommand() {
    const strings = this.#readLength(ARRAY, MAX_ARGUMENTS);
    const name = strings > 0 ? this.#readName() : '';
    const subcommands = ALLOWED.get(name) ?? [];
    const hasSubcommand = subcommands.length > 0;
    const isAllowed = hasSubcommand
      ? strings > 1 && subcommands.includes(this.#readName())
      : ALLOWED.has(name);
    if (!isAllowed) throw new Error('a command is not one that the cache sends');
    for (let index = hasSubcommand ? 2 : 1; index < strings; index++) this.#skipString();
  }

  #readName() {
    const bytes = this.#skipString();
    return bytes.length > MAX_NAME_BYTES ? '' : String.fromCharCode(...bytes);
  }

  #skipString() {
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
