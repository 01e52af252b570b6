/**
 * The transport over a Redis client of the user's: the core's commands become calls of the client, and its replies become
 * RESP again. The client keeps its connection, its credentials and its database, and is never closed here.
 * @module
 */
import { UsageTypeError } from '../errors.js';

/** @import { Connection, Connector, Events } from './types.js' */

/** @typedef {[name: string, ...args: Uint8Array[]]} Command `Buffer`s where the runtime has them */

/**
 * @typedef {Uint8Array | string | number | bigint | null | ClientReply[]} ClientReply a bulk string as bytes, a status as
 *   text, an integer as number, bigint or digits, null, an array
 */

/**
 * A client of one's own: a single method, which sends one command in binary form.
 *
 * @typedef {object} CommandSender
 * @property {(command: Command) => Promise<ClientReply>} sendCommand commands reach the server in the order of the calls.
 *   Rejects with an `Error` whose message is the server's error reply (`WRONGTYPE Operation against…`); every other
 *   rejection means that the connection is lost
 */

/** @typedef {(commands: Command[]) => Promise<ClientReply>[]} Send Sends the commands of one tick. */

/** Replies of the core's commands that are no bulk strings: their first byte in RESP. */
const STATUS = 0x2b;
const ERROR = 0x2d;
const INTEGER = 0x3a;
const BULK = 0x24;
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
 * @param {object} client
 * @returns {Connector}
 * @throws {TypeError} when it resembles none that is known
 */
export function connectorOver(client) {
  const send = sender(client);
  return (_, events) => new ClientConnection(send, events);
}

/**
 * How a client sends a command and answers it with bytes.
 *
 * @param {any} client
 * @returns {Send}
 */
function sender(client) {
  const has = (/** @type {string} */ method) => typeof client[method] === 'function';
  if (client.isCluster || Array.isArray(client.masters)) {
    throw unusable('a client of a cluster is not supported');
  }
  if (client.options?.keyPrefix) {
    throw unusable(
      "a client with a keyPrefix of its own cannot be cleared: use the cache's option",
    );
  }
  if (has('callBuffer') && has('pipeline')) return (batch) => sendWithIoredis(client, batch);
  if (has('sendCommand') && has('withTypeMapping')) {
    const typeMapping = { [BULK]: Buffer, [STATUS]: String, [INTEGER]: String };
    return each((command) => client.sendCommand(command, { typeMapping }));
  }
  if (has('sendCommand') && typeof client.isOpen === 'boolean') {
    throw unusable('node-redis is supported from version 5 on');
  }
  if (has('sendCommand')) return each((command) => client.sendCommand(command));
  if (has('send') && has('getBuffer')) return each((command) => sendWithBun(client, command));
  throw unusable(
    'an object as host is a client of ioredis, iovalkey, node-redis or Bun, or { sendCommand([name, ...bytes]) }',
  );
}

/**
 * @param {CommandSender['sendCommand']} sendOne
 * @returns {Send}
 */
function each(sendOne) {
  return (batch) => batch.map(async (command) => sendOne(command));
}

/**
 * ioredis and iovalkey write each command by itself, unless it is in a pipeline.
 *
 * @param {any} client
 * @param {Command[]} batch
 */
function sendWithIoredis(client, batch) {
  const pipeline = client.pipeline();
  const replies = batch.map(
    (command) =>
      new Promise((resolve, reject) =>
        pipeline.callBuffer(
          ...command,
          (/** @type {unknown} */ error, /** @type {ClientReply} */ reply) =>
            error ? reject(error) : resolve(reply),
        ),
      ),
  );
  // Whatever fails fails for a command, too.
  pipeline.exec().catch(() => {});
  return replies;
}

/**
 * Bun decodes all replies as UTF-8 but those of `getBuffer`.
 *
 * @param {any} client
 * @param {Command} command
 */
async function sendWithBun(client, [name, ...args]) {
  if (name === 'GET') return client.getBuffer(args[0]);
  if (name !== 'MGET') return client.send(name, args);
  const otherType = (/** @type {Error} */ error) => {
    if (!error.message.startsWith('WRONGTYPE')) throw error;
    return null;
  };
  return Promise.all(args.map((key) => client.getBuffer(key).catch(otherType)));
}

/** @param {string} why */
function unusable(why) {
  return new UsageTypeError('INVALID_CLIENT', why);
}

/** @implements {Connection} */
class ClientConnection {
  #send;
  /** @type {Events | null} */
  #events;
  /** What is to come back, in the order of the commands; empty until it is there. @type {Uint8Array[][]} */
  #replies = [];
  #flushing = false;

  /**
   * @param {Send} send
   * @param {Events} events
   */
  constructor(send, events) {
    this.#send = send;
    this.#events = events;
    queueMicrotask(() => this.#events?.opened());
  }

  /** @param {Uint8Array} bytes whole commands */
  write(bytes) {
    const batch = [...commands(bytes)];
    try {
      const replies = this.#send(batch);
      for (const [index, { 0: name }] of batch.entries()) void this.#await(name, replies[index]);
    } catch (error) {
      queueMicrotask(() => this.#closed(error));
    }
  }

  close() {
    this.#events = null;
    this.#replies = [];
  }

  /**
   * @param {string} name the command's
   * @param {Promise<ClientReply> | undefined} answer
   */
  async #await(name, answer) {
    /** @type {Uint8Array[]} */
    const reply = [];
    this.#replies.push(reply);
    try {
      encode(await answer, REPLY_TYPES[name] ?? BULK, reply);
    } catch (error) {
      const words = serverWords(error);
      if (words === null) return this.#closed(error);
      line(ERROR, words, reply);
    }
    if (!this.#flushing) queueMicrotask(this.#flush);
    this.#flushing = true;
  }

  /** Hands over the replies that have come, up to the first that has not. */
  #flush = () => {
    this.#flushing = false;
    const missing = this.#replies.findIndex((reply) => reply.length === 0);
    const ready = this.#replies.splice(0, missing < 0 ? Infinity : missing).flat();
    if (ready.length > 0) this.#events?.received(concatenate(ready));
  };

  /** @param {unknown} error */
  #closed(error) {
    const events = this.#events;
    this.close();
    events?.closed(error);
  }
}

/**
 * The commands in the core's bytes: arrays of bulk strings.
 *
 * @param {Uint8Array} chunk
 */
function* commands(chunk) {
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

/**
 * The server's error reply, or null when the client failed by itself.
 *
 * @param {any} error
 */
function serverWords(error) {
  const { code, message } = error ?? {};
  const words = /^[A-Z][A-Z\d_]+(?= |$).*/.exec(message)?.[0];
  const isServers =
    code === undefined || code === 'ERR_REDIS_SERVER_ERROR' || code === words?.split(' ')[0];
  return words !== undefined && isServers ? words : null;
}

/** @param {Uint8Array[]} parts */
function concatenate(parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
