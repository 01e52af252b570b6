/** The in-memory server as a connector: its clock, its outages, and what it says to what it does not know. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { MemoryServer } from 'cachelib-edge/testing';

/** @type {RedisCache[]} */
const caches = [];
afterEach(async () => {
  await Promise.all(caches.splice(0).map((cache) => cache.close()));
});

/** @param {MemoryServer} server @param {import('cachelib-edge').CacheOptions} [options] */
function makeCache(server, options, host = 'localhost') {
  const cache = new RedisCache(host, {
    connector: server.connector,
    throwOnError: true,
    ...options,
  });
  caches.push(cache);
  return cache;
}

test("values live until the test's clock says otherwise", async () => {
  const server = new MemoryServer();
  const cache = makeCache(server);
  await cache.set('short', 1, 60);
  await cache.set('for-ever', 2, 0);
  server.advance(30);
  assert.deepEqual(await cache.getMany('short', 'for-ever'), [1, 2]);
  server.advance(30.1);
  assert.deepEqual(await cache.getMany('short', 'for-ever'), [null, 2]);
  assert.equal(server.send('DBSIZE'), 1);
});

test('fake timers move the clock, and stop no call', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval', 'setImmediate'] });
  const cache = makeCache(new MemoryServer());
  await cache.set('k', 1, 60);
  assert.equal(await cache.get('k'), 1);
  t.mock.timers.tick(61_000);
  assert.equal(await cache.get('k'), null);
});

test('fake timers stop no call through a client of another package', async (t) => {
  t.mock.method(globalThis, 'queueMicrotask', () => {}); // as Jest's fake timers have it
  const server = new MemoryServer();
  const client = {
    sendCommand: async (/** @type {string[]} */ command) => server.send(...command),
  };
  const cache = new RedisCache(/** @type {any} */ (client), { throwOnError: true });
  caches.push(cache);
  await cache.set('k', [1]);
  assert.deepEqual(await cache.get('k'), [1]);
});

test('the scripts of the package run, and no others', async () => {
  const server = new MemoryServer();
  const cache = makeCache(server);
  await cache.set('a', 1, 60, { tags: ['t'] });
  assert.equal(await cache.getOrSet('b', () => 2, { timeout: 60, grace: 60, tags: ['t'] }), 2);
  assert.equal(server.send('ZCARD', 't~tag'), 2);
  server.advance(61);
  assert.deepEqual(await cache.getMany('a', 'b'), [null, 2]);
  assert.equal(await cache.deleteTag('t'), true);
  assert.deepEqual(await cache.getMany('a', 'b'), [null, null]);
  assert.throws(() => server.send('EVAL', 'return 1', 0), /ERR unknown command 'EVAL'/);
});

test('commands may come in any pieces', () => {
  const server = new MemoryServer();
  /** @type {string[]} */
  const received = [];
  const events = {
    opened() {},
    closed() {},
    received: (/** @type {Uint8Array} */ bytes) => received.push(Buffer.from(bytes).toString()),
  };
  const address = { hostname: '', port: 0, tls: false };
  const connection = /** @type {any} */ (server.connector(address, events));
  const commands = Buffer.from(
    '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n$1\r\n*1\r\n$4\r\nPING\r\n',
  );
  for (const byte of commands) connection.write(new Uint8Array([byte]));
  assert.deepEqual(server.send('GET', 'k'), new TextEncoder().encode('\r\n$1'));
});

test('the bytes are those of Redis, and are there to be looked at', async () => {
  const server = new MemoryServer();
  const cache = makeCache(server, { keyPrefix: 'app:' });
  await cache.setMany({ a: [1, 'b'], n: 41, ü: new Uint8Array([0, 255]) });
  assert.equal(await cache.inc('n'), 42);
  assert.deepEqual(server.send('GET', 'app:n'), new TextEncoder().encode('42'));
  assert.equal(server.send('TTL', 'app:a'), 300);
  assert.equal(server.send('STRLEN', 'app:ü'), 18);
  const copy = new MemoryServer();
  copy.send('SET', 'a', /** @type {Uint8Array} */ (server.send('GET', 'app:a')));
  assert.deepEqual(await makeCache(copy).get('a'), [1, 'b']);
});

test('an outage, and its end', async () => {
  const server = new MemoryServer();
  const cache = makeCache(server, {
    throwOnError: false,
    onError: () => {},
    failFast: false,
    operationTimeout: 2,
  });
  await cache.set('k', 1);
  server.stop();
  assert.equal(await cache.get('k'), null);
  await assert.rejects(cache.checkConnection());
  server.start();
  assert.equal(await cache.get('k'), 1);
});

test('a password, and databases', async () => {
  const server = new MemoryServer({ password: 'p@ss' });
  const first = makeCache(server, { password: 'p@ss' });
  const second = makeCache(server, { password: 'p@ss', db: 2 });
  await first.set('k', 1);
  assert.equal(await second.get('k'), null);
  await assert.rejects(makeCache(server, { password: 'no' }).get('k'), { code: 'WRONGPASS' });
  await assert.rejects(makeCache(server).get('k'), { code: 'NOAUTH' });
  await assert.rejects(makeCache(server, { password: 'p@ss', db: 16 }).get('k'), {
    code: 'INVALID_DB',
  });
  server.clear();
  assert.equal(await first.get('k'), null);
});

test('patterns, by the rules of Redis', () => {
  const server = new MemoryServer();
  for (const key of ['a', 'ab', 'abc', 'a*c', 'é', 'a\nb', 'b']) server.send('SET', key, '1');
  const decoder = new TextDecoder();
  const matching = (/** @type {string} */ pattern) =>
    /** @type {Uint8Array[]} */ (server.send('KEYS', pattern)).map((key) => decoder.decode(key));
  assert.deepEqual(matching('a?'), ['ab']);
  assert.deepEqual(matching('a*b'), ['ab', 'a\nb']);
  assert.deepEqual(matching('a\\*c'), ['a*c']);
  assert.deepEqual(matching('[ab]'), ['a', 'b']);
  assert.deepEqual(matching('[^a]'), ['b']);
  assert.deepEqual(matching('é'), ['é']);
});

test('commands that it does not know are errors', () => {
  const server = new MemoryServer();
  assert.throws(() => server.send('XADD', 's', '*'), /ERR unknown command 'XADD'/);
  assert.throws(() => server.send('GET'), /ERR wrong number of arguments/);
  assert.throws(() => server.send('SET', 'k', 'v', 'EX', '0'), /invalid expire time/);
  assert.throws(() => server.send('INCRBY', 'k', '1.5'), /not an integer/);
});
