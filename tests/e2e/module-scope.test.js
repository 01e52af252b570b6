/**
 * One cache at module scope of a Worker, which every other Redis client fails at.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';
import { startWorkerd } from '../support/runtimes.js';

describe('module scope', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/proxy.js').Proxy} */
  let proxy;
  /** @type {Awaited<ReturnType<typeof startWorkerd>>} */
  let worker;

  before(async () => {
    redis = await startRedis();
    proxy = await startProxy({ port: redis.port });
    worker = await startWorkerd(
      fileURLToPath(new URL('./programs/module-scope.js', import.meta.url)),
      {
        bindings: { REDIS_URL: proxy.url },
        durableObjects: { OBJECT: 'Counter' },
      },
    );
  });
  after(async () => {
    await worker?.dispose();
    await proxy?.stop();
    await redis?.stop();
  });

  /**
   * @param {string} action
   * @param {string} [id]
   */
  const ask = async (action, id = '') => {
    const response = await worker.dispatchFetch(
      `http://worker.test/?${new URLSearchParams({ action, id })}`,
    );
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  };

  /** @param {string} id */
  const own = (id) => ({ own: { id }, has: true, list: [{ id }, null], counted: 1 });

  test('requests one after another', async () => {
    for (const id of ['a', 'b', 'c']) assert.deepEqual(await ask('work', id), own(id));
  });

  test('200 requests at once, each with its own answers', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `r${index}`);
    const answers = await Promise.all(ids.map((id) => ask('work', id)));
    assert.deepEqual(answers, ids.map(own));
  });

  test('a write that nobody waits for arrives', async () => {
    for (let index = 0; index < 5; index++) await ask('forget', String(index));
    for (let index = 0; index < 5; index++) {
      assert.equal(await ask('read', `forgotten:${index}`), String(index));
    }
  });

  test('the connections of requests that have ended are closed', async () => {
    await ask('read', 'nothing');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(proxy.openConnections() <= 2, `${proxy.openConnections()} are open`);
  });

  test('a call at global scope is refused with advice, and harms nothing', async () => {
    assert.equal(await ask('early'), 'GLOBAL_SCOPE');
    assert.deepEqual(await ask('work', 'later'), own('later'));
  });

  test('a Durable Object keeps its connection from request to request', async () => {
    assert.equal(await ask('object', 'first'), 'first');
    const { connections } = proxy.counters;
    for (const id of ['second', 'third', 'fourth']) assert.equal(await ask('object', id), id);
    assert.equal(proxy.counters.connections, connections);
  });
});
