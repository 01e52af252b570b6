/**
 * What the tests on clusters and behind Sentinels share.
 */
import { RedisCache } from '../../js/entries/node.js';

/** @import { TestContext } from 'node:test' */
/** @import { Address, Connector } from '../../js/transports/types.js' */
/** @import { CacheOptions } from '../../js/options/types.js' */

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
 * Calls without end, of all of which the outcome is known: reads, writes, and counters that are counted along.
 */
export class Load {
  #caches;
  #keys;
  #isStopping = false;
  /** @type {Promise<void>[]} */
  #loops = [];
  /** How often the counter beside each key was counted, by calls that were answered; and by those that failed and may have. */
  counted = new Map();
  doubtful = new Map();
  /** The last value of each key that was stored. @type {Map<string, number>} */
  stored = new Map();
  calls = 0;
  /** @type {{ key: string, error: any }[]} */
  failures = [];
  /** Reads that did not give the last value stored. @type {string[]} */
  stale = [];

  /**
   * @param {RedisCache} cache which throws
   * @param {string[]} keys
   */
  constructor(cache, keys) {
    this.#caches = cache;
    this.#keys = keys;
  }

  /** @param {TestContext} t with which it stops at the latest */
  start(t) {
    this.#loops = this.#keys.map((key) => this.#run(key));
    t.after(() => this.stop());
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
        if (found !== this.stored.get(key)) this.stale.push(`${key}: ${found}`);
      });
      await this.#count(key);
      this.calls += 3;
      await pause(1);
    }
  }

  /** @param {string} key */
  async #count(key) {
    try {
      await this.#caches.inc(counterOf(key));
      this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
    } catch (error) {
      this.doubtful.set(key, (this.doubtful.get(key) ?? 0) + 1);
      this.failures.push({ key, error });
    }
  }

  /**
   * @param {string} key
   * @param {() => Promise<void>} action
   */
  async #attempt(key, action) {
    try {
      await action();
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
