/**
 * I/O contexts: on workerd, the requests and Durable Objects that sockets and timers belong to.
 *
 * Nobody is told when a request has ended, but its timers end with it. So a context has a heartbeat, a timer that fires often
 * at first and ever more seldom while nothing happens; when a beat is overdue, the context is taken for ended. After some
 * seconds without use the heartbeat stops and the context is dormant: what lives so long is a Durable Object or a long request,
 * and timers would keep a Durable Object from being hibernated.
 *
 * A busy isolate fires all timers late, and not quite in their order. So a beat counts as overdue only when others that were
 * due after it have fired, and by much more than they were late.
 * @module
 */
import { now } from '../core/clock.js';

/** When the first beat is due, in milliseconds: so early that all requests have one, which shows that earlier ones have ended. */
const FIRST_BEAT = 0;
/** The shortest interval between two beats, and the longest, in milliseconds. Each is twice the one before. */
const SHORTEST_INTERVAL = 20;
const LONGEST_INTERVAL = 2560;
/** How late beats may be on account of a busy isolate, in milliseconds. */
const MAX_LAG = 500;
/** How late a beat is when its context has probably ended, in milliseconds. */
const SLACK = 20;
/** The same while calls wait for their outcome: another connection could overtake them. */
const BUSY_SLACK = 1000;
/** How late a beat may be before its context counts as ended, in milliseconds. */
const GRACE = 500;
/** The same while calls wait for their outcome: they would be lost. */
const BUSY_GRACE = 30_000;
/**
 * How long a dormant context is kept, in milliseconds. A Durable Object without work lives for 70 to 140 s:
 * https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
const DORMANT_GRACE = 150_000;

/** When the last of all beats that have fired was due. */
let lastDue = 0;
/** How late beats fire, in milliseconds: it rises at once and falls slowly. */
let lag = 0;

/** The time up to which all timers have fired, as {@link IoContext.isOverdue} takes it. */
export function timersFiredUntil() {
  return lastDue - Math.min(4 * lag, MAX_LAG);
}

/** Whether the isolate is so busy that lateness proves little. */
export function areTimersLate() {
  return lag > SLACK;
}

/** The context of one request, or Durable Object. Made in that context, and used in it but for the methods that take a time. */
export class IoContext {
  /** Whether its heartbeat has stopped, because it was not used for so long. */
  isDormant = false;

  #isCurrent;
  #onBeat;
  #lastUsed = now();
  #interval = FIRST_BEAT;
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

  /**
   * Whether the context has probably ended.
   *
   * @param {number} time as of {@link timersFiredUntil}
   * @param {boolean} isBusy whether calls wait in it
   */
  isOverdue(time, isBusy) {
    return !this.isDormant && this.#lateness(time) > (isBusy ? BUSY_SLACK : SLACK);
  }

  /** Tells that the context was used. */
  used() {
    this.#lastUsed = now();
    if (!this.isDormant) return;
    this.isDormant = false;
    this.#interval = SHORTEST_INTERVAL;
    this.#scheduleBeat();
  }

  /**
   * Whether the context must have ended.
   *
   * @param {number} time as of {@link timersFiredUntil}
   * @param {boolean} isBusy whether calls wait in it
   */
  isExpired(time, isBusy) {
    if (this.isDormant) return time - this.#lastUsed > DORMANT_GRACE;
    return this.#lateness(time) > (isBusy ? BUSY_GRACE : Math.max(GRACE, this.#interval));
  }

  /** @param {number} time */
  #lateness(time) {
    return time - Math.max(this.#nextBeat, this.#lastUsed);
  }

  #scheduleBeat() {
    this.#nextBeat = now() + this.#interval;
    setTimeout(this.#beat, this.#interval);
  }

  #beat = () => {
    lastDue = Math.max(lastDue, this.#nextBeat);
    const late = now() - this.#nextBeat;
    lag = Math.max(late, lag + (late - lag) / 256);
    const isIdle = now() - this.#lastUsed >= this.#interval;
    this.isDormant = isIdle && this.#interval >= LONGEST_INTERVAL;
    this.#interval = Math.max(isIdle ? this.#interval * 2 : 0, SHORTEST_INTERVAL);
    if (this.#onBeat() && !this.isDormant) this.#scheduleBeat();
  };
}
