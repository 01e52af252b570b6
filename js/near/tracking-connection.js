/**
 * A connection on which a server names the keys that change, whoever changes them. In RESP2 its messages come by SUBSCRIBE, to the
 * very connection that has asked for them.
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 *
 * It has no timer but one while it connects: what uses it checks it, so that an idle cache has nothing to do.
 * @module
 */
import { utf8 } from '../core/bytes.js';
import { now, WakeTimer } from '../core/clock.js';
import { Socket } from '../core/socket.js';
import { ServerError } from '../errors/classes.js';
import { errorFromCore } from '../errors/from-core.js';
import { Scanner } from '../resp/scanner.js';
import { encodeCommand, ValueReader } from '../resp/values.js';

/** @import { Counters } from '../core/counters.js' */
/** @import { CacheError } from '../errors/classes.js' */
/** @import { CoreOptions } from '../options/types.js' */
/** @import { Address, Connector } from '../transports/types.js' */

const CHANNEL = '__redis__:invalidate';
/** The keys that change in one turn of the server's loop come in one message, of at most so many bytes. */
const MAX_MESSAGE = 64 << 20;
/** How often the server is asked whether it has told all, in milliseconds. */
const HEARTBEAT = 1000;
/** How old its last answer may be. */
const MAX_SILENCE = 3000;
/** What servers say that cannot track keys, or do not let the user. */
const UNABLE = /unknown|syntax|support|permission|not allowed|disabled|forbidden/i;

/**
 * @typedef {object} TrackingSource What is tracked, and how servers are reached.
 * @property {Connector} connect
 * @property {CoreOptions} core
 * @property {Counters} counters
 * @property {string} prefix of the keys
 *
 * @typedef {object} TrackingEvents
 * @property {(key: string) => void} changed
 * @property {() => void} flushed all keys may have changed
 * @property {() => void} lost the connection has ended: any key may change
 * @property {(error: CacheError, isUnable: boolean) => void} failed why it will end now; whether the server cannot do it
 */

export class TrackingConnection {
  #source;
  #address;
  #events;
  /** Null after the end. @type {Socket | null} */
  #socket = null;
  /** Those who wait for the next replies. @type {((reply: Uint8Array) => void)[]} */
  #waiting = [];
  /** When it was asked last whether it has told all. */
  #askedAt = Infinity;
  /** All that had changed by this time was told: when the last question was sent that was answered. */
  #toldUntil = -Infinity;
  #timer = new WakeTimer(() => this.#lose());

  /**
   * @param {TrackingSource} source
   * @param {Address} address
   * @param {TrackingEvents} events
   */
  constructor(source, address, events) {
    this.#source = source;
    this.#address = address;
    this.#events = events;
    this.#open();
  }

  /**
   * Whether all changes were told, but for those of a moment ago. Where that is not certain, it asks.
   *
   * @param {number} time now
   */
  check(time) {
    if (this.#toldUntil === -Infinity) return false;
    const isAsked = this.#askedAt > this.#toldUntil;
    const since = time - this.#askedAt;
    if (isAsked && since > MAX_SILENCE) this.#lose();
    else if (!isAsked && since > HEARTBEAT) {
      this.#askedAt = time;
      this.#socket?.write(encodeCommand(['PING']));
    }
    return time - this.#toldUntil <= MAX_SILENCE;
  }

  /** No event follows. */
  close() {
    this.#timer.cancel();
    this.#socket?.close();
    this.#socket = null;
    this.#waiting = [];
    this.#toldUntil = -Infinity;
  }

  #lose() {
    if (this.#socket === null) return;
    this.close();
    this.#events.lost();
  }

  #open() {
    const { connect, core, counters } = this.#source;
    const reader = new ValueReader(MAX_MESSAGE);
    const socket = new Socket(
      (events) => connect(this.#address, events),
      {
        opened: () => void this.#shakeHands(socket),
        received: (chunk) => this.#receive(reader, chunk),
        closed: () => this.#lose(),
      },
      () => false,
      counters,
    );
    this.#socket = socket;
    socket.keepAlive(false);
    this.#timer.schedule(core.connectTimeout);
    this.#timer.keepAlive(false);
  }

  /**
   * As the handshake of other connections, without a database: keys are told by name alone.
   *
   * @param {Socket} socket
   */
  async #shakeHands(socket) {
    const { core, prefix } = this.#source;
    const { username, password, clientName } = core;
    const user = username === undefined ? [] : [username];
    if (password !== undefined) await this.#succeed(socket, 'AUTH', ...user, password);
    if (clientName !== '') await this.#send(socket, 'CLIENT', 'SETNAME', clientName);
    const id = await this.#succeed(socket, 'CLIENT', 'ID');
    const named = prefix === '' ? [] : ['PREFIX', prefix];
    const tracking = ['TRACKING', 'ON', 'REDIRECT', id.slice(1), 'BCAST', ...named];
    await this.#succeed(socket, 'CLIENT', ...tracking);
    this.#askedAt = now();
    await this.#succeed(socket, 'SUBSCRIBE', CHANNEL);
    if (this.#socket === null) return;
    this.#timer.cancel();
    this.#toldUntil = this.#askedAt;
  }

  /**
   * @param {Socket} socket
   * @param {...string} args
   * @returns {Promise<string>} the first line of the reply; never settles when the connection is lost, or the reply is an error
   */
  async #succeed(socket, ...args) {
    const reply = await this.#send(socket, ...args);
    if (!reply.startsWith('-')) return reply;
    if (this.#socket !== null) this.#fail(args, reply.slice(1));
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
        const [line = ''] = utf8.decode(reply).split('\r\n', 1);
        resolve(line);
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
    const isUnable = !isAboutUser && UNABLE.test(reason);
    const error = isUnable ? untracked(reason) : refused(reason, this.#address);
    this.#events.failed(error, isUnable);
    this.#lose();
  }

  // ---- What it tells

  /**
   * @param {ValueReader} reader
   * @param {Uint8Array} chunk
   */
  #receive(reader, chunk) {
    try {
      for (const value of reader.read(chunk)) {
        if (this.#socket === null) return;
        const next = this.#waiting.shift();
        if (next) next(value);
        else this.#take(value);
      }
    } catch {
      this.#lose();
    }
  }

  /**
   * A message, or the reply to PING. The strings of a message are its kind, the channel and keys, of which there may be millions.
   *
   * @param {Uint8Array} value
   */
  #take(value) {
    let kind = '';
    let index = 0;
    const scanner = new Scanner((start, length) => {
      const text = utf8.decode(value.subarray(start, start + length));
      if (index === 0) kind = text;
      else if (index > 1 && kind === 'message') this.#events.changed(text);
      index++;
    });
    scanner.next(value, 0);
    if (kind === 'pong') this.#toldUntil = this.#askedAt;
    // After FLUSHALL and FLUSHDB it names none: redis/redis#11767.
    if (kind === 'message' && index === 2) this.#events.flushed();
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
 * @param {Address} address
 */
function refused(reason, address) {
  const [word = ''] = reason.split(' ');
  const code = word === 'ERR' ? 'SERVER_ERROR' : word;
  return errorFromCore(code, '', { address, timeoutMs: 0, cause: undefined });
}
