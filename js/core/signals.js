/**
 * Aborts calls by their signals: one listener for each signal, however many calls wait.
 * @module
 */

/** @import { Signal } from '../options/types.js' */
/** @import { Call } from '../call.js' */

export class SignalWatcher {
  #onAbort;
  /** @type {Map<Signal, { calls: Set<Call>, listener: () => void }>} */
  #watched = new Map();

  /** @param {(calls: Call[]) => void} onAbort called when the signal of calls is aborted */
  constructor(onAbort) {
    this.#onAbort = onAbort;
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
    const listener = () => this.#onAbort([...calls]);
    this.#watched.set(signal, { calls, listener });
    signal.addEventListener('abort', listener);
  }
}
