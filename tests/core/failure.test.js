/**
 * A core that fails: all calls that wait fail with it, and the next call gets a fresh instance. The methods of the real core are
 * made to throw, as a trap does.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CoreError, RedisCache } from '../../js/entries/node.js';
import { Core } from '../../pkg/core.js';
import { startFaultyServer } from '../support/faulty.js';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';

describe('a core that fails', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/proxy.js').Proxy} */
  let proxy;
  /** @type {Awaited<ReturnType<typeof startFaultyServer>>} */
  let silent;
  /** @type {RedisCache[]} */
  let caches = [];

  before(async () => {
    redis = await startRedis();
    proxy = await startProxy({ port: redis.port });
    silent = await startFaultyServer('silent');
  });
  afterEach(async () => {
    for (const cache of caches) await cache.close();
    caches = [];
  });
  after(async () => {
    for (const server of [silent, proxy, redis]) await server?.stop();
  });

  /**
   * @param {string} url
   * @param {object} [options]
   */
  const open = (url, options) => {
    const cache = new RedisCache(url, { throwOnError: true, operationTimeout: 2, ...options });
    caches.push(cache);
    return cache;
  };

  for (const method of /** @type {const} */ (['submit', 'opened', 'spare', 'received'])) {
    test(`in ${method}()`, async () => {
      const cache = open(redis.url);
      failOnce(method);
      const results = await Promise.allSettled([cache.set('a', 1), cache.get('a')]);
      for (const result of results) assertFailed(result);
      assert.equal(await cache.set('a', 2), true);
      assert.equal(await cache.get('a'), 2);
    });
  }

  test('in reserve_operations(): a call that comes next already has a fresh instance', async () => {
    const cache = open(redis.url);
    failOnce('reserve_operations');
    const [failed, next] = await Promise.allSettled([cache.set('a', 1), cache.set('a', 5)]);
    assertFailed(failed);
    assert.deepEqual(next, { status: 'fulfilled', value: true });
  });

  test('in closed()', async () => {
    const cache = open(proxy.url);
    assert.equal(await cache.set('a', 1), true);
    proxy.change({ delay: 100 });
    const call = cache.get('a');
    setTimeout(() => {
      failOnce('closed');
      proxy.reset();
    }, 20);
    assertFailed((await Promise.allSettled([call]))[0]);
    proxy.change({ delay: 0 });
    assert.equal(await cache.get('a'), 1);
  });

  test('in timeout()', async () => {
    const cache = open(silent.url, { operationTimeout: 0.1 });
    failOnce('timeout');
    assertFailed((await Promise.allSettled([cache.get('a')]))[0]);
    await assert.rejects(cache.get('a'), { code: /TIMEOUT/ });
  });

  test('in abort()', async () => {
    const controller = new AbortController();
    const cache = open(silent.url);
    failOnce('abort');
    const call = cache.with({ signal: controller.signal }).get('a');
    setTimeout(() => controller.abort(), 20);
    assertFailed((await Promise.allSettled([call]))[0]);
  });

  test('in details()', async () => {
    const cache = open(redis.url);
    await cache.with({ serializer: 'raw' }).set('broken', '!broken');
    failOnce('details');
    assertFailed((await Promise.allSettled([cache.get('broken')]))[0]);
    await assert.rejects(cache.get('broken'), { code: 'UNREADABLE' });
  });

  test('the calls of all caches fail, and all go on', async () => {
    const others = [open(silent.url), open(silent.url)];
    const waiting = others.flatMap((other) => [other.get('a'), other.set('b', 1)]);
    const settled = Promise.allSettled(waiting);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const cache = open(redis.url);
    failOnce('received');
    assertFailed((await Promise.allSettled([cache.get('a')]))[0]);
    for (const result of await settled) assertFailed(result);
    assert.equal(await cache.set('a', 3), true);
  });

  test('without throwOnError calls answer as with any other failure', async () => {
    /** @type {string[]} */
    const codes = [];
    const cache = open(redis.url, {
      throwOnError: false,
      onError: (/** @type {any} */ error) => codes.push(error.code),
    });
    failOnce('submit');
    assert.deepEqual(await Promise.all([cache.get('a'), cache.getMany('a', 'b')]), [
      null,
      [null, null],
    ]);
    assert.deepEqual(codes, ['CORE_FAILED', 'CORE_FAILED']);
  });

  test('the memory of the failed instance is given back', async () => {
    const cache = open(redis.url);
    for (let index = 0; index < 50; index++) {
      failOnce('received');
      await assert.rejects(cache.set('a', 'x'.repeat(1_000_000)), { code: 'CORE_FAILED' });
    }
    assert.equal(await cache.set('a', 1), true);
  });
});

/** @param {'submit' | 'opened' | 'spare' | 'received' | 'closed' | 'timeout' | 'abort' | 'details' | 'reserve_operations'} method */
function failOnce(method) {
  const original = Core.prototype[method];
  Core.prototype[method] = () => {
    Core.prototype[method] = /** @type {any} */ (original);
    throw new WebAssembly.RuntimeError('unreachable');
  };
}

/** @param {PromiseSettledResult<unknown> | undefined} result */
function assertFailed(result) {
  const { reason } = /** @type {PromiseRejectedResult} */ (result);
  assert.equal(reason?.code, 'CORE_FAILED', String(reason));
  assert.ok(reason instanceof CoreError && reason.cause instanceof WebAssembly.RuntimeError);
}
