/**
 * The request that began a probe, or asked for a cluster's map, is held until that has ended, though its calls have.
 * @module
 */

/** @import { Host } from './types.js' */

export class ProbeHold {
  #isProbing;
  #waitUntil;
  /** Lets the request go. @type {(() => void) | null} */
  #release = null;

  /**
   * @param {() => boolean} isProbing
   * @param {Host['waitUntil']} waitUntil undefined where nothing ends with a request
   */
  constructor(isProbing, waitUntil) {
    this.#isProbing = isProbing;
    this.#waitUntil = waitUntil;
  }

  /** Holds the request if there is a probe. */
  begin() {
    if (this.#waitUntil === undefined || this.#release !== null || !this.#isProbing()) return;
    this.#waitUntil(new Promise((resolve) => (this.#release = resolve)));
  }

  /** @param {boolean} isOver whether there is no probe any more, whatever the core says */
  end(isOver) {
    if (this.#release === null || !(isOver || !this.#isProbing())) return;
    this.#release();
    this.#release = null;
  }
}
