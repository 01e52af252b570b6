/**
 * getOrSet's leases: what they are when others write, delete, or hold something else there.
 */
import { equal, ok } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { counting } from '../../support/factory.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet leases');

test('what somebody else has stored is reported and never overwritten', async ({
  makeCache,
  raw,
  codes,
  stored,
}) => {
  const cache = makeCache();
  await raw('SET', 'k', '!\x80\x05garbage');
  await raw('LPUSH', 'list', 'item');
  const before = await stored('k');
  for (const options of [60, { timeout: 60, grace: 30 }, { timeout: 60, fresh: true }]) {
    equal(await cache.getOrSet('k', () => 'mine', options), 'mine');
    equal(await cache.getOrSet('list', () => 'mine', options), 'mine');
  }
  equal(await stored('k'), before);
  equal(await raw('TYPE', 'list'), 'list');
  equal(codes().filter((code) => code === 'UNREADABLE').length, 3);
  equal(codes().filter((code) => code === 'WRONGTYPE').length, 3);
  equal(await raw('DBSIZE'), 2);
});

test('a lock key that holds something else is left alone', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await raw('SET', '{a}~lock', 'mine');
  await raw('LPUSH', '{b}~lock', 'mine');
  await raw('SET', '{c}~lock', '1700000000123456');
  for (const key of ['{a}', '{b}', '{c}']) {
    equal(await cache.getOrSet(key, () => 1, 60), 1);
    equal(await cache.get(key), 1);
    equal(await raw('EXISTS', `${key}~lock`), 1);
  }
  equal(await cache.getOrSet('c~lock', () => 1, 60), 1);
  equal(await cache.getOrSet('c~lock', () => 2, 60), 1);
});

// https://github.com/redis/redis-py/issues/623
test('a lease whose holder has died lapses, and one that was lost stores nothing', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  await raw('SET', '{k}~lock', 't123456789abcdef', 'PX', '300');
  const before = Date.now();
  equal(await cache.getOrSet('{k}', () => 'second', 60), 'second');
  ok(Date.now() - before < 2000);
  const value = await cache.getOrSet('{l}', async () => {
    await raw('SET', '{l}~lock', 'tedcba9876543210', 'PX', '300');
    return 'lost';
  });
  equal(value, 'lost', 'its caller gets it all the same');
  equal(await cache.get('{l}'), null);
});

// https://github.com/ZiggyCreatures/FusionCache/issues/535
test('a deletion or another value in the middle wins over what was computed', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const other = makeCache();
  for (const action of [
    () => other.delete('k'),
    () => other.deleteMany('k'),
    () => cache.delete('k'),
  ]) {
    for (const isStale of [false, true]) {
      if (isStale) await cache.set('k', 'stale', 20);
      const options = { timeout: 60, grace: 20, softTimeout: 5 };
      const factory = async () => {
        await action();
        return 'old';
      };
      equal(await cache.getOrSet('k', factory, options), 'old');
      equal(await raw('DBSIZE'), 0);
    }
  }
  const overwritten = async () => {
    await raw('SET', 'k', '42', 'PX', '300000');
    return 'old';
  };
  equal(await cache.getOrSet('k', overwritten, 60), 'old');
  equal(await cache.get('k'), 42);
});

test('whoever deletes or writes without leases while a value is refreshed wins too', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const options = { timeout: 60, grace: 20, softTimeout: 5 };
  const refresh = async (/** @type {() => Promise<unknown>} */ action) => {
    await cache.set('k', 'stale', 15);
    const factory = () => action().then(() => 'old');
    equal(await cache.getOrSet('k', factory, options), 'old');
    const found = await cache.get('k');
    await cache.delete('k');
    return found;
  };
  equal(await refresh(() => raw('DEL', 'k')), null, 'deleted');
  equal(await refresh(() => raw('SET', 'k', '1', 'PX', '9000')), 1, 'of a shorter life');
  equal(await refresh(() => raw('SET', 'k', '2')), 2, 'for ever');
  equal(await refresh(() => raw('PEXPIRE', 'k', '9000')), 'stale', 'of another life');
  equal(await refresh(() => pause(30)), 'old', 'nobody');
});

test('what is written while a value is refreshed and expires with it wins too', async ({
  makeCache,
  raw,
}) => {
  const [cache, other] = [makeCache(), makeCache()];
  const options = { grace: 20, softTimeout: 5 };
  /** @type {[number, object, () => Promise<unknown>, number][]} */
  const writes = [
    [15, { ...options, timeout: 60 }, () => other.inc('k', 5), 6],
    [15, { ...options, timeout: 60 }, () => raw('SET', 'k', '7', 'KEEPTTL'), 7],
    [0, { timeout: 0, fresh: true }, () => other.set('k', 8, 0), 8],
    [0, { timeout: 0, fresh: true }, () => raw('SET', 'k', '9'), 9],
  ];
  for (const [life, terms, write, written] of writes) {
    await cache.set('k', 1, life);
    equal(await cache.getOrSet('k', () => write().then(() => 'old'), terms), 'old');
    equal(await cache.get('k'), written);
    equal(await cache.getOrSet('k', () => 'new', { ...terms, fresh: true }), 'new');
    equal(await cache.get('k'), 'new');
  }
});

test('after a failure whoever finds no value takes the lease', async ({ makeCache, raw }) => {
  const caches = [makeCache(), makeCache(), makeCache()];
  const [cache, other] = caches;
  const fails = () => Promise.reject(new Error('the source is down'));
  const options = { timeout: 60, grace: 20, softTimeout: 5 };
  await cache.set('{k}', 'old', 15);
  equal(await cache.getOrSet('{k}', fails, options), 'old');
  equal((await raw('GET', '{k}~lock')).length, 0);
  await raw('DEL', '{k}');
  const factory = counting((run) => pause(150).then(() => run));
  const all = caches.map((each) => each.getOrSet('{k}', factory, options));
  equal(await Promise.all(all), [1, 1, 1]);

  await raw('SET', '{l}~lock', '', 'PX', '9000');
  const cancelled = () => other.delete('{l}').then(() => 'old');
  equal(await cache.getOrSet('{l}', cancelled, options), 'old');
  equal(await cache.get('{l}'), null, 'the deletion has cancelled it');
});

test('a value that expires while it is refreshed is replaced', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 'stale', 0.2);
  const factory = () => pause(400).then(() => 'new');
  equal(await cache.getOrSet('k', factory, { timeout: 60, grace: 20, softTimeout: 5 }), 'new');
  equal(await cache.get('k'), 'new');
});

test('pop and expire cancel what is being computed', async ({ makeCache, raw }) => {
  const [cache, other] = [makeCache(), makeCache()];
  const options = { timeout: 60, grace: 20, softTimeout: 5 };
  for (const cancel of [() => other.pop('k'), () => other.expire('k', 15)]) {
    await cache.set('k', 'stale', 15);
    equal(await cache.getOrSet('k', () => cancel().then(() => 'old'), options), 'old');
    ok((await cache.get('k')) !== 'old');
    equal(await raw('KEYS', '*~lock*'), []);
    equal(await cache.getOrSet('k', () => 'new', { ...options, grace: 60 }), 'new');
    await cache.delete('k');
  }
  const first = cache.getOrSet('k', () => cancelled(), options);
  const cancelled = () => other.pop('k').then(() => 'old');
  equal(await first, 'old');
  equal(await cache.get('k'), null, 'a first run');
});
