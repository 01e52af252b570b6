/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `lock`: keeps others out, in all processes.
 * @module
 */
import { callWith, STATE } from '../methods.js';
import { RELEASE_LOCK } from './operations.js';

/** @import { Driver } from '../core/driver.js' */
/** @import { Caller } from '../methods.js' */
/** @import { Key } from '../options/types.js' */

/** A lock that is held. It is released at the end of its block by `await using`, and by itself after its timeout. */
export class Lock {
  #cache;
  #driver;
  #request;

  /**
   * @internal
   * @param {Caller} cache
   * @param {Driver} driver whose core has the lease
   * @param {{ key: Key, lease: number }} request
   */
  constructor(cache, driver, request) {
    this.#cache = cache;
    this.#driver = driver;
    this.#request = request;
  }

  /**
   * Releases it.
   *
   * @returns {Promise<boolean>} false when it was not held any more
   */
  async release() {
    const { registry, settings } = this.#cache[STATE];
    if (registry.get(settings.context) !== this.#driver) return false;
    // Whoever gives up by a signal releases it all the same.
    const own = { ...settings, signal: undefined };
    return (await callWith(registry, own, null, RELEASE_LOCK, this.#request)) === 1;
  }

  /** @returns {Promise<void>} */
  async [Symbol.asyncDispose]() {
    await this.release();
  }
}
