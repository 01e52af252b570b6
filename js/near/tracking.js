/**
 * Server-assisted invalidation: a connection of its own on which Redis names the keys that change, whoever changes them. In RESP2 its
 * messages come by SUBSCRIBE, to the very connection that has asked for them.
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 *
 * It has no timers but one while it connects: what uses it opens and checks it, so that an idle cache has nothing to do.
 * @module
 */
import { utf8 } from '../core/bytes.js';
import { now, WakeTimer } from '../core/clock.js';
import { Socket } from '../core/socket.js';
import { ServerError } from '../errors/classes.js';
import { errorFromCore } from '../errors/from-core.js';
import { bulkStrings } from '../resp/scanner.js';
import { encodeCommand, ValueReader } from '../resp/values.js';

/** @import { Counters } from '../core/counters.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { Server } from '../options/types.js' */
/** @import { Connector } from '../transports/types.js' */

const CHANNEL = '__redis__:invalidate';
/** The keys that change in one turn of the server's loop come in one message, of at most so many bytes. */
const MAX_MESSAGE = 64 << 20;
/** After so much silence the connection is asked whether it stands, in milliseconds. */
const HEARTBEAT = 1000;
/** After so much silence it may have been lost. */
const MAX_SILENCE = 3000;
/** The pause after a loss. */
const RETRY_AFTER = 1000;
/** What servers say that cannot track keys, or do not let the user. */
const UNABLE = /unknown|syntax|support|permission|not allowed|disabled|forbidden/i;

/**
 * @typedef {object} TrackingEvents
 * @property {(key: string) => void} changed
 * @property {() => void} lost any key may have changed, or may yet
 * @property {(error: CacheError) => void} failed
 */

export class Tracking {
  #server;
  #connect;
  #counters;
  #prefix;
  #events;
  /** Whether the server cannot do it. */
  #isUnable = false;
  /** Whether it was told that it fails. */
  #isReported = false;
  /** @type {Socket | null} */
  #socket = null;
  #stands = false;
  /** Those who wait for the next replies. @type {((reply: Uint8Array) => void)[]} */
  #waiting = [];
  #heardAt = 0;
  /** When it was asked whether it stands; Infinity: it has answered. */
  #askedAt = Infinity;
  #retryAt = -Infinity;
  #timer = new WakeTimer(() => this.#lose());

  /**
   * @param {Server} server
   * @param {Connector} connect
   * @param {Counters} counters
   * @param {string} prefix of the keys
   * @param {TrackingEvents} events
   */
  constructor(server, connect, counters, prefix, events) {
    this.#server = server;
    this.#connect = connect;
    this.#counters = counters;
    this.#prefix = prefix;
    this.#events = events;
  }

