/**
 * Which driver serves a call. On workerd a socket belongs to the request that opened it, so a cache at module scope needs
 * one driver for each request; elsewhere one is enough.
 * @module
 */
import { adaptConnector } from '../transports/custom.js';
import { Driver } from '../core/driver.js';
import { toError } from '../errors/from-core.js';
import { Place } from './io-context.js';
import { way } from '../pool/registration.js';
import { Core, instantiate } from '../core/instance.js';

/** @import { Host } from '../core/driver.js' */
/** @import { Server } from '../options/options.js' */

/**
 * In so many places a call looks for its own. To look at the place of another request costs some 20 µs, for workerd makes
 * an exception of it; a call that does not find its place opens a connection.
 */
const SEARCHED = 32;
/** So many places may be settled, with an open connection that is not in use. */
const SETTLED = 16;

/** @typedef {{ driver: Driver, place: Place | undefined }} Entry without a place where there is but one */

/** The drivers of one cache and all its views. */
export class Drivers {
  /** The one used last comes first. @type {Entry[]} */
  #list = [];
  #server;
  #host;

  /**
   * @param {Server} server
   * @param {Host} host
   */
  constructor(server, host) {
    this.#server = way.through(server);
    const { connector } = this.#server;
    this.#host = connector ? { ...host, connect: adaptConnector(connector) } : host;
  }

  /** The driver for code that runs now. */
  get() {
    return (this.#find(SEARCHED) ?? this.#add()).driver;
  }

  /** Closes the driver for code that runs now, if there is one. */
  async close() {
    const entry = this.#find(Infinity);
    if (entry === undefined) return;
    this.#remove(entry);
    await entry.driver.close();
  }

  /** @param {number} searched in how many places to look */
  #find(searched) {
    const most = Math.min(this.#list.length, searched);
    for (let at = 0; at < most; at++) {
      const entry = /** @type {Entry} */ (this.#list[at]);
      if (belongsHere(entry)) return entry;
    }
    return undefined;
  }

  #add() {
    // First of all: at module scope this throws, and nothing has been made yet.
    const isHere = this.#enter();
    this.#forget();
    /** @type {Entry} */
    const entry = {
      place: isHere && new Place(isHere, () => this.#isKept(entry)),
      driver: this.#makeDriver(() => this.#used(entry), isHere),
    };
    this.#list.unshift(entry);
    return entry;
  }

  /**
   * @param {() => void} onUse
   * @param {(() => boolean) | undefined} isHere
   */
  #makeDriver(onUse, isHere) {
    const memory = instantiate(this.#host.load);
    const core = new Core(...this.#server.core);
    return new Driver(core, memory, this.#server.address, this.#host, isHere && { isHere, onUse });
  }

  /** @throws {import('../errors/classes.js').CacheError} at a Worker's global scope, where no request runs */
  #enter() {
    try {
      return this.#host.enter?.();
    } catch (cause) {
      throw toError('UNREACHABLE', '', { address: this.#server.address, patience: 0, cause });
    }
  }

  /**
   * What the user does on an answer, mostly another call, comes from the same place: it is looked for there first.
   *
   * @param {Entry} entry
   */
  #used(entry) {
    entry.place?.used();
    if (this.#list[0] === entry) return;
    // It is no longer in the list once its cache is being closed, while its last calls are answered.
    if (this.#remove(entry)) this.#list.unshift(entry);
  }

  /**
   * A place gives a sign of life. One that was wrongly taken for gone has its connection closed at last.
   *
   * @param {Entry} entry
   */
  #isKept(entry) {
    const { driver, place } = entry;
    const settled = this.#list.filter((other) => other.place?.isSettled).length;
    if (place?.isSettled && settled > SETTLED && !driver.isBusy) this.#remove(entry);
    const isKept = this.#list.includes(entry);
    if (!isKept && !driver.isBusy) driver.end();
    return isKept;
  }

  /** Lets go of the drivers whose requests have ended. */
  #forget() {
    const gone = this.#list.filter(({ driver, place }) => place?.isGone(driver.isBusy));
    for (const entry of gone) {
      this.#remove(entry);
      entry.driver.free();
    }
  }

  /** @param {Entry} entry */
  #remove(entry) {
    const at = this.#list.indexOf(entry);
    if (at >= 0) this.#list.splice(at, 1);
    return at >= 0;
  }
}

/**
 * Whether code runs in the place of an entry now. One that has probably ended is not looked at, unless calls wait there, which
 * a new connection could overtake.
 *
 * @param {Entry} entry
 */
function belongsHere({ driver, place }) {
  return place === undefined || ((driver.isBusy || !place.isLate) && place.isHere());
}
