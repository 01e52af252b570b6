/**
 * Sees that every call ends in its time. A call may be as late as its own process was: only what goes beyond that counts.
 */

/** How often the process is asked whether it is late, in milliseconds. */
const TICK = 20;
/** Samples of the lag that are kept: of some 40 seconds. */
const SAMPLES = 2000;
/** A call that has not ended so long after its time is given up, in milliseconds. */
const HANGS = 10_000;
/** What a call may be late beyond the process's own lag, in milliseconds. */
export const TOLERANCE = 250;

/** @typedef {{ deadline: number, giveUp(): void }} Waiting */
/** @typedef {{ value?: any, error?: any, hung?: true, late: number }} Outcome `late` in milliseconds beyond the lag */

/** How long the process has not come to run what was due, all in all. */
class Lag {
  #total = 0;
  #last = performance.now();
  /** @type {{ at: number, total: number }[]} */
  #samples = [];
  #timer = setInterval(() => this.#tick(), TICK);

  #tick() {
    const now = performance.now();
    this.#total += Math.max(0, now - this.#last - TICK);
    this.#last = now;
    this.#samples.push({ at: now, total: this.#total });
    if (this.#samples.length > SAMPLES) this.#samples.splice(0, SAMPLES / 2);
  }

  /** Milliseconds since a time in the past. @param {number} time */
  since(time) {
    const running = Math.max(0, performance.now() - this.#last - TICK);
    const before = this.#samples.findLast(({ at }) => at <= time)?.total ?? 0;
    return this.#total + running - before;
  }

  stop() {
    clearInterval(this.#timer);
  }
}

export class Monitor {
  #lag;
  /** @type {Set<Waiting>} */
  #waiting = new Set();
  #timer = setInterval(() => this.#giveUp(), 1000);

  /** @param {Pick<Lag, 'since' | 'stop'>} lag that of this process */
  constructor(lag = new Lag()) {
    this.#lag = lag;
  }

  /**
   * Waits for a call, but not for ever.
   *
   * @param {Promise<any>} promise
   * @param {number} timeout milliseconds
   * @param {AbortSignal} [signal] the call is to end at once when it is aborted
   * @returns {Promise<Outcome>}
   */
  watch(promise, timeout, signal) {
    return new Promise((resolve) => {
      const waiting = {
        deadline: performance.now() + timeout,
        giveUp: () => resolve({ hung: true, late: Infinity }),
      };
      this.#waiting.add(waiting);
      const onAbort = () => (waiting.deadline = Math.min(waiting.deadline, performance.now()));
      signal?.addEventListener('abort', onAbort, { once: true });
      const end = (/** @type {{ value?: any, error?: any }} */ outcome) => {
        this.#waiting.delete(waiting);
        signal?.removeEventListener('abort', onAbort);
        resolve({ ...outcome, late: this.#lateness(waiting.deadline) });
      };
      promise.then(
        (value) => end({ value }),
        (error) => end({ error }),
      );
    });
  }

  /** @param {number} deadline */
  #lateness(deadline) {
    const late = performance.now() - deadline;
    return late <= TOLERANCE ? 0 : Math.max(0, late - this.#lag.since(deadline));
  }

  #giveUp() {
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (now - waiting.deadline < HANGS + this.#lag.since(waiting.deadline)) continue;
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
  }

  stop() {
    this.#lag.stop();
    clearInterval(this.#timer);
  }
}
