/**
 * getOrSet with a stale value: who computes it anew, when, and what happens when that fails.
 */
import { equal } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { counting, until } from '../../support/factory.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet stale');

const fails = () => {
  throw new Error('the source is down');
};

// https://github.com/Julien-R44/bentocache/issues/103 and /115
test('a stale value is answered at once, and computed anew in the background', async ({
  makeCache,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const factory = counting(async () => {
    await pause(100);
    return 'new';
  });
  const options = { timeout: 60, grace: 30 };
  const answers = [1, 2, 3].map(() => cache.getOrSet('k', factory, options));
  equal(await Promise.all(answers), ['old', 'old', 'old']);
  equal(await makeCache().getOrSet('k', factory, options), 'old', 'no other waits for the lease');
  await until(async () => (await cache.get('k')) === 'new');
  equal(await cache.getOrSet('k', factory, options), 'new');
  equal(factory.runs, 1);
  equal(factory.contexts[0].stale, 'old');
  equal(factory.contexts[0].background, true);
});

test('with a soft timeout callers wait for a quick factory, and not for a slow one', async ({
  makeCache,
}) => {
  const cache = makeCache();
  const options = { timeout: 60, grace: 30, softTimeout: 0.5 };
  await cache.set('quick', 'old', 30);
  await cache.set('slow', 'old', 30);
  equal(await cache.getOrSet('quick', async () => 'new', options), 'new');
  const slow = async () => {
    await pause(1000);
    return 'new';
  };
  equal(await cache.getOrSet('slow', slow, options), 'old');
  await until(async () => (await cache.get('slow')) === 'new');
});

test('a value may be computed early, in the background', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  await cache.getOrSet('k', factory, { timeout: 60, early: 1e-9 });
  equal(await cache.getOrSet('k', factory, { timeout: 60, early: 1e-9 }), 1);
  equal(factory.runs, 1);
  // As if it took weeks: by chance it is hardly ever not yet time.
  equal(await cache.getOrSet('k', factory, { timeout: 60, early: 1e7, softTimeout: 5 }), 1);
  await until(async () => (await cache.get('k')) === 2);
});

test('a fresh value can be computed in any case', async ({ makeCache }) => {
  const cache = makeCache();
  const other = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 60, fresh: true };
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(await cache.getOrSet('k', factory, options), 2);
  equal(factory.contexts[1].stale, 1);
  const slow = other.getOrSet(
    'k',
    async () => {
      await pause(300);
      return 'begun before';
    },
    options,
  );
  await pause(100);
  equal(await cache.getOrSet('k', factory, options), 3, 'it does not wait for the other');
  equal(await slow, 'begun before');
  equal(await cache.get('k'), 3);
});

test('expire makes a value stale, delete makes it gone', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 60, grace: 30 };
  await cache.getOrSet('k', factory, options);
  await cache.expire('k', 30);
  equal(await cache.getOrSet('k', factory, options), 1);
  await until(async () => (await cache.get('k')) === 2);
  await cache.delete('k');
  equal(await cache.getOrSet('k', factory, options), 3);
});

test('a grace that is longer than the timeout', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 1, grace: 60 };
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(factory.runs, 1);
});

test('with a stale value a failing factory is reported, and not tried again for a while', async ({
  makeCache,
  reported,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const factory = counting(fails);
  const options = { timeout: 60, grace: 30, softTimeout: 1, retryAfter: 0.5 };
  equal(await cache.getOrSet('k', factory, options), 'old');
  equal(await makeCache().getOrSet('k', factory, options), 'old');
  equal(factory.runs, 1);
  equal(
    reported.map(({ error, operation, key }) => [error.message, operation, key]),
    [['the source is down', 'getOrSet', 'k']],
  );
  await pause(600);
  equal(await cache.getOrSet('k', () => 'new', options), 'new');
});

// https://github.com/jaredwray/cacheable/pull/637
test('a factory that fails in the background is reported, and harms nothing', async ({
  makeCache,
  reported,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const failing = async () => {
    await pause(20);
    fails();
  };
  equal(await cache.getOrSet('k', failing, { grace: 30 }), 'old');
  await until(() => reported.length > 0);
  equal(reported[0].error.message, 'the source is down');
  equal(await cache.get('k'), 'old');
});
