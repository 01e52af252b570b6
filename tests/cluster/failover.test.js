/**
 * Primaries that are replaced, in order or not, while calls are under way.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { counterOf, keysOf, Load, makeCache, pause, shardOf } from './support.js';

/** @import { Node } from '../support/cluster.js' */

describe('failovers of a cluster', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.stop());
  beforeEach(async () => {
    await cluster.until(() => cluster.isWhole());
    await cluster.onPrimaries('FLUSHALL');
  });

  const keys = keysOf(24);

  /**
   * The first key's shard, and calls for the keys of the others.
   *
   * @param {import('node:test').TestContext} t
   */
  async function startLoad(t) {
    const { cache } = makeCache(t, cluster.url, { operationTimeout: 1 });
    const strict = cache.with({ throwOnError: true });
    await strict.setMany(keys.map((key) => [key, 0]));
    const { primary, replica, own } = await shardOf(cluster, keys);
    const foreign = keys.filter((key) => !own.has(key));
    return { cache, strict, primary, replica, own, others: new Load(strict, foreign).start(t) };
  }

  /** @param {Node} replica */
  const isPromoted = (replica) => async () =>
    String((await replica.send('ROLE'))[0]) === 'master' &&
    (await cluster.ownerOf(await cluster.slotOf('key-0'))) === replica;

  test('CLUSTER FAILOVER: no call fails, no counter miscounts, and the map is asked for once', async (t) => {
    const { cache, traffic } = makeCache(t, cluster.url, { throwOnError: true });
    const load = new Load(cache, keys).start(t);
    await pause(300);
    traffic.reset();
    const requests = await cluster.calls('cluster|slots');
    const { replica } = await shardOf(cluster, keys);
    await replica.send('CLUSTER', 'FAILOVER');
    await cluster.until(isPromoted(replica));
    await pause(500);
    await load.stop();
    // As the servers count them: this is the one isolate.
    assert.ok((await cluster.calls('cluster|slots')) - requests <= 1);
    assert.deepEqual(load.failures, []);
    assert.deepEqual(load.stale, []);
    for (const [key, count] of load.counted) assert.equal(await cache.get(counterOf(key)), count);
    assert.ok(traffic.count('CLUSTER', 'SLOTS') <= 1);
  });

  for (const how of ['FORCE', 'TAKEOVER']) {
    test(`CLUSTER FAILOVER ${how}: other shards fail nothing, and the cache goes on (https://github.com/redis/ioredis/issues/1863)`, async (t) => {
      const { cache } = makeCache(t, cluster.url, { throwOnError: true });
      const load = new Load(cache, keys).start(t);
      await pause(200);
      const { replica, own } = await shardOf(cluster, keys);
      await replica.send('CLUSTER', 'FAILOVER', how);
      await cluster.until(isPromoted(replica));
      await pause(300);
      await load.stop();
      const foreign = load.failures.filter(({ key }) => !own.has(key));
      assert.deepEqual(foreign, []);
      for (const key of keys) assert.equal(await cache.set(key, 1), true);
    });
  }

  test('kill -9 of a primary: other shards fail nothing, and the shard works once its replica is promoted (https://github.com/valkey-io/valkey-glide/issues/4990, https://github.com/civitai/civitai/issues/1953)', async (t) => {
    const { strict, primary, replica, own, others } = await startLoad(t);
    await primary.kill();
    await cluster.until(isPromoted(replica));
    for (const key of own) assert.equal(await strict.set(key, 2), true);
    for (const key of own) assert.equal(await strict.get(key), 2);
    await others.stop();
    assert.deepEqual(others.failures, []);
    await primary.server.start();
    await cluster.until(() => cluster.isWhole());
  });

  test('clear() while a primary is killed: it goes on with the one that takes its place', async (t) => {
    for (const keyPrefix of ['', 'p:']) {
      const { cache, codes } = makeCache(t, cluster.url, { keyPrefix, operationTimeout: 8 });
      await cache.with({ throwOnError: true }).setMany(keys.map((key) => [key, 0]));
      const { primary } = await shardOf(cluster, keys);
      await primary.kill();
      assert.equal(await cache.clear(), true, codes().join());
      assert.deepEqual(await cache.getMany(keys), Array(keys.length).fill(null));
      assert.deepEqual(codes(), []);
      await primary.server.start();
      await cluster.until(() => cluster.isWhole());
    }
  });

  test('a primary that is stopped without a word: the same, and who asks it when it is back finds its successor', async (t) => {
    const { cache, strict, primary, replica, others } = await startLoad(t);
    primary.pause();
    try {
      assert.equal(await cache.get('key-0'), null);
      await cluster.until(isPromoted(replica));
      await cluster.until(async () => cache.set('key-0', 3), 5000);
      assert.equal(await strict.get('key-0'), 3);
      primary.resume();
      const late = makeCache(t, `redis+cluster://${primary.address}`, { throwOnError: true });
      assert.equal(await late.cache.set('key-0', 4), true);
      // What it took before it heard of its successor is lost.
      await cluster.until(async () => (await primary.text('ROLE')).startsWith('slave'));
      assert.equal(await late.cache.set('key-0', 5), true);
      assert.equal(await strict.get('key-0'), 5);
      await others.stop();
      assert.deepEqual(others.failures, []);
    } finally {
      primary.resume();
      await cluster.until(() => cluster.isWhole());
    }
  });

  test('partial failure: what the other nodes have is answered, and one error told for each node', async (t) => {
    const { cache, errors, codes } = makeCache(t, cluster.url, {
      operationTimeout: 0.5,
      maxRetries: 0,
    });
    const pairs = keys.map((key, index) => /** @type {[string, number]} */ ([key, index]));
    await cache.setMany(pairs);
    const { primary, replica, own } = await shardOf(cluster, keys);
    for (const node of [primary, replica]) node.pause();
    try {
      const expected = pairs.map(([key, index]) => (own.has(key) ? null : index));
      assert.deepEqual(await cache.getMany(keys), expected);
      assert.equal(errors.length, 1, codes().join());
      assert.match(errors[0].message, new RegExp(`:(${primary.port}|${replica.port})`));
      const rest = keys.filter((key) => !own.has(key));
      assert.deepEqual(await cache.setMany(pairs), rest);
      assert.equal(errors.length, 2, codes().join());
      assert.deepEqual(await cache.deleteMany(keys), rest);
      assert.equal(errors.length, 3, codes().join());
      await assert.rejects(cache.with({ throwOnError: true }).getMany(keys), errors[0].constructor);
      assert.equal(await cache.clear(), false);
    } finally {
      for (const node of [primary, replica]) node.resume();
    }
  });
});
