/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `lock`: keeps others out, in all processes.
 * @module
 */
import { STATE, call } from '../methods.js';
import { RELEASE } from './operations.js';

/** @import { Driver } from '../core/driver.js' */
/** @import { Caller } from '../methods.js' */

/** A lock that is held. It is released at the end of its block by `await using`, and by itself after its timeout. */
export class Lock {
  #cache;
  #driver;
  #lease;

  /**
   * @internal
   * @param {Caller} cache
   * @param {Driver} driver whose core has the lease
   * @param {number} lease
   */
  constructor(cache, driver, lease) {
    this.#cache = cache;
    this.#driver = driver;
    this.#lease = lease;
  }

  /**
   * Releases it.
   *
   * @returns {Promise<boolean>} false when it was not held any more
   */
  async release() {
    const { registry, settings } = this.#cache[STATE];
    if (registry.get(settings.context) !== this.#driver) return false;
    return (await call(this.#cache, RELEASE, this.#lease)) === 1;
  }

  /** @returns {Promise<void>} */
  async [Symbol.asyncDispose]() {
    await this.release();
  }
}
