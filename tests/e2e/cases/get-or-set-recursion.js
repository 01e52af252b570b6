/**
 * getOrSet in factories: those that would wait for themselves are told so.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { until } from '../../support/factory.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet recursion');

const SEEN = { except: ['workerd', 'browser'] };

/** @param {any} error */
function isRecursive(error) {
  equal(error.code, 'RECURSIVE_FACTORY', String(error));
  ok(error.message.includes("'k'"), error.message);
}

test('a factory that asks for its own key is told so', async ({ makeCache }) => {
  const cache = makeCache();
  const recursive = () => cache.getOrSet('k', () => 1);
  await rejects(cache.getOrSet('k', recursive), isRecursive);
  equal(await cache.getOrSet('k', () => cache.getOrSet('other', () => 1)), 1);
  await cache.set('k', 'stale', 20);
  const options = { grace: 20, softTimeout: 5 };
  equal(await cache.getOrSet('k', recursive, options), 'stale');
});

test(
  'a factory that asks for its own key later, or by way of another, is told so',
  async ({ makeCache }) => {
    const cache = makeCache();
    const recursive = () => cache.getOrSet('k', () => 1);
    const later = async () => {
      await pause(10);
      return recursive();
    };
    const around = () => cache.getOrSet('other', recursive);
    for (const factory of [later, around]) await rejects(cache.getOrSet('k', factory), isRecursive);
  },
  { except: ['workerd', 'browser'] },
);

test('a factory that asks another cache for its own key is told so', async ({ makeCache, raw }) => {
  const [cache, other] = [makeCache(), makeCache()];
  const recursive = () => other.getOrSet('k', () => 1);
  await rejects(cache.getOrSet('k', recursive), isRecursive);
  const view = cache.with({ operationTimeout: 4 });
  await rejects(
    view.getOrSet('k', () => other.getOrSet('k', () => 1)),
    isRecursive,
  );
  for (const options of [{ lock: false }, { fresh: true }]) {
    equal(await cache.getOrSet('k', () => other.getOrSet('k', () => 1, options)), 1);
    await raw('FLUSHALL');
  }
});

test('another database is another cache', async ({ makeCache, raw }) => {
  const [cache, elsewhere] = [makeCache(), makeCache({ db: 1 })];
  equal(await cache.getOrSet('k', () => elsewhere.getOrSet('k', () => 2)), 2);
  await raw('FLUSHALL');
});

test(
  'factories that wait for each other are told so',
  async ({ makeCache }) => {
    const cache = makeCache();
    const rings = [
      ['k', 'l'],
      ['k', 'l', 'm', 'n'],
    ];
    for (const keys of rings) {
      const asks = (/** @type {number} */ index) => async () => {
        await pause(50);
        const next = (index + 1) % keys.length;
        const others = ['other', keys[next]].map((key) =>
          cache.getOrSet(key, key === 'other' ? () => 1 : asks(next)),
        );
        return Promise.all(others);
      };
      const calls = keys.map((key, index) => cache.getOrSet(key, asks(index)));
      for (const result of await Promise.allSettled(calls)) {
        equal(result.status === 'rejected' && result.reason.code, 'RECURSIVE_FACTORY');
      }
    }
  },
  SEEN,
);

test('factories may ask for the same key, and for each other one after the other', async ({
  makeCache,
}) => {
  const cache = makeCache();
  const slow = (/** @type {unknown} */ value) => () => pause(50).then(() => value);
  const last = () => cache.getOrSet('last', slow('last'));
  const both = () =>
    Promise.all(['left', 'right'].map((key) => cache.getOrSet(key, () => pause(10).then(last))));
  equal(await cache.getOrSet('both', both), ['last', 'last']);
  equal(await cache.getOrSet('left', both), 'last');
});

test('a factory that has its answer waits for no other', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('stale', 'old', 20);
  const asking = () => cache.getOrSet('k', () => 'of the other');
  const factory = async () => {
    const stale = await cache.getOrSet('stale', asking, { timeout: 60, grace: 20 });
    await pause(50);
    return `${stale} and new`;
  };
  equal(await cache.getOrSet('k', factory), 'old and new');
  await until(async () => (await cache.get('stale')) === 'old and new');
});
