/**
 * Which driver serves a call. On workerd a socket belongs to the request that opened it, so a cache at module scope needs
 * one driver for each request; elsewhere one is enough.
 * @module
 */
import { adaptConnector } from './connector.js';
import { Driver } from './driver.js';
import { toError } from './failures.js';
import { Core, instantiate } from './wasm.js';

/** @import { Host } from './driver.js' */
/** @import { Server } from './options.js' */

/** From so many drivers on, a new one has the forgotten ones looked for. */
const MANY = 16;

/** The drivers of one cache and all its views. */
export class Drivers {
  /** @type {{ driver: Driver, isHere: (() => boolean) | undefined }[]} */
  #list = [];
  #server;
  #host;

  /**
   * @param {Server} server
   * @param {Host} host
   */
  constructor(server, host) {
    this.#server = server;
    this.#host = server.connector ? { ...host, connect: adaptConnector(server.connector) } : host;
  }

  /** The driver for code that runs now. */
  get() {
    for (const entry of this.#list) {
      if (entry.isHere === undefined || entry.isHere()) return entry.driver;
    }
    return this.#add();
  }

  /** Closes the driver for code that runs now, if there is one. */
  async close() {
    const found = this.#list.findIndex(({ isHere }) => isHere === undefined || isHere());
    const [entry] = found < 0 ? [] : this.#list.splice(found, 1);
    await entry?.driver.close();
  }

  #add() {
    if (this.#list.length >= MANY) this.#forget();
    // First of all: at module scope this throws, and nothing has been made yet.
    const isHere = this.#enter();
    const memory = instantiate(this.#host.load);
    const driver = new Driver(
      new Core(...this.#server.core),
      memory,
      this.#server.address,
      this.#host,
    );
    this.#list.unshift({ driver, isHere });
    return driver;
  }

  /** @throws {import('./errors.js').CacheError} at a Worker's global scope, where no request runs */
  #enter() {
    try {
      return this.#host.enter?.();
    } catch (cause) {
      throw toError('UNREACHABLE', '', { address: this.#server.address, patience: 0, cause });
    }
  }

  /** Drops the drivers of requests that have ended. */
  #forget() {
    const forgotten = this.#list.filter(({ driver }) => driver.isForgotten());
    this.#list = this.#list.filter((entry) => !forgotten.includes(entry));
    for (const { driver } of forgotten) driver.free();
  }
}
