/** Being told to end: by Ctrl-C, by `kill`, by a terminal that closes. */

export const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Calls `end` the first time this process is told to end. The second time it ends at once. Either way what it started
 * ends too: without this, a signal would end it and nothing else.
 * @param {(value?: undefined) => void} end
 */
export function onStopSignal(end) {
  let told = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (told) process.exit(1);
      told = true;
      end();
    });
  }
}
