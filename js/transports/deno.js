/**
 * The transport for Deno. It needs `--allow-net` and nothing else (a Unix socket also needs
 * `--allow-read` and `--allow-write` for its path).
 */

import { ConnectionError } from '../errors/classes.js';

export { SOCKET_CAUSES as causes } from '../errors/advice.js';

/** @import { Address, Connection, Events, TlsOptions } from './types.js' */

const RECEIVE_BUFFER_BYTES = 64 * 1024;
/** A smaller write takes no time that counts. */
const LARGE_BYTES = 4096;

/** @type {any} */
const { Deno } = globalThis;

/**
 * @param {Address} address
 * @param {Events} events
 * @returns {Connection}
 */
export function connect(address, events) {
  return new DenoConnection(address, events);
}

/** @implements {Connection} */
class DenoConnection {
  /** @type {Events | null} */
  #events;
  /** @type {any} */
  #socket = null;
  #opening = new AbortController();
  /** @type {Uint8Array[]} */
  #queue = [];
  #writing = false;
  #referenced = true;

  /**
   * @param {Address} address
   * @param {Events} events
   */
  constructor(address, events) {
    this.#events = events;
    this.#run(address).then(
      () => this.#closed(null),
      (error) => this.#closed(error),
    );
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    this.#queue.push(bytes);
    if (this.#socket) this.#flush();
  }

  close() {
    this.#events = null;
    this.#queue.length = 0;
    this.#opening.abort();
    this.#release();
  }

  ref() {
    this.#referenced = true;
    this.#socket?.ref();
  }

  unref() {
    this.#referenced = false;
    this.#socket?.unref();
  }

  /** @param {Address} address */
  async #run(address) {
    const socket = await open(address, this.#opening.signal);
    if (!this.#events) return socket.close();
    this.#socket = socket;
    if (!this.#referenced) socket.unref();
    if (address.tls) await socket.handshake();
    this.#events?.opened();
    this.#flush();
    await this.#receive(socket);
  }

  /** @param {any} socket */
  async #receive(socket) {
    const buffer = new Uint8Array(RECEIVE_BUFFER_BYTES);
    while (this.#events) {
      const length = await socket.read(buffer);
      if (length === null) return;
      this.#events?.received(buffer.subarray(0, length));
    }
  }

  /** Writes the queue in order, one write at a time, since a write of Deno's may be partial. */
  async #flush() {
    if (this.#writing) return;
    this.#writing = true;
    try {
      for (let bytes; (bytes = this.#queue.shift());) await this.#writeAll(bytes);
    } catch (error) {
      this.#closed(error);
    }
    this.#writing = false;
  }

  /** @param {Uint8Array} bytes */
  async #writeAll(bytes) {
    while (bytes.length > 0) {
      const written = await this.#socket.write(bytes);
      bytes = bytes.subarray(written);
      if (written >= LARGE_BYTES) this.#events?.progressed?.();
    }
  }

  /** @param {unknown} error */
  #closed(error) {
    const events = this.#events;
    this.close();
    events?.closed(error);
  }

  #release() {
    try {
      this.#socket?.close();
    } catch {
      // It was closed already: Deno closes a socket whose TLS handshake has failed.
    }
    this.#socket = null;
  }
}

/**
 * @param {Address} address
 * @param {AbortSignal} signal
 */
async function open({ hostname, port, path, tls }, signal) {
  if (path !== undefined) return Deno.connect({ transport: 'unix', path });
  const {
    ca,
    cert,
    key,
    servername = hostname,
  } = tls === true || !tls ? /** @type {TlsOptions} */ ({}) : tls;
  const caCerts = ca === undefined ? undefined : [ca].flat().map(pem);
  if (cert !== undefined) {
    if (servername !== hostname) {
      throw new ConnectionError(
        'UNSUPPORTED',
        "Deno takes no 'servername' beside a client's 'cert'",
      );
    }
    return Deno.connectTls({ hostname, port, caCerts, cert: pem(cert), key: pem(key ?? '') });
  }
  const socket = await Deno.connect({ hostname, port, signal });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return tls ? Deno.startTls(socket, { hostname: servername, caCerts }) : socket;
}

/** @param {string | Uint8Array} text */
function pem(text) {
  return typeof text === 'string' ? text : new TextDecoder().decode(text);
}
