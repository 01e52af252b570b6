/** The example Worker in workerd, as wrangler.toml says, by wrangler. */

import { join } from 'node:path';
import { root } from '../lib/paths.js';
import { SIGNALS } from './signals.js';

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */

/**
 * Starts the Worker. Nothing leaves this machine: no metrics, no update check, no data about the location.
 * @param {string} redisUrl
 * @param {{ port?: number, watch?: boolean }} [options] a free port is taken where none is given; `watch`: builds anew
 * when a file changes
 */
export async function startWorker(redisUrl, { port = 0, watch = false } = {}) {
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  const own = SIGNALS.map((signal) => process.listeners(signal));
  const { unstable_startWorker: start } = await import('wrangler');
  const worker = await start({
    config: join(root, 'wrangler.toml'),
    bindings: { REDIS_URL: { type: 'plain_text', value: redisUrl } },
    sendMetrics: false,
    dev: {
      server: { hostname: '127.0.0.1', port },
      remote: false,
      persist: false,
      inspector: false,
      logLevel: 'error',
      watch,
    },
  });
  await worker.ready;
  // Wrangler's listeners end this process at once, as a success. What they clean up, dispose() and the exit do too.
  SIGNALS.forEach((signal, at) => {
    for (const listener of process.listeners(signal)) {
      if (!own[at]?.includes(listener)) process.off(signal, listener);
    }
  });
  const url = await worker.url;
  return { url: url.origin, stop: () => disposeQuietly(worker) };
}

/**
 * Wrangler can report a failed build of the temporary files that it has just removed.
 * @param {{ dispose(): Promise<void> }} worker
 */
async function disposeQuietly(worker) {
  const { error } = console;
  console.error = () => {};
  try {
    await worker.dispose();
  } finally {
    console.error = error;
  }
}