  /**
   * Whether nothing can have changed of which the near cache was not told. Where that is not certain, it sees to it.
   *
   * @returns {boolean} true where the server cannot do it: then the timeout alone decides
   */
  check() {
    if (this.#isUnable) return true;
    const time = now();
    if (this.#socket === null) {
      if (time >= this.#retryAt) this.#open();
      return false;
    }
    if (!this.#stands) return false;
    if (time - this.#askedAt > MAX_SILENCE) this.#lose();
    else if (time - this.#heardAt > HEARTBEAT) this.#ask(time);
    return this.#stands && time - this.#heardAt <= MAX_SILENCE;
  }

  close() {
    this.#lose();
    this.#retryAt = -Infinity;
  }

  // ---- The connection

  #open() {
    const { address, core } = this.#server;
    const reader = new ValueReader(MAX_MESSAGE);
    const socket = new Socket(
      (events) => this.#connect(address, events),
      {
        opened: () => void this.#shakeHands(socket),
        received: (chunk) => {
          if (this.#socket === socket) this.#receive(reader, chunk);
        },
        closed: () => {
          if (this.#socket === socket) this.#lose();
        },
      },
      () => false,
      this.#counters,
    );
    this.#socket = socket;
    socket.keepAlive(false);
    this.#timer.schedule(core.connectTimeout);
    this.#timer.keepAlive(false);
  }

  /** The connection is lost, or given up. */
  #lose() {
    this.#timer.cancel();
    this.#socket?.close();
    this.#socket = null;
    this.#stands = false;
    this.#waiting = [];
    this.#askedAt = Infinity;
    this.#retryAt = now() + RETRY_AFTER;
    this.#events.lost();
  }

  /**
   * As the handshake of other connections, without a database: keys are told by name alone.
   *
   * @param {Socket} socket
   */
  async #shakeHands(socket) {
    const { username, password, clientName } = this.#server.core;
    const user = username === undefined ? [] : [username];
    if (password !== undefined) await this.#succeed(socket, 'AUTH', ...user, password);
    if (clientName !== '') await this.#send(socket, 'CLIENT', 'SETNAME', clientName);
    const id = await this.#succeed(socket, 'CLIENT', 'ID');
    const prefix = this.#prefix === '' ? [] : ['PREFIX', this.#prefix];
    const tracking = ['TRACKING', 'ON', 'REDIRECT', id.slice(1), 'BCAST', ...prefix];
    await this.#succeed(socket, 'CLIENT', ...tracking);
    await this.#succeed(socket, 'SUBSCRIBE', CHANNEL);
    if (this.#socket !== socket) return;
    this.#timer.cancel();
    this.#stands = true;
    this.#isReported = false;
    // Reads that were sent before may have found what has changed before.
    this.#events.lost();
  }

  /**
   * @param {Socket} socket
   * @param {...string} args
   * @returns {Promise<string>} the first line of the reply; never settles when the connection is lost, or the reply is an error
   */
  async #succeed(socket, ...args) {
    const reply = await this.#send(socket, ...args);
    if (!reply.startsWith('-')) return reply;
    if (this.#socket === socket) this.#fail(args, reply.slice(1));
    return new Promise(() => {});
  }

  /**
   * @param {Socket} socket
   * @param {...string} args
   * @returns {Promise<string>} the first line of the reply; never settles when the connection is lost
   */
  #send(socket, ...args) {
    socket.write(encodeCommand(args));
    return new Promise((resolve) => {
      const settle = (/** @type {Uint8Array} */ reply) => {
        const [line = ''] = utf8.decode(reply).split('\r\n');
        if (this.#socket === socket) resolve(line);
      };
      if (this.#socket === socket) this.#waiting.push(settle);
    });
  }

  /**
   * @param {string[]} args of the command
   * @param {string} reason the server's
   */
  #fail([command], reason) {
    const isAboutUser = command === 'AUTH' || /^(NOAUTH|DENIED)/.test(reason);
    this.#isUnable = !isAboutUser && UNABLE.test(reason);
    const error = this.#isUnable ? untracked(reason) : refused(reason, this.#server);
    if (!this.#isReported) this.#events.failed(error);
    this.#isReported = true;
    this.#lose();
  }

  // ---- What it tells

  /**
   * @param {ValueReader} reader
   * @param {Uint8Array} chunk
   */
  #receive(reader, chunk) {
    this.#heardAt = now();
    try {
      for (const value of reader.read(chunk)) {
        const next = this.#waiting.shift();
        if (next) next(value);
        else this.#take(value);
      }
    } catch {
      this.#lose();
    }
  }

  /** @param {Uint8Array} value */
  #take(value) {
    const [strings = []] = bulkStrings(value);
    const [kind, , ...keys] = strings.map((bytes) => utf8.decode(bytes));
    if (kind === 'pong') this.#askedAt = Infinity;
    if (kind !== 'message') return;
    // After FLUSHALL and FLUSHDB it names none: redis/redis#11767.
    if (keys.length === 0) this.#events.lost();
    for (const key of keys) this.#events.changed(key);
  }

  /** @param {number} time */
  #ask(time) {
    if (this.#askedAt < Infinity) return;
    this.#askedAt = time;
    this.#socket?.write(encodeCommand(['PING']));
  }
}

/** @param {string} reason */
function untracked(reason) {
  return new ServerError(
    'UNTRACKED',
    `the near cache sees what others write only after its timeout, since the server tells no changes (${reason}): grant the user CLIENT ID, CLIENT TRACKING, SUBSCRIBE and the channel ${CHANNEL}, or leave near.tracking out`,
  );
}

/**
 * What else is wrong, without the server's words: those about AUTH may repeat the password.
 *
 * @param {string} reason
 * @param {Server} server
 */
function refused(reason, { address }) {
  const [word = ''] = reason.split(' ');
  const code = word === 'ERR' ? 'SERVER_ERROR' : word;
  return errorFromCore(code, '', { address, timeoutMs: 0, cause: undefined });
}
