/**
 * The right to compute the value of a key, and to store it.
 * @module
 */
import { DELETE, SET } from '../core/operations.js';
import { dumpAll } from '../core/pending-values.js';
import { checkTimeout } from '../core/records.js';
import { ServerError } from '../errors/classes.js';
import { raw } from '../serializer/raw.js';
import { RELEASE, SET_TAGGED, STORE } from './operations.js';
import { invoke, report } from './target.js';

/** @import { DriverRegistry } from '../io-context/registry.js' */
/** @import { Terms } from './options.js' */
/** @import { Target } from './target.js' */

/** Errors of scripts that say that there can be none: the user has no right to, or a cluster has the lock elsewhere. */
const NO_SCRIPTS = ['NOPERM', 'UNKNOWN_COMMAND', 'CLUSTER'];
/** Caches that were told that their leases are not fenced. @type {WeakSet<DriverRegistry>} */
const unfenced = new WeakSet();

export class Lease {
  #target;
  #terms;
  #isCurrent;
  #id;

  /**
   * @param {Target} target
   * @param {Terms} terms
   * @param {() => boolean} isCurrent whether the key was neither written nor deleted from here since
   * @param {number | null} id of the lease in the core; null where there is none: the value is stored as `set` does
   */
  constructor(target, terms, isCurrent, id) {
    this.#target = target;
    this.#terms = terms;
    this.#isCurrent = isCurrent;
    this.#id = id;
  }

  /**
   * Stores the value, unless the lease was lost.
   *
   * @param {unknown} value
   * @param {number} lifetime seconds
   */
  async store(value, lifetime) {
    const { registry } = this.#target;
    if (this.#id === null || unfenced.has(registry)) return this.#storeUnfenced(value, lifetime);
    if (!this.#isInCore()) return;
    try {
      await invoke(this.#target, STORE, this.#request(), value, lifetime);
    } catch (error) {
      this.#checkUnfenced(error);
      await this.#storeUnfenced(value, lifetime);
    }
  }

  /**
   * Ends it without a value.
   *
   * @param {number} backoff how many seconds nobody shall try again
   */
  async release(backoff) {
    if (this.#id === null || !this.#isInCore()) return;
    try {
      await invoke(this.#target, RELEASE, this.#request(), undefined, backoff);
    } catch (error) {
      this.#checkUnfenced(error);
      if (backoff === 0) await this.#deleteLock();
      else await invoke({ ...this.#target, serializer: raw }, SET, this.#lock, '', backoff);
    }
  }

  /**
   * Nothing but what was done from here tells that the key has changed.
   *
   * @param {unknown} value
   * @param {number} lifetime seconds
   */
  async #storeUnfenced(value, lifetime) {
    const { tags } = this.#terms;
    const target = /** @type {any} */ ({ ...this.#target });
    const { name, internal, serializer } = target;
    try {
      // An asynchronous serializer takes its time, in which the key may be deleted.
      if (serializer?.dumps) target.serializer = await dumpAll(serializer, [value], internal);
      if (!this.#isCurrent()) return;
      if (tags.length > 0) await invoke(target, SET_TAGGED, { key: name, tags }, value, lifetime);
      else await invoke(target, SET, name, value, lifetime);
    } finally {
      // Whether it was stored or not: the next call waits for the lock.
      if (this.#id !== null) await this.#deleteLock();
    }
  }

  #request() {
    return { key: this.#target.name, lease: this.#id };
  }

  #deleteLock() {
    return invoke(this.#target, DELETE, this.#lock);
  }

  /** Its key, as `lock_of` in src/cache/lease.rs has it. */
  get #lock() {
    const { registry, key, name } = this.#target;
    const hashTag = registry.isCluster && !/[{}]/.test(key) ? `{${key}}` : '';
    return `${name}~lock${hashTag}`;
  }

  /**
   * How long a value lives.
   *
   * @param {unknown} value
   */
  lifetimeOf(value) {
    const { timeout, grace } = this.#terms;
    const given = typeof timeout === 'function' ? timeout(value) : timeout;
    const fresh = given ?? this.#target.settings.defaultTimeout;
    checkTimeout(fresh);
    if (fresh === 0 || fresh === -1) return 0;
    // A grace does not make a timeout of one that is none.
    return fresh < 0 ? fresh : fresh + grace;
  }

  /** Whether the core is still the one that has the lease. */
  #isInCore() {
    return this.#target.driver.isUsable;
  }

  /**
   * Says once that there can be no scripts.
   *
   * @param {any} cause
   * @throws when it says something else
   */
  #checkUnfenced(cause) {
    if (!NO_SCRIPTS.includes(cause.code)) throw cause;
    const { registry } = this.#target;
    if (unfenced.has(registry)) return;
    if (cause.code !== 'CLUSTER') unfenced.add(registry);
    const text =
      'values are stored without regard to deletions while they were computed: ' +
      'grant the command EVAL to the user; in a cluster, give the key and its tags one hash tag';
    report(this.#target, new ServerError('UNFENCED', text, { cause }));
  }
}
