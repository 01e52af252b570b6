/**
 * The near cache with tracking in Durable Objects: its connection belongs to one object, and what it has certified to nobody else.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { python } from '../../scripts/tools/python.js';
import { startCluster } from '../support/cluster.js';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';
import { ask, ERROR_PATTERN, pause, startIn } from './workerds.js';

/** More than a message takes over loopback, in milliseconds. */
const MOMENT = 300;

/** @param {import('./workerds.js').Version} version */
export function tracking(version) {
  describe(`near.tracking, ${version.name}`, () => {
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
      worker = await startIn(version, 'tracking.js', {
        durableObjects: { OBJECT: 'Tracked', REDIS: 'RedisPool' },
      });
    });
    after(async () => {
      await worker?.dispose();
      client?.close();
      for (const server of [proxy, redis]) await server?.stop();
    });
    beforeEach(() => {
      key = `k${++tests}`;
    });

    /** @param {unknown} value */
    const write = (value) => client.send('SET', `near:${key}`, String(value));

    /** @param {string} name of the object @param {Record<string, any>} [parameters] */
    const inObject = (name, { action = 'read', url = proxy.url, ...rest } = {}) =>
      ask(worker, 'object', { name, work: action, url, key, ...rest });

    /** How many connections are told of changes. */
    async function listening() {
      const list = String(await client.send('CLIENT', 'LIST', 'TYPE', 'pubsub'));
      return list.split('\n').filter((line) => line.includes('id=')).length;
    }

    /**
     * Reads in an object until it answers from memory.
     *
     * @param {string} name
     * @param {Record<string, any>} [parameters]
     */
    async function untilNear(name, parameters) {
      for (let left = 500; left > 0; left--) {
        const [value, isNear] = await inObject(name, parameters);
        if (isNear) return value;
        await pause(20);
      }
      throw new Error('nothing was answered from memory');
    }

    /** @param {number} count of listening connections */
    async function untilListening(count) {
      for (let left = 500; left > 0 && (await listening()) !== count; left--) await pause(20);
      assert.equal(await listening(), count);
    }

    /** The object ends, and its connections. @param {string} name */
    async function abort(name) {
      await assert.rejects(inObject(name, { action: 'abort' }));
    }

    for (const action of ['read', 'readGiven']) {
      test(`what others write is seen in an object, which answers from memory otherwise (${action})`, async () => {
        await write(1);
        assert.equal(await untilNear(action, { action }), 1);
        for (let value = 2; value < 6; value++) {
          const { connections } = proxy.counters;
          await write(value);
          await pause(MOMENT);
          assert.deepEqual(await inObject(action, { action }), [value, false]);
          assert.deepEqual(await inObject(action, { action }), [value, true]);
          assert.equal(proxy.counters.connections, connections);
        }
        await client.send('FLUSHALL');
        await pause(MOMENT);
        assert.deepEqual(await inObject(action, { action }), [null, false]);
        assert.equal(await listening(), 1);
        await abort(action);
        await untilListening(0);
      });
    }

    test('what Python writes', async () => {
      const inPython = (/** @type {string} */ statement) =>
        promisify(execFile)(python(), [
          '-c',
          `from cachelib.redis import RedisCache\nRedisCache("127.0.0.1", ${redis.port}, key_prefix="near:").${statement}`,
        ]);
      await inPython(`set("${key}", [1, "two"])`);
      assert.deepEqual(await untilNear('python'), [1, 'two']);
      await inPython(`set("${key}", {"a": 1})`);
      await pause(MOMENT);
      assert.deepEqual((await inObject('python'))[0], { a: 1 });
      await inPython(`delete("${key}")`);
      await pause(MOMENT);
      assert.deepEqual((await inObject('python'))[0], null);
      await abort('python');
    });

    test('requests that last for less than a second ask Redis, and open no other connection', async () => {
      await write(1);
      assert.equal(await untilNear('beside'), 1);
      for (let value = 2; value < 20; value++) {
        await write(value);
        assert.deepEqual(await ask(worker, 'read', { url: proxy.url, key }), [value, false]);
      }
      assert.equal(await listening(), 1);
      await abort('beside');
    });

    test('a longer one has a connection of its own, to its end', async () => {
      await write(1);
      const reading = ask(worker, 'readLong', { url: proxy.url, key, milliseconds: 2500 });
      await untilListening(1);
      await pause(MOMENT);
      await write(2);
      await pause(MOMENT);
      const reads = await reading;
      const firstNear = reads.findIndex((/** @type {any} */ [, isNear]) => isNear);
      assert.ok(firstNear > 0);
      assert.deepEqual(reads.at(-1), [2, true]);
      await untilListening(0);
      assert.deepEqual(await ask(worker, 'read', { url: proxy.url, key }), [2, false]);
    });

    test('what an object has kept, nobody uses after its end', async () => {
      await write(1);
      assert.equal(await untilNear('gone'), 1);
      await abort('gone');
      await write(2);
      // The next one of its name, another object, and a request of the same isolate.
      assert.deepEqual(await inObject('gone'), [2, false]);
      assert.deepEqual(await inObject('another'), [2, false]);
      assert.deepEqual(await ask(worker, 'read', { url: proxy.url, key }), [2, false]);
      assert.equal(await untilNear('gone'), 2);
      for (const name of ['gone', 'another']) await abort(name);
      await untilListening(0);
    });

    test('each object has its own connection, and trusts no other', async () => {
      await write(1);
      assert.equal(await untilNear('first'), 1);
      assert.deepEqual(await inObject('second'), [1, false]);
      assert.equal(await untilNear('second'), 1);
      assert.equal(await listening(), 2);
      // What one writes, the other sees before Redis tells it.
      assert.equal(await inObject('first', { action: 'set', value: 'own' }), true);
      assert.equal((await inObject('second'))[0], 'own');
      assert.equal(await untilNear('second'), 'own');
      await abort('first');
      await write(2);
      await pause(MOMENT);
      assert.deepEqual(await inObject('first'), [2, false]);
      assert.deepEqual(await inObject('second'), [2, false]);
      for (const name of ['first', 'second']) await abort(name);
      await untilListening(0);
    });

    test('what is told while no request is under way is known to the next one', async () => {
      await write(1);
      assert.equal(await untilNear('idle'), 1);
      for (const wait of [50, 900, 2000, 4000]) {
        await write(wait);
        await pause(wait);
        assert.deepEqual(await inObject('idle'), [wait, false]);
        assert.equal(await untilNear('idle'), wait);
      }
      assert.equal(await listening(), 1);
      await abort('idle');
    });

    test('what is told between two reads of a request', async () => {
      await write(1);
      assert.equal(await untilNear('between'), 1);
      const reading = inObject('between', { action: 'readTwice', milliseconds: 2 * MOMENT });
      await pause(MOMENT);
      await write(2);
      assert.deepEqual(await reading, [
        [1, true],
        [2, false],
      ]);
      await abort('between');
    });

    test('when its connection is lost, all is forgotten, and another one opened', async () => {
      await write(1);
      assert.equal(await untilNear('lost'), 1);
      for (const value of [2, 3]) {
        assert.equal(Number(await client.send('CLIENT', 'KILL', 'TYPE', 'pubsub')), 1);
        await write(value);
        await pause(MOMENT);
        assert.deepEqual(await inObject('lost'), [value, false]);
        assert.equal(await untilNear('lost'), value);
      }
      await abort('lost');
    });

    test('a server that goes silent is trusted for no more than 3 s', async () => {
      await write(1);
      assert.equal(await untilNear('silent'), 1);
      // What it has to say waits for a long time, and all that it says later behind it.
      proxy.change({ delay: 10_000 });
      await write(2);
      await pause(MOMENT);
      proxy.change({ delay: 0 });
      await pause(3000);
      assert.deepEqual(await inObject('silent'), [2, false]);
      assert.equal(await untilNear('silent'), 2);
      await abort('silent');
    });

    test('a cluster of three', async (t) => {
      const cluster = await startCluster({ replicas: 0 });
      t.after(() => cluster.stop());
      const { url } = cluster;
      for (key of ['a', 'b', 'c', 'd', 'e', 'f']) {
        await cluster.send('SET', `near:${key}`, '1');
        assert.equal(await untilNear('cluster', { url }), 1);
      }
      for (key of ['a', 'b', 'c', 'd', 'e', 'f']) {
        await cluster.send('SET', `near:${key}`, '2');
        await pause(MOMENT);
        assert.deepEqual(await inObject('cluster', { url }), [2, false]);
        assert.deepEqual(await inObject('cluster', { url }), [2, true]);
      }
      await abort('cluster');
    });

    test('a pool as connector is refused', async () => {
      assert.equal(await ask(worker, 'pooled', { url: redis.url }), 'INVALID_OPTION');
    });

    test('nothing touches what belongs to another object or request', () => {
      const log = worker.log().replaceAll(/^.*as the test wants.*$/gm, '');
      assert.doesNotMatch(log, ERROR_PATTERN);
    });
  });
}
