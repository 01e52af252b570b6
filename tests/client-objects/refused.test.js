/**
 * What is no client, and what a client cannot be told.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster, Redis } from 'ioredis';
import { Redis as Valkey } from 'iovalkey';
import { createClientPool, createCluster, createSentinel } from 'redis';
import { CacheError, RedisCache } from '../../js/entries/node.js';
import { startRedis } from '../support/redis.js';

/** @param {any} host @param {object} [options] @returns {any} */
function refusal(host, options) {
  try {
    new RedisCache(host, options);
  } catch (error) {
    assert.ok(error instanceof CacheError && error instanceof TypeError, String(error));
    return error;
  }
  throw new Error('it was accepted');
}

describe('an object as host', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {Redis[]} */
  const clients = [];
  /** @param {object} [options] */
  const ioredis = (options) => {
    const client = new Redis(redis.port, redis.hostname, {
      autoResendUnfulfilledCommands: false,
      ...options,
      lazyConnect: true,
    });
    clients.push(client);
    return client;
  };

  before(async () => void (redis = await startRedis()));
  after(async () => {
    for (const client of clients) client.disconnect();
    await redis?.stop();
  });

  for (const host of [{}, new Map(), { get() {}, set() {} }, { send() {} }, new Date()]) {
    test(`${Object.prototype.toString.call(host)} ${Object.keys(host)} resembles no client`, () => {
      const { code, message } = refusal(host);
      assert.equal(code, 'INVALID_CLIENT');
      assert.match(message, /ioredis, iovalkey, node-redis or Bun, or \{ sendCommand/);
    });
  }

  test('a client of a cluster', () => {
    const nodes = [{ host: '127.0.0.1', port: 1 }];
    assert.match(refusal(new Cluster(nodes, { lazyConnect: true })).message, /cluster/);
    assert.match(refusal(createCluster({ rootNodes: [] })).message, /cluster/);
  });

  test('a client that sends commands again after a loss', () => {
    const advice = /autoResendUnfulfilledCommands: false/;
    assert.match(refusal(ioredis({ autoResendUnfulfilledCommands: true })).message, advice);
    assert.match(refusal(new Valkey({ lazyConnect: true })).message, advice);
  });

  test('a pool, and a client of sentinels', () => {
    assert.match(refusal(createClientPool()).message, /createClient\(\)/);
    const sentinel = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '::1', port: 1 }],
    });
    assert.match(refusal(sentinel).message, /createClient\(\)/);
  });

  test('a client with its own key prefix', () => {
    assert.match(refusal(ioredis({ keyPrefix: 'mine:' })).message, /keyPrefix/);
  });

  test('a client of node-redis 4, which returns bytes in another way', () => {
    assert.match(refusal({ isOpen: true, async sendCommand() {} }).message, /version 5/);
  });

  for (const [option, value] of Object.entries({
    port: 1,
    username: 'u',
    password: 'p',
    db: 1,
    tls: true,
    connector() {},
  })) {
    test(`option '${option}' beside a client`, () => {
      const { code, message } = refusal(ioredis(), { [option]: value });
      assert.equal(code, 'INVALID_OPTION');
      assert.match(message, new RegExp(`'${option}' is up to the client`));
    });
  }

  test('the options of the cache beside a client', async () => {
    const cache = new RedisCache(ioredis(), { keyPrefix: 'shop:', operationTimeout: 2 });
    assert.equal(await cache.set('k', 1, 60), true);
    assert.equal(await clients.at(-1)?.get('shop:k'), '1');
  });

  test('ioredis rounds integers unless it is told not to', async () => {
    const cache = new RedisCache(ioredis(), { throwOnError: true });
    await clients.at(-1)?.set('n', '9007199254740992');
    await assert.rejects(cache.inc('n'), { code: 'ROUNDED', message: /stringNumbers/ });
  });

  for (const [what, sendCommand] of /** @type {[string, Function][]} */ ([
    ['answers something else', async () => 'OK'],
    ['answers nothing', () => {}],
    ['takes its arguments one by one', async (/** @type {any} */ name) => `${name}`],
    ['wants a flag first', async (/** @type {any} */ _, /** @type {any} */ args) => args],
    [
      'sends something else',
      async () => {
        throw new Error("ERR unknown command 'PING,'");
      },
    ],
  ])) {
    test(`a sendCommand that ${what}`, async () => {
      const client = /** @type {any} */ ({ sendCommand });
      await assert.rejects(new RedisCache(client, { operationTimeout: 2 }).inc('k'), {
        code: 'INVALID_CLIENT',
        message: /sendCommand\(\['PING'\]\)/,
      });
    });
  }

  test('a sendCommand of which the server refuses the user tells what the server says', async () => {
    const client = {
      async sendCommand() {
        throw new Error('NOAUTH Authentication required.');
      },
    };
    await assert.rejects(new RedisCache(client, { throwOnError: true }).get('k'), {
      code: 'NOAUTH',
    });
  });

  test('a sendCommand that throws or returns nonsense', async () => {
    const thrower = {
      sendCommand() {
        throw new Error('no');
      },
    };
    for (const client of [thrower, { sendCommand: async () => ({}) }, { sendCommand() {} }]) {
      const cache = new RedisCache(/** @type {any} */ (client), {
        throwOnError: true,
        maxRetries: 0,
      });
      await assert.rejects(cache.set('k', 1), (error) => error instanceof CacheError);
    }
  });
});
