/**
 * `near.tracking` on a cluster and behind Sentinels: what the near cache answers is never older than what the server says that it
 * would ask, whoever that is by now.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { startSentinels } from '../support/sentinel.js';
import { keysOf, makeCache, pause } from './support.js';

/** @import { TestContext } from 'node:test' */
/** @import { RedisCache } from '../../js/entries/node.js' */
/** @import { Node } from '../support/cluster.js' */

/** Longer than any test takes. */
const NEAR = { timeout: 3600, tracking: true };
/** More than a message takes over loopback, in milliseconds. */
const MOMENT = 200;

/**
 * Whether a key is answered from memory.
 *
 * @param {RedisCache} cache
 * @param {string} key
 */
async function isNear(cache, key) {
  const { nearHits } = cache.stats();
  await cache.get(key);
  return cache.stats().nearHits > nearHits;
}

/**
 * Reads keys until all of them are answered from memory.
 *
 * @param {RedisCache} cache
 * @param {string[]} keys
 */
async function untilNear(cache, keys) {
  for (let left = 1000; left > 0; left--) {
    const near = [];
    for (const key of keys) near.push(await isNear(cache, key));
    if (near.every(Boolean)) return;
    await pause(20);
  }
  throw new Error('some key was never answered from memory');
}

describe('near.tracking on a cluster', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ slotless: 1 });
  });
  after(() => cluster?.stop());
  beforeEach(async () => {
    await cluster.until(() => cluster.isWhole());
    await cluster.onPrimaries('FLUSHALL');
  });

  const keys = keysOf(24);

  /** @param {unknown} value @param {string[]} [written] */
  const write = (value, written = keys) =>
    Promise.all(written.map((key) => cluster.send('SET', key, String(value))));

  /** @param {TestContext} t @param {object} [options] */
  const make = (t, options) => makeCache(t, cluster.url, { near: NEAR, ...options });

  /** @param {RedisCache} cache */
  const values = (cache) => Promise.all(keys.map((key) => cache.get(key)));

  /**
   * Writes all keys again and again, and each time expects all reads to see it a moment later.
   *
   * @param {RedisCache} cache
   * @param {string} from
   */
  async function expectFresh(cache, from) {
    for (let turn = 1; turn <= 3; turn++) {
      await write(`"${from} ${turn}"`);
      await pause(MOMENT);
      const found = await values(cache.with({ serializer: 'json' }));
      assert.deepEqual(found, Array(keys.length).fill(`${from} ${turn}`));
    }
  }

  test('what others write is seen, on each node, and read from memory otherwise', async (t) => {
    const { cache, codes } = make(t);
    await write(1);
    await untilNear(cache, keys);
    const { roundTrips } = cache.stats();
    assert.deepEqual(await values(cache), Array(keys.length).fill(1));
    assert.deepEqual(await cache.getMany(keys), Array(keys.length).fill(1));
    assert.ok(cache.stats().roundTrips - roundTrips <= 3, 'but for heartbeats');
    await expectFresh(cache, 'plain');
    for (const key of keys) await cluster.send('DEL', key);
    await pause(MOMENT);
    assert.deepEqual(await values(cache), Array(keys.length).fill(null));
    assert.deepEqual(codes(), []);
  });

  test('replicas that answer reads tell of what they have', async (t) => {
    const { cache, codes } = make(t, { readFrom: 'preferReplica' });
    await write(1);
    await pause(MOMENT);
    await untilNear(cache, keys);
    await expectFresh(cache, 'replica');
    assert.deepEqual(codes(), []);
  });

  test('CLUSTER FAILOVER', async (t) => {
    const { cache, codes } = make(t);
    await write(1);
    await untilNear(cache, keys);
    for (let turn = 0; turn < 2; turn++) {
      const primary = await cluster.ownerOf(await cluster.slotOf('key-0'));
      const replica = await cluster.replicaOf(primary);
      await replica.send('CLUSTER', 'FAILOVER');
      await cluster.until(async () => String((await replica.send('ROLE'))[0]) === 'master');
      await cluster.until(
        async () => (await cluster.ownerOf(await cluster.slotOf('key-0'))) === replica,
      );
      await expectFresh(cache, `failover ${turn}`);
      await untilNear(cache, keys);
      await expectFresh(cache, `after failover ${turn}`);
      await cluster.until(() => cluster.isWhole());
    }
    assert.deepEqual(codes(), []);
  });

  test('a failover that the cache does not notice, since it asks for nothing', async (t) => {
    const { cache } = make(t);
    await write(1);
    await untilNear(cache, keys);
    const replica = await cluster.replicaOf(await cluster.ownerOf(await cluster.slotOf('key-0')));
    await replica.send('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await cluster.until(() => cluster.isWhole());
    await expectFresh(cache, 'takeover');
  });

  test('a primary that is killed: nothing that it told is used any more', async (t) => {
    const { cache } = make(t);
    await write(1);
    await untilNear(cache, keys);
    const primary = await cluster.ownerOf(await cluster.slotOf('key-0'));
    const replica = await cluster.replicaOf(primary);
    await primary.kill();
    t.after(() => restart(primary));
    await cluster.until(
      async () =>
        (await cluster.ownerOf(await cluster.slotOf('key-0'))) === replica &&
        (await replica.text('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    await write(2);
    await cluster.until(async () => (await cache.get('key-0')) === 2);
    await pause(MOMENT);
    assert.deepEqual(await values(cache), Array(keys.length).fill(2));
    await untilNear(cache, keys);
    await expectFresh(cache, 'killed');
  });

  /** @param {Node} node */
  async function restart(node) {
    await node.server.restart();
    await cluster.until(() => cluster.isWhole());
  }

  for (const where of ['another primary', 'a node that has had no slots']) {
    test(`a slot that moves to ${where}`, async (t) => {
      const { cache, codes } = make(t);
      await write(1);
      await untilNear(cache, keys);
      const slot = await cluster.slotOf('key-0');
      const from = await cluster.ownerOf(slot);
      const primaries = await cluster.primaries();
      const slotless = /** @type {Node} */ (cluster.nodes.at(-1));
      const to =
        where === 'another primary'
          ? /** @type {Node} */ (primaries.find((node) => node !== from && node !== slotless))
          : slotless;
      await cluster.beginMove(slot, from, to);
      await cluster.moveKeys(slot, from, to);
      // While it moves, whoever writes it is sent to the new node by ASK.
      const ask = async (/** @type {number} */ value) => {
        await to.send('ASKING');
        await to.send('SET', 'key-0', String(value));
        await pause(MOMENT);
      };
      for (const value of [2, 3]) {
        await ask(value);
        for (let reads = 0; reads < 3; reads++) assert.equal(await cache.get('key-0'), value);
      }
      await untilNear(cache, ['key-0']);
      await ask(4);
      assert.equal(await cache.get('key-0'), 4);
      await cluster.endMove(slot, from, to);
      await untilNear(cache, keys);
      await expectFresh(cache, 'moved');
      assert.deepEqual(codes(), []);
      await cluster.move(slot, from);
    });
  }

  test('with more nodes than are tracked nothing is answered from memory, and that is told once', async (t) => {
    const { RedisCache: Class } = await import('../../js/entries/node.js');
    class Limited extends Class {
      static host = { ...Class.host, maxConnections: 4 };
    }
    /** @type {any[]} */
    const errors = [];
    const cache = new Limited(cluster.url, {
      near: NEAR,
      onError: (error, { operation }) => {
        errors.push([error.code, operation]);
        void cache.get('key-0');
      },
    });
    t.after(() => cache.close());
    for (let value = 1; value < 10; value++) {
      await write(value);
      assert.deepEqual(await values(cache), Array(keys.length).fill(value));
    }
    assert.equal(cache.stats().nearHits, 0);
    assert.deepEqual(errors, [['UNTRACKED', 'near']]);
  });
});

describe('near.tracking behind Sentinels', () => {
  /** @type {import('../support/sentinel.js').Sentinels} */
  let group;
  before(async () => {
    group = await startSentinels({ password: 'secret', sentinelPassword: 'other' });
  });
  after(() => group?.stop());

  /** @param {unknown} value */
  async function write(value) {
    const client = await (await group.primary()).client();
    await client.send('SET', 'k', String(value));
    client.close();
  }

  /** @param {RedisCache} cache @param {number} from */
  async function expectFresh(cache, from) {
    for (let value = from; value < from + 3; value++) {
      await write(value);
      await pause(MOMENT);
      assert.equal(await cache.get('k'), value);
      await untilNear(cache, ['k']);
    }
  }

  test('it follows the primary', async (t) => {
    const { cache } = makeCache(t, group.url, {
      near: NEAR,
      password: 'secret',
      sentinel: { password: 'other' },
    });
    await write(1);
    await untilNear(cache, ['k']);
    await expectFresh(cache, 2);
    await group.until(() => group.isSteady());
    await group.failover();
    // Only then do the Sentinels have the old one step down, and close its connections.
    await group.until(() => group.isSteady());
    await group.until(async () => (await cache.set('other', 1)) === true, 10_000);
    await expectFresh(cache, 5);
    const primary = await group.primary();
    await primary.kill();
    await group.until(async () => (await group.primary()) !== primary);
    await group.until(async () => (await cache.set('other', 2)) === true, 10_000);
    await expectFresh(cache, 10);
  });
});
