/**
 * Times of options, from seconds to milliseconds.
 * @module
 */

/** The largest number of milliseconds that an operation record holds: 49 days. */
const MAX_TIMEOUT_MS = 2 ** 32 - 1;
/** A call that may take so long was meant to take milliseconds. */
const SUSPICIOUS_SECONDS = 1000;

/**
 * @param {number} seconds less than a millisecond counts as one
 * @param {string} option its name
 */
export function toMs(seconds, option) {
  if (seconds >= SUSPICIOUS_SECONDS && seconds < Infinity) {
    console.warn(
      `cachelib-edge: option '${option}' is ${seconds} seconds: were milliseconds meant?`,
    );
  }
  return Math.min(Math.max(Math.round(seconds * 1000), 1), MAX_TIMEOUT_MS);
}
