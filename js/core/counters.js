/**
 * What a cache has done so far.
 * @module
 */

/** @typedef {Omit<Counters, 'countValue'>} Stats */

/** What `cache.stats()` tells, since the cache was made, of it and of all its views. */
export class Counters {
  /** Values that were read. */
  hits = 0;
  /** Keys that were missing, or whose value was null or unreadable. */
  misses = 0;
  /** Keys that the near cache answered, those of `has` too. */
  nearHits = 0;
  /** Calls that failed, whether they rejected or answered null or false, and values that were unreadable. */
  errors = 0;
  /** Connections that were begun. */
  connections = 0;
  /** Writes to connections: each takes along all calls of its tick. */
  roundTrips = 0;
  /** Bytes to the server. */
  bytesSent = 0;
  /** Bytes from the server. */
  bytesReceived = 0;

  /** @param {unknown} value */
  countValue(value) {
    if (value === null) this.misses++;
    else this.hits++;
  }
}
