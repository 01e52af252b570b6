/**
 * A bridge from WebSockets to TCP, as a page needs one to reach Redis: `?address=host:port` names the target, as wsproxy has
 * it; without it the target is fixed, as websockify has it.
 */
import { createServer } from 'node:http';
import net from 'node:net';
import { WebSocketServer } from 'ws';
import { listening } from './proxy.js';

/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/**
 * @param {object} [options]
 * @param {{ hostname: string, port: number }} [options.target] where sockets without an address lead
 * @param {(address: string) => boolean} [options.allows] which addresses may be asked for
 * @param {(socket: import('ws').WebSocket) => void} [options.behave] instead of carrying bytes
 */
export async function startBridge({ target, allows = () => true, behave } = {}) {
  const http = createServer((_, response) => void response.writeHead(426).end());
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket, { url = '/' }) => {
    if (behave) return behave(socket);
    const address = new URL(url, 'http://bridge').searchParams.get('address');
    if (address !== null && !allows(address)) {
      return socket.close(POLICY_VIOLATION, 'not in the list');
    }
    const fixed = target && { host: target.hostname, port: target.port };
    const chosen = address === null ? fixed : parse(address);
    if (chosen) carry(socket, chosen);
    else socket.close(POLICY_VIOLATION, 'no address');
  });
  const port = await listening(http);

  return {
    url: `ws://127.0.0.1:${port}/`,
    /** How many are connected. */
    open: () => sockets.clients.size,
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

/**
 * @param {import('ws').WebSocket} socket
 * @param {{ host: string, port: number }} target
 */
function carry(socket, target) {
  const upstream = net.connect({ ...target, noDelay: true });
  let connected = false;
  upstream.on('connect', () => (connected = true));
  upstream.on('data', (bytes) => socket.send(bytes));
  upstream.on('end', () => socket.close(GOING_AWAY));
  upstream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (connected) socket.terminate();
    else socket.close(INTERNAL_ERROR, error.code);
  });
  socket.on('message', (bytes) => void upstream.write(/** @type {Buffer} */ (bytes)));
  socket.on('close', () => upstream.destroy());
  socket.on('error', () => {});
}

/** @param {string} address */
function parse(address) {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return port === undefined ? undefined : { host, port: Number(port) };
}
