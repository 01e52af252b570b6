/**
 * A primary that is cut off from the majority of its cluster.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { keysOf, makeCache, shardOf } from './support.js';

describe('a primary in a minority', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ isDivisible: true });
  });
  after(() => cluster?.stop());

  const keys = keysOf(24);

  /** Cuts the owner of the first key off, and waits until both sides have noticed. */
  async function cutOff() {
    const { primary, replica } = await shardOf(cluster, keys);
    cluster.network?.cutOff(primary.id);
    await cluster.until(async () =>
      (await primary.text('CLUSTER', 'INFO')).includes('cluster_state:fail'),
    );
    await cluster.until(async () => String((await replica.send('ROLE'))[0]) === 'master');
    return { primary, replica };
  }

  test('its map is the one of before, and its keys are those of its replica (https://github.com/redis/redis/issues/3138)', async (t) => {
    const options = { throwOnError: true, operationTimeout: 2 };
    const warm = makeCache(t, cluster.url, options);
    await warm.cache.setMany(keys.map((key) => [key, 0]));
    const { primary, replica } = await cutOff();
    const cold = makeCache(t, `redis+cluster://${primary.address}`, options);

    await assert.rejects(primary.send('GET', 'key-0'), /CLUSTERDOWN The cluster is down/);
    const map = String(await primary.send('CLUSTER', 'SLOTS'));
    assert.ok(map.includes(primary.id), 'it is a primary still, as it says');
    for (const [round, { cache }] of [cold, warm, cold].entries()) {
      assert.deepEqual(await cache.setMany(keys.map((key) => [key, round])), keys);
      assert.deepEqual(await cache.getMany(keys), Array(keys.length).fill(round));
      assert.equal(await cache.inc('key-0'), round + 1);
      assert.equal(String(await replica.send('GET', 'key-0')), `${round + 1}`);
    }
    assert.equal(cold.traffic.ports[0], primary.port);

    cluster.network?.join();
    await cluster.until(() => cluster.isWhole());
    for (const { cache } of [cold, warm]) {
      assert.deepEqual(await cache.setMany(keys.map((key) => [key, 9])), keys);
      assert.deepEqual(await cache.getMany(keys), Array(keys.length).fill(9));
    }
  });
});
