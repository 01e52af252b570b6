/**
 * Aborts calls by their signals: one listener for each signal, however many calls wait.
 * @module
 */
import { defer } from './clock.js';

/** @import { Signal } from '../options/types.js' */
/** @import { Call } from '../call.js' */

export class SignalWatcher {
  #mayAbort;
  #abort;
  /** The calls whose signal was aborted in this tick. @type {Call[]} */
  #aborted = [];
  /** @type {Map<Signal, { calls: Set<Call>, listener: () => void }>} */
  #watched = new Map();

  /**
   * @param {() => boolean} mayAbort whether a signal that is aborted now has an effect. One that another request aborts has none:
   *   that request may neither settle these calls' promises nor set the driver's timer
   * @param {(calls: Call[]) => void} abort ends the calls whose signal was aborted, all of a tick at once: the core looks at every
   *   request to find theirs
   */
  constructor(mayAbort, abort) {
    this.#mayAbort = mayAbort;
    this.#abort = abort;
  }

  /** @param {Call} call */
  watch(call) {
    const { signal } = call.settings;
    if (signal === undefined) return;
    const entry = this.#watched.get(signal);
    if (entry === undefined) this.#add(signal, call);
    else entry.calls.add(call);
  }

  /** @param {Call} call that has ended */
  unwatch(call) {
    const { signal } = call.settings;
    if (signal === undefined) return;
    const entry = this.#watched.get(signal);
    if (!entry?.calls.delete(call) || entry.calls.size > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener('abort', entry.listener);
  }

  /**
   * @param {Signal} signal
   * @param {Call} call
   */
  #add(signal, call) {
    const calls = new Set([call]);
    const listener = () => this.#collect(calls);
    this.#watched.set(signal, { calls, listener });
    signal.addEventListener('abort', listener);
  }

  /** @param {Iterable<Call>} calls */
  #collect(calls) {
    if (!this.#mayAbort()) return;
    if (this.#aborted.length === 0) defer(() => this.#abort(this.#aborted.splice(0)));
    for (const call of calls) this.#aborted.push(call);
  }
}
