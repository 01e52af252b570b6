/**
 * Where commands go on a real cluster, and how their outcomes are put together.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { keysOf, listKeys, makeCache } from './support.js';

describe('routing in a cluster', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.stop());
  beforeEach(() => cluster.onPrimaries('FLUSHALL'));

  test('the first key costs at most two connections, and each node one in the end', async (t) => {
    const { cache, codes, traffic } = makeCache(t, cluster.url);
    assert.equal(await cache.get('key'), null);
    assert.ok(traffic.addresses.length <= 2, String(traffic.ports));
    await cache.getMany(keysOf(100));
    assert.deepEqual(traffic.ports.toSorted(), cluster.seeds.map(({ port }) => port).toSorted());
    assert.equal(traffic.count('CLUSTER', 'SLOTS'), 1);
    assert.deepEqual(codes(), []);
  });

  test('every method, key by key', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url);
    for (const key of keysOf(30)) {
      assert.equal(await cache.set(key, { key }), true);
      assert.deepEqual(await cache.get(key), { key });
      assert.equal(await cache.has(key), true);
      assert.equal(await cache.add(key, 2), false);
      assert.equal(await cache.inc(`${key}-count`, 5), 5);
      assert.equal(await cache.dec(`${key}-count`, 2), 3);
      assert.equal(await cache.delete(key), true);
      assert.equal(await cache.delete(key), false);
    }
    assert.equal(await cache.checkConnection(), true);
    assert.deepEqual(codes(), []);
  });

  test('many keys keep their order, repeated and absent ones too, with one write a node', async (t) => {
    const { cache, codes, traffic } = makeCache(t, cluster.url);
    const keys = keysOf(2500);
    assert.deepEqual(await cache.setMany(keys.map((key, index) => [key, index])), keys);
    const asked = [...keys, 'none', ...keys.slice(0, 20).reverse(), 'none'];
    const expected = [...keys.keys(), null, ...[...keys.keys()].slice(0, 20).reverse(), null];
    traffic.reset();
    assert.deepEqual(await cache.getMany(asked), expected);
    assert.equal(traffic.writes, 3);
    assert.equal((await cache.getDict(keys))['key-2499'], 2499);
    assert.deepEqual(await cache.deleteMany(asked), asked);
    assert.deepEqual(await cache.getMany(keys.slice(0, 50)), Array(50).fill(null));
    assert.deepEqual(codes(), []);
  });

  test('a hash tag in the prefix or in the keys brings them to one node', async (t) => {
    const { cache, traffic } = makeCache(t, cluster.url, { keyPrefix: '{shop}:' });
    await cache.setMany(keysOf(100).map((key) => [key, 1]));
    traffic.reset();
    assert.deepEqual(await cache.getMany(keysOf(100)), Array(100).fill(1));
    assert.equal(traffic.writes, 1);
    assert.equal(traffic.count('MGET'), 1);
    assert.equal(await cache.clear(), true);
    assert.equal(await cache.get('key-1'), null);
    const tagged = cache.with({ keyPrefix: '' });
    const keys = keysOf(10).map((key) => `${key}{user}`);
    assert.deepEqual(await tagged.setMany(keys.map((key) => [key, 2])), keys);
    assert.deepEqual(await tagged.getMany(keys), Array(10).fill(2));
  });

  test('keys() lists what all nodes have, whichever is asked first by a cache that knows none', async (t) => {
    const keys = keysOf(300).toSorted();
    await makeCache(t, cluster.url).cache.setMany(keys.map((key) => [key, 1]));
    for (const { address } of cluster.seeds) {
      const { cache, codes } = makeCache(t, `redis+cluster://${address}`);
      assert.deepEqual((await listKeys(cache)).toSorted(), keys, address);
      assert.deepEqual(codes(), []);
    }
  });

  test('keys() lists what the other nodes have where one does not work, and tells that', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url, { operationTimeout: 0.5 });
    const keys = keysOf(100);
    await cache.setMany(keys.map((key) => [key, 1]));
    const [silent] = /** @type {[import('../support/cluster-node.js').Node]} */ (cluster.seeds);
    const others = await Promise.all(cluster.seeds.slice(1).map((node) => node.send('KEYS', '*')));
    await silent.send('CLIENT', 'PAUSE', 2000);
    const listed = await listKeys(cache);
    assert.deepEqual(listed.toSorted(), others.flat().map(String).toSorted());
    assert.deepEqual(codes(), ['TIMEOUT']);
  });

  test('clear() with a prefix empties it on every node, and nothing else', async (t) => {
    const { cache } = makeCache(t, cluster.url);
    const shop = cache.with({ keyPrefix: 'shop[1]*:' });
    await shop.setMany(keysOf(3000).map((key) => [key, 1]));
    await cache.set('shop1:other', 1);
    assert.equal(await shop.clear(), true);
    const sizes = await cluster.onPrimaries('DBSIZE');
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      1,
    );
    assert.equal(await shop.clear(), true);
  });

  test('clear() empties all nodes', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url);
    await cache.setMany(keysOf(100).map((key) => [key, 1]));
    assert.equal(await cache.clear(), true);
    assert.deepEqual(await cluster.onPrimaries('DBSIZE'), [0, 0, 0]);
    assert.deepEqual(codes(), []);
  });

  test('one call for many keys may be larger than maxQueuedBytes, as on one server', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url, { maxQueuedBytes: 1000 });
    const keys = keysOf(200);
    assert.deepEqual(await cache.setMany(keys.map((key) => [key, key])), keys);
    assert.deepEqual(await cache.getMany(keys), keys);
    const calls = [cache.deleteMany(keys), cache.deleteMany(keys)];
    assert.deepEqual(await Promise.all(calls), [keys, []]);
    assert.deepEqual(new Set(codes()), new Set(['QUEUE_FULL']));
  });

  test('a thousand calls in one tick, each with its own answer and in its order', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url);
    const keys = keysOf(1000);
    const calls = keys.flatMap((key, index) => [
      cache.set(key, index),
      cache.get(key),
      cache.inc(key),
      cache.get(key),
    ]);
    const expected = keys.flatMap((_, index) => [true, index, index + 1, index + 1]);
    assert.deepEqual(await Promise.all(calls), expected);
    assert.deepEqual(codes(), []);
  });

  test('reads go to replicas where they are preferred, and writes to primaries', async (t) => {
    const { cache, traffic, codes } = makeCache(t, cluster.url, { readFrom: 'preferReplica' });
    const keys = keysOf(60);
    assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
    await cluster.onPrimaries('WAIT', 1, 1000);
    assert.deepEqual(await cache.getMany(keys), Array(60).fill(1));
    for (const key of keys) {
      assert.deepEqual([await cache.has(key), await cache.get(key)], [true, 1]);
    }
    const replicas = cluster.nodes.slice(3).map(({ port }) => port);
    for (const port of replicas) assert.ok(traffic.ports.includes(port), String(traffic.ports));
    assert.equal(await cache.inc('key-1'), 2);
    assert.deepEqual(codes(), []);
  });

  test('a host and cluster: true, a list of hosts, and one that is dead', async (t) => {
    const { port } = cluster.seeds[1] ?? assert.fail();
    const hosts = [
      `redis://127.0.0.1:${port}`,
      [`127.0.0.1:${port}`],
      ['127.0.0.1:1', `localhost:${port}`],
    ];
    for (const host of hosts) {
      const { cache, codes } = makeCache(t, host, { cluster: true });
      assert.deepEqual(await cache.setMany(keysOf(20).map((key) => [key, 1])), keysOf(20));
      assert.deepEqual(codes(), []);
    }
  });
});
