/**
 * A run: a real Redis, faults on the way and at the server, and callers in a runtime that check every answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { hosts } from './hosts.js';
import { Random } from './random.js';
import { startServer, startServersOfCluster } from './server.js';
import { startServerFaults } from './server-faults.js';

/** After so many milliseconds no byte is on its way any more. */
const QUIET = 2000;
/** Counters read at once. */
const BATCH = 1000;

/**
 * @typedef {object} Options
 * @property {string} runtime
 * @property {number} calls
 * @property {number} seed
 * @property {number} [seconds] after which no more calls are made
 * @property {number} [callers] at once
 * @property {boolean} [failFast] the option of the caches
 * @property {boolean} [cluster] in place of one server
 * @property {import('./server-faults.js').Pace} [pace]
 *
 * @typedef {Awaited<ReturnType<typeof runChaos>>} Summary
 */

/** @param {Options} options */
export async function runChaos(options) {
  const {
    runtime,
    calls,
    seed,
    seconds = Infinity,
    callers = 300,
    failFast = true,
    cluster = false,
    pace,
  } = options;
  const host = hosts[runtime];
  if (!host) throw new Error(`no runtime '${runtime}': there are ${Object.keys(hosts).join(', ')}`);
  const servers = await (cluster ? startServersOfCluster : startServer)(seed);
  const faults = startServerFaults(servers, new Random(seed, 'server'), pace);
  try {
    // JSON has no Infinity.
    const bounded = Math.min(seconds, Number.MAX_SAFE_INTEGER);
    const { urls, nodeAddressMap, nodes } = servers;
    const cacheArguments = { urls, options: { failFast, nodeAddressMap } };
    const work = host({ cacheArguments, seed, calls, seconds: bounded, callers });
    const failed = faults.running.then(() => new Promise(() => {}));
    failed.catch(() => {});
    const result = await Promise.race([work, failed]);
    await faults.stop();
    for (const { proxy } of nodes) proxy.calm();
    await sleep(QUIET);
    const { lost, twice } = await miscounted(servers, result.counters);
    if (lost.length > 0) note(result.violations, 'increments lost', lost);
    if (twice.length > 0) note(result.violations, 'counted twice', twice);
    return {
      runtime,
      seed,
      failFast,
      cluster,
      ...result,
      faults: faults.counters,
      connections: sum(nodes.map(({ proxy }) => proxy.counters)),
    };
  } finally {
    await faults.stop().catch(() => {});
    await servers.stop();
  }
}

/**
 * @template {Record<string, number>} Counts
 * @param {Counts[]} all
 */
function sum(all) {
  const total = /** @type {Record<string, number>} */ ({});
  for (const [name, count] of all.flatMap(Object.entries)) total[name] = (total[name] ?? 0) + count;
  return /** @type {Counts} */ (total);
}

/**
 * @param {import('./hosts.js').Result['violations']} violations
 * @param {string} kind
 * @param {string[]} examples
 */
function note(violations, kind, examples) {
  const { count = 0, examples: others = [] } = violations[kind] ?? {};
  violations[kind] = {
    count: count + examples.length,
    examples: [...others, ...examples.slice(0, 5)],
  };
}

/**
 * Compares counters with what the servers hold.
 *
 * @param {import('./server.js').Servers} servers
 * @param {import('./hosts.js').Result['counters']} counters of each database
 */
async function miscounted(servers, counters) {
  const [lost, twice] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])];
  for (const [database, expected] of counters.entries()) {
    for (let start = 0; start < expected.length; start += BATCH) {
      const batch = expected.slice(start, start + BATCH);
      const names = batch.map(({ name }) => name);
      const values = await servers.read(database, names);
      batch.forEach(({ name, least, most }, at) => {
        const value = Number(values[at] ?? 0);
        if (value < least) lost.push(`${name} is ${value}, acknowledged ${least}`);
        if (value > most) twice.push(`${name} is ${value}, ${most} at most`);
      });
    }
  }
  return { lost, twice };
}
