/**
 * What all drivers of a cache know of its servers: what the core knows, and what the transport said last. It belongs to no I/O
 * context: on workerd it lives as long as the isolate.
 * @module
 */

/** @import { Installation } from '../../pkg/core.js' */
/** @import { Instance } from './instance.js' */

export class SharedInstallation {
  /** What the transport said when the last connection ended. @type {unknown} */
  closeReason = null;
  /** @type {Instance | undefined} */
  #instance;
  /** @type {Installation | undefined} */
  #installation;

  /**
   * The installation in an instance of the core. In a fresh instance nothing is known of it.
   *
   * @param {Instance} instance
   */
  in(instance) {
    if (this.#installation === undefined || this.#instance !== instance) {
      this.#installation = instance.createInstallation();
      this.#instance = instance;
    }
    return this.#installation;
  }
}
