/**
 * I/O contexts: on workerd, the requests and Durable Objects that sockets and timers belong to.
 *
 * Nobody is told when a request has ended, but its timers end with it. So a context has a heartbeat, a timer that fires often
 * at first and ever more seldom while nothing happens; when a beat is overdue, the context is taken for ended. After some
 * seconds without use the heartbeat stops and the context is dormant: what lives so long is a Durable Object or a long request,
 * and timers would keep a Durable Object from being hibernated.
 * @module
 */
import { now } from '../core/clock.js';

/** The first interval between two beats, and the last, in milliseconds. Each is twice the one before. */
const FIRST_INTERVAL = 20;
const LAST_INTERVAL = 2560;
/** How late a beat is when its context has probably ended, in milliseconds. */
const SLACK = 20;
/** How late a beat may be before its context counts as ended, in milliseconds. */
const GRACE = 100;
/** The same while calls wait for their outcome: they would be lost. */
const BUSY_GRACE = 30_000;
/**
 * How long a dormant context is kept, in milliseconds. A Durable Object without work lives for 70 to 140 s:
 * https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
const DORMANT_GRACE = 150_000;

/** The context of one request, or Durable Object. Made and used in that context, but for {@link isExpired}. */
export class IoContext {
  /** Whether its heartbeat has stopped, because it was not used for so long. */
  isDormant = false;

  #isCurrent;
  #onBeat;
  #lastUsed = now();
  #interval = FIRST_INTERVAL;
  #nextBeat = 0;

  /**
   * @param {() => boolean} isCurrent whether code runs in this context now
   * @param {() => boolean} onBeat called at each beat; whether there shall be more
   */
  constructor(isCurrent, onBeat) {
    this.#isCurrent = isCurrent;
    this.#onBeat = onBeat;
    this.#scheduleBeat();
  }

  isCurrent() {
    return this.#isCurrent();
  }

  /** Whether the context has probably ended. */
  get isOverdue() {
    return !this.isDormant && now() - this.#nextBeat > SLACK;
  }

  /** Tells that the context was used. */
  used() {
    this.#lastUsed = now();
    if (!this.isDormant) return;
    this.isDormant = false;
    this.#interval = FIRST_INTERVAL;
    this.#scheduleBeat();
  }

  /**
   * Whether the context must have ended.
   *
   * @param {boolean} isBusy whether calls wait in it
   */
  isExpired(isBusy) {
    if (this.isDormant) return now() - this.#lastUsed > DORMANT_GRACE;
    return now() - this.#nextBeat > (isBusy ? BUSY_GRACE : Math.max(GRACE, this.#interval));
  }

  #scheduleBeat() {
    this.#nextBeat = now() + this.#interval;
    setTimeout(this.#beat, this.#interval);
  }

  #beat = () => {
    const isIdle = now() - this.#lastUsed >= this.#interval;
    this.isDormant = isIdle && this.#interval >= LAST_INTERVAL;
    this.#interval = isIdle ? this.#interval * 2 : FIRST_INTERVAL;
    if (this.#onBeat() && !this.isDormant) this.#scheduleBeat();
  };
}
