/**
 * getOrSet: what is computed and stored, and how often.
 */
import { equal, ok } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { counting } from '../../support/factory.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet');

test('a missing value is computed and stored, a stored one is not computed', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ keyPrefix: '{p}:' });
  const factory = counting((run) => ({ run }));
  equal(await cache.getOrSet('k', factory, 60), { run: 1 });
  equal(await cache.get_or_set('k', factory, 60), { run: 1 });
  equal(await cache.get('k'), { run: 1 });
  const left = await raw('PTTL', '{p}:k');
  ok(left > 58_000 && left <= 60_000, `${left} ms`);
  equal(await raw('EXISTS', '{p}:k~lock'), 0);
  equal(factory.contexts[0].stale, null);
  equal(factory.contexts[0].background, false);
});

test('a value is stored as set stores it, and the key lives for timeout and grace', async ({
  makeCache,
  raw,
  stored,
}) => {
  const cache = makeCache();
  await cache.set('plain', { a: [1, 'two'] });
  await cache.getOrSet('k', () => ({ a: [1, 'two'] }), { timeout: 10, grace: 20 });
  equal(await stored('k'), await stored('plain'));
  const left = await raw('PTTL', 'k');
  ok(left > 28_000 && left <= 30_000, `${left} ms`);
});

test('the timeout: default, function, never', async ({ makeCache }) => {
  const cache = makeCache({ defaultTimeout: 77 });
  const isAbout = async (/** @type {string} */ key, /** @type {number} */ seconds) => {
    const ttl = await cache.ttl(key);
    ok(ttl > seconds - 2 && ttl <= seconds, `${key} lives for ${ttl} s`);
  };
  await cache.getOrSet('a', () => 1);
  await isAbout('a', 77);
  await cache.getOrSet('b', () => 1, null);
  await isAbout('b', 77);
  await cache.getOrSet('c', () => 40, {
    timeout: (/** @type {number} */ value) => value,
    grace: 5,
  });
  await isAbout('c', 45);
  await cache.getOrSet('d', () => 1, { timeout: () => undefined });
  await isAbout('d', 77);
  for (const never of [0, -1, Infinity]) {
    await cache.getOrSet(`never ${never}`, () => 1, { timeout: never, grace: 5 });
    equal(await cache.ttl(`never ${never}`), Infinity);
  }
});

test('a stored None is a hit, undefined is not stored', async ({ makeCache }) => {
  const cache = makeCache();
  const none = counting(() => null);
  equal(await cache.getOrSet('none', none), null);
  equal(await cache.getOrSet('none', none), null);
  equal(await cache.getOrSet('none', none, { grace: 10 }), null);
  equal(none.runs, 1);
  const nothing = counting(() => undefined);
  equal(await cache.getOrSet('nothing', nothing), null);
  equal(await cache.getOrSet('nothing', nothing), null);
  equal(nothing.runs, 2);
  equal(await cache.has('nothing'), false);
  equal(await cache.has('nothing~lock'), false);
});

test('a thousand callers of a missing key run the factory once', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting(async (run) => {
    await pause(50);
    return run;
  });
  const values = await Promise.all(
    Array.from({ length: 1000 }, () => cache.getOrSet('k', factory, 60)),
  );
  ok(values.every((value) => value === 1));
  equal(factory.runs, 1);
});

// https://github.com/laravel/framework/pull/60920
test('callers of several caches run it once, as processes do', async ({ makeCache }) => {
  const caches = [makeCache(), makeCache(), makeCache()];
  const factory = counting(async (run) => {
    await pause(300);
    return run;
  });
  const values = await Promise.all(caches.map((cache) => cache.getOrSet('k', factory, 60)));
  equal(values, [1, 1, 1]);
  equal(factory.runs, 1);
});

test('without a lock each cache computes by itself', async ({ makeCache }) => {
  const factory = counting(async (run) => {
    await pause(100);
    return run;
  });
  const options = { timeout: 60, lock: false };
  await Promise.all([makeCache(), makeCache()].map((each) => each.getOrSet('k', factory, options)));
  equal(factory.runs, 2);
});

test('each serializer has its own run', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting(() => new Uint8Array([1, 2]));
  const [bytes, other] = await Promise.all([
    cache.with({ serializer: 'raw' }).getOrSet('k', factory, { lock: false }),
    cache.getOrSet('k', factory, { lock: false }),
  ]);
  equal([...bytes], [1, 2]);
  equal([...other], [1, 2]);
  equal(factory.runs, 2);
});

test('a key prefix that is a function is asked once', async ({ makeCache, raw }) => {
  let asked = 0;
  const cache = makeCache({ keyPrefix: () => `p${asked++}:` });
  await cache.getOrSet('k', () => 1, 60);
  equal(asked, 1);
  equal(await raw('EXISTS', 'p0:k'), 1);
});
