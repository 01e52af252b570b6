/**
 * `cachelib-edge/lite` beside the whole package, and what it refuses.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RedisCache as WholeCache } from '../../js/entries/node.js';
import { RedisCache as LiteCache } from '../../js/lite/default.js';
import { Core as WholeCore } from '../../pkg/core.js';
import { Core as LiteCore } from '../../pkg/lite.js';
import { startRedis } from '../support/redis.js';

/** What is not for its types. @type {any} */
const Lite = LiteCache;

describe('cachelib-edge/lite', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {any} */
  let whole;
  /** @type {any} */
  let lite;

  before(async () => {
    redis = await startRedis();
    whole = new WholeCache(redis.url, { throwOnError: true });
    lite = new Lite(redis.url, { throwOnError: true });
  });
  after(async () => {
    await Promise.all([whole?.close(), lite?.close()]);
    await redis?.stop();
  });

  for (const [name, make] of /** @type {[string, () => unknown][]} */ ([
    ['a cluster as URL', () => new Lite('redis+cluster://127.0.0.1')],
    ['Sentinels as URL', () => new Lite('valkeys-sentinel://127.0.0.1/name')],
    ['a list of hosts', () => new Lite(['127.0.0.1:6379'])],
    ['a Redis client', () => new Lite({ sendCommand() {} })],
    ['option cluster', () => new Lite('127.0.0.1', { cluster: true })],
    ['option sentinel', () => new Lite('127.0.0.1', { sentinel: { name: 'mymaster' } })],
    ['option readFrom', () => new Lite('127.0.0.1', { readFrom: 'primary' })],
    ['option nodeAddressMap', () => new Lite('127.0.0.1', { nodeAddressMap: {} })],
    ['option maxConnections', () => new Lite('127.0.0.1', { maxConnections: 2 })],
    ['option near', () => new Lite('127.0.0.1', { near: {} })],
    ['option near of a view', () => lite.with({ near: { timeout: 1 } })],
    ['a proxy of a Redis client', () => new Lite(new Proxy({}, { get: () => () => ({}) }))],
  ])) {
    test(`${name}: what has it is named`, () =>
      assert.throws(make, { message: /'cachelib-edge' in place of 'cachelib-edge\/lite'/ }));
  }

  for (const [name, make] of /** @type {[string, () => Promise<unknown>][]} */ ([
    ['set with tags', () => lite.set('refused', 1, 60, { tags: ['t'] })],
    ['add with tags', () => lite.add('refused', 1, 60, { tags: ['t'] })],
    ['setMany with tags', () => lite.setMany({ refused: 1 }, 60, { tags: ['t'] })],
    ['set_many with tags', () => lite.set_many({ refused: 1 }, 60, { tags: ['t'] })],
    ['inc with a timeout', () => lite.inc('refused', 1, 60)],
    ['dec with a timeout', () => lite.dec('refused', 1, 60)],
  ])) {
    test(`${name} is refused, and nothing is stored`, async () => {
      await assert.rejects(make(), { code: 'INVALID_OPTION', message: /need 'cachelib-edge'/ });
      assert.equal(await lite.has('refused'), false);
    });
  }

  test('what asks for nothing of that is taken', async () => {
    const cache = new Lite(redis.url, { cluster: false, near: null });
    for (const [index, timeout] of [undefined, null, 0, -1, Infinity].entries()) {
      assert.equal(await cache.with({ near: null }).inc('counted', 1, timeout), index + 1);
    }
    await cache.close();
  });

  test('a port in the host is no cluster', () =>
    assert.throws(() => new Lite('redis-cluster:6379'), { code: 'INVALID_URL' }));

  test('has none of the methods beyond cachelib', () => {
    for (const method of ['getOrSet', 'memoize', 'deleteTag', 'lock', 'keys', 'ttl', 'pop']) {
      assert.equal(method in lite, false, method);
    }
  });

  for (const [name, FailingCore, failing, other] of /** @type {const} */ ([
    ['the whole package', WholeCore, () => whole, () => lite],
    ['lite', LiteCore, () => lite, () => whole],
  ])) {
    test(`each entry has a core of its own: that of ${name} fails alone`, async () => {
      await Promise.all([whole.set('a', 1), lite.set('b', 2)]);
      const { received } = FailingCore.prototype;
      FailingCore.prototype.received = () => {
        FailingCore.prototype.received = received;
        throw new WebAssembly.RuntimeError('unreachable');
      };
      const [failed, answered] = await Promise.allSettled([failing().get('a'), other().get('b')]);
      assert.equal(failed.status === 'rejected' && failed.reason.code, 'CORE_FAILED');
      assert.deepEqual(answered, { status: 'fulfilled', value: 2 });
      assert.equal(await failing().get('a'), 1);
    });
  }

  test('both entries can be used at once', async () => {
    await lite.set('a', [1]);
    assert.deepEqual(await whole.getOrSet('a', () => 'missed'), [1]);
    const both = Array.from({ length: 200 }, (_, index) => [
      lite.set(`lite:${index}`, index),
      whole.set(`whole:${index}`, index),
    ]);
    await Promise.all(both.flat());
    assert.equal(await lite.get('whole:199'), 199);
    assert.equal(await whole.get('lite:199'), 199);
  });

  for (const remove of ['delete', 'deleteMany']) {
    test(`${remove}() cancels what the whole package computes meanwhile`, async () => {
      await lite.delete('computed');
      const value = await whole.getOrSet('computed', async () => {
        await lite[remove]('computed');
        return 'stale';
      });
      assert.equal(value, 'stale');
      assert.equal(await whole.get('computed'), null);
    });
  }

  test('a view of a subclass with private fields has its own', async () => {
    class Counting extends Lite {
      static features = 'a name of their own';
      #count = 0;
      next() {
        return ++this.#count;
      }
    }
    for (const Class of [Counting, class extends Counting {}]) {
      const cache = new Class(redis.url);
      assert.deepEqual([cache.next(), cache.with({}).next()], [1, 1]);
    }
  });
});
