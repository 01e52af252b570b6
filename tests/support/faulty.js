/**
 * Servers that misbehave: each takes connections and answers whatever comes in its own bad way.
 */
import net from 'node:net';
import { listening, track } from './proxy.js';

const MEGABYTE = 1024 * 1024;

/** @type {Record<string, (socket: net.Socket) => void>} */
const BEHAVIOURS = {
  /** Takes the bytes and never answers; a TLS handshake hangs too. */
  silent() {},
  /** Closes as soon as something is asked. */
  closing: (socket) => socket.end(),
  /** Resets as soon as something is asked. */
  resetting: (socket) => void socket.resetAndDestroy(),
  /** Speaks another protocol. */
  garbage: (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  /** Random-looking bytes without a line end, without end. */
  noise: (socket) => void socket.write(Buffer.alloc(MEGABYTE, 0x58)),
  /** A reply nested 100,000 deep. */
  nested: (socket) => void socket.write(`${'*1\r\n'.repeat(100_000)}:1\r\n`),
  /** Announces more than the 512 MB that a Redis value can have. */
  oversized: (socket) => void socket.write('$536870913\r\n'),
  /** Announces an array of four billion items. */
  endless: (socket) => void socket.write('*4294967295\r\n'),
  /** A length that is no number. */
  badLength: (socket) => void socket.write('$12x\r\n'),
  /** The terminator of a bulk string is missing. */
  badTerminator: (socket) => void socket.write('$3\r\nfooXX'),
  /** Half a reply, then the end. */
  halfReply: (socket) => socket.end('$100\r\nabc'),
  /** More replies than were asked for. */
  chatty: (socket) => void socket.write('+OK\r\n'.repeat(1000)),
};

/** @param {string} kind a name in BEHAVIOURS */
export async function startFaultyServer(kind) {
  const behave = BEHAVIOURS[kind];
  if (!behave) throw new Error(`no faulty server is called '${kind}'`);
  const counters = { connections: 0 };
  /** @type {Set<net.Socket>} */
  const open = new Set();
  const listener = net.createServer((socket) => {
    counters.connections++;
    track(open, socket);
    socket.on('data', () => behave(socket));
  });
  const port = await listening(listener);

  return {
    hostname: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}/0`,
    counters,
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    },
  };
}
