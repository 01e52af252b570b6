/**
 * A connection breaks while a write is on its way: its bytes may reach the server all the same, at once or later. The call may fail;
 * it may not answer what is not so, and nothing that succeeded may change later.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { RedisCache } from '../../js/entries/node.js';
import { listening, resetSocket, track } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';

/** @type {[name: string, write: (cache: RedisCache) => Promise<any>][]} */
const WRITES = [
  ['set', (cache) => cache.set('key', 'first')],
  ['setMany', (cache) => cache.setMany({ key: 'first', other: 'first' })],
  ['delete', (cache) => cache.delete('key')],
  ['deleteMany', (cache) => cache.deleteMany('key', 'other')],
  ['clear', (cache) => cache.clear()],
];

describe('a write whose connection breaks', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {Awaited<ReturnType<typeof startBreakingProxy>>} */
  let proxy;
  /** @type {RedisCache} */
  let cache;

  before(async () => {
    redis = await startRedis();
  });
  after(() => redis?.stop());
  beforeEach(async () => {
    proxy = await startBreakingProxy(redis.port);
    cache = new RedisCache(`redis://127.0.0.1:${proxy.port}`, { throwOnError: true });
  });
  afterEach(async () => {
    await cache.close();
    await proxy.stop();
  });

  /** @param {Promise<any>} call */
  const outcome = (call) => call.catch(({ code }) => code);

  for (const [name, write] of WRITES) {
    test(`${name}: a later set is not undone by its bytes`, async () => {
      proxy.breakNext();
      const first = await outcome(write(cache));
      assert.equal(await cache.set('key', 'second'), true);
      await proxy.deliver();
      // Only a call that failed may happen later.
      if (first !== 'CONNECTION_LOST') assert.equal(await cache.get('key'), 'second');
    });
  }

  test('delete: does not answer that there was nothing', async () => {
    await cache.set('key', 'value');
    proxy.breakNext();
    const deleted = outcome(cache.delete('key'));
    await proxy.broken();
    await proxy.deliver();
    assert.ok([true, 'CONNECTION_LOST'].includes(await deleted), String(await deleted));
  });

  test('inc: counts once', async () => {
    const start = await cache.inc('counter');
    proxy.breakNext();
    assert.equal(await outcome(cache.inc('counter')), 'CONNECTION_LOST');
    await proxy.deliver();
    assert.equal(await cache.inc('counter'), start + 2);
  });

  test('add: does not answer that the key was there', async () => {
    proxy.breakNext();
    const added = outcome(cache.add('fresh', 1));
    await proxy.broken();
    await proxy.deliver();
    assert.ok([true, 'CONNECTION_LOST'].includes(await added), String(await added));
  });
});

/**
 * A proxy that breaks a connection when bytes come from the client, and keeps them.
 *
 * @param {number} port the server's
 */
async function startBreakingProxy(port) {
  /** @type {Set<net.Socket>} */
  const open = new Set();
  let breaks = false;
  /** @type {{ server: net.Socket, bytes: Buffer } | undefined} */
  let kept;
  /** @type {() => void} */
  let onBreak = () => {};
  /** @type {Promise<void>} */
  let broken = Promise.resolve();

  const listener = net.createServer((client) => {
    const server = net.connect(port, '127.0.0.1');
    for (const socket of [client, server]) track(open, socket);
    server.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      if (!breaks) return void server.write(bytes);
      breaks = false;
      kept = { server, bytes };
      onBreak();
      resetSocket(client);
    });
  });
  return {
    port: await listening(listener),
    /** The next bytes from a client are its connection's last. */
    breakNext() {
      breaks = true;
      broken = new Promise((resolve) => (onBreak = resolve));
    },
    broken: () => broken,
    /** Sends the server what was kept, and waits for its reply. */
    async deliver() {
      if (kept === undefined) throw new Error('no connection was broken');
      const { server, bytes } = kept;
      const replied = new Promise((resolve) => server.once('data', resolve));
      server.write(bytes);
      await replied;
    },
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => listener.close(resolve));
    },
  };
}
