/**
 * One run of a factory, which all callers of an I/O context share that miss its key.
 * @module
 */
import { startTimer } from '../core/clock.js';
import { Found } from '../core/found.js';
import { Flights } from './flights.js';
import { Lease } from './lease.js';
import { ACQUIRE, REFRESH, REPLACE } from './operations.js';
import { Run } from './recursion.js';
import { backendFailed, invoke, report } from './target.js';

/** @import { Factory, Terms } from './options.js' */
/** @import { Target } from './target.js' */

/** How many times its length a lease is held at most, as in src/cache/lease.rs; the length where there is none, in seconds. */
const MAX_LEASES = 6;
const MAX_LEASE = 10;
/** How long it waits for a lease before it looks whether anybody still wants the value, in seconds. */
const WAIT = 5;
/** How long others get to take the lease of a run that never ends before those who share it may, in seconds: one of these has just failed. */
const HEAD_START = 1;

/** What those get who share a run that is taken for dead, or that has failed by the signals of those who waited before. */
export const OVERDUE = Symbol('overdue');

export class Flight {
  #target;
  #factory;
  #terms;
  /** Settles with what the callers get. @type {Promise<any>} */
  #result = Promise.resolve();
  /** The same, or OVERDUE, for those who share it. @type {Promise<any> | undefined} */
  #shared;
  /** @type {(answer: typeof OVERDUE) => void} */
  #onOverdue = () => {};
  /** How many callers wait. */
  #waiting = 0;
  /** Whether the key may be written: not when it is unreadable, or when Redis is down. */
  #isWritable = true;
  /** The stale value, if there is one. @type {Found | undefined} */
  #stale;
  /** Made when the factory asks for its signal. @type {AbortController | undefined} */
  #controller;
  /** Why the last caller gave up. @type {unknown} */
  #abortReason;
  /** What the callers get, once the factory has ended: its value may not be stored yet. @type {Promise<any> | undefined} */
  answer;

  /**
   * @param {Target} target
   * @param {Factory<any>} factory
   * @param {Terms} terms
   */
  constructor(target, factory, terms) {
    // Its calls are of the driver that it keeps from ending, which `close` has taken from the registry perhaps.
    this.#target = { ...target, internal: { ...target.internal, driver: target.driver } };
    this.#factory = factory;
    this.#terms = terms;
    this.run = new Run(target, terms.lease > 0);
  }

  /** How the values are serialized that its callers get. */
  get serializer() {
    return this.#target.serializer;
  }

  /**
   * @param {Found | undefined} stale
   * @param {boolean} isWritable
   * @param {boolean} isBackground whether nobody waits
   */
  begin(stale, isWritable, isBackground) {
    this.#stale = stale;
    this.#isWritable = isWritable;
    const { driver, key } = this.#target;
    (driver.flights ??= new Flights()).set(key, this);
    this.#result = this.#run(isBackground);
  }

