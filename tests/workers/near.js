/**
 * A near cache at module scope of a Worker: bytes may cross requests, and nothing else does.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';
import { ask, ERROR_PATTERN, pause, startIn } from './workerds.js';

/** Milliseconds in each direction: far more than a request takes otherwise. */
const DELAY = 400;

/** @param {import('./workerds.js').Version} version */
export function near(version) {
  describe(`near cache, ${version.name}`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {import('../support/proxy.js').Proxy} */
    let proxy;
    /** @type {import('./workerds.js').Worker} */
    let worker;
    /** @type {Awaited<ReturnType<import('../support/redis.js').RedisServer['client']>>} */
    let client;
    let tests = 0;
    let key = '';

    before(async () => {
      redis = await startRedis();
      client = await redis.client();
      proxy = await startProxy({ port: redis.port });
      worker = await startIn(version, 'near.js', { bindings: { REDIS_URL: proxy.url } });
    });
    after(async () => {
      await worker?.dispose();
      client?.close();
      for (const server of [proxy, redis]) await server?.stop();
    });
    beforeEach(() => {
      proxy.change({ delay: 0 });
      key = `key:${++tests}`;
    });

    test('what one request has read, others answer without a connection', async () => {
      await client.send('SET', key, 1);
      assert.equal(await ask(worker, 'getLong', { key }), 1);
      const { connections } = proxy.counters;
      const reads = Array.from({ length: 50 }, () => ask(worker, 'getLong', { key }));
      assert.deepEqual(await Promise.all(reads), Array(50).fill(1));
      assert.equal(proxy.counters.connections, connections);
      assert.deepEqual(await ask(worker, 'getOrSet', { key, value: 2 }), 1);
      assert.deepEqual(await ask(worker, 'getMany', { key }), [1, null]);
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });

    test("others' writes are seen after the timeout, by the clock of any request", async () => {
      await client.send('SET', key, 1);
      assert.equal(await ask(worker, 'get', { key }), 1);
      await client.send('SET', key, 2);
      assert.equal(await ask(worker, 'get', { key }), 1);
      await pause(1050);
      assert.equal(await ask(worker, 'get', { key }), 2);
    });

    test("a request's write is seen by all others", async () => {
      for (const value of ['one', 'two', 'three']) {
        assert.equal(await ask(worker, 'set', { key, value }), true);
        const reads = Array.from({ length: 10 }, () => ask(worker, 'getLong', { key }));
        assert.deepEqual(await Promise.all(reads), Array(10).fill(value));
      }
    });

    test('what a request does to its value, no other sees', async () => {
      await ask(worker, 'list', { key });
      for (let reads = 0; reads < 3; reads++) {
        assert.deepEqual(await ask(worker, 'change', { key }), ['as it is', 'changed']);
      }
    });

    test('a read in flight while another request writes is not kept', async () => {
      await client.send('SET', key, 1);
      proxy.change({ delay: DELAY });
      const read = ask(worker, 'getLong', { key });
      await pause(DELAY / 4);
      const written = ask(worker, 'set', { key, value: 'new' });
      // It is executed before the write, and answered before the write is.
      assert.equal(await read, 1);
      proxy.change({ delay: 0 });
      assert.equal(await ask(worker, 'getLong', { key }), 'new');
      await written;
      assert.equal(await ask(worker, 'getLong', { key }), 'new');
    });

    test('a read that overtakes the write of another request is kept only until that is done', async () => {
      await client.send('SET', key, 1);
      proxy.change({ delay: DELAY });
      const written = ask(worker, 'set', { key, value: 'new' });
      await pause(DELAY / 4);
      proxy.change({ delay: 0 });
      assert.equal(await ask(worker, 'getLong', { key }), 1);
      await written;
      assert.equal(await ask(worker, 'getLong', { key }), 'new');
    });

    test('requests that their clients give up leave nothing behind, and others go on', async () => {
      await client.send('SET', key, 1);
      proxy.change({ delay: DELAY });
      const init = { signal: AbortSignal.timeout(DELAY / 4) };
      const given = Array.from({ length: 20 }, () => ask(worker, 'getLong', { key }, init));
      for (const { status } of await Promise.allSettled(given)) assert.equal(status, 'rejected');
      proxy.change({ delay: 0 });
      assert.equal(await ask(worker, 'getLong', { key }), 1);
      const { nearHits } = await ask(worker, 'stats');
      assert.equal(await ask(worker, 'getLong', { key }), 1);
      assert.equal((await ask(worker, 'stats')).nearHits, nearHits + 1);
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });
  });
}
