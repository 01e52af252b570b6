/**
 * Sentinels in Workers: writes reach the primary and reads its replica, with sockets and through a pool.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSentinels } from '../support/sentinel.js';
import { ask, startIn } from './workerds.js';

/** @import { RedisServer } from '../support/redis.js' */

/** @param {import('./workerds.js').Version} version */
export function sentinel(version) {
  describe(`Sentinels, ${version.name}`, () => {
    /** @type {import('../support/sentinel.js').Sentinels} */
    let group;
    /** @type {import('./workerds.js').Worker} */
    let worker;
    before(async () => {
      group = await startSentinels();
      worker = await startIn(version, 'sentinel.js', {
        bindings: { REDIS_URL: group.url },
        durableObjects: { REDIS: 'RedisPool' },
      });
    });
    after(async () => {
      await worker?.dispose();
      await group?.stop();
    });

    /** @param {...(string | number)} args */
    async function onBoth(...args) {
      return Promise.all(
        group.servers.map(async (server) => {
          const client = await server.client();
          const answer = String(await client.send(...args));
          client.close();
          return answer;
        }),
      );
    }

    for (const through of ['sockets', 'pool']) {
      test(`${through}: the replica answers reads of request after request, the primary writes`, async () => {
        const [, replica] = /** @type {[RedisServer, RedisServer]} */ (group.servers);
        await group.until(async () => group.isHealthy(replica));
        await onBoth('CONFIG', 'RESETSTAT');
        assert.equal(await ask(worker, 'set', { through, key: through }), true);
        await group.until(
          async () => (await ask(worker, 'get', { through, key: through })) !== null,
        );
        for (let request = 0; request < 5; request++) {
          assert.equal(await ask(worker, 'get', { through, key: through }), through);
        }
        const [ofPrimary = '', ofReplica = ''] = await onBoth('INFO', 'commandstats');
        assert.match(ofPrimary, /cmdstat_set:calls=1,/);
        assert.doesNotMatch(ofPrimary, /cmdstat_get:/);
        assert.ok(Number(/cmdstat_get:calls=(\d+)/.exec(ofReplica)?.[1]) >= 6, ofReplica);
      });
    }
  });
}
