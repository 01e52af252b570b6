/** Tracing channels, with the names and the payload of node-redis and ioredis. */

import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { after, before, test } from 'node:test';
import { RedisCache } from 'cachelib-edge';
import { startRedis } from '../support/redis.js';

/** @type {import('../support/redis.js').RedisServer} */
let redis;

before(async () => {
  redis = await startRedis();
});
after(() => redis?.stop());

const channel = tracingChannel('cachelib-edge:command');

/** @param {() => Promise<void>} action @returns {Promise<any[]>} the events while it ran */
async function traced(action) {
  /** @type {any[]} */
  const events = [];
  const note = (/** @type {string} */ kind) => (/** @type {any} */ context) =>
    void events.push([kind, { ...context }]);
  const subscribers = /** @type {any} */ ({
    start: note('start'),
    asyncStart: note('asyncStart'),
    error: note('error'),
    end() {},
    asyncEnd() {},
  });
  channel.subscribe(subscribers);
  try {
    await action();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return events;
}

test('each call is traced, with its keys and without its values', async () => {
  const cache = new RedisCache(redis.url, { keyPrefix: 'app:', throwOnError: true });
  const about = { database: 0, serverAddress: '127.0.0.1', serverPort: redis.port };
  const events = await traced(async () => {
    assert.equal(await cache.set('a', 'secret'), true);
    assert.deepEqual(await cache.setMany({ b: 'secret', c: 1 }), ['b', 'c']);
    assert.deepEqual(await cache.getMany('a', 2), ['secret', null]);
    await cache.clear();
  });
  const started = events.filter(([kind]) => kind === 'start').map(([, context]) => context);
  assert.deepEqual(started, [
    { command: 'set', args: ['a'], ...about },
    { command: 'setMany', args: ['b', 'c'], ...about },
    { command: 'getMany', args: ['a', '2'], ...about },
    { command: 'clear', args: [], ...about },
  ]);
  assert.equal(events.filter(([kind]) => kind === 'asyncStart').length, 4);
  assert.doesNotMatch(JSON.stringify(started), /secret/);
  await cache.close();
});

test('the calls of a method have its name', async () => {
  const cache = new RedisCache(redis.url);
  const events = await traced(async () => {
    const lock = await cache.lock('l');
    assert.equal(await lock?.release(), true);
    assert.equal(await cache.getOrSet('k', () => 1), 1);
    await cache.setMany({ a: 1, b: 2 }, 60, { tags: ['t'] });
    await cache.deleteTag('t', 'u');
  });
  const started = events.filter(([kind]) => kind === 'start');
  assert.deepEqual(
    started.map(([, { command, args }]) => `${command} ${args}`),
    [
      'lock l',
      'lock l',
      ...Array(3).fill('getOrSet k'),
      'setMany a',
      'setMany b',
      'deleteTag t',
      'deleteTag u',
    ],
  );
  await cache.close();
});

test('a call that rejects is traced with its error', async () => {
  const cache = new RedisCache('redis://127.0.0.1:1/3', { throwOnError: true });
  const events = await traced(() => assert.rejects(cache.get('a')).then(() => {}));
  const [, context] = events.find(([kind]) => kind === 'error');
  assert.equal(context.error.code, 'CONNECTION_REFUSED');
  assert.deepEqual([context.database, context.serverPort], [3, 1]);
});

test('where nobody listens, calls are as they are', async () => {
  const cache = new RedisCache(redis.url);
  assert.equal(channel.hasSubscribers, false);
  assert.equal(await cache.inc('n'), 1);
  await cache.close();
});
