/**
 * The example Worker in workerd, as wrangler.toml says. Not by `wrangler dev`: its proxy can hold a request back until the
 * next one comes, or refuse it, when the connection behind it was idle for five seconds and is just being closed
 * (https://github.com/cloudflare/workers-sdk/issues/14641; the last wrangler for Node 20 has that).
 */

import { join } from 'node:path';
import { bundleWorker } from '../lib/bundle-worker.js';
import { root } from '../lib/paths.js';
import { SIGNALS } from './signals.js';

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */

/**
 * Starts the Worker. Nothing leaves this machine: no metrics, no update check, no data about the location.
 * @param {string} redisUrl
 * @param {number} [port] a free one is taken where none is given
 */
export async function startWorker(redisUrl, port = 0) {
  const own = SIGNALS.map((signal) => process.listeners(signal));
  const { unstable_getMiniflareWorkerOptions: readSettings } = await import('wrangler');
  const { Miniflare } = await import('miniflare');
  const { main = '', workerOptions } = readSettings(join(root, 'wrangler.toml'));
  const worker = new Miniflare({
    ...workerOptions,
    modules: await bundleWorker(main),
    bindings: { ...workerOptions.bindings, REDIS_URL: redisUrl },
    host: '127.0.0.1',
    port,
    cf: false,
  });
  // Their listeners end this process at once, as a success. What they clean up, dispose() and the exit do too.
  SIGNALS.forEach((signal, at) => {
    for (const listener of process.listeners(signal)) {
      if (!own[at]?.includes(listener)) process.off(signal, listener);
    }
  });
  const url = await worker.ready;
  return { url: url.origin, stop: () => worker.dispose() };
}
