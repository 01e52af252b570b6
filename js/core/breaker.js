/**
 * What all drivers of a cache know of its server: the core's circuit breaker, and what the transport said last. It belongs to no
 * I/O context: on workerd it lives as long as the isolate.
 * @module
 */

/** @import { Breaker } from '../../pkg/core.js' */
/** @import { Instance } from './instance.js' */

export class SharedBreaker {
  /** What the transport said when the last connection ended. @type {unknown} */
  closeReason = null;
  /** @type {Instance | undefined} */
  #instance;
  /** @type {Breaker | undefined} */
  #breaker;

  /**
   * The breaker in an instance of the core. A fresh instance has one that knows nothing.
   *
   * @param {Instance} instance
   */
  in(instance) {
    if (this.#breaker === undefined || this.#instance !== instance) {
      this.#breaker = instance.createBreaker();
      this.#instance = instance;
    }
    return this.#breaker;
  }
}
