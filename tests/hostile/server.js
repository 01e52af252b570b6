/**
 * Servers that a Redis client should not have met, which look at commands before they misbehave.
 */
import net from 'node:net';
import { listening, track } from '../support/proxy.js';
import { parse } from '../support/resp-client.js';

/**
 * @callback Behaviour What a server does with the commands that have come.
 * @param {net.Socket} socket
 * @param {string[][]} commands
 * @param {number} connection which one it is, from 1 on
 * @returns {void}
 */

/**
 * @param {Behaviour} behave
 * @param {(socket: net.Socket) => void} [greet] what it does with a new connection
 */
export async function startHostileServer(behave, greet = () => {}) {
  const counters = { connections: 0, commands: 0 };
  /** @type {Set<net.Socket>} */
  const open = new Set();
  const listener = net.createServer({ noDelay: true }, (socket) => {
    const number = ++counters.connections;
    let received = Buffer.alloc(0);
    track(open, socket);
    greet(socket);
    socket.on('data', (chunk) => {
      const { commands, rest } = read(Buffer.concat([received, chunk]));
      received = rest;
      counters.commands += commands.length;
      if (commands.length > 0) behave(socket, commands, number);
    });
  });
  const port = await listening(listener);
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    counters,
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** @param {Buffer} bytes */
function read(bytes) {
  /** @type {string[][]} */
  const commands = [];
  let start = 0;
  // What is no RESP, such as a TLS handshake, is a command of its own.
  if (bytes.length > 0 && bytes[0] !== 0x2a) return { commands: [['?']], rest: Buffer.alloc(0) };
  for (let item; (item = parse(bytes, start)) !== null; start = item.end) {
    commands.push(item.value.map(String));
  }
  return { commands, rest: bytes.subarray(start) };
}
