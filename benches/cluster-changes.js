/**
 * What changes of a cluster cost the calls that are under way: a planned failover, a primary that is killed, a slot that moves. Part
 * of `npm run bench -- --cluster`.
 *
 * Four caches know nothing of each other, as those of four isolates, and each has a hundred loops of calls in flight: set, getMany,
 * inc. How often they ask for the map of the cluster is what the nodes have counted themselves.
 */

import { RedisCache } from 'cachelib-edge';
import { keysOf, Load, pause, shardOf } from '../tests/cluster/support.js';
import { noteOutput, step } from '../scripts/lib/progress.js';
import { median } from './summary.js';
import { printVerdict } from './table.js';

/** @import { Cluster } from '../tests/support/cluster.js' */

const ISOLATES = 4;
const KEYS = 100;
/** A key of each isolate has the slot that moves: each of them finds out. */
const MOVED = '{moved}';
/** A change is followed by the request for the map within this, in milliseconds: src/client/cluster/refresh.rs. */
const REFRESH = 46_000;
/** A shard elects no other primary so soon after the last: twice the nodes' timeout, in milliseconds. */
const ELECTION_PAUSE = 2100;
/** How soon after the promotion of its replica a shard is to answer again, in milliseconds. */
const RECOVERY = 200;

/** @typedef {{ keys: string[], cache: RedisCache, load: Load }} Isolate */
/** @typedef {Load['failures']} Failures */

/**
 * @param {Cluster} cluster
 * @param {number} rounds of each kind of loss
 */
export async function measureChanges(cluster, rounds) {
  const isolates = Array.from({ length: ISOLATES }, (_, index) => makeIsolate(cluster, index));
  const run = new Run(cluster, isolates);
  try {
    await pause(1000);
    await step('Failing over, and moving a slot', 'about two minutes', () => run.change(rounds));
    await step('Killing primaries', `about ${4 * rounds} seconds`, () => run.kill(rounds));
  } finally {
    await Promise.all(isolates.map(({ load }) => load.stop()));
    await Promise.all(isolates.map(({ cache }) => cache.close()));
  }
}

/**
 * @param {Cluster} cluster
 * @param {number} index
 * @returns {Isolate}
 */
function makeIsolate(cluster, index) {
  const cache = new RedisCache(cluster.url, { throwOnError: true });
  const keys = [`${MOVED}${index}`, ...keysOf(KEYS - 1, `isolate-${index}`)];
  return { keys, cache, load: new Load(cache, keys).start() };
}

class Run {
  #cluster;
  #isolates;
  #keys;

  /**
   * @param {Cluster} cluster
   * @param {Isolate[]} isolates
   */
  constructor(cluster, isolates) {
    this.#cluster = cluster;
    this.#isolates = isolates;
    this.#keys = isolates.flatMap(({ keys }) => keys);
  }

  /**
   * Nothing may fail, and each isolate may ask for the map once a change.
   *
   * @param {number} rounds
   */
  async change(rounds) {
    const before = this.#tally();
    this.#judgeRequests('CLUSTER FAILOVER', await this.#requestsAfter(() => this.#failover()));
    const between = this.#tally();
    this.#judgeRequests('a slot has moved', await this.#requestsAfter(() => this.#moveSlot()));
    this.#judgeCalls('a slot that moves', between);
    for (let round = 1; round < rounds; round++) {
      noteOutput(`${round} of ${rounds} failovers done`);
      await this.#failover();
      await pause(ELECTION_PAUSE);
    }
    this.#judgeCalls(`CLUSTER FAILOVER, ${rounds} times`, before);
  }

