/**
 * The floor: the least that plain JavaScript can do for `SET key value EX 300` and `GET key` with any text, and still hand a
 * promise to each caller. It is no client: nothing ever fails here, there are no deadlines and no reconnections, and only the
 * replies `+OK` and a bulk string are understood. The commands of a tick are one string and one write. A received chunk becomes
 * one string, of which values are slices, unless it holds more than ASCII. Objects go through JSON, within the parser: no
 * further promise.
 */

import { Buffer, isAscii } from 'node:buffer';
import net from 'node:net';
import { TIMEOUT } from '../workload.js';

const RECEIVE_BUFFER_BYTES = 64 * 1024;
const EXPIRY = `\r\n$2\r\nEX\r\n$${String(TIMEOUT).length}\r\n${TIMEOUT}\r\n`;
const PLUS = 43;
const ZERO = 48;
/** `+OK` and its line end. */
const OK_LENGTH = 5;

/** So many answered calls are forgotten at once. */
const FORGOTTEN = 4096;

/** @typedef {(reply: any) => void} Answer */

/** @param {number} port */
export async function connect(port) {
  /** The callers, in order; the first `answered` have their reply. @type {Answer[]} */
  let waiting = [];
  let answered = 0;
  let commands = '';
  /** What of the last chunks belongs to a reply that is not whole: a character for each byte. */
  let received = '';
  let isPlain = true;

  const buffer = Buffer.alloc(RECEIVE_BUFFER_BYTES);
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
        isPlain = (isPlain || received === '') && isAscii(buffer.subarray(0, length));
        read(buffer.toString('latin1', 0, length));
        return true;
      },
    },
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));

  /** @param {string} chunk */
  function read(chunk) {
    const text = received === '' ? chunk : received + chunk;
    let at = 0;
    while (at < text.length) {
      if (text.charCodeAt(at) === PLUS) {
        if (at + OK_LENGTH > text.length) break;
        next()(true);
        at += OK_LENGTH;
        continue;
      }
      const line = text.indexOf('\r', at);
      if (line < 0) break;
      let size = 0;
      for (let digit = at + 1; digit < line; digit++) {
        size = size * 10 + text.charCodeAt(digit) - ZERO;
      }
      const start = line + 2;
      const end = start + size;
      if (end + 2 > text.length) break;
      const value = text.slice(start, end);
      next()(isPlain ? value : Buffer.from(value, 'latin1').toString());
      at = end + 2;
    }
    received = text.slice(at);
    if (answered === waiting.length || answered > FORGOTTEN) {
      waiting = waiting.slice(answered);
      answered = 0;
    }
  }

  const next = () => /** @type {Answer} */ (waiting[answered++]);

  function flush() {
    socket.write(commands, 'utf8');
    commands = '';
  }

  /** @param {string} command */
  function send(command) {
    if (commands === '') queueMicrotask(flush);
    commands += command;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  function set(key, value) {
    const { byteLength } = Buffer;
    send(
      `*5\r\n$3\r\nSET\r\n$${byteLength(key)}\r\n${key}\r\n$${byteLength(value)}\r\n${value}${EXPIRY}`,
    );
    return new Promise((resolve) => waiting.push(resolve));
  }

  /**
   * @param {string} key
   * @param {(resolve: Answer) => Answer} [decode]
   */
  function get(key, decode) {
    send(`*2\r\n$3\r\nGET\r\n$${Buffer.byteLength(key)}\r\n${key}\r\n`);
    return new Promise((resolve) => waiting.push(decode === undefined ? resolve : decode(resolve)));
  }

  const parsed = (/** @type {Answer} */ resolve) => (/** @type {string} */ text) =>
    resolve(JSON.parse(text));

  return {
    string: {
      set,
      get: (/** @type {string} */ key) => get(key),
      getMany: (/** @type {string[]} */ keys) => Promise.all(keys.map((key) => get(key))),
    },
    object: {
      set: (/** @type {string} */ key, /** @type {unknown} */ value) =>
        set(key, JSON.stringify(value)),
      get: (/** @type {string} */ key) => get(key, parsed),
    },
    close: async () => void socket.destroy(),
  };
}
