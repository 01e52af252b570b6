/**
 * What a key holds when its value is stale, or is to be computed by whoever asked.
 * @module
 */

/** @import { CacheError } from '../errors/classes.js' */

export class Found {
  /** Undefined when the key is missing. @type {any} */
  value = undefined;
  /** Why the value is unreadable, if it is. @type {CacheError | undefined} */
  error = undefined;

  /**
   * @param {number} ttl how long the value lives, in milliseconds
   * @param {number | null} lease the lease of whoever asked, in the core
   */
  constructor(ttl, lease) {
    this.ttl = ttl;
    this.lease = lease;
  }
}
