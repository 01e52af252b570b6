/**
 * `npm run bench -- --pool`: what the pool spares a Worker.
 *
 * A Redis with TLS stands behind a proxy that adds 20 ms to each round trip, TCP's own handshake included. The same request, a
 * `get` of a page, is answered by a Worker on workerd that opens a connection for it, as a cache at module scope does, and by
 * one whose connections a Durable Object keeps. Requests take turns, one after another; latency is that of the whole request,
 * seen from outside.
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

/** What the Worker can do. */
const WAYS = { fresh: 'a connection a request', pool: 'the pool', none: 'no cache at all' };

/**
 * Measures, prints, and judges.
 *
 * @param {number} [requests] of each way
 * @returns {Promise<{ latencies: Record<string, number>, times: number }>} medians, in milliseconds
 */
export async function run(requests = REQUESTS) {
  const { worker, stop } = await start();
  try {
    const samples = await measure(worker, requests);
    const latencies = Object.fromEntries(samples.map(([way, list]) => [way, quantile(list, 0.5)]));
    const times = /** @type {number} */ (latencies.fresh) / /** @type {number} */ (latencies.pool);
    console.log(`A get over TLS, ${ROUND_TRIP} ms away      median     p95`);
    for (const [way, list] of samples) {
      const name = WAYS[/** @type {keyof typeof WAYS} */ (way)].padEnd(30);
      console.log(
        `${name}${milliseconds(quantile(list, 0.5))}${milliseconds(quantile(list, 0.95))}`,
      );
    }
    const verdict = times >= TARGET ? 'reached' : 'missed';
    console.log(`the pool is ${times.toFixed(2)} times as fast; target ${TARGET}: ${verdict}`);
    return { latencies, times };
  } finally {
    await stop();
  }
}

async function start() {
  const certificates = await makeCertificates();
  const { authority, server } = certificates;
  const redis = await startRedis({
    tls: { ca: authority.certFile, cert: server.certFile, key: server.keyFile },
  });
  const proxy = await startProxy({
    port: /** @type {number} */ (redis.tlsPort),
    delay: ROUND_TRIP / 2,
    delaysConnecting: true,
  });
  const worker = await startWorkerd(
    fileURLToPath(new URL('./programs/pool.js', import.meta.url)),
    {
      bindings: { REDIS_URL: `rediss://localhost:${proxy.port}` },
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

/**
 * @param {Awaited<ReturnType<typeof startWorkerd>>} worker
 * @param {number} requests
 * @returns {Promise<[way: string, latencies: number[]][]>}
 */
async function measure(worker, requests) {
  /** @type {[string, number[]][]} */
  const samples = Object.keys(WAYS).map((way) => [way, []]);
  // The first requests start the isolate, the object and its connection.
  for (let round = -5; round < requests; round++) {
    for (const [way, latencies] of samples) {
      const asked = performance.now();
      const response = await worker.dispatchFetch(`http://worker.test/${way}`);
      const text = await response.text();
      if (text !== 'a page') throw new Error(`${way}: ${text}`);
      if (round >= 0) latencies.push(performance.now() - asked);
    }
  }
  return samples;
}

/**
 * @param {number[]} list
 * @param {number} part from 0 to 1
 */
function quantile(list, part) {
  const sorted = list.toSorted((one, other) => one - other);
  return /** @type {number} */ (sorted[Math.floor((sorted.length - 1) * part)]);
}

/** @param {number} value */
function milliseconds(value) {
  return `${value.toFixed(1)} ms`.padStart(10);
}
