/**
 * `npm run bench -- --pool`: what the pool spares a Worker.
 *
 * A Redis with TLS, a user and a database stands behind a proxy that adds 20 ms to each round trip, TCP's own handshake
 * included. The same call is made by requests of a Worker on workerd that open a connection for it, as a cache at module scope
 * does, and by requests whose connection a Durable Object keeps. Requests take turns, one after another. Latency is what passes
 * in the handler, from the call to its answer: what the harness takes to get there is not counted.
 *
 * A request makes one call, or five at once as one that puts a page together does. What a fresh connection costs is a round
 * trip for TCP and one for TLS, and where there is a write another one, since it waits until the server has taken the user.
 * So the most to be gained is 3 times for a read and 4 times for the others, and what the certificates take to be verified,
 * less the way to the object.
 */
import { fileURLToPath } from 'node:url';
import { makeCertificates } from '../tests/support/certificates.js';
import { startProxy } from '../tests/support/proxy.js';
import { startRedis } from '../tests/support/redis.js';
import { startWorkerd } from '../tests/support/runtimes.js';

/** Milliseconds. */
const ROUND_TRIP = 20;
const REQUESTS = 60;
/** By how much the pool has to be better. */
const TARGET = 3;
/**
 * What a request calls, and how many round trips that takes on a connection of its own; through the pool it takes one.
 * @type {Record<string, number>}
 */
const ROUND_TRIPS = { get: 3, inc: 4, page: 4 };
const CALLS = Object.keys(ROUND_TRIPS);
const WAYS = ['fresh', 'pool'];

/**
 * Measures and prints.
 *
 * @param {number} [requests] of each kind
 * @returns {Promise<Record<string, number>>} how many times as fast each call is through the pool
 */
export async function run(requests = REQUESTS) {
  const { worker, stop } = await start();
  try {
    const samples = await measure(worker, requests);
    console.log(`over TLS, ${ROUND_TRIP} ms away   fresh connection   the pool`);
    return Object.fromEntries(CALLS.map((call) => [call, compare(call, samples)]));
  } finally {
    await stop();
  }
}

async function start() {
  const certificates = await makeCertificates();
  const { authority, server } = certificates;
  const redis = await startRedis({
    tls: { ca: authority.certFile, cert: server.certFile, key: server.keyFile },
    users: { ada: 'on >secret ~* +@all' },
  });
  const proxy = await startProxy({
    port: /** @type {number} */ (redis.tlsPort),
    delay: ROUND_TRIP / 2,
    delaysConnecting: true,
  });
  const worker = await startWorkerd(
    fileURLToPath(new URL('./programs/pool.js', import.meta.url)),
    {
      bindings: { REDIS_URL: `rediss://ada:secret@localhost:${proxy.port}/1` },
      durableObjects: { REDIS: 'RedisPool' },
    },
    authority.certFile,
  );
  const stop = async () => {
    await worker.dispose();
    await proxy.stop();
    await redis.stop();
    await certificates.remove();
  };
  return { worker, stop };
}

/** @typedef {Map<string, number[]>} Samples latencies in milliseconds, by `way/call` */

/**
 * @param {Awaited<ReturnType<typeof startWorkerd>>} worker
 * @param {number} requests
 */
async function measure(worker, requests) {
  /** @type {Samples} */
  const samples = new Map(
    CALLS.flatMap((call) => WAYS.map((way) => [/** @type {string} */ (`${way}/${call}`), []])),
  );
  // The first requests start the isolate, the object and its connection.
  for (let round = -5; round < requests; round++) {
    for (const [path, latencies] of samples) {
      const response = await worker.dispatchFetch(`http://worker.test/${path}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${text}`);
      if (round >= 0) latencies.push(Number(text));
    }
  }
  return samples;
}

/**
 * @param {string} call
 * @param {Samples} samples
 */
function compare(call, samples) {
  const [fresh, pool] = WAYS.map((way) => middle(samples.get(`${way}/${call}`) ?? []));
  const times = Number(fresh) / Number(pool);
  const verdict = `${times.toFixed(2)} times, of ${ROUND_TRIPS[call]} by round trips; target ${TARGET}: ${times >= TARGET ? 'reached' : 'missed'}`;
  console.log(
    `${call.padEnd(22)}${milliseconds(fresh).padStart(18)}${milliseconds(pool).padStart(11)}   ${verdict}`,
  );
  return times;
}

/**
 * The mean of the middle half: workerd's clock has whole milliseconds.
 *
 * @param {number[]} list
 */
function middle(list) {
  const sorted = list.toSorted((one, other) => one - other);
  const half = sorted.slice(Math.floor(list.length / 4), Math.ceil((list.length * 3) / 4));
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}

/** @param {number | undefined} value */
function milliseconds(value) {
  return `${value?.toFixed(1)} ms`;
}
