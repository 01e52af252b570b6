/**
 * The same on other servers than the machine's: the newest Valkey, and a newer Redis.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { otherServers } from '../../scripts/lib/testing/servers.js';
import { startCluster } from '../support/cluster.js';
import { startRedis } from '../support/redis.js';
import { startSentinels } from '../support/sentinel.js';
import { counterOf, keysOf, Load, makeCache, pause } from './support.js';

const programs = await otherServers();
const keys = keysOf(24);

for (const [name, program] of Object.entries(programs)) {
  describe(name, () => {
    test('every kind of call, a slot that moves, a failover', async (t) => {
      const cluster = await startCluster({ node: { program } });
      t.after(() => cluster.stop());
      const { cache, codes } = makeCache(t, cluster.url);
      const many = keysOf(500);
      assert.deepEqual(await cache.setMany(many.map((key, index) => [key, index])), many);
      assert.deepEqual(await cache.getMany(many), [...many.keys()]);
      assert.deepEqual(await cache.deleteMany(many), many);
      const load = new Load(cache.with({ throwOnError: true }), keys).start(t);
      await pause(100);
      const slot = await cluster.slotOf('key-0');
      const from = await cluster.ownerOf(slot);
      const to = (await cluster.primaries()).find((node) => node !== from) ?? from;
      await cluster.move(slot, to);
      await cluster.until(() => cluster.isWhole());
      const replica = await cluster.replicaOf(to);
      await replica.send('CLUSTER', 'FAILOVER');
      await cluster.until(async () => String((await replica.send('ROLE'))[0]) === 'master');
      await pause(300);
      await load.stop();
      assert.deepEqual(load.failures, []);
      for (const [key, count] of load.counted) {
        assert.equal(await cache.get(counterOf(key)), count);
      }
      assert.equal(await cache.clear(), true);
      assert.deepEqual(codes(), []);
    });

    test('near.tracking: what others write is seen at once', async (t) => {
      const redis = await startRedis({ program });
      const client = await redis.client();
      t.after(() => (client.close(), redis.stop()));
      const near = { timeout: 3600, tracking: true };
      const { cache, codes } = makeCache(t, redis.url);
      const view = cache.with({ near });
      await client.send('SET', 'k', 1);
      while (cache.stats().nearHits === 0) assert.equal(await view.get('k'), 1);
      await client.send('SET', 'k', 2);
      while ((await view.get('k')) === 1);
      await client.send('FLUSHALL');
      while ((await view.get('k')) !== null);
      assert.deepEqual(codes(), []);
    });

    test('behind Sentinels, with a failover', async (t) => {
      const group = await startSentinels({ program });
      t.after(() => group.stop());
      const { cache } = makeCache(t, group.url);
      assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
      await group.failover();
      await group.until(() => cache.set('after', 1), 10_000);
      assert.equal(await cache.get('after'), 1);
    });
  });
}

test('databases beyond 0, where Valkey is configured for them', async (t) => {
  const program = programs['Valkey 9.1'];
  const node = { program, more: ['--cluster-databases', '4'] };
  const cluster = await startCluster({ replicas: 0, node });
  t.after(() => cluster.stop());
  const [zero, three] = [makeCache(t, cluster.url), makeCache(t, `${cluster.url}/3`)];
  await zero.cache.setMany(keys.map((key) => [key, 0]));
  assert.deepEqual(await three.cache.setMany(keys.map((key) => [key, 3])), keys);
  assert.deepEqual(await zero.cache.getMany(keys), Array(24).fill(0));
  assert.deepEqual(await three.cache.getMany(keys), Array(24).fill(3));
  assert.deepEqual(three.codes(), []);
});
