/**
 * A hit of the near cache beside a get over loopback: one caller at a time, and 1000 in flight. Part of `npm run bench -- --layer`.
 */
import { VALUES } from './workload.js';

const ROUNDS = 9;
/** How many calls are in flight, and how many are made in a round. */
const LOADS = /** @type {const} */ ([
  [1, 3000],
  [1000, 20_000],
]);
/** The values: one that is built anew at each hit, and one that is kept as it is. */
const KINDS = /** @type {const} */ (['object', 'string']);

/**
 * @param {string} url
 * @param {readonly string[]} keys
 */
export async function compareNear(url, keys) {
  const { RedisCache } = await import('cachelib-edge');
  const cache = new RedisCache(url, { keyPrefix: 'near:', throwOnError: true });
  const near = cache.with({ near: { timeout: 3600, maxBytes: 64 << 20 } });
  /** @type {[string, (key: string) => Promise<unknown>][]} */
  const calls = [
    ['get', (key) => cache.get(key)],
    ['near hit', (key) => near.get(key)],
    ['near hit, getOrSet', (key) => near.getOrSet(key, () => null, 3600)],
  ];
  console.log(
    '\nnear hits                     µs, one at a time   of get   µs, 1000 in flight   of get',
  );
  for (const kind of KINDS) {
    await cache.setMany(keys.map((key) => [key, VALUES[kind].value]));
    await near.getMany(...keys);
    const { nearHits, roundTrips } = cache.stats();
    print(kind, calls, await measureAll(calls, keys));
    const hits = cache.stats().nearHits - nearHits;
    if (hits !== 2 * ROUNDS * (LOADS[0][1] + LOADS[1][1])) throw new Error(`${hits} were near`);
    if (cache.stats().roundTrips === roundTrips) throw new Error('get asked nobody');
  }
  await cache.close();
}

/**
 * @param {[string, (key: string) => Promise<unknown>][]} calls
 * @param {readonly string[]} keys
 * @returns {Promise<number[][]>} for each load, the median of each call in microseconds
 */
async function measureAll(calls, keys) {
  const medians = [];
  for (const [inFlight, count] of LOADS) {
    const times = calls.map(() => /** @type {number[]} */ ([]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, [, call]] of calls.entries()) {
        times[index]?.push(await measure(call, keys, inFlight, count));
      }
    }
    medians.push(times.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1] ?? NaN));
  }
  return medians;
}

/**
 * @param {(key: string) => Promise<unknown>} call
 * @param {readonly string[]} keys
 * @param {number} inFlight
 * @param {number} count
 */
async function measure(call, keys, inFlight, count) {
  let next = 0;
  const worker = async () => {
    while (next < count) await call(/** @type {string} */ (keys[next++ % keys.length]));
  };
  const before = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return ((performance.now() - before) * 1000) / count;
}

/**
 * @param {string} kind
 * @param {[string, unknown][]} calls
 * @param {number[][]} medians
 */
function print(kind, calls, [one = [], many = []]) {
  for (const [index, [name]] of calls.entries()) {
    const cells = [one, many].flatMap((list) => {
      const [get = NaN, own = NaN] = [list[0], list[index]];
      return [own.toFixed(2).padStart(19), `1/${(get / own).toFixed(1)}`.padStart(9)];
    });
    console.log(`${`${name} (${kind})`.padEnd(28)}${cells.join('')}`);
  }
}
