/**
 * Places: on workerd, the requests and Durable Objects that sockets and timers belong to.
 *
 * Nobody is told when a request has ended, but its timers end with it. So a place gives a sign of life by a timer, often at
 * first and ever more seldom while nothing happens; when the sign is overdue, the place is taken for gone. After some seconds
 * without use the signs stop: what lives so long is a Durable Object or a request that takes its time, and timers would keep
 * the one from being put to sleep.
 * @module
 */
import { now } from '../core/driver.js';

/** The first pause between two signs, and the last, in milliseconds. Each is twice the one before. */
const FIRST_PAUSE = 20;
const LAST_PAUSE = 2560;
/** How late a sign is when its place has probably ended, in milliseconds. */
const SLACK = 20;
/** How late a sign may be at least, in milliseconds. */
const GRACE = 100;
/** How late it may be while calls wait for their outcome: they would be lost. */
const BUSY_GRACE = 30_000;
/**
 * How long a place that gives no signs any more is kept. A Durable Object without work lives for 70 to 140 s:
 * https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
const SILENT_GRACE = 150_000;

/** Where code of one request, or Durable Object, runs. Made, and used but for {@link isGone}, in that place. */
export class Place {
  /** Whether it has lived on for so long without use that it gives no signs any more. */
  isSettled = false;

  #isHere;
  #onSign;
  #lastUsed = now();
  #pause = FIRST_PAUSE;
  #nextSign = 0;

  /**
   * @param {() => boolean} isHere whether code runs in this place now
   * @param {() => boolean} onSign told of each sign of life; whether there shall be more
   */
  constructor(isHere, onSign) {
    this.#isHere = isHere;
    this.#onSign = onSign;
    this.#plan();
  }

  isHere() {
    return this.#isHere();
  }

  /** Whether the request has probably ended. */
  get isLate() {
    return !this.isSettled && now() - this.#nextSign > SLACK;
  }

  /** Something was done here. */
  used() {
    this.#lastUsed = now();
    if (!this.isSettled) return;
    this.isSettled = false;
    this.#pause = FIRST_PAUSE;
    this.#plan();
  }

  /**
   * Whether the request, or Durable Object, must have ended.
   *
   * @param {boolean} isBusy whether calls wait here
   */
  isGone(isBusy) {
    if (this.isSettled) return now() - this.#lastUsed > SILENT_GRACE;
    return now() - this.#nextSign > (isBusy ? BUSY_GRACE : Math.max(GRACE, this.#pause));
  }

  #plan() {
    this.#nextSign = now() + this.#pause;
    setTimeout(this.#giveSign, this.#pause);
  }

  #giveSign = () => {
    const isIdle = now() - this.#lastUsed >= this.#pause;
    this.isSettled = isIdle && this.#pause >= LAST_PAUSE;
    this.#pause = isIdle ? this.#pause * 2 : FIRST_PAUSE;
    if (this.#onSign() && !this.isSettled) this.#plan();
  };
}
