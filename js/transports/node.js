/**
 * The transport for Node.js and Bun, over `node:net` and `node:tls`.
 */
import { Buffer } from 'node:buffer';
import net from 'node:net';
import tls from 'node:tls';
import { defer } from '../core/clock.js';

export { SOCKET_CAUSES as causes } from '../errors/advice.js';

/** @import { Address, Connection, Events } from './types.js' */

const RECEIVE_BUFFER_BYTES = 64 * 1024;
/** Smaller buffers come from Buffer's pool. */
const POOLED_BYTES = 4096;
const PIECE_BYTES = 256 * 1024;
const KEEP_ALIVE_MILLISECONDS = 30_000;
/** Node's default of 250 ms gives up on the right address of a distant host too early. */
const ADDRESS_ATTEMPT_MILLISECONDS = 1000;

const isBun = 'Bun' in globalThis;

/**
 * @param {Address} address
 * @param {Events} events
 * @returns {Connection}
 */
export function connect(address, events) {
  /** @type {Events | null} */
  let listener = events;
  /** @type {unknown} */
  let failure = null;

  const closed = () => {
    listener?.closed(failure);
    listener = null;
  };

  /** @type {net.Socket} */
  let socket;
  try {
    socket = open(address, (chunk) => listener?.received(chunk));
  } catch (error) {
    failure = error;
    defer(closed);
    return { write() {}, close: () => void (listener = null) };
  }

  let isReferenced = true;
  let hasEnded = false;
  const reference = () => void (isReferenced ? socket.ref() : socket.unref());
  const keepAlive = (/** @type {boolean} */ isAlive) => {
    isReferenced = isAlive;
    // On a socket that has ended, and on one of Bun's that connects, each call adds a listener for its being connected.
    if (!hasEnded && !(isBun && socket.connecting)) reference();
  };
  socket.once(address.tls ? 'secureConnect' : 'connect', () => {
    if (isBun) reference();
    failure = misnamed(socket, address);
    if (failure) socket.destroy();
    else listener?.opened();
  });
  socket.on('error', (error) => {
    failure ??= error;
    hasEnded = true;
  });
  socket.once('end', () => {
    hasEnded = true;
    socket.destroy();
  });
  socket.once('close', closed);

  const writer = new Writer(socket, () => listener?.progressed?.());
  return {
    write: (bytes) => writer.write(bytes),
    copies: true,
    close() {
      listener = null;
      hasEnded = true;
      socket.destroy();
    },
    ref: () => keepAlive(true),
    unref: () => keepAlive(false),
  };
}

/**
 * Why the certificate is not that of the address: Bun 1.1 does not verify it for IP addresses.
 *
 * @param {net.Socket} socket
 * @param {Address} address
 */
function misnamed(socket, { hostname, tls: secure }) {
  const isVerified = !isBun || !secure || !net.isIP(hostname) || Object(secure).servername;
  if (isVerified) return null;
  const certificate = /** @type {tls.TLSSocket} */ (socket).getPeerCertificate();
  return tls.checkServerIdentity(hostname, certificate) ?? null;
}

/**
 * Writes copies. New memory is slow to touch, so the buffer of a large write is used again once it was sent. What is larger than a
 * piece, or waits behind it, is written piece by piece, since a write tells nothing before its end.
 */
class Writer {
  #socket;
  #progressed;
  /** @type {Buffer | undefined} */
  #spare;
  /** What waits for the pieces before it. @type {Buffer[]} */
  #queue = [];
  #isWriting = false;

  /**
   * @param {net.Socket} socket
   * @param {() => void} progressed called whenever bytes were written that took their time
   */
  constructor(socket, progressed) {
    this.#socket = socket;
    this.#progressed = progressed;
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    const { length } = bytes;
    if (length > PIECE_BYTES || this.#isWriting) {
      this.#queue.push(Buffer.from(bytes));
      return this.#writePiece();
    }
    if (length < POOLED_BYTES) return void this.#socket.write(Buffer.from(bytes));
    const buffer =
      this.#spare && this.#spare.length >= length
        ? this.#spare
        : Buffer.allocUnsafeSlow(Math.max(length, RECEIVE_BUFFER_BYTES));
    this.#spare = undefined;
    buffer.set(bytes);
    this.#socket.write(buffer.subarray(0, length), () => {
      this.#spare = buffer;
      this.#progressed();
    });
  }

  #writePiece() {
    const [first] = this.#queue;
    if (this.#isWriting || first === undefined) return;
    this.#isWriting = true;
    this.#queue[0] = first.subarray(PIECE_BYTES);
    if (this.#queue[0].length === 0) this.#queue.shift();
    this.#socket.write(first.subarray(0, PIECE_BYTES), (error) => {
      this.#isWriting = false;
      if (error) return;
      this.#progressed();
      this.#writePiece();
    });
  }
}

/**
 * @param {Address} address
 * @param {(chunk: Uint8Array) => void} received
 */
function open({ hostname, port, path, tls: secure }, received) {
  const options = {
    ...(path === undefined ? { host: hostname, port } : { path }),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MILLISECONDS,
    onread: {
      buffer: new Uint8Array(RECEIVE_BUFFER_BYTES),
      // Bun before 1.4 fills a buffer of its own.
      callback: (/** @type {number} */ length, /** @type {Uint8Array} */ bytes) => {
        received(bytes.subarray(0, length));
        return true;
      },
    },
  };
  if (!secure) return net.connect(options);
  const servername = net.isIP(hostname) ? undefined : hostname;
  return tls.connect(
    /** @type {tls.ConnectionOptions} */ ({
      ...options,
      servername,
      ...(secure === true ? null : secure),
    }),
  );
}
