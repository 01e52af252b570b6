/**
 * getOrSet while the hash slot of its key moves.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { keysOf, makeCache } from './support.js';

describe('leases of a cluster', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  after(() => cluster?.stop());
  beforeEach(() => cluster.onPrimaries('FLUSHALL'));

  /** @param {string} key */
  async function placeOf(key) {
    const slot = await cluster.slotOf(key);
    const from = await cluster.ownerOf(slot);
    const to = cluster.nodes.find((node) => node !== from);
    return { slot, from, to: /** @type {import('../support/cluster.js').Node} */ (to) };
  }

  for (const stale of [false, true]) {
    const found = stale ? 'a stale value' : 'none';

    test(`the slot moves while a value is computed, where there is ${found}`, async (t) => {
      const { cache, codes } = makeCache(t, cluster.url);
      if (stale) await cache.set('key', 'old', 10);
      const { slot, to } = await placeOf('key');
      const factory = () => cluster.move(slot, to).then(() => 'new');
      const options = { timeout: 60, grace: 20, softTimeout: 5 };
      assert.equal(await cache.getOrSet('key', factory, options), 'new');
      assert.equal(await cache.get('key'), 'new');
      assert.equal(await cache.has('key~lock{key}'), false);
      assert.deepEqual(codes(), []);
    });

    test(`the slot is moving, where there is ${found}: it is stored without the fence`, async (t) => {
      const { cache, codes, traffic } = makeCache(t, cluster.url);
      const key = `moving ${stale}`;
      if (stale) await cache.set(key, 'old', 10);
      const { slot, from, to } = await placeOf(key);
      await cluster.beginMove(slot, from, to);
      traffic.reset();
      const options = { timeout: 60, grace: 20, softTimeout: 5 };
      assert.equal(await cache.getOrSet(key, () => 'new', options), 'new');
      assert.equal(await cache.get(key), 'new');
      assert.equal(await cache.has(`${key}~lock{${key}}`), false);
      assert.deepEqual(codes(), ['UNFENCED']);
      // What the key held is asked for once, at two nodes; the rest are attempts to store, each at both.
      assert.ok(traffic.count('EVAL') <= 10, `${traffic.count('EVAL')} scripts`);
    });
  }

  test('a tag of another slot: nothing is stored, the error says why, and the next call does not wait', async (t) => {
    const { cache, codes, errors } = makeCache(t, cluster.url);
    const options = { timeout: 60, tags: ['{elsewhere}'] };
    for (const value of [1, 2]) {
      assert.equal(await cache.getOrSet('tagged', () => value, options), value);
      assert.deepEqual(codes(), ['UNFENCED', 'CLUSTER']);
      assert.match(errors[1].message, /give them one hash tag/);
      assert.equal(await cache.has('tagged~lock{tagged}'), false);
      errors.length = 0;
    }
    const one = { timeout: 60, tags: ['{tagged}'] };
    assert.equal(await cache.getOrSet('{tagged}key', () => 3, one), 3);
    assert.equal(await cache.getOrSet('{tagged}key', () => 4, one), 3);
    assert.deepEqual(codes(), []);
  });
});

describe('leases of a cluster whose replicas lag', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ nodeTimeout: 10_000 });
  });
  after(() => cluster?.stop());

  /** Primaries lose their replicas, and refuse them as long as the action takes. @param {() => Promise<void>} action */
  async function withLag(action) {
    await cluster.onPrimaries('CONFIG', 'SET', 'requirepass', 'secret');
    await cluster.onPrimaries('CLIENT', 'KILL', 'TYPE', 'replica');
    try {
      await action();
    } finally {
      await cluster.onPrimaries('CONFIG', 'SET', 'requirepass', '');
    }
  }

  test('caches that prefer replicas compute a missing value once', async (t) => {
    const warm = keysOf(30);
    const caches = [1, 2, 3, 4].map(
      () => makeCache(t, cluster.url, { readFrom: 'preferReplica' }).cache,
    );
    for (const cache of caches) {
      await cache.setMany(warm.map((key) => [key, 1]));
      await cache.getMany(warm);
    }
    await withLag(async () => {
      let runs = 0;
      const factory = async () => {
        runs++;
        await new Promise((resolve) => setTimeout(resolve, 150));
        return runs;
      };
      const answers = await Promise.all(caches.map((cache) => cache.getOrSet('cold', factory, 60)));
      assert.deepEqual(answers, [1, 1, 1, 1]);
    });
  });
});
