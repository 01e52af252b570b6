/**
 * RESP from the other side: the core's commands, taken apart, and a client's replies, put together again.
 * @module
 */

/** @import { ClientReply, Command } from './libraries.js' */

/** Replies of the core's commands that are no bulk strings: their first byte in RESP. */
export const STATUS = 0x2b;
const ERROR = 0x2d;
export const INTEGER = 0x3a;
export const BULK = 0x24;
const ARRAY = 0x2a;
/** @type {Record<string, number>} */
const REPLY_TYPES = {
  SET: STATUS,
  PING: STATUS,
  FLUSHDB: STATUS,
  INCRBY: INTEGER,
  EXISTS: INTEGER,
  DEL: INTEGER,
  UNLINK: INTEGER,
};

/** The types of a reply besides bytes, null and arrays. */
const PLAIN = ['string', 'number', 'bigint'];

const CR = 13;
const LINE_END = Uint8Array.of(CR, 10);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** ioredis and node-redis take bytes as `Buffer`s only. */
const { Buffer } = /** @type {any} */ (globalThis);

/**
 * The commands in the core's bytes: arrays of bulk strings.
 *
 * @param {Uint8Array} chunk
 */
export function* commandsIn(chunk) {
  const bytes = Buffer?.from(chunk.buffer, chunk.byteOffset, chunk.length) ?? chunk;
  let at = 0;
  const number = () => {
    const end = bytes.indexOf(CR, at);
    const digits = decoder.decode(bytes.subarray(at + 1, end));
    at = end + 2;
    return Number(digits);
  };
  while (at < bytes.length) {
    const parts = Array.from({ length: number() }, () => {
      const length = number();
      const start = at;
      at += length + 2;
      return bytes.subarray(start, start + length);
    });
    yield /** @type {Command} */ ([decoder.decode(parts[0]), ...parts.slice(1)]);
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
 * @param {string} words the server's
 * @param {Uint8Array[]} out
 */
export function encodeError(words, out) {
  line(ERROR, words, out);
}

/**
 * @param {ClientReply | undefined} reply
 * @param {number} type what text and numbers stand for
 * @param {Uint8Array[]} out
 */
function encode(reply, type, out) {
  if (reply === null) return line(BULK, '-1', out);
  if (Array.isArray(reply)) {
    line(ARRAY, String(reply.length), out);
    for (const item of reply) encode(item, BULK, out);
  } else if (!ArrayBuffer.isView(reply) && !PLAIN.includes(typeof reply)) {
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

/** @param {Uint8Array[]} parts */
export function concatenate(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