  /**
   * The result for a caller.
   *
   * @param {boolean} isBackground whether it does not wait
   * @param {boolean} isShared whether another has begun it: then OVERDUE when it takes as long as if its factory never ended, or
   *   fails after those gave up who waited before
   */
  join(isBackground, isShared) {
    if (!isBackground) this.#waiting++;
    if (!isShared) return this.#result;
    const overdue = () => new Promise((resolve) => (this.#onOverdue = resolve));
    const failed = (/** @type {unknown} */ error) => {
      if (this.#isAborted) return OVERDUE;
      throw error;
    };
    return (this.#shared ??= Promise.race([this.#result.catch(failed), overdue()]));
  }

  /**
   * A caller that waited has given up.
   *
   * @param {unknown} [reason] of its signal, if that is why
   */
  leave(reason) {
    if (--this.#waiting > 0 || reason === undefined) return;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  /** @param {boolean} isBackground */
  async #run(isBackground) {
    const end = this.#hold();
    try {
      const acquired = await this.#acquire(isBackground);
      if (!(acquired instanceof Lease)) return acquired;
      if (this.#giveUp(isBackground)) return await acquired.release(0);
      return await this.#compute(acquired, isBackground);
    } finally {
      end();
    }
  }

  /**
   * Keeps the request alive, `close` waiting, and the run for others to share, while the factory runs: but not for one that
   * never ends.
   *
   * @returns {() => void} ends that
   */
  #hold() {
    const { driver } = this.#target;
    let isHeld = true;
    const end = () => {
      clearTimeout(timer);
      if (isHeld) driver.release();
      isHeld = false;
      this.#detach();
    };
    driver.retain();
    const most = (this.#terms.lease || MAX_LEASE) * MAX_LEASES + HEAD_START;
    const timer = startTimer(most * 1000, () => {
      end();
      this.#onOverdue(OVERDUE);
    });
    return end;
  }

  /** Whether others may share it: the key was neither written nor deleted from here since. */
  get #isCurrent() {
    const { driver, key } = this.#target;
    return driver.flights?.get(key) === this;
  }

  /** Others share it no more. */
  #detach() {
    if (this.#isCurrent) this.#target.driver.flights?.delete(this.#target.key);
  }

  /**
   * Ends it before its factory is called, where nobody wants the value any more.
   *
   * @param {boolean} isBackground
   * @returns {boolean} whether it has ended
   */
  #giveUp(isBackground) {
    if (isBackground || !this.#isAbandoned) return false;
    this.#detach();
    return true;
  }

  /**
   * The lease, or what somebody else has computed.
   *
   * @param {boolean} isBackground
   */
  async #acquire(isBackground) {
    const { lease, grace, fresh, tags } = this.#terms;
    if (lease === 0 || !this.#isWritable) return this.#lease(null);
    const above = Math.max(grace, (this.#stale?.ttl ?? 0) / 1000);
    const purpose = fresh ? REPLACE : REFRESH;
    const { name } = this.#target;
    const request = { key: name, tags, above, length: lease, wait: WAIT, purpose };
    try {
      let found;
      do found = await invoke(this.#target, ACQUIRE, request);
      while (found === undefined && !this.#giveUp(isBackground));
      if (!(found instanceof Found)) return found;
      if (found.error !== undefined) this.#failed(found.error);
      // What was deleted meanwhile is gone.
      const isThere = found.value !== undefined && found.error === undefined;
      this.#stale = isThere ? found : undefined;
      return found.lease === null ? found.value : this.#lease(found.lease);
    } catch (error) {
      this.#failed(error);
      return this.#lease(null);
    }
  }

  /** @param {number | null} id */
  #lease(id) {
    return new Lease(this.#target, this.#terms, () => this.#isCurrent, id);
  }

  /**
   * @param {Lease} lease
   * @param {boolean} isBackground
   */
  async #compute(lease, isBackground) {
    let value, lifetime;
    try {
      value = await this.run.call(() => this.#factory(this.#context(isBackground)));
      if (value !== undefined && this.#isWritable) lifetime = lease.lifetimeOf(value);
    } catch (error) {
      return this.#factoryFailed(error, lease);
    }
    this.answer = Promise.resolve(value ?? null);
    try {
      await (lifetime === undefined ? lease.release(0) : lease.store(value, lifetime));
    } catch (error) {
      await lease.release(0).catch(() => {});
      this.#failed(error);
    }
    return this.answer;
  }

  /** @param {boolean} background */
  #context(background) {
    const controller = () => (this.#controller ??= this.#makeController());
    const stale = this.#stale?.value ?? null;
    return {
      stale,
      background,
      get signal() {
        return controller().signal;
      },
    };
  }

  /** Whether the factory was told that nobody wants the value any more. */
  get #isAborted() {
    return this.#controller?.signal.aborted === true;
  }

  #makeController() {
    const controller = new AbortController();
    if (this.#isAbandoned) controller.abort(this.#abortReason);
    return controller;
  }

  /** Whether all who waited have given up by their own signals. */
  get #isAbandoned() {
    return this.#waiting === 0 && this.#abortReason !== undefined;
  }

  /**
   * @param {any} error
   * @param {Lease} lease
   */
  async #factoryFailed(error, lease) {
    const stale = this.#stale;
    const backoff = stale === undefined || this.#isAborted ? 0 : this.#terms.retryAfter;
    this.answer = stale === undefined ? Promise.reject(error) : Promise.resolve(stale.value);
    this.answer.catch(() => {});
    await lease.release(backoff).catch((reason) => this.#report(reason));
    if (stale !== undefined || this.#waiting === 0) this.#report(error);
    return this.answer;
  }

  /**
   * The backend fails: the value is not stored.
   *
   * @param {any} error
   */
  #failed(error) {
    backendFailed(this.#target, error);
    this.#isWritable = false;
  }

  /** @param {any} error */
  #report(error) {
    report(this.#target, error);
  }
}
