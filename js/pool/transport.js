/**
 * The transport through a pool: what other transports write to a socket goes to a Durable Object in one call, which returns the
 * replies. The other end is durable-object.js.
 * @module
 */
import { now } from '../core/clock.js';
import { ConnectionError } from '../errors/classes.js';
import { WORKERD_CAUSES as causes } from '../errors/advice.js';
import { errorFromCore } from '../errors/from-core.js';
import { pack, unpack } from './rpc.js';

/** @import { CoreOptions, Server } from '../options/types.js' */
/** @import { Address, Connection, Events } from '../transports/types.js' */
/** @import { Payload, Pool, ExchangeError, Target } from './rpc.js' */

/**
 * The binding of a Durable Object's class.
 *
 * @typedef {object} PoolNamespace
 * @property {(name: string) => any} idFromName
 * @property {(id: any) => any} get
 */

/**
 * The server as it is reached when its connector is a pool, which does the handshake in place of the cache.
 *
 * @param {Server} server
 * @returns {Server} the same when it is no pool
 */
export function resolvePoolServer(server) {
  const getStub = stubGetter(server.connector);
  if (getStub === null) return server;
  const { core } = server;
  /** @type {Set<string>} */
  const suspects = new Set();
  return {
    ...server,
    isPooled: true,
    connector: (address, events) =>
      new PoolConnection(getStub(address), targetAt(address, core), events, suspects),
    core: {
      ...core,
      ...NOBODY,
      clientName: '',
      // It opens no sockets.
      maxConnections: core.maxConnections ?? 0,
      connectLinger: 0,
    },
  };
}

/** The core does no handshake. */
const NOBODY = {
  username: undefined,
  password: undefined,
  database: 0,
  sentinelUsername: undefined,
  sentinelPassword: undefined,
};

/**
 * @param {Address} address
 * @param {CoreOptions} options
 * @returns {Target}
 */
function targetAt(address, options) {
  const { clientName, connectTimeout, preferReplica } = options;
  const { username, password, database } =
    address.role === 'sentinel'
      ? { username: options.sentinelUsername, password: options.sentinelPassword, database: 0 }
      : options;
  return { address, username, password, database, clientName, connectTimeout, preferReplica };
}

/**
 * A function that gives the stub of the pool for the current request: an object for each node, unless the user has chosen one.
 *
 * @param {Server['connector']} connector
 * @returns {((address: Address) => Pool) | null}
 */
function stubGetter(connector) {
  const binding = /** @type {any} */ (connector);
  // By name of the class: a service's binding has every method that one asks for.
  switch (binding?.constructor?.name) {
    case 'DurableObjectNamespace':
      return ({ hostname, port }) => binding.get(binding.idFromName(`${hostname}:${port}`));
    case 'DurableObject':
      return oneForAll(binding);
    default:
      return null;
  }
}

/** How many sockets an object may have open: https://developers.cloudflare.com/workers/platform/limits/ */
const MAX_SOCKETS = 6;
/** For how long an object may keep a socket that nobody uses, in milliseconds: see connection.js. */
const IDLE_MS = 40_000;

/**
 * Gives the same object for every address, as long as it has sockets for them.
 *
 * @param {Pool} pool
 * @returns {(address: Address) => Pool}
 */
function oneForAll(pool) {
  /** When each node was last connected to. @type {Map<string, number>} */
  const nodes = new Map();
  return ({ hostname, port }) => {
    const time = now();
    for (const [node, used] of nodes) if (time - used > IDLE_MS) nodes.delete(node);
    nodes.set(`${hostname}:${port}`, time);
    if (nodes.size > MAX_SOCKETS) throw tooManyNodes();
    return pool;
  };
}

function tooManyNodes() {
  return new ConnectionError(
    'POOL_NODES',
    `one Durable Object has no sockets for more than ${MAX_SOCKETS} nodes: give the binding itself as connector, which has an object for each`,
  );
}

