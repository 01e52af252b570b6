/**
 * Slots that move to and fro, and primaries that are replaced, while calls are under way: nothing fails, nothing is counted twice,
 * and a key's calls stay in their order.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { counterOf, keysOf, Load, makeCache, pause } from './support.js';

const ROUNDS = 30;
/** A shard elects no other primary so soon after the last, and pauses writes meanwhile: twice the nodes' timeout, in milliseconds. */
const ELECTION_PAUSE = 2100;

describe('resharding under load', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster?.stop());

  /** Hash tags of which each has a slot of its own, and the keys in them. */
  const tags = keysOf(8, 'tag');
  const keys = tags.flatMap((tag) => keysOf(4).map((key) => `{${tag}}${key}`));

  test('slots move under calls: none fails', async (t) => {
    const { cache } = makeCache(t, cluster.url, { throwOnError: true });
    const load = new Load(cache, keys).start(t);
    for (let round = 0; round < ROUNDS; round++) {
      const slot = await cluster.slotOf(`{${tags[round % tags.length]}}`);
      const from = await cluster.ownerOf(slot);
      const others = (await cluster.primaries()).filter((node) => node !== from);
      const to = others[round % others.length] ?? from;
      await cluster.beginMove(slot, from, to);
      await pause(10);
      await cluster.moveKeys(slot, from, to);
      await pause(10);
      await cluster.endMove(slot, from, to);
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(load.stale, []);
    assert.ok(load.calls > 1000, `${load.calls} calls`);
    for (const [key, count] of load.counted) assert.equal(await cache.get(counterOf(key)), count);
  });

  test('many calls of one tick for one key keep their order while its slot moves', async (t) => {
    const { cache } = makeCache(t, cluster.url, { throwOnError: true });
    const slot = await cluster.slotOf('{order}');
    for (let round = 0; round < ROUNDS; round++) {
      const from = await cluster.ownerOf(slot);
      const to = (await cluster.primaries()).find((node) => node !== from) ?? from;
      let isMoving = true;
      const moving = cluster.move(slot, to).finally(() => (isMoving = false));
      for (let turn = 0; isMoving; turn++) {
        const key = `{order}${turn % 3}`;
        const answers = await Promise.all([
          cache.set(key, turn),
          cache.inc(key, 100),
          cache.get(key),
          cache.delete(key),
          cache.has(key),
        ]);
        assert.deepEqual(answers, [true, turn + 100, turn + 100, true, false]);
      }
      await moving;
    }
  });

  test('planned failovers, one after another: no call fails', async (t) => {
    const { cache, traffic } = makeCache(t, cluster.url, { throwOnError: true });
    const load = new Load(cache, keys).start(t);
    for (let round = 0; round < 6; round++) {
      await cluster.until(() => cluster.isWhole());
      const primary = await cluster.ownerOf(await cluster.slotOf(keys[round] ?? ''));
      const replica = await cluster.replicaOf(primary);
      await replica.send('CLUSTER', 'FAILOVER');
      await cluster.until(async () => String((await replica.send('ROLE'))[0]) === 'master');
      await pause(ELECTION_PAUSE);
    }
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(load.stale, []);
    assert.ok(traffic.count('CLUSTER', 'SLOTS') <= 1 + 6);
  });
});
