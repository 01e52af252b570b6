/**
 * The in-memory server behind TCP, in place of a real Redis of the fixtures.
 */
import net from 'node:net';
import { MemoryServer } from 'cachelib-edge/testing';
import { listening, track } from '../support/proxy.js';
import { createClient } from '../support/resp-client.js';

/** @returns {Promise<import('../support/redis.js').RedisServer>} */
export async function startMemoryRedis() {
  const server = new MemoryServer();
  const listener = net.createServer((socket) => carry(server, socket));
  /** @type {Set<net.Socket>} */
  const open = new Set();
  listener.on('connection', (socket) => track(open, socket));
  const port = await listening(listener);
  const stop = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => listener.close(resolve));
  };
  return /** @type {any} */ ({
    hostname: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}/0`,
    client: () => createClient({ host: '127.0.0.1', port }),
    stop,
  });
}

/** @param {MemoryServer} server @param {net.Socket} socket */
function carry(server, socket) {
  const address = { hostname: '', port: 0, tls: false };
  const connection = server.connector(address, {
    opened() {},
    received: (chunk) => void socket.write(chunk.slice()),
    closed: () => void socket.destroy(),
  });
  socket.on('data', (chunk) => connection.write(chunk));
  socket.on('close', () => connection.close());
  socket.on('error', () => {});
}
