/**
 * What the tests on clusters and behind Sentinels share.
 */
import { RedisCache } from '../../js/entries/node.js';

/** @import { TestContext } from 'node:test' */
/** @import { Address, Connector } from '../../js/transports/types.js' */
/** @import { CacheOptions } from '../../js/options/types.js' */
/** @import { Cluster } from '../support/cluster.js' */

/**
 * A cache that is closed with the test.
 *
 * @param {TestContext} t
 * @param {any} host
 * @param {CacheOptions} [options]
 */
export function makeCache(t, host, options) {
  /** @type {any[]} */
  const errors = [];
  const traffic = new Traffic();
  const cache = new RedisCache(host, {
    onError: (error) => void errors.push(error),
    connector: traffic.connect,
    ...options,
  });
  t.after(() => cache.close());
  return { cache, errors, codes: () => errors.map(({ code }) => code), traffic };
}

/** Counts what a cache's connections carry. */
class Traffic {
  /** The addresses that were connected to. @type {Address[]} */
  addresses = [];
  writes = 0;
  /** Writes that end with ASKING, whose command comes in another one. */
  splitAsking = 0;
  /** All that was written. */
  #sent = '';

  /** @type {Connector} */
  connect = (address, events) => {
    this.addresses.push(address);
    const connection = /** @type {Connector} */ (RedisCache.host.connect)(address, events);
    const { write } = connection;
    return {
      ...connection,
      write: (bytes) => {
        this.writes++;
        const text = Buffer.from(bytes).toString('latin1');
        this.#sent += text;
        if (text.endsWith('ASKING\r\n')) this.splitAsking++;
        write(bytes);
      },
    };
  };

  get ports() {
    return this.addresses.map(({ port }) => port);
  }

  /**
   * How often a command was sent.
   *
   * @param {...string} words
   */
  count(...words) {
    const text = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('');
    return this.#sent.split(text).length - 1;
  }

  reset() {
    this.addresses = [];
    this.writes = 0;
    this.#sent = '';
  }
}

/**
 * Keys whose slots are spread over all nodes.
 *
 * @param {number} count
 * @param {string} [prefix]
 */
export function keysOf(count, prefix = 'key') {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

/** @param {RedisCache} cache */
export async function listKeys(cache) {
  const listed = [];
  for await (const key of cache.keys()) listed.push(key);
  return listed;
}

/** @param {number} milliseconds */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Another key in the same hash slot.
 *
 * @param {string} key with a hash tag or without
 * @param {string} name
 */
const beside = (key, name) => (key.includes('{') ? `${key}${name}` : `{${key}}${name}`);

/** @param {string} key */
export const counterOf = (key) => beside(key, 'count');

/**
 * The owner of the first key, its replica, and which of the keys it owns.
 *
 * @param {Cluster} cluster
 * @param {string[]} keys
 */
export async function shardOf(cluster, keys) {
  const owners = await Promise.all(
    keys.map(async (key) => cluster.ownerOf(await cluster.slotOf(key))),
  );
  const [primary] = /** @type {[import('../support/cluster.js').Node]} */ (owners);
  const own = new Set(keys.filter((_, index) => owners[index] === primary));
  return { primary, replica: await cluster.replicaOf(primary), own };
}

/**
 * Calls without end, of all of which the outcome is known: reads, writes, and counters that are counted along.
 */
export class Load {
  #caches;
  #keys;
  #isStopping = false;
  /** @type {Promise<void>[]} */
  #loops = [];
  /** How often the counter beside each key was counted, by calls that were answered. @type {Map<string, number>} */
  counted = new Map();
  /** The last value of each key that was stored. @type {Map<string, number>} */
  stored = new Map();
  calls = 0;
  /** @type {{ key: string, error: any }[]} */
  failures = [];
  /** Reads that did not give the last value stored. @type {string[]} */
  stale = [];
  /** Is told the key of each call that is answered, and when it began. @type {(key: string, begunAt: number) => void} */
  onAnswer = () => {};

  /**
   * @param {RedisCache} cache which throws
   * @param {string[]} keys
   */
  constructor(cache, keys) {
    this.#caches = cache;
    this.#keys = keys;
  }

  /** @param {TestContext} [t] with which it stops at the latest */
  start(t) {
    this.#loops = this.#keys.map((key) => this.#run(key));
    t?.after(() => this.stop());
    return this;
  }

  /** @param {string} key */
  async #run(key) {
    for (let turn = 1; !this.#isStopping; turn++) {
      await this.#attempt(key, async () => {
        await this.#caches.set(key, turn, 0);
        this.stored.set(key, turn);
      });
      await this.#attempt(key, async () => {
        const [found] = await this.#caches.getMany(key, beside(key, 'none'));
        const isKnown = this.stored.has(key);
        if (isKnown && found !== this.stored.get(key)) this.stale.push(`${key}: ${found}`);
      });
      await this.#attempt(key, async () => {
        await this.#caches.inc(counterOf(key));
        this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
      });
      this.calls += 3;
      await pause(1);
    }
  }

  /**
   * @param {string} key
   * @param {() => Promise<void>} action
   */
  async #attempt(key, action) {
    const begunAt = performance.now();
    try {
      await action();
      this.onAnswer(key, begunAt);
    } catch (error) {
      // It may have been executed.
      this.stored.delete(key);
      this.failures.push({ key, error });
    }
  }

  async stop() {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }
}
