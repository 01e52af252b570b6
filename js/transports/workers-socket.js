/**
 * A transport over a socket of the shape that Cloudflare Workers define: `cloudflare:sockets`, and
 * any binding with a `connect()` method (a VPC network, a service, a Durable Object).
 */

import { defer } from '../core/clock.js';
import { ConnectionError } from '../errors/classes.js';

/** @import { Address, Connection, Connector, Events } from './types.js' */

/**
 * @typedef {object} WorkersSocket
 * @property {{ getReader: Function }} readable a `ReadableStream` of bytes
 * @property {{ getWriter: Function }} writable a `WritableStream` of bytes
 * @property {Promise<unknown>} opened
 * @property {Promise<unknown>} closed
 * @property {() => Promise<void>} close
 *
 * @typedef {object} SocketProvider
 * @property {(address: { hostname: string, port: number },
 *   options: { secureTransport: 'on' | 'off', allowHalfOpen: boolean }) => WorkersSocket} connect
 */

const RECEIVE_BUFFER_BYTES = 64 * 1024;
const PIECE_BYTES = 256 * 1024;
/** A smaller write takes no time that counts. */
const LARGE_BYTES = 4096;

/**
 * @param {SocketProvider} provider
 * @returns {Connector}
 */
export function socketConnector(provider) {
  return (address, events) => new WorkersConnection(provider, address, events);
}

/** @implements {Connection} */
class WorkersConnection {
  /** @type {Events | null} */
  #events;
  /** @type {WorkersSocket | undefined} */
  #socket;
  /** @type {WritableStreamDefaultWriter<Uint8Array> | undefined} */
  #writer;

  /**
   * @param {SocketProvider} provider
   * @param {Address} address
   * @param {Events} events
   */
  constructor(provider, address, events) {
    this.#events = events;
    try {
      const socket = open(provider, address);
      this.#socket = socket;
      this.#writer = /** @type {WritableStreamDefaultWriter<Uint8Array>} */ (
        socket.writable.getWriter()
      );
      // The same failures arrive through `opened`, the reader and each write.
      socket.closed.catch(ignore);
      this.#writer.closed.catch(ignore);
      this.#receive(socket).then(() => this.#closed(null), this.#closed);
    } catch (error) {
      defer(() => this.#closed(error));
    }
  }

  /**
   * Piece by piece: a write tells nothing before its end.
   *
   * @param {Uint8Array} bytes
   */
  write(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      const written = piece.length < LARGE_BYTES ? undefined : this.#progressed;
      this.#writer?.write(piece).then(written, this.#closed);
    }
  }

  close() {
    this.#events = null;
    const socket = this.#socket;
    this.#socket = this.#writer = undefined;
    try {
      socket?.close().catch(ignore);
    } catch {
      // The socket belongs to a request that has ended: the platform has closed it.
    }
  }

  /** @param {WorkersSocket} socket */
  async #receive(socket) {
    await socket.opened;
    this.#events?.opened();
    const next = chunks(socket.readable);
    while (this.#events) {
      const { done, value } = await next();
      if (done) return;
      this.#events?.received(value);
    }
  }

  #progressed = () => this.#events?.progressed?.();

  #closed = (/** @type {unknown} */ error) => {
    const events = this.#events;
    this.close();
    events?.closed(error);
  };
}

/**
 * @param {SocketProvider} provider
 * @param {Address} address
 */
function open(provider, { hostname, port, tls, path }) {
  if (path !== undefined) throw unsupported('Workers cannot connect to a Unix socket: give a host');
  const [option] = Object.entries(Object(tls)).find(([, value]) => value !== undefined) ?? [];
  if (option) throw unsupported(`Workers take no TLS option '${option}': say tls: true`);
  return provider.connect(
    { hostname: hostname.includes(':') ? `[${hostname}]` : hostname, port },
    { secureTransport: tls ? 'on' : 'off', allowHalfOpen: false },
  );
}

/**
 * A function that reads the next chunk. A byte-stream reader brings up to 64 KB at a time, the
 * default one 4 KB at most.
 *
 * @param {WorkersSocket['readable']} readable
 * @returns {() => Promise<{ done: boolean, value?: any }>}
 */
function chunks(readable) {
  let reader;
  try {
    reader = readable.getReader({ mode: 'byob' });
  } catch {
    const plain = readable.getReader();
    return () => plain.read();
  }
  let buffer = new ArrayBuffer(RECEIVE_BUFFER_BYTES);
  return async () => {
    const result = await reader.read(new Uint8Array(buffer));
    if (result.value) buffer = result.value.buffer;
    return result;
  };
}

function ignore() {}

/** @param {string} why */
function unsupported(why) {
  return new ConnectionError('UNSUPPORTED', why);
}
