/**
 * Counts the listeners that a signal has from now on.
 *
 * @param {AbortSignal} signal
 * @returns {() => number}
 */
export function countListeners(signal) {
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (/** @type {[any, any]} */ ...args) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (/** @type {[any, any]} */ ...args) => {
    listeners--;
    remove(...args);
  };
  return () => listeners;
}
