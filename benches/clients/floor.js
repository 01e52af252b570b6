/**
 * The floor: the least that plain JavaScript can do for `SET key value EX 300` and `GET key` and still hand a promise to
 * each caller. It is no client: it knows that every key and value here is ASCII and that nothing ever fails, so lengths are
 * those of the strings, there are no deadlines, errors or reconnections, and only the replies `+OK` and a bulk string are
 * understood. The commands of a tick are one string and one write. A received chunk becomes one string, of which values
 * are slices. Objects go through JSON, within the parser: no further promise.
 */

import net from 'node:net';
import { TIMEOUT } from '../workload.js';

const RECEIVE_BUFFER_BYTES = 64 * 1024;
const EXPIRY = `\r\n$2\r\nEX\r\n$${String(TIMEOUT).length}\r\n${TIMEOUT}\r\n`;
const PLUS = 43;
const ZERO = 48;
/** `+OK` and its line end. */
const OK_LENGTH = 5;

/** @typedef {{ resolve: (value: any) => void, isObject: boolean }} Waiting */

/** @param {number} port */
export async function connect(port) {
  /** @type {Waiting[]} */
  let waiting = [];
  let answered = 0;
  let commands = '';
  let received = '';

  const buffer = Buffer.alloc(RECEIVE_BUFFER_BYTES);
  const socket = net.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
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
        next().resolve(true);
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
      const { resolve, isObject } = next();
      resolve(isObject ? JSON.parse(value) : value);
      at = end + 2;
    }
    received = text.slice(at);
    if (answered === waiting.length) {
      waiting = [];
      answered = 0;
    }
  }

  const next = () => /** @type {Waiting} */ (waiting[answered++]);

  function flush() {
    socket.write(commands, 'latin1');
    commands = '';
  }

  /**
   * @param {string} command
   * @param {boolean} isObject
   */
  function send(command, isObject) {
    if (commands === '') queueMicrotask(flush);
    commands += command;
    return new Promise((resolve) => waiting.push({ resolve, isObject }));
  }

  const set = (/** @type {string} */ key, /** @type {string} */ value) =>
    send(
      `*5\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}${EXPIRY}`,
      false,
    );
  const get = (/** @type {string} */ key, isObject = false) =>
    send(`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`, isObject);

  return {
    string: { set, get },
    object: {
      set: (/** @type {string} */ key, /** @type {unknown} */ value) =>
        set(key, JSON.stringify(value)),
      get: (/** @type {string} */ key) => get(key, true),
    },
    close: async () => void socket.destroy(),
  };
}
