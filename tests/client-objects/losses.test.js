/**
 * Connections of clients that are lost at the wrong moment: nothing is counted twice, and nothing is executed after its call has
 * ended.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClient } from 'redis';
import { RedisCache } from '../../js/entries/node.js';
import { startProxy } from '../support/proxy.js';
import { freePort, startRedis } from '../support/redis.js';

/** @typedef {{ client: any, close(): unknown }} Made */

const OPTIONS = {
  stringNumbers: true,
  autoResendUnfulfilledCommands: false,
  retryStrategy: () => 50,
};

/** @type {Record<string, (port: number) => Made>} */
const makers = {
  ioredis: (port) => ofIoredis(new Redis(port, '127.0.0.1', OPTIONS)),
  'ioredis, lazily': (port) =>
    ofIoredis(new Redis(port, '127.0.0.1', { ...OPTIONS, lazyConnect: true })),
  iovalkey: (port) => ofIoredis(new Valkey(port, '127.0.0.1', OPTIONS)),
  'node-redis': (port) => {
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 50 } });
    client.on('error', () => {});
    client.connect().catch(() => {});
    return { client, close: () => client.destroy() };
  },
};

/** @param {any} client */
function ofIoredis(client) {
  client.on('error', () => {});
  return { client, close: () => client.disconnect() };
}

for (const [name, make] of Object.entries(makers)) {
  describe(`losses over ${name}`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {import('../support/proxy.js').Proxy} */
    let proxy;
    /** @type {Made} */
    let made;
    /** @type {Awaited<ReturnType<import('../support/redis.js').RedisServer['client']>>} */
    let direct;

    before(async () => {
      redis = await startRedis();
      proxy = await startProxy({ port: redis.port });
      made = make(proxy.port);
      direct = await redis.client();
    });
    after(async () => {
      await made?.close();
      direct?.close();
      await proxy?.stop();
      await redis?.stop();
    });

    /** @param {string} key */
    const stored = async (key) => {
      const value = /** @type {Uint8Array | null} */ (await direct.send('GET', key));
      return value && new TextDecoder().decode(value);
    };

    test('what was executed once is not executed again', async () => {
      const cache = new RedisCache(made.client, { throwOnError: true, failFast: false });
      await cache.set('n', 0);
      const cut = proxy.counters.connections;
      proxy.change({ cutReplies: true });
      const counted = cache.inc('n').catch((error) => error);
      const added = cache.add('added', 'first').catch((error) => error);
      assert.match((await counted).message, /given as host/);
      assert.match((await added).message, /given as host/);
      while (proxy.counters.connections < cut + 2) await pause(20);
      proxy.change({ cutReplies: false });
      assert.equal(await cache.get('n'), 1);
      assert.equal(await stored('n'), '1');
      assert.equal(await cache.inc('n'), 2);
    });

    test('reads are repeated', async () => {
      const cache = new RedisCache(made.client, { throwOnError: true, failFast: false });
      await cache.set('k', 'v');
      proxy.change({ delay: 100 });
      const read = cache.get('k');
      await pause(50);
      proxy.reset();
      proxy.change({ delay: 0 });
      assert.equal(await read, 'v');
    });

    test('a server that is killed under many calls', async () => {
      const cache = new RedisCache(made.client, { failFast: false });
      const warned = console.warn;
      console.warn = () => {};
      try {
        const answers = [];
        for (let count = 0; count < 200; count++) {
          answers.push(cache.inc('m'));
          if (count === 100) await redis.restart();
          if (count % 10 === 0) await pause(5);
        }
        const counts = (await Promise.all(answers)).filter((value) => value !== null);
        assert.equal(new Set(counts.slice(-50)).size, 50);
        direct = await redis.client();
        assert.ok(Number(await stored('m')) <= 200);
      } finally {
        console.warn = warned;
      }
    });
  });

  describe(`a server that is not there, over ${name}`, () => {
    test('calls that have ended are not executed when it comes', async (t) => {
      const port = Number(await freePort());
      const made = make(port);
      t.after(() => made.close());
      const cache = new RedisCache(made.client, { throwOnError: true, operationTimeout: 0.3 });
      await assert.rejects(cache.inc('n'));
      const redis = await startRedis({ port });
      t.after(() => redis.stop());
      while ((await cache.get('n').catch(() => 'later')) === 'later') await pause(50);
      await pause(200);
      assert.equal(await cache.get('n'), null);
    });
  });
}
