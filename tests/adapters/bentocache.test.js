/** The driver of bentocache: bentocache's own suite for drivers, and bentocache itself over it. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { BentoCache, bentostore } from 'bentocache';
import { registerCacheDriverTestSuite } from 'bentocache/test_suite';
import { cachelibDriver } from 'cachelib-edge/adapters/bentocache';
import { withRedis } from './fixture.js';

const { makeCache, makeBrokenCache } = withRedis();

describe("bentocache's own suite", () => {
  // The suite is written for Japa: this is what it uses of it.
  const group = {
    setup: (/** @type {() => Promise<() => void>} */ begin) => {
      let end = () => {};
      before(async () => {
        end = await begin();
      });
      after(() => end());
    },
    tap: () => {},
    each: { teardown: (/** @type {() => Promise<void>} */ end) => afterEach(end) },
  };
  const assertions = {
    deepEqual: assert.deepEqual,
    notEqual: assert.notEqual,
    isTrue: (/** @type {unknown} */ value) => assert.equal(value, true),
    isFalse: (/** @type {unknown} */ value) => assert.equal(value, false),
    isUndefined: (/** @type {unknown} */ value) => assert.equal(value, undefined),
  };
  const japaTest = (/** @type {string} */ title, /** @type {(context: any) => any} */ run) =>
    test(title, (t) => run({ assert: assertions, cleanup: t.after.bind(t) }));
  registerCacheDriverTestSuite({
    test: /** @type {any} */ (japaTest),
    group: /** @type {any} */ (group),
    supportsMilliseconds: true,
    createDriver: (options) =>
      cachelibDriver({ cache: makeCache() }).factory({
        prefix: 'suite',
        ...options,
        cache: makeCache(),
      }),
  });
});

/** @param {import('cachelib-edge').RedisCache} cache */
function makeBento(cache) {
  const main = bentostore().useL2Layer(cachelibDriver({ cache }));
  return new BentoCache({ default: 'main', stores: { main } });
}

test('a value is made once, for all instances', async () => {
  const [one, other] = [makeBento(makeCache()), makeBento(makeCache())];
  let made = 0;
  const factory = () => ({ made: ++made });
  const read = (/** @type {BentoCache<any>} */ bento) =>
    bento.getOrSet({ key: 'k', ttl: '1m', factory });
  assert.deepEqual([await read(one), await read(other)], [{ made: 1 }, { made: 1 }]);
  await one.namespace('users').set({ key: 'k', value: 1, ttl: '1m' });
  await one.namespace('users').clear();
  assert.deepEqual(await other.get({ key: 'k' }), { made: 1 });
  await one.deleteMany({ keys: ['k'] });
  assert.equal(await other.get({ key: 'k' }), undefined);
});

test('without a server, the factory is asked', async () => {
  const bento = makeBento(makeBrokenCache());
  assert.equal(await bento.getOrSet({ key: 'k', factory: () => 7, suppressL2Errors: true }), 7);
});
