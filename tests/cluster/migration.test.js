/**
 * Slots that move, that nobody serves, and nodes that own none.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { keysOf, makeCache } from './support.js';

describe('slots of a cluster', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ replicas: 0, slotless: 1 });
  });
  after(() => cluster?.stop());
  beforeEach(() => cluster.onPrimaries('FLUSHALL'));

  /** @param {string} key */
  async function placeOf(key) {
    const slot = await cluster.slotOf(key);
    const from = await cluster.ownerOf(slot);
    const slotless = /** @type {import('../support/cluster.js').Node} */ (cluster.nodes.at(-1));
    const to = cluster.nodes.find((node) => node !== from) ?? slotless;
    return { slot, from, to, slotless };
  }

  test('a slot that has moved: the call is answered, and the map is patched', async (t) => {
    const { cache, codes, traffic } = makeCache(t, cluster.url);
    await cache.set('key', 1);
    const { slot, to } = await placeOf('key');
    await cluster.move(slot, to);
    const answers = await Promise.all([cache.inc('key'), cache.get('key'), cache.set('key', 5)]);
    assert.deepEqual(answers, [2, 2, true]);
    traffic.reset();
    assert.equal(await cache.get('key'), 5);
    assert.equal(traffic.writes, 1);
    assert.deepEqual(codes(), []);
  });

  test('a slot on its way to a node without slots: ASK (https://github.com/redis/redis-py/issues/4214, https://github.com/redis/node-redis/issues/2713)', async (t) => {
    const { cache, codes, traffic } = makeCache(t, cluster.url);
    const keys = keysOf(40).map((key) => `${key}{ask}`);
    await cache.setMany(keys.slice(0, 20).map((key) => [key, 1]));
    const { slot, from, slotless } = await placeOf('{ask}');
    await cluster.beginMove(slot, from, slotless);
    const some = await from.send('CLUSTER', 'GETKEYSINSLOT', slot, 10);
    await from.send('MIGRATE', '127.0.0.1', slotless.port, '', 0, 5000, 'KEYS', ...some);

    for (const [index, key] of keys.entries()) {
      assert.equal(await cache.get(key), index < 20 ? 1 : null, key);
      assert.equal(await cache.inc(key), index < 20 ? 2 : 1, key);
    }
    const expected = keys.map((_, index) => (index < 20 ? 2 : 1));
    assert.deepEqual(await Promise.all(keys.map((key) => cache.get(key))), expected);
    assert.deepEqual(await cache.getMany(keys), expected);
    assert.deepEqual(await cache.getMany('absent-1{ask}', 'absent-2{ask}'), [null, null]);
    assert.deepEqual(await cache.deleteMany(keys), keys);
    assert.ok(traffic.count('ASKING') > 0);
    assert.equal(traffic.splitAsking, 0);
    await cluster.moveKeys(slot, from, slotless);
    await cluster.endMove(slot, from, slotless);
    assert.equal(await cache.set('after{ask}', 1), true);
    assert.deepEqual(codes(), []);
    await cluster.move(slot, from);
  });

  test('a tag whose slot is moving is deleted once that has ended, with all of its keys', async (t) => {
    const { cache, codes, traffic } = makeCache(t, cluster.url, { keyPrefix: '{shop}:' });
    const keys = keysOf(20);
    await cache.setMany(
      keys.map((key) => [key, 1]),
      60,
      { tags: ['all'] },
    );
    const { slot, from, to } = await placeOf('{shop}:');
    await cluster.beginMove(slot, from, to);
    traffic.reset();
    const deleted = cache.deleteTag('all');
    await cluster.until(async () => traffic.count('EVAL') > 1);
    await cluster.moveKeys(slot, from, to);
    await cluster.endMove(slot, from, to);
    assert.equal(await deleted, true);
    assert.deepEqual(await cache.getMany(keys), Array(20).fill(null));
    assert.deepEqual(codes(), []);
  });

  test('a slot that nobody serves: its keys fail, and no others (https://github.com/redis/node-redis/issues/2704)', async (t) => {
    const { slot, from } = await placeOf('{hole}');
    const { cache, errors, codes } = makeCache(t, cluster.url, { operationTimeout: 1 });
    const keys = keysOf(50);
    await cache.setMany(keys.map((key) => [key, 1]));
    // The owner comes first: others would learn it from the owner again.
    for (const node of [from, ...cluster.nodes]) {
      await node.send('CLUSTER', 'DELSLOTS', slot).catch(() => {});
    }
    try {
      assert.equal(await cache.get('a{hole}'), null);
      assert.deepEqual(new Set(codes()), new Set(['CLUSTER']));
      assert.match(errors[0].message, /does not serve the key's hash slot/);
      errors.length = 0;
      assert.deepEqual(await cache.getMany(...keys, 'a{hole}'), [...Array(50).fill(1), null]);
      assert.equal(errors.length, 1);
      assert.equal(await cache.clear(), false);
    } finally {
      await from.send('CLUSTER', 'ADDSLOTS', slot);
      await cluster.until(() => cluster.isWhole());
    }
    assert.equal(await cache.set('a{hole}', 1), true);
  });

  test('a slot that moves on before its first move is known: ASK is answered by MOVED (https://github.com/whatyouhide/redix/issues/295)', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url);
    const { slot, from, to, slotless } = await placeOf('{further}');
    assert.equal(await cache.set('{further}', 1), true);
    await cluster.beginMove(slot, from, to);
    await cluster.moveKeys(slot, from, to);
    await slotless.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', to.id);
    await to.send('CLUSTER', 'SETSLOT', slot, 'NODE', slotless.id).catch(() => {});
    await to.send('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    await to.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', slotless.id);
    await cluster.moveKeys(slot, to, slotless);
    assert.deepEqual(await Promise.all([cache.inc('{further}'), cache.get('{further}')]), [2, 2]);
    await cluster.endMove(slot, to, slotless);
    assert.equal(await cache.inc('{further}'), 3);
    assert.deepEqual(codes(), []);
    await cluster.move(slot, from);
  });

  test('a node that lists keys of a slot it does not own: clear() ends (https://github.com/valkey-io/valkey/issues/3456)', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url, { keyPrefix: 'left:' });
    const { slot, from, to } = await placeOf('left:{over}');
    await cache.setMany(keysOf(20).map((key) => [key, 1]));
    await to.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await Promise.all([to.send('ASKING'), to.send('SET', 'left:{over}', '1')]);
    await to.send('CLUSTER', 'SETSLOT', slot, 'STABLE');
    assert.equal(await cache.clear(), true);
    assert.equal(await cache.get('key-1'), null);
    assert.deepEqual(codes(), []);
  });

  test('many clients: a change makes each ask for the map once at most (https://github.com/valkey-io/valkey-go/issues/140)', async (t) => {
    const caches = Array.from({ length: 20 }, () => makeCache(t, cluster.url));
    await Promise.all(caches.map(({ cache }) => cache.getMany(keysOf(20))));
    for (const { traffic } of caches) traffic.reset();
    const { slot, from, to } = await placeOf('key-0');
    await cluster.move(slot, to);
    for (let round = 0; round < 3; round++) {
      await Promise.all(caches.map(({ cache }) => cache.getMany(keysOf(20))));
    }
    for (const { traffic, codes } of caches) {
      assert.ok(traffic.count('CLUSTER', 'SLOTS') <= 1);
      assert.deepEqual(codes(), []);
    }
    await cluster.move(slot, from);
  });

  test('nodes that send a call from one to the other: it ends, and says so', async (t) => {
    const { cache, errors, codes } = makeCache(t, cluster.url, { operationTimeout: 2 });
    const { slot, from, to } = await placeOf('loop');
    await cache.get('loop');
    await from.send('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    assert.equal(await cache.get('loop'), null);
    assert.deepEqual(codes(), ['CLUSTER']);
    assert.match(errors[0].message, /does not work, or that redirects back/);
    await cluster.endMove(slot, from, to);
    assert.equal(await cache.set('loop', 2), true);
  });
});
