/**
 * The transport for Node.js and Bun, over `node:net` and `node:tls`.
 */
import { Buffer } from 'node:buffer';
import net from 'node:net';
import tls from 'node:tls';
import { defer } from '../core/clock.js';

/** @import { Address, Connection, Events } from './types.js' */

const RECEIVE_BUFFER_BYTES = 64 * 1024;
/** Smaller buffers come from Buffer's pool. */
const POOLED_BYTES = 4096;
/** A larger buffer is not kept for the next write. */
const MAX_SPARE_BYTES = 512 * 1024;
const KEEP_ALIVE_MILLISECONDS = 30_000;
/** Node's default of 250 ms gives up on the right address of a distant host too early. */
const ADDRESS_ATTEMPT_MILLISECONDS = 1000;

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

  socket.once(address.tls ? 'secureConnect' : 'connect', () => listener?.opened());
  socket.on('error', (error) => (failure ??= error));
  socket.once('end', () => socket.destroy());
  socket.once('close', closed);

  return {
    write: writerTo(socket),
    copies: true,
    close() {
      listener = null;
      socket.destroy();
    },
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
  };
}

/**
 * Writes copies. New memory is slow to touch, so the buffer of a large write is used again once it was sent.
 *
 * @param {net.Socket} socket
 * @returns {Connection['write']}
 */
function writerTo(socket) {
  /** @type {Buffer | undefined} */
  let spare;
  return (bytes) => {
    const { length } = bytes;
    if (length < POOLED_BYTES) return void socket.write(Buffer.from(bytes));
    const buffer =
      spare && spare.length >= length
        ? spare
        : Buffer.allocUnsafeSlow(Math.max(length, RECEIVE_BUFFER_BYTES));
    spare = undefined;
    buffer.set(bytes);
    socket.write(buffer.subarray(0, length), () => {
      if (buffer.length <= MAX_SPARE_BYTES) spare = buffer;
    });
  };
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
