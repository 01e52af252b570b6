/**
 * RESP from the server's side: commands are read, replies written.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 * @module
 */
import { concatenate } from '../core/bytes.js';

/** @typedef {Uint8Array[]} Command its name, and its arguments */
/** @typedef {Uint8Array | string | number | bigint | null | CommandError | Reply[]} Reply a string is a status */

const CR = 13;
const ARRAY = 0x2a;
const BULK = 0x24;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a command answers when it fails: the message is the server's words. */
export class CommandError extends Error {}

/** Finds commands in bytes that come in pieces. */
export class CommandReader {
  #rest = new Uint8Array();
  #at = 0;

  /**
   * The commands that are complete now.
   *
   * @param {Uint8Array} chunk read before this returns
   * @returns {Command[]}
   */
  push(chunk) {
    const bytes = concatenate([this.#rest, chunk]);
    const commands = [];
    let end = 0;
    this.#at = 0;
    for (let command; (command = this.#command(bytes)) !== null; end = this.#at) {
      commands.push(command);
    }
    this.#rest = bytes.slice(end);
    return commands;
  }

  /** @param {Uint8Array} bytes @returns {Command | null} null when it is not complete */
  #command(bytes) {
    const count = this.#number(bytes, ARRAY);
    if (count === null) return null;
    const command = [];
    while (command.length < count) {
      const length = this.#number(bytes, BULK);
      if (length === null || this.#at + length + 2 > bytes.length) return null;
      command.push(bytes.slice(this.#at, this.#at + length));
      this.#at += length + 2;
    }
    return command;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} type the byte before the number
   */
  #number(bytes, type) {
    const end = bytes.indexOf(CR, this.#at);
    if (end < 0 || end + 1 >= bytes.length) return null;
    const digits = decoder.decode(bytes.subarray(this.#at + 1, end));
    if (bytes[this.#at] !== type || !/^\d{1,9}$/.test(digits)) {
      throw new CommandError('ERR Protocol error');
    }
    this.#at = end + 2;
    return Number(digits);
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
