/**
 * Aborts calls by their signals: one listener for each signal, however many calls wait.
 * @module
 */
import { defer } from './clock.js';

/** @import { Signal } from '../options/types.js' */
/** @import { Call } from '../call.js' */

/** What is called when a signal is aborted. @type {WeakMap<Signal, { actions: Set<() => void>, listener: () => void }>} */
const waiting = new WeakMap();

/**
 * Calls an action once a signal is aborted. However many there are, the signal has one listener of them: Node warns of more than ten.
 *
 * @param {Signal} signal
 * @param {() => void} action
 * @returns {() => void} ends that
 */
export function whenAborted(signal, action) {
  const { actions, listener } = waiting.get(signal) ?? listenTo(signal);
  actions.add(action);
  return () => {
    if (!actions.delete(action) || actions.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

/** @param {Signal} signal */
function listenTo(signal) {
  /** @type {Set<() => void>} */
  const actions = new Set();
  const listener = () => {
    for (const action of [...actions]) action();
  };
  const entry = { actions, listener };
  waiting.set(signal, entry);
  signal.addEventListener('abort', listener);
  return entry;
}

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
