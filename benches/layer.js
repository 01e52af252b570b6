/**
 * `npm run bench -- --layer`: getOrSet beside a plain get, and beside bentocache, cachified, cacheable and cache-manager, each over Redis alone.
 *
 * Hits only: 1000 keys of an object of five fields, 1000 in flight, in each round by all in turns, in one process. The CPU
 * time is that of user and system.
 */
import { startRedis } from '../tests/support/redis.js';
import { measureColdKey } from './cold-key.js';
import { compareNear } from './near.js';
import { VALUES } from './workload.js';

const IN_FLIGHT = 1000;
const ROUNDS = 9;
const CALLS = 20_000;
const SECONDS = 300;

/** @typedef {{ name: string, call: (key: string) => Promise<unknown>, close: () => unknown }} Contestant */

export async function run() {
  const redis = await startRedis();
  try {
    const contestants = [
      ...(await ours(redis.url)),
      ...(await others(redis)),
      ...(await overKeyv(redis.url)),
    ];
    const keys = Array.from(
      { length: 1000 },
      (_, index) => `key:${String(index).padStart(4, '0')}`,
    );
    // The last ones first: what `get` reads is stored by getOrSet.
    for (const { name, call } of contestants.toReversed()) {
      const values = await Promise.all(keys.map(call));
      const expected = JSON.stringify(VALUES.object.value);
      if (values.some((value) => JSON.stringify(value) !== expected)) {
        throw new Error(`${name} fails`);
      }
    }
    await compare(contestants, keys);
    for (const { close } of contestants) await close();
    await compareNear(redis.url, keys);
    await measureColdKey(redis.url);
  } finally {
    await redis.stop();
  }
}

/**
 * @param {Contestant[]} contestants
 * @param {string[]} keys
 */
async function compare(contestants, keys) {
  /** @type {Map<string, { cpu: number, wall: number }[]>} */
  const figures = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, call } of contestants) figures.get(name)?.push(await measure(call, keys));
  }
  const median = (/** @type {number[]} */ list) =>
    list.sort((a, b) => a - b)[list.length >> 1] ?? NaN;
  const rows = [...figures].map(([name, list]) => ({
    name,
    cpu: median(list.map(({ cpu }) => cpu)),
    perSecond: 1e6 / median(list.map(({ wall }) => wall)),
  }));
  console.log('\nhits                            µs CPU   of get   a second');
  for (const { name, cpu, perSecond } of rows) {
    const ratio = (cpu / (rows[0]?.cpu ?? NaN)).toFixed(2);
    console.log(
      `${name.padEnd(30)} ${cpu.toFixed(2).padStart(7)} ${ratio.padStart(8)} ${Math.round(perSecond).toString().padStart(10)}`,
    );
  }
}

/**
 * @param {Contestant['call']} call
 * @param {string[]} keys
 */
async function measure(call, keys) {
  let next = 0;
  const worker = async () => {
    while (next < CALLS) await call(/** @type {string} */ (keys[next++ % keys.length]));
  };
  const [cpuBefore, before] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpu: (user + system) / CALLS, wall: ((performance.now() - before) * 1000) / CALLS };
}

/**
 * @param {string} url
 * @returns {Promise<Contestant[]>}
 */
async function ours(url) {
  const { RedisCache } = await import('cachelib-edge');
  const cache = new RedisCache(url, { keyPrefix: 'ours:', throwOnError: true });
  const factory = () => VALUES.object.value;
  const fresh = { timeout: SECONDS };
  const graceful = { timeout: SECONDS, grace: 60 };
  return [
    {
      name: 'get',
      call: (key) => cache.get(key),
      close: () => cache.close(),
    },
    { name: 'getOrSet', call: (key) => cache.getOrSet(key, factory, fresh), close() {} },
    {
      name: 'getOrSet with grace',
      call: (key) => cache.getOrSet(`grace:${key}`, factory, graceful),
      close() {},
    },
  ];
}

/**
 * @param {import('../tests/support/redis.js').RedisServer} redis
 * @returns {Promise<Contestant[]>}
 */
async function others({ hostname, port }) {
  const { BentoCache, bentostore } = await import('bentocache');
  const { redisDriver } = await import('bentocache/drivers/redis');
  const { cachified } = await import('@epic-web/cachified');
  const { Redis } = await import('ioredis');
  const value = async () => VALUES.object.value;

  const store = bentostore().useL2Layer(redisDriver({ connection: { host: hostname, port } }));
  const bento = new BentoCache({ default: 'redis', stores: { redis: store } });
  const client = new Redis(port, hostname);
  const cachifiedStore = {
    get: async (/** @type {string} */ key) => JSON.parse((await client.get(key)) ?? 'null'),
    set: (/** @type {string} */ key, /** @type {unknown} */ entry) =>
      client.set(key, JSON.stringify(entry), 'EX', SECONDS),
    delete: (/** @type {string} */ key) => client.del(key),
  };
  return [
    {
      name: 'bentocache, Redis alone',
      call: (key) => bento.getOrSet({ key, factory: value, ttl: '5m' }),
      close: () => bento.disconnectAll(),
    },
    {
      name: 'cachified over ioredis',
      call: (key) =>
        cachified({
          key: `cachified:${key}`,
          cache: cachifiedStore,
          ttl: SECONDS * 1000,
          getFreshValue: value,
        }),
      close: () => client.quit(),
    },
  ];
}

/**
 * @param {string} url
 * @returns {Promise<Contestant[]>}
 */
async function overKeyv(url) {
  const { Cacheable } = await import('cacheable');
  const { createCache } = await import('cache-manager');
  const { Keyv } = await import('keyv');
  const { default: KeyvRedis } = await import('@keyv/redis');
  const value = async () => VALUES.object.value;
  const ttl = SECONDS * 1000;

  const cacheable = new Cacheable({ primary: new KeyvRedis(url), namespace: 'cacheable' });
  const store = new Keyv({ store: new KeyvRedis(url), namespace: 'cache-manager' });
  const manager = createCache({ stores: [store] });
  return [
    {
      name: 'cacheable over @keyv/redis',
      call: (key) => cacheable.getOrSet(key, value, { ttl }),
      close: () => cacheable.disconnect(),
    },
    {
      name: 'cache-manager over @keyv/redis',
      call: (key) => manager.wrap(key, value, ttl),
      close: () => manager.disconnect(),
    },
  ];
}
