/**
 * RESP from the server's side: commands are read, replies written.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 * @module
 */
import { concatenate } from '../core/bytes.js';
import { bulkStrings, Scanner } from '../resp/scanner.js';

/** @typedef {Uint8Array[]} Command its name, and its arguments */
/** @typedef {Uint8Array | string | number | bigint | null | CommandError | Reply[]} Reply a string is a status */

const encoder = new TextEncoder();

/** What a command answers when it fails: the message is the server's words. */
export class CommandError extends Error {}

/** Finds commands in bytes that come in pieces. */
export class CommandReader {
  #scanner = new Scanner();
  /** The beginning of a command that is not complete. */
  #rest = new Uint8Array();

  /**
   * The commands that are complete now.
   *
   * @param {Uint8Array} chunk read before this returns
   * @returns {Command[]}
   */
  push(chunk) {
    const bytes = concatenate([this.#rest, chunk]);
    let end = 0;
    for (let at = this.#rest.length; (at = this.#scanner.next(bytes, at)) >= 0;) end = at;
    this.#rest = bytes.slice(end);
    return [...bulkStrings(bytes.subarray(0, end))];
  }
}

/**
 * @param {Reply} reply
 * @returns {Uint8Array}
 */
export function encodeReply(reply) {
  if (reply === null) return encoder.encode('$-1\r\n');
  if (reply instanceof CommandError) return encoder.encode(`-${reply.message}\r\n`);
  if (typeof reply === 'string') return encoder.encode(`+${reply}\r\n`);
  if (typeof reply === 'number' || typeof reply === 'bigint') {
    return encoder.encode(`:${reply}\r\n`);
  }
  if (Array.isArray(reply)) {
    return concatenate([encoder.encode(`*${reply.length}\r\n`), ...reply.map(encodeReply)]);
  }
  return concatenate([encoder.encode(`$${reply.length}\r\n`), reply, encoder.encode('\r\n')]);
}