/** An object is as good as connected, until it says that the server does not work. From then on it is asked first: `PING`. */
const PING = new TextEncoder().encode('*1\r\n$4\r\nPING\r\n');

/** @implements {Connection} */
class PoolConnection {
  #pool;
  #target;
  #suspects;
  /** @type {Events | null} */
  #events;
  /** Resolves when all earlier replies were delivered. @type {Promise<void>} */
  #delivered = Promise.resolve();
  /** Resolves when no earlier stream of commands is under way, which a later call would overtake. @type {Promise<void> | null} */
  #streamed = null;

  /**
   * @param {Pool} pool
   * @param {Target} target
   * @param {Events} events
   * @param {Set<string>} suspects the servers that did not work when they were asked last
   */
  constructor(pool, target, events, suspects) {
    this.#pool = pool;
    this.#target = target;
    this.#events = events;
    this.#suspects = suspects;
    if (suspects.has(this.#server)) void this.#ask();
    else queueMicrotask(() => this.#events?.opened());
  }

  get #server() {
    const { hostname, port } = this.#target.address;
    return `${hostname}:${port}`;
  }

  async #ask() {
    await this.#deliver(this.#delivered, this.#exchange(PING), () => {
      this.#suspects.delete(this.#server);
      this.#events?.opened();
    });
  }

  /** @param {Uint8Array} bytes whole commands */
  write(bytes) {
    const commands = pack(bytes);
    const result = this.#exchange(commands);
    this.#delivered = this.#deliver(this.#delivered, result);
    if (commands !== bytes) this.#streamed = this.#delivered;
  }

  close() {
    this.#events = null;
  }

  /** @param {Payload} commands */
  async #exchange(commands) {
    if (this.#streamed) await this.#streamed;
    const result = await this.#pool.exchange(this.#target, commands);
    return 'code' in result ? result : unpack(result);
  }

  /**
   * @param {Promise<void>} earlier
   * @param {Promise<Uint8Array | ExchangeError>} result
   * @param {(replies: Uint8Array) => void} [take]
   */
  async #deliver(earlier, result, take = (replies) => this.#events?.received(replies)) {
    try {
      const [replies] = await Promise.all([result, earlier]);
      if ('code' in replies) this.#closed(this.#toError(replies));
      else take(replies);
    } catch (error) {
      this.#closed(poolError(error));
    }
  }

  /** @param {ExchangeError} error */
  #toError({ code, text }) {
    if (code === 'POOL_REFUSED') return new ConnectionError(code, refused(text));
    const { address, connectTimeout: timeoutMs } = this.#target;
    const cause = text ? new Error(text) : null;
    return errorFromCore(code, text, { address, timeoutMs, cause, causes });
  }

  /** @param {unknown} error */
  #closed(error) {
    const events = this.#events;
    this.#suspects.add(this.#server);
    this.close();
    events?.closed(error);
  }
}

/**
 * Failures of the pool itself: workerd's messages, and what to do.
 * @type {[RegExp, string, string][]}
 */
const FAULTS = [
  [
    /does not (implement|support RPC)/,
    'POOL_CLASS',
    'the class bound as connector is no pool: export { RedisPool } from \'cachelib-edge/durable-object\' in the Worker, and set class_name = "RedisPool" in wrangler.toml',
  ],
  [
    /different request/,
    'POOL_STUB',
    'a stub belongs to the request that made it: outside of a handler give the binding itself as connector, not getByName() of it',
  ],
];

/** @param {string} why */
function refused(why) {
  return `the pool refuses what the cache sends (${why}): deploy the same version of cachelib-edge in both Workers`;
}

/** @param {any} cause */
function poolError(cause) {
  const known = FAULTS.find(([pattern]) => pattern.test(cause?.message));
  const [, code, advice] = known ?? [
    null,
    'POOL_FAILED',
    'the Durable Object of the pool failed: see its log, and that wrangler.toml binds RedisPool and has a migration for it',
  ];
  return new ConnectionError(code, advice, { cause });
}
