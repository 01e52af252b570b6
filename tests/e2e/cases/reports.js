/**
 * What other caches were reported for, each a test that names the report. Those that another file tests already: search for
 * `https://github.com/` in the files beside it, in tests/layer/processes.test.js and in tests/near/store.test.js.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';
import { counting, until } from '../../support/factory.js';

export const { cases, test } = collect('reports');

/** In a cluster a tag and its keys need one hash slot. */
const PREFIX = '{p}:';

test('what was deleted by its tag is not served as stale: https://github.com/Julien-R44/bentocache/issues/71', async ({
  makeCache,
}) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const options = { timeout: 60, grace: 600, softTimeout: 0, tags: ['t'] };
  await cache.getOrSet('k', () => 'old', options);
  await cache.deleteTag('t');
  const failing = () => {
    throw new Error('the source is down');
  };
  await rejects(cache.getOrSet('k', failing, options), (error) =>
    equal(error.message, 'the source is down'),
  );
  const factory = counting(() => 'new');
  equal(await cache.getOrSet('k', factory, options), 'new');
  equal(factory.contexts[0].stale, null);
});

test('a value has no second key that outlives it: https://github.com/laravel/framework/pull/52859', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const options = { timeout: 60, grace: 600 };
  const factory = counting((run) => run);
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(await raw('DBSIZE'), 1);
  await raw('DEL', 'k');
  equal(await cache.getOrSet('k', factory, options), 2);
  equal(factory.contexts[1].stale, null);
});

test('no value escapes the deletion of its tag, whenever it was stored: https://github.com/laravel/framework/issues/61328', async ({
  makeCache,
  raw,
}) => {
  const caches = [1, 2, 3].map(() => makeCache({ keyPrefix: PREFIX }));
  const tags = ['t'];
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      caches.map(async (cache, index) => {
        const name = `${round}:${index}`;
        await Promise.all([
          cache.set(`set:${name}`, 1, 60, { tags }),
          index === round % 3 ? cache.deleteTag('t') : cache.add(`add:${name}`, 1, 60, { tags }),
          cache.getOrSet(`got:${name}`, () => 1, { timeout: 60, tags }),
        ]);
      }),
    );
  }
  ok((await raw('DBSIZE')) > 1);
  equal(await caches[0].deleteTag('t'), true);
  equal(await raw('DBSIZE'), 0);
});

test('a new value lives as its caller says, however long the stale one was left: https://github.com/rails/rails/issues/54229', async ({
  makeCache,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 5);
  equal(await cache.getOrSet('k', () => 'new', { timeout: 60, grace: 30 }), 'old');
  await until(async () => (await cache.get('k')) === 'new');
  const ttl = await cache.ttl('k');
  ok(ttl > 88 && ttl <= 90, `${ttl} s`);
});

test('a lock ends by itself: https://github.com/sebleier/django-redis-cache/issues/128', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  /** @type {number[]} */
  const lives = [];
  const factory = async () => {
    lives.push(await raw('PTTL', '{k}~lock'));
    await pause(500);
    lives.push(await raw('PTTL', '{k}~lock'));
    return 1;
  };
  await cache.getOrSet('{k}', factory, { lock: 0.4 });
  for (const life of lives) ok(life > 0 && life <= 400, `${life} ms`);
});

test('while a value is computed its key is missing for others: https://github.com/baserow/baserow/issues/927', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const value = await cache.getOrSet('k', async () => {
    equal(await raw('EXISTS', 'k'), 0);
    equal(await makeCache().get('k'), null);
    return 'computed';
  });
  equal(value, 'computed');
});
