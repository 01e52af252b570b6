/**
 * A bridge from WebSockets to TCP, as a page needs one to reach Redis: `?address=host:port` names the target, as wsproxy has
 * it; without it the target is fixed, as websockify has it.
 */
import { createServer } from 'node:http';
import net from 'node:net';
import { WebSocketServer } from 'ws';
import { listening, track } from './proxy.js';

/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** Bridges that do not do what they should. @type {Record<string, (socket: import('ws').WebSocket) => void>} */
const BEHAVIOURS = {
  /** Answers in text. */
  text: (socket) => socket.on('message', () => socket.send('+PONG\r\n')),
  /** Lets in nobody. */
  strict: (socket) => socket.close(POLICY_VIOLATION, 'not in the list'),
  /** Breaks down when something is asked. */
  breaking: (socket) => socket.on('message', () => socket.terminate()),
};

/**
 * @param {object} [options]
 * @param {{ hostname: string, port: number }} [options.target] where sockets without an address lead
 * @param {string} [options.kind] a name in BEHAVIOURS; or `silent`, which never answers, or `refusing`, which answers 403
 */
export async function startBridge({ target, kind } = {}) {
  const http = createServer((_, response) => void response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true, clientTracking: true });
  http.on('upgrade', (request, socket, head) => {
    if (kind === 'silent') return;
    if (kind === 'refusing') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const behave = kind === undefined ? carry : BEHAVIOURS[kind];
      behave?.(webSocket, addressed(request.url) ?? target);
    });
  });
  /** @type {Set<import('node:net').Socket>} */
  const open = new Set();
  http.on('connection', (socket) => track(open, socket));
  const port = await listening(http);

  return {
    hostname: '127.0.0.1',
    port,
    url: `ws://127.0.0.1:${port}/`,
    counters: {},
    openConnections: () => sockets.clients.size,
    /** Breaks off all connections. */
    cut() {
      for (const socket of sockets.clients) socket.terminate();
    },
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

/**
 * @param {import('ws').WebSocket} socket
 * @param {{ hostname: string, port: number }} [target]
 */
function carry(socket, target) {
  if (target === undefined) return socket.close(POLICY_VIOLATION, 'no address');
  const upstream = net.connect({ host: target.hostname, port: target.port, noDelay: true });
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

/** @param {string} [url] */
function addressed(url = '/') {
  const address = new URL(url, 'http://bridge').searchParams.get('address') ?? '';
  const [, hostname = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return port === undefined ? undefined : { hostname, port: Number(port) };
}
