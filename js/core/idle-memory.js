/**
 * Gives memory back that an unusual burst of calls has taken: WebAssembly memory never shrinks, and goes with the last core in it.
 * @module
 */
import { now, WakeTimer } from './clock.js';

/** How long a driver is idle before it gives back a large memory, in milliseconds. The next call opens another connection. */
const RELEASE_AFTER = 10_000;

export class IdleMemory {
  #release;
  #timer = new WakeTimer(() => this.#check());
  /** Since when no call waits; 0 while one does. */
  #idleSince = 0;
  /** Until when it is needed all the same. */
  #keptUntil = 0;

  /** @param {() => void} release called once no call has waited for some time */
  constructor(release) {
    this.#release = release;
  }

  onBusy() {
    this.#idleSince = 0;
  }

  onIdle() {
    if (this.#idleSince > 0) return;
    this.#idleSince = now();
    this.#wakeIn(RELEASE_AFTER);
  }

  cancel() {
    this.#timer.cancel();
  }

  /**
   * Gives nothing back before so much time has passed.
   *
   * @param {number} delay milliseconds
   */
  keep(delay) {
    this.#keptUntil = Math.max(this.#keptUntil, now() + delay);
  }

  /** @param {number} delay milliseconds */
  #wakeIn(delay) {
    this.#timer.schedule(delay);
    this.#timer.keepAlive(false);
  }

  #check() {
    if (this.#idleSince === 0) return;
    const left = Math.max(this.#idleSince + RELEASE_AFTER, this.#keptUntil) - now();
    if (left > 0) this.#wakeIn(left);
    else this.#release();
  }
}
