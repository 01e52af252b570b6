/**
 * Finds the driver that serves a call. On workerd a socket belongs to the request that opened it, so a cache at module scope
 * needs one driver for each I/O context; elsewhere one is enough.
 * @module
 */
import { Driver } from '../core/driver.js';
import { Installation } from '../core/installation.js';
import { errorFromCore } from '../errors/from-core.js';
import { trackerFor } from '../near/registration.js';
import { resolvePool } from '../pool/registration.js';
import { adaptConnector } from '../transports/custom.js';
import { ContextSet } from './context-set.js';
import { IoContext } from './io-context.js';

/** @import { Counters } from '../core/counters.js' */
/** @import { Host } from '../core/types.js' */
/** @import { NearCache } from '../near/near-cache.js' */
/** @import { TrackingTarget } from '../near/registration.js' */
/** @import { Server } from '../options/types.js' */
/** @import { Entry } from './context-set.js' */

/** How many bytes of calls may wait for a server's answer. */
const MAX_QUEUED_BYTES = 256 << 20;

/** The drivers of one cache and all its views. */
export class DriverRegistry {
  #server;
  #host;
  #entries;
  #counters;
  /** The user's: the core of one that has a pool selects none. */
  #database;
  /** Answers calls from memory, once a cache or a view of it asks for that. @type {NearCache | null} */
  near = null;

  /**
   * @param {Server} server
   * @param {Host} host
   * @param {Counters} counters
   */
  constructor(server, host, counters) {
    this.#counters = counters;
    this.#database = server.core.database;
    this.#server = withLimits(resolvePool(server), host);
    this.installation = new Installation(this.#server, host.causes);
    const { connector } = this.#server;
    this.#host = connector ? { ...host, connect: adaptConnector(connector) } : host;
    this.#entries = new ContextSet(host.getActiveSpan);
  }

  get isCluster() {
    return this.#server.core.mode === 1;
  }

  /** Which server it is, for traces. */
  get attributes() {
    const { path, hostname, port } = this.#server.address;
    const server = { database: this.#database, serverAddress: path ?? hostname };
    return path === undefined ? { ...server, serverPort: port } : server;
  }

  /**
   * Whether another cache surely is on the same database of the same server.
   *
   * @param {DriverRegistry} other
   */
  isSameServer(other) {
    const isSameWay = this.#server.connector === other.#server.connector;
    return isSameWay && JSON.stringify(this.attributes) === JSON.stringify(other.attributes);
  }

  /** The core's instance that is in use now. */
  get instance() {
    return this.#host.core.instantiate(this.#host.load);
  }

  /**
   * The driver for code that runs now.
   *
   * @param {object} [owner] an object of its I/O context
   * @throws {TypeError} when `owner` belongs to another one
   */
  get(owner) {
    const entry = this.#entries.find(owner);
    if (entry?.driver.isUsable) return entry.driver;
    if (entry) this.#entries.remove(entry);
    return this.#add(owner).driver;
  }

  /**
   * The driver for code that runs now, if there is one, which counts as used: its context has not ended.
   *
   * @param {object} [owner] as of {@link get}
   */
  find(owner) {
    const entry = this.#entries.find(owner);
    if (entry) this.#entries.used(entry);
    return entry?.driver;
  }

  /**
   * What makes what tells which keys change, whoever changes them.
   *
   * @param {TrackingTarget} target
   * @throws {TypeError} where there can be none
   */
  trackerOf(target) {
    return trackerFor(this.#server, this.#host, this.#counters, target);
  }

  /**
   * Resolves when the core can be started; undefined when it can now.
   *
   * @param {number} timeoutMs
   */
  whenLoaded(timeoutMs) {
    return this.#host.whenLoaded?.(timeoutMs);
  }

  /**
   * Closes the driver for code that runs now, if there is one.
   *
   * @param {object} [owner]
   */
  async close(owner) {
    const entry = this.#entries.find(owner);
    if (entry === undefined) return;
    this.#entries.remove(entry);
    await entry.driver.close();
  }

  /** @param {object | undefined} owner */
  #add(owner) {
    // This comes first: at module scope it throws, and nothing has been made yet.
    const isContextCurrent = this.#captureContext();
    this.#freeExpired();
    /** @type {Entry} */
    const entry = {
      context: isContextCurrent && new IoContext(isContextCurrent, () => this.#onBeat(entry)),
      driver: this.#makeDriver(() => entry, isContextCurrent),
      owner,
    };
    this.#entries.add(entry);
    return entry;
  }

  /**
   * @param {() => Entry} entryOf the driver
   * @param {(() => boolean) | undefined} isContextCurrent
   */
  #makeDriver(entryOf, isContextCurrent) {
    const { instance } = this;
    const onUse = () => this.#entries.used(entryOf());
    const guard = isContextCurrent && { isCurrent: isContextCurrent, onUse };
    const onReleased = () => this.#entries.remove(entryOf());
    return new Driver(instance, this.installation, this.#host, this.#counters, onReleased, guard);
  }

  /** @throws {import('../errors/classes.js').CacheError} at a Worker's global scope, where no request runs */
  #captureContext() {
    try {
      return this.#host.captureContext?.();
    } catch (cause) {
      const { address } = this.#server;
      const { causes } = this.#host;
      throw errorFromCore('UNREACHABLE', '', { address, timeoutMs: 0, cause, causes });
    }
  }

  /**
   * A heartbeat of a context. One that was wrongly taken for ended has its connection closed at last.
   *
   * @param {Entry} entry
   * @returns {boolean} whether there shall be more
   */
  #onBeat(entry) {
    const { driver, context } = entry;
    if (driver.isBusy) return true;
    if (context?.isDormant && this.#entries.isSuperfluous(entry)) this.#entries.remove(entry);
    const isKept = this.#entries.has(entry);
    if (!isKept) driver.end();
    return isKept;
  }

  #freeExpired() {
    for (const entry of this.#entries.expired()) {
      this.#entries.remove(entry);
      entry.driver.free();
    }
  }
}

/**
 * The limits of the runtime, where the user sets none.
 *
 * @param {Server} server
 * @param {Host} host
 * @returns {Server}
 */
function withLimits(server, host) {
  const { core, locate } = server;
  const { maxQueuedBytes = host.maxQueuedBytes ?? MAX_QUEUED_BYTES } = core;
  const { maxConnections = locate && host.maxConnections } = core;
  const { connectLinger = host.connectLinger } = core;
  return { ...server, core: { ...core, maxQueuedBytes, maxConnections, connectLinger } };
}
