/**
 * getOrSet while the hash slot of its key moves.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { makeCache } from './support.js';

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
      assert.ok(traffic.count('EVAL') <= 8, `${traffic.count('EVAL')} attempts, each at two nodes`);
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
