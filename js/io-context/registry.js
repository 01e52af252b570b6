/**
 * Finds the driver that serves a call. On workerd a socket belongs to the request that opened it, so a cache at module scope
 * needs one driver for each I/O context; elsewhere one is enough.
 * @module
 */
import { Driver } from '../core/driver.js';
import { instantiate } from '../core/instance.js';
import { errorFromCore } from '../errors/from-core.js';
import { resolvePool } from '../pool/registration.js';
import { adaptConnector } from '../transports/custom.js';
import { IoContext } from './io-context.js';

/** @import { Host } from '../core/types.js' */
/** @import { Server } from '../options/types.js' */

/**
 * How many contexts a call probes to find its own. Probing the context of another request costs some 20 µs, since workerd
 * throws an exception; a call that does not find its context opens a connection.
 */
const MAX_CONTEXTS_PROBED = 32;
/** How many contexts may be dormant, each with an open connection that is not in use. */
const MAX_DORMANT = 16;

/** @typedef {{ driver: Driver, context: IoContext | undefined }} Entry without a context where there is but one */

/** The drivers of one cache and all its views. */
export class DriverRegistry {
  /** The entry that was used last comes first. @type {Entry[]} */
  #entries = [];
  #server;
  #host;

  /**
   * @param {Server} server
   * @param {Host} host
   */
  constructor(server, host) {
    this.#server = resolvePool(server);
    const { connector } = this.#server;
    this.#host = connector ? { ...host, connect: adaptConnector(connector) } : host;
  }

  /** The driver for code that runs now. */
  get() {
    const entry = this.#find(MAX_CONTEXTS_PROBED);
    if (entry?.driver.isUsable) return entry.driver;
    if (entry) this.#remove(entry);
    return this.#add().driver;
  }

  /**
   * Resolves when the core can be started; undefined when it can now.
   *
   * @param {number} timeoutMs
   */
  whenLoaded(timeoutMs) {
    return this.#host.whenLoaded?.(timeoutMs);
  }

  /** Closes the driver for code that runs now, if there is one. */
  async close() {
    const entry = this.#find(Infinity);
    if (entry === undefined) return;
    this.#remove(entry);
    await entry.driver.close();
  }

  /** @param {number} limit how many contexts to probe */
  #find(limit) {
    const end = Math.min(this.#entries.length, limit);
    for (let at = 0; at < end; at++) {
      const entry = /** @type {Entry} */ (this.#entries[at]);
      if (isCurrent(entry)) return entry;
    }
    return undefined;
  }

  #add() {
    // This comes first: at module scope it throws, and nothing has been made yet.
    const isContextCurrent = this.#captureContext();
    this.#removeExpired();
    /** @type {Entry} */
    const entry = {
      context: isContextCurrent && new IoContext(isContextCurrent, () => this.#onBeat(entry)),
      driver: this.#makeDriver(() => this.#onUse(entry), isContextCurrent),
    };
    this.#entries.unshift(entry);
    return entry;
  }

  /**
   * @param {() => void} onUse
   * @param {(() => boolean) | undefined} isContextCurrent
   */
  #makeDriver(onUse, isContextCurrent) {
    const instance = instantiate(this.#host.load);
    const { address, core } = this.#server;
    const guard = isContextCurrent && { isCurrent: isContextCurrent, onUse };
    return new Driver(instance, core, address, this.#host, guard);
  }

  /** @throws {import('../errors/classes.js').CacheError} at a Worker's global scope, where no request runs */
  #captureContext() {
    try {
      return this.#host.captureContext?.();
    } catch (cause) {
      const { address } = this.#server;
      throw errorFromCore('UNREACHABLE', '', { address, timeoutMs: 0, cause });
    }
  }

  /**
   * What the user does with an answer, mostly another call, comes from the same context: it is probed first then.
   *
   * @param {Entry} entry
   */
  #onUse(entry) {
    entry.context?.used();
    if (this.#entries[0] === entry) return;
    // An entry is not in the list any more while its cache is being closed and its last calls are answered.
    if (this.#remove(entry)) this.#entries.unshift(entry);
  }

  /**
   * A heartbeat of a context. One that was wrongly taken for ended has its connection closed at last.
   *
   * @param {Entry} entry
   * @returns {boolean} whether the entry is kept
   */
  #onBeat(entry) {
    const { driver, context } = entry;
    const dormant = this.#entries.filter((other) => other.context?.isDormant).length;
    if (context?.isDormant && dormant > MAX_DORMANT && !driver.isBusy) this.#remove(entry);
    const isKept = this.#entries.includes(entry);
    if (!isKept && !driver.isBusy) driver.end();
    return isKept;
  }

  /** Frees the drivers whose contexts have ended. */
  #removeExpired() {
    const expired = this.#entries.filter(({ driver, context }) =>
      context?.isExpired(driver.isBusy),
    );
    for (const entry of expired) {
      this.#remove(entry);
      entry.driver.free();
    }
  }

  /** @param {Entry} entry */
  #remove(entry) {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
    return at >= 0;
  }
}

/**
 * Whether code runs in an entry's context now. A context that has probably ended is not probed, unless calls wait in it, which
 * a new connection could overtake.
 *
 * @param {Entry} entry
 */
function isCurrent({ driver, context }) {
  return context === undefined || ((driver.isBusy || !context.isOverdue) && context.isCurrent());
}
