/**
 * For tests: a server in memory, in place of a Redis.
 *
 * ```js
 * import { RedisCache } from 'cachelib-edge';
 * import { MemoryServer } from 'cachelib-edge/testing';
 *
 * const server = new MemoryServer();
 * const cache = new RedisCache('localhost', { connector: server.connector });
 * await cache.set('greeting', 'hello', 60);
 * server.advance(61); // seconds
 * await cache.get('greeting'); // null
 * ```
 *
 * @module
 */
import { defer } from '../core/clock.js';
import { text } from './arguments.js';
import { commands } from './commands.js';
import { CommandError, CommandReader, encodeReply } from './protocol.js';
import { Store } from './store.js';

/** @import { Connection, Connector, Events } from '../transports/types.js' */
/** @import { Command, Reply } from './protocol.js' */

/** As Redis has by default. */
const DATABASES = 16;

const encoder = new TextEncoder();

/**
 * A server in memory, which speaks Redis's protocol: the cache works as it does over the network, and stores the same bytes. Time
 * is that of `Date`, so that the fake timers of Vitest and Jest move it too.
 */
export class MemoryServer {
  #stores;
  #password;
  #advanced = 0;
  #isDown = false;
  /** @type {Set<() => void>} */
  #connections = new Set();

  /** @param {{ password?: string }} [options] `password`: that of the default user; none */
  constructor({ password } = {}) {
    this.#password = password;
    const now = () => Date.now() + this.#advanced;
    this.#stores = Array.from({ length: DATABASES }, () => new Store(now));
  }

  /**
   * The cache's option `connector`.
   *
   * @type {Connector}
   */
  connector = (_address, events) => {
    if (this.#isDown) {
      defer(() => events.closed(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })));
      return { write() {}, close() {} };
    }
    defer(() => events.opened());
    return this.#connect(events);
  };

  /**
   * Moves the clock: what has expired by then is gone.
   *
   * @param {number} seconds
   */
  advance(seconds) {
    this.#advanced += seconds * 1000;
  }

  /** Deletes everything. */
  clear() {
    for (const store of this.#stores) store.clear();
  }

  /** Closes all connections and refuses new ones, until `start`. What is stored stays. */
  stop() {
    this.#isDown = true;
    for (const close of [...this.#connections]) close();
  }

  /** Accepts connections again. */
  start() {
    this.#isDown = false;
  }

  /**
   * Runs a command in database 0, past the cache: `server.send('TTL', 'greeting')`.
   *
   * @param {...(string | number | Uint8Array)} command
   * @returns {Exclude<Reply, CommandError>} bulk strings as bytes
   * @throws {Error} when the server answers with an error
   */
  send(...command) {
    const session = { database: 0, isAuthenticated: true };
    const reply = this.#answer(
      command.map((part) => (part instanceof Uint8Array ? part : encoder.encode(String(part)))),
      session,
    );
    if (reply instanceof CommandError) throw reply;
    return reply;
  }

  /**
   * @param {Events} events
   * @returns {Connection}
   */
  #connect(events) {
    const reader = new CommandReader();
    const session = { database: 0, isAuthenticated: this.#password === undefined };
    let isOpen = true;
    const close = () => {
      isOpen = false;
      this.#connections.delete(drop);
    };
    const drop = () => {
      close();
      defer(() => events.closed(null));
    };
    this.#connections.add(drop);
    const respond = (/** @type {Reply} */ reply) => {
      defer(() => isOpen && events.received(encodeReply(reply)));
    };
    return {
      copies: true,
      write: (bytes) => {
        for (const command of reader.push(bytes)) respond(this.#answer(command, session));
      },
      close,
    };
  }

  /**
   * @param {Command} command
   * @param {{ database: number, isAuthenticated: boolean }} session
   * @returns {Reply}
   */
  #answer([name, ...args], session) {
    try {
      return this.#run(text(name).toUpperCase(), args, session);
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
  }

  /**
   * @param {string} name
   * @param {Uint8Array[]} args
   * @param {{ database: number, isAuthenticated: boolean }} session
   * @returns {Reply}
   */
  #run(name, args, session) {
    if (name === 'AUTH') return this.#authenticate(args, session);
    if (!session.isAuthenticated) throw new CommandError('NOAUTH Authentication required.');
    if (name === 'CLIENT') return 'OK';
    if (name === 'SELECT') return select(text(args[0]), session);
    const [least, run] = commands[name] ?? [];
    if (run === undefined || least === undefined) {
      throw new CommandError(`ERR unknown command '${name}'`);
    }
    if (args.length < least) {
      throw new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
    }
    return run(/** @type {Store} */ (this.#stores[session.database]), args);
  }

  /**
   * @param {Uint8Array[]} args a user, who may be left out, and a password
   * @param {{ isAuthenticated: boolean }} session
   */
  #authenticate(args, session) {
    const [password, user = 'default'] = args.map(text).reverse();
    if (this.#password === undefined) {
      throw new CommandError('ERR AUTH <password> called without any password configured');
    }
    if (user !== 'default' || password !== text(encoder.encode(this.#password))) {
      throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
    }
    session.isAuthenticated = true;
    return 'OK';
  }
}

/**
 * @param {string} number
 * @param {{ database: number }} session
 */
function select(number, session) {
  if (!(Number(number) < DATABASES)) throw new CommandError('ERR DB index is out of range');
  session.database = Number(number);
  return 'OK';
}