  /** @param {number} rounds */
  async kill(rounds) {
    const before = this.#tally();
    const recoveries = /** @type {number[]} */ ([]);
    let lost = /** @type {Failures} */ ([]);
    const shards = await this.#shards();
    for (let round = 0; round < rounds; round++) {
      noteOutput(`${round} of ${rounds} primaries killed`);
      const from = this.#tally();
      // One after the other: each isolate has time to notice that a node is back before it is needed.
      const { own, times } = await this.#killOne(shards[round % shards.length] ?? MOVED);
      recoveries.push(...times);
      lost = lost.concat(this.#since(from).failures.filter(({ key }) => own.has(key)));
    }
    this.#judgeCalls(`kill -9 of a primary, ${rounds} times, on other shards`, before, lost);
    console.log(`      on the shards of those that were killed: ${describe(lost)}`);
    const [middle, worst] = [median(recoveries), Math.max(...recoveries)];
    printVerdict(
      worst <= RECOVERY,
      `from the promotion to the first answer, ${recoveries.length} times: median ${middle.toFixed(0)} ms, worst ${worst.toFixed(0)} ms (at most ${RECOVERY} ms)`,
    );
  }

  async #failover() {
    await this.#cluster.until(() => this.#cluster.isWhole());
    const { replica } = await shardOf(this.#cluster, this.#keys);
    await replica.send('CLUSTER', 'FAILOVER');
    await this.#cluster.until(async () => String((await replica.send('ROLE'))[0]) === 'master');
  }

  async #moveSlot() {
    const slot = await this.#cluster.slotOf(MOVED);
    const from = await this.#cluster.ownerOf(slot);
    const to = (await this.#cluster.primaries()).find((node) => node !== from) ?? from;
    await this.#cluster.move(slot, to);
  }

  /**
   * How often the map was asked for because of a change.
   *
   * @param {() => Promise<void>} change
   */
  async #requestsAfter(change) {
    const before = await this.#cluster.calls('cluster|slots');
    await change();
    await pause(REFRESH);
    return (await this.#cluster.calls('cluster|slots')) - before;
  }

  /** A key of each shard. */
  async #shards() {
    const found = [];
    for (let rest = this.#keys; rest.length > 0;) {
      found.push(rest[0]);
      const { own } = await shardOf(this.#cluster, rest);
      rest = rest.filter((key) => !own.has(key));
    }
    return found;
  }

  /**
   * Kills the primary that has a key; the keys of its shard, and how long after the promotion of its replica each isolate had an
   * answer there.
   *
   * @param {string} key
   */
  async #killOne(key) {
    const cluster = this.#cluster;
    await cluster.until(() => cluster.isWhole());
    const { primary, replica, own } = await shardOf(cluster, [key, ...this.#keys]);
    const client = await replica.server.client();
    try {
      await primary.kill();
      const answered = this.#firstAnswers(own, performance.now());
      const isPromoted = async () => String((await client.send('ROLE'))[0]) === 'master';
      await cluster.until(isPromoted, undefined, 1);
      const promotedAt = performance.now();
      await cluster.until(async () => answered.every((at) => at !== Infinity));
      await primary.server.start();
      await cluster.until(() => cluster.isWhole());
      return { own, times: answered.map((at) => Math.max(0, at - promotedAt)) };
    } finally {
      client.close();
    }
  }

  /**
   * When each isolate has its first answer to a call for one of these keys that was begun since.
   *
   * @param {Set<string>} keys
   * @param {number} since
   * @returns {number[]} Infinity until then
   */
  #firstAnswers(keys, since) {
    const answered = this.#isolates.map(() => Infinity);
    for (const [index, { load }] of this.#isolates.entries()) {
      load.onAnswer = (key, begunAt) => {
        if (begunAt < since || !keys.has(key)) return;
        answered[index] = performance.now();
        load.onAnswer = () => {};
      };
    }
    return answered;
  }

  #tally() {
    return this.#isolates.map(({ load }) => [load.calls, load.failures.length]);
  }

  /** @param {number[][]} before */
  #since(before) {
    const failures = this.#isolates.flatMap(({ load }, index) =>
      load.failures.slice(before[index]?.[1]),
    );
    const calls = this.#isolates.reduce(
      (sum, { load }, index) => sum + load.calls - Number(before[index]?.[0]),
      0,
    );
    return { failures, calls };
  }

  /**
   * @param {string} what
   * @param {number[][]} before its beginning
   * @param {Failures} [expected] what may fail
   */
  #judgeCalls(what, before, expected = []) {
    const { failures, calls } = this.#since(before);
    const isExpected = new Set(expected);
    const others = failures.filter((failure) => !isExpected.has(failure));
    const about = `${describe(others)} of ${calls.toLocaleString('en-US')} calls (wanted: none)`;
    printVerdict(others.length === 0, `${what}: ${about}`);
  }

  /**
   * @param {string} change
   * @param {number} requests
   */
  #judgeRequests(change, requests) {
    const each = requests / ISOLATES;
    const about = `${each.toFixed(2)} an isolate (at most 1)`;
    printVerdict(each <= 1, `CLUSTER SLOTS after ${change}: ${about}`);
  }
}

/**
 * How many calls failed, by the codes of their errors.
 *
 * @param {Failures} failures
 */
function describe(failures) {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const { error } of failures) counts[error.code] = (counts[error.code] ?? 0) + 1;
  const list = Object.entries(counts).map(([code, count]) => `${code} ${count}`);
  return `${failures.length} failed${list.length > 0 ? ` (${list.join(', ')})` : ''}`;
}
