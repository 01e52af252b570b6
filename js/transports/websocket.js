/**
 * The transport over a WebSocket, for browsers and wherever else there is no TCP: a bridge (a WebSocket-to-TCP proxy) carries
 * the bytes of binary frames to Redis and back.
 *
 * Bridges are of two kinds. websockify has a fixed target; wsproxy takes it from the query.
 * @module
 */
import { defer } from '../core/clock.js';
import { ConnectionError, UsageTypeError } from '../errors/classes.js';

/** @import { Address, Connection, Connector, Events } from './types.js' */
/** @import { UrlLike } from '../options/types.js' */

/** Close codes of https://www.iana.org/assignments/websocket/websocket.xhtml. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const NO_CODE = 1005;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;
/**
 * A WebSocket keeps a process alive, and no runtime has an unref() for it: one that was idle for so long, in milliseconds, is
 * closed. Elsewhere it may stay open.
 */
const IDLE_MS = 500;
const { Deno, process, navigator } = /** @type {any} */ (globalThis);
const isProcess =
  Deno !== undefined ||
  (process?.versions?.node !== undefined && navigator?.userAgent !== 'Cloudflare-Workers');

/** Stands for a connection that broke off. */
const ABNORMAL = { code: 1006, reason: '' };

/**
 * A connector through a bridge.
 *
 * ```js
 * new RedisCache('localhost', { connector: webSocket('wss://bridge.example.com/') });
 * new RedisCache('redis://cache:6379', { connector: webSocket('wss://bridge.example.com/v1?address={address}') });
 * ```
 *
 * The bridge's target is given by the bridge, or by the host and port of the cache, which stand for `{address}` in the URL.
 * Whoever reaches the bridge reaches Redis: set a password in Redis, and give its user few rights.
 *
 * @param {string | UrlLike | ((address: Address) => string | UrlLike)} url `ws:` or `wss:`, or a function of the address
 * @param {string | string[]} [protocols] subprotocols to offer; websockify of old wants `'binary'`
 * @returns {Connector}
 * @throws {TypeError} when the URL is not one of a WebSocket
 */
export function webSocket(url, protocols = []) {
  if (typeof url === 'function') {
    return (address, events) =>
      new WebSocketConnection(() => String(url(address)), protocols, address, events);
  }
  const template = String(url).replaceAll(/%7Baddress%7D/gi, '{address}');
  const fill = (/** @type {Address} */ { hostname, port }) =>
    template.replaceAll('{address}', encodeURIComponent(`${bracketed(hostname)}:${port}`));
  if (!/^wss?:\/\/[^/]/i.test(template) || !URL.canParse(template.replaceAll('{address}', ''))) {
    throw new UsageTypeError('INVALID_URL', 'the URL of a bridge begins with wss:// or ws://');
  }
  return (address, events) =>
    new WebSocketConnection(() => fill(address), protocols, address, events);
}

/** @implements {Connection} */
class WebSocketConnection {
  /** @type {Events | null} */
  #events;
  /** @type {WebSocket | undefined} */
  #socket;
  /** What was written before the bridge has answered. @type {Uint8Array[]} */
  #pending = [];
  #server;
  #bridge = 'the bridge';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idleTimer;

  /**
   * @param {() => string} url
   * @param {string | string[]} protocols
   * @param {Address} address
   * @param {Events} events
   */
  constructor(url, protocols, address, events) {
    this.#events = events;
    this.#server = `redis at ${bracketed(address.hostname)}:${address.port}`;
    try {
      checkAddress(address);
      this.#open(openSocket(url(), protocols));
    } catch (error) {
      defer(() => this.#closed(error));
    }
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
    } else {
      this.#pending.push(bytes);
    }
  }

  ref() {
    clearTimeout(this.#idleTimer);
  }

  unref() {
    this.ref();
    if (isProcess && this.#events) {
      this.#idleTimer = setTimeout(() => this.#closed(null), IDLE_MS);
    }
  }

  close() {
    this.ref();
    this.#events = null;
    this.#pending = [];
    const socket = this.#socket;
    // Before close(), which may emit an event at once.
    this.#socket = undefined;
    socket?.close();
  }

  /** @param {WebSocket} socket */
  #open(socket) {
    this.#socket = socket;
    // A query may hold a token.
    this.#bridge = `the bridge at ${new URL(socket.url).host}`;
    socket.binaryType = 'arraybuffer';
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
      this.#events?.opened();
      for (const bytes of this.#pending.splice(0)) this.write(bytes);
    });
    socket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return this.#events?.received(new Uint8Array(data));
      this.#closed(this.#failure('CONNECTION_FAILED', 'sends text: it must send binary frames'));
    });
    socket.addEventListener('close', (event) => this.#closed(this.#reason(event, opened)));
    // It holds no reason, and a close follows; but not in Chromium when the page's policy forbids the connection.
    socket.addEventListener('error', () => this.#closed(this.#reason(ABNORMAL, opened)));
  }

  /**
   * @param {Pick<CloseEvent, 'code' | 'reason'>} event
   * @param {boolean} opened
   */
  #reason({ code, reason }, opened) {
    const detail = reason && ` (${reason})`;
    if (!opened) {
      return this.#failure(
        'CONNECTION_FAILED',
        "cannot be reached, or takes no WebSocket: check its URL, and connect-src in the page's policy",
      );
    }
    switch (code) {
      case NORMAL:
      case GOING_AWAY:
      case NO_CODE:
        return null;
      case INTERNAL_ERROR:
        return this.#failure(
          'CONNECTION_REFUSED',
          `cannot connect to ${this.#server}${detail}: is the server running, and is the address right?`,
        );
      case POLICY_VIOLATION:
        return this.#failure('PERMISSION_DENIED', `does not allow ${this.#server}${detail}`);
      default:
        return new Error(`${this.#bridge} closed with code ${code}${detail}`);
    }
  }

  /**
   * @param {string} code
   * @param {string} what
   */
  #failure(code, what) {
    return new ConnectionError(code, `${this.#bridge} ${what}`);
  }

  /** @param {unknown} error */
  #closed(error) {
    const events = this.#events;
    this.close();
    events?.closed(error);
  }
}

/**
 * @param {string} url
 * @param {string | string[]} protocols
 */
function openSocket(url, protocols) {
  try {
    return new WebSocket(url, protocols);
  } catch {
    // The runtime's own error shows the URL, which may hold a token.
    throw new ConnectionError(
      'CONNECTION_FAILED',
      'the URL of the bridge is not one of a WebSocket',
    );
  }
}

/**
 * @param {Address} address
 * @throws {ConnectionError} for what no bridge can carry
 */
function checkAddress({ tls, path }) {
  if (typeof WebSocket === 'undefined') {
    throw new ConnectionError(
      'UNSUPPORTED',
      'there is no WebSocket here: Node.js has it from version 22 on',
    );
  }
  if (path !== undefined) {
    throw new ConnectionError(
      'UNSUPPORTED',
      'a bridge leads to a host and a port, not to a Unix socket',
    );
  }
  if (tls) {
    throw new ConnectionError(
      'UNSUPPORTED',
      'a bridge carries plain bytes: use redis:// and wss://, and leave TLS to Redis to the bridge',
    );
  }
}

/** @param {string} hostname */
function bracketed(hostname) {
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}
