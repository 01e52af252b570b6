/**
 * RESP from the server's side: takes the core's commands apart, and makes replies of what a client answers.
 * @module
 */
/** @import { ClientReply, Command } from './libraries.js' */

/** The first bytes of replies in RESP. */
export const STATUS = 0x2b;
const ERROR = 0x2d;
export const INTEGER = 0x3a;
export const BULK = 0x24;
const ARRAY = 0x2a;
const ZERO = 0x30;
const CARRIAGE_RETURN = 13;

/** Replies of the core's commands that are not bulk strings. @type {Record<string, number>} */
const REPLY_TYPES = {
  SET: STATUS,
  PING: STATUS,
  FLUSHDB: STATUS,
  INCRBY: INTEGER,
  PTTL: INTEGER,
  PEXPIRE: INTEGER,
  EXISTS: INTEGER,
  DEL: INTEGER,
  UNLINK: INTEGER,
};

/** The JavaScript types of a reply besides bytes, null and arrays. */
const SCALAR_TYPES = ['string', 'number', 'bigint'];

const LINE_END = Uint8Array.of(13, 10);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** ioredis and node-redis take bytes only as `Buffer`s. */
const { Buffer } = /** @type {any} */ (globalThis);

/**
 * The commands in the core's bytes. They are whole and well-formed, so that the scanner for bytes from outside is not needed: it would add
 * 0.4 KB to every Worker (2026-11-27).
 *
 * @param {Uint8Array} chunk whole commands: arrays of bulk strings
 */
export function* commandsIn(chunk) {
  const bytes = Buffer?.from(chunk.buffer, chunk.byteOffset, chunk.length) ?? chunk;
  let at = 0;
  const readLength = () => {
    let length = 0;
    while (bytes[++at] !== CARRIAGE_RETURN) length = length * 10 + bytes[at] - ZERO;
    at += LINE_END.length;
    return length;
  };
  const readString = () => {
    const end = readLength() + at;
    const string = bytes.subarray(at, end);
    at = end + LINE_END.length;
    return string;
  };
  while (at < bytes.length) {
    const args = readLength() - 1;
    /** @type {Command} */
    const command = [decoder.decode(readString())];
    for (let index = 0; index < args; index++) command.push(readString());
    yield command;
  }
}

/**
 * @param {string} name the command's
 * @param {ClientReply | undefined} reply
 * @param {Uint8Array[]} out
 */
export function encodeReply(name, reply, out) {
  encode(reply, REPLY_TYPES[name] ?? BULK, out);
}

/**
 * @param {string} message the server's
 * @param {Uint8Array[]} out
 */
export function encodeError(message, out) {
  line(ERROR, message, out);
}

/**
 * @param {ClientReply | undefined} reply
 * @param {number} type of the reply that a scalar stands for
 * @param {Uint8Array[]} out
 */
function encode(reply, type, out) {
  if (reply === null) return line(BULK, '-1', out);
  if (Array.isArray(reply)) {
    line(ARRAY, String(reply.length), out);
    for (const item of reply) encode(item, BULK, out);
  } else if (!ArrayBuffer.isView(reply) && !SCALAR_TYPES.includes(typeof reply)) {
    throw new TypeError(`the client answered a command with ${typeof reply}`);
  } else if (type === BULK) {
    const bytes = ArrayBuffer.isView(reply) ? reply : encoder.encode(String(reply));
    line(BULK, String(bytes.length), out);
    out.push(bytes, LINE_END);
  } else if (typeof reply === 'number' && !Number.isSafeInteger(reply)) {
    line(ERROR, 'ROUNDED by the client', out);
  } else {
    line(type, ArrayBuffer.isView(reply) ? decoder.decode(reply) : String(reply), out);
  }
}

/**
 * @param {number} type
 * @param {string} text
 * @param {Uint8Array[]} out
 */
function line(type, text, out) {
  out.push(Uint8Array.of(type), encoder.encode(text), LINE_END);
}
