/**
 * The part of a run that lives in a process of the runtime under test.
 */
import { Caller } from './caller.js';
import { Ledger } from './ledger.js';
import { Monitor } from './monitor.js';
import { Random } from './random.js';
import { Tally } from './tally.js';

/** Memory is first measured when so much of the work is done: by then everything is as large as it will be. */
const WARM = 0.2;

/**
 * @typedef {{ urls: string[], options: { failFast: boolean, nodeAddressMap?: Record<string, string> } }} CacheArguments
 *
 * @typedef {object} Work
 * @property {CacheArguments} cacheArguments of each cache
 * @property {number} seed
 * @property {number} calls to be made
 * @property {number} seconds after which no more are made
 * @property {number} callers at once
 */

/**
 * Does the work, and prints what came of it as the last line.
 *
 * @param {any} library
 * @param {string} work as JSON
 * @param {() => { heap: number, total: number }} memory in bytes, after a garbage collection
 */
export async function runInProcess(library, work, memory) {
  const { cacheArguments, seed, calls, seconds, callers } = /** @type {Work} */ (JSON.parse(work));
  const caches = makeCaches(library, cacheArguments);
  const { CacheError } = library;
  const [ledger, monitor, tally] = [new Ledger('process'), new Monitor(), new Tally()];
  const world = { CacheError, caches, ledger, monitor, tally, pauses: 0.01 };

  const start = performance.now();
  /** @type {ReturnType<typeof memory> | undefined} */
  let before;
  const done = () => Math.max(tally.calls / calls, (performance.now() - start) / 1000 / seconds);
  const takes = () => {
    if (before === undefined && done() >= WARM) before = memory();
    return done() < 1;
  };
  await Promise.all(
    Array.from({ length: callers }, (_, number) =>
      new Caller(world, `caller:${number}`, new Random(seed, 'caller', number)).run(takes),
    ),
  );
  await Promise.all(caches.map((cache) => cache.close()));
  monitor.stop();
  const elapsed = (performance.now() - start) / 1000;
  const after = memory();
  console.log(
    JSON.stringify({ ...tally.figures, counters: ledger.bounds(), before, after, elapsed }),
  );
}

/**
 * @param {any} library
 * @param {CacheArguments} cacheArguments with failFast: false more calls meet faults, since they wait for the server
 */
export function makeCaches({ RedisCache }, { urls, options }) {
  const connectTimeout = options.failFast ? 1 : 0.5;
  return urls.map((url) => new RedisCache(url, { throwOnError: true, connectTimeout, ...options }));
}
