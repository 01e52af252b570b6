/**
 * Time and timers, as the driver needs them.
 * @module
 */

/** The longest delay of `setTimeout`, in milliseconds: a longer one fires at once. */
const MAX_DELAY = 2 ** 31 - 1;
/** A timer that fires later than so many milliseconds after its time shows that the process was busy. */
const BUSY = 20;

/** A monotonic clock, in milliseconds. */
export function now() {
  return performance.now();
}

/**
 * A timer that fires after a delay, or early when the delay is too long for one.
 *
 * @param {number} delay milliseconds
 * @param {() => void} callback
 */
export function startTimer(delay, callback) {
  return setTimeout(callback, Math.min(delay, MAX_DELAY));
}

/**
 * Runs something at the end of the tick. Tests' fake timers take `queueMicrotask` into their own hands, and leave promises alone.
 *
 * @param {() => void} action
 */
export function defer(action) {
  void Promise.resolve().then(action);
}

/** The timer by which a driver calls its core again. */
export class WakeTimer {
  #onWake;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #wakeAt = Infinity;

  /** @param {() => void} onWake */
  constructor(onWake) {
    this.#onWake = onWake;
  }

  /**
   * Wakes in `delay` milliseconds, or earlier: whoever is woken too early schedules again. Most calls are answered before
   * any timer is due, so a later time does not move the timer.
   *
   * @param {number} delay milliseconds; Infinity: not at all
   */
  schedule(delay) {
    const at = now() + delay;
    if (at >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = at;
    this.#timer = startTimer(delay + 1, this.#wake);
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#wakeAt = Infinity;
  }

  /**
   * Whether the timer keeps the process alive. Node's and Bun's timers are objects, Deno's are numbers with functions of
   * their own; elsewhere timers keep nothing alive.
   *
   * @param {boolean} alive
   */
  keepAlive(alive) {
    const timer = /** @type {any} */ (this.#timer);
    if (timer === undefined) return;
    const { Deno } = /** @type {any} */ (globalThis);
    if (typeof timer === 'object') timer[alive ? 'ref' : 'unref']();
    else Deno?.[alive ? 'refTimer' : 'unrefTimer'](timer);
  }

  /** Event loops run timers before I/O: after a busy time what has arrived is read before anything is given up as late. */
  #wake = () => {
    if (now() < this.#wakeAt + BUSY) this.#fire();
    else this.#timer = startTimer(0, this.#fire);
  };

  #fire = () => {
    this.#wakeAt = Infinity;
    this.#onWake();
  };
}
