/**
 * Calls for many keys of a cluster of which nodes do not answer.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { keysOf, makeCache } from './support.js';

describe('nodes that do not answer', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  before(async () => {
    // Longer than the test: nodes that are silent do not count as failed.
    cluster = await startCluster({ replicas: 0, nodeTimeout: 60_000 });
  });
  after(() => cluster?.stop());

  const keys = keysOf(60);
  const entries = keys.map((key) => /** @type {const} */ ([key, 1]));

  for (const silent of [2, 3]) {
    test(`onError is called for each of ${silent} silent nodes, by every method for many keys`, async (t) => {
      const { cache, errors } = makeCache(t, cluster.url, { operationTimeout: 0.5 });
      assert.deepEqual(await cache.setMany(entries), keys);
      const nodes = cluster.nodes.slice(0, silent);
      t.after(async () => {
        nodes.forEach((node) => node.resume());
        await cluster.until(() => cluster.isWhole());
      });
      for (const node of nodes) node.pause();
      for (const call of [
        () => cache.getMany(keys),
        () => cache.getDict(keys),
        () => cache.setMany(entries),
        () => cache.deleteMany(keys),
      ]) {
        errors.length = 0;
        await call();
        assert.equal(errors.length, silent, errors.map(({ message }) => message).join('\n'));
        for (const { address } of nodes) {
          assert.equal(errors.filter(({ message }) => message.includes(address)).length, 1);
        }
      }
      await assert.rejects(cache.with({ throwOnError: true }).getMany(keys));
    });
  }
});
