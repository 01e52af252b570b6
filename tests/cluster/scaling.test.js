/**
 * A cluster that gets smaller: a cache that was idle meanwhile knows nodes that are no more.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startCluster } from '../support/cluster.js';
import { makeCache } from './support.js';

describe('a cluster that gets smaller', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ primaries: 4, replicas: 0 });
  });
  after(() => cluster?.stop());

  /**
   * Gives the slots of a node to another one, which begins without their keys, and removes it.
   *
   * @param {import('../support/cluster.js').Node} removed
   * @param {import('../support/cluster.js').Node} target
   */
  async function remove(removed, target) {
    const rest = cluster.nodes.filter((node) => node !== removed);
    const owned = (await removed.text('CLUSTER', 'NODES'))
      .split('\n')
      .filter((line) => line.includes('myself'))
      .flatMap((line) => line.trim().split(' ').slice(8))
      .flatMap((range) => [range.split('-')[0], range.split('-').at(-1)]);
    for (const node of cluster.nodes) {
      await node.send('CLUSTER', 'DELSLOTSRANGE', .../** @type {string[]} */ (owned));
    }
    await target.send('CLUSTER', 'ADDSLOTSRANGE', .../** @type {string[]} */ (owned));
    await target.send('CLUSTER', 'BUMPEPOCH');
    for (const node of rest) await node.send('CLUSTER', 'FORGET', removed.id);
    await removed.stop();
    const isWhole = (/** @type {string} */ info) =>
      info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
    await cluster.until(async () => {
      const infos = await Promise.all(rest.map((node) => node.text('CLUSTER', 'INFO')));
      return infos.every(isWhole);
    });
  }

  test('an idle cache fails no call for a shard that was removed', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url);
    const removed = await cluster.ownerOf(await cluster.slotOf('key'));
    const [target] = cluster.nodes.filter((node) => node !== removed);
    assert.equal(await cache.set('key', 1), true);
    await remove(removed, target);
    // The map is asked for again no sooner than this.
    await setTimeout(2_000);
    const calls = [cache.set('key', 2), cache.inc('count{key}'), cache.get('key'), cache.get('b')];
    assert.deepEqual(await Promise.all(calls), [true, 1, 2, null]);
    assert.deepEqual(codes(), []);
  });
});
