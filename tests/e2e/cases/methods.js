/**
 * Every method: what it sends and what it answers (`get_many` and the like are the same functions).
 */
import { equal, ok } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('methods');

test('get answers null for a missing key', async ({ makeCache }) => {
  equal(await makeCache().get('missing'), null);
});

test('set answers true, and get finds the value', async ({ makeCache }) => {
  const cache = makeCache();
  equal(await cache.set('k', 'value'), true);
  equal(await cache.get('k'), 'value');
});

test('set replaces a value, also one of another type', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await raw('LPUSH', 'k', 'item');
  equal(await cache.set('k', 1), true);
  equal(await cache.set('k', 2), true);
  equal(await cache.get('k'), 2);
});

test('get answers null for a stored null', async ({ makeCache }) => {
  const cache = makeCache();
  equal(await cache.set('k', null), true);
  equal(await cache.get('k'), null);
  equal(await cache.has('k'), true);
});

test('getMany keeps order and duplicates, with null for what is missing', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.setMany({ a: 1, b: 'two' });
  equal(await cache.getMany('a', 'b', 'zz', 'a'), [1, 'two', null, 1]);
  equal(await cache.getMany(['b', 'a']), ['two', 1]);
});

test('getMany answers null for a key of another type', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  await raw('LPUSH', 'list', 'item');
  await cache.set('a', 1);
  equal(await cache.getMany('a', 'list'), [1, null]);
  equal(codes(), []);
});

test('getDict collapses duplicates and keeps missing keys', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('a', 1);
  equal(await cache.getDict('a', 'b', 'a'), { a: 1, b: null });
  equal(await cache.getDict(['a']), { a: 1 });
});

test('getDict has __proto__ as a key like any other', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('__proto__', 'mine');
  const found = await cache.getDict('__proto__', 'constructor');
  equal(Object.keys(found).sort(), ['__proto__', 'constructor']);
  equal(Object.getOwnPropertyDescriptor(found, '__proto__')?.value, 'mine');
});

test('add stores a new key and leaves an existing one', async ({ makeCache, raw }) => {
  const cache = makeCache();
  equal(await cache.add('k', 'first', 100), true);
  equal(await cache.add('k', 'second', 100), false);
  equal(await cache.get('k'), 'first');
  const left = await raw('PTTL', 'k');
  ok(left > 99_000 && left <= 100_000, `PTTL ${left}`);
});

test('setMany takes an object, a Map or entries and answers its keys in order', async ({
  makeCache,
}) => {
  const cache = makeCache();
  equal(await cache.setMany({ b: 1, a: 2 }), ['b', 'a']);
  equal(
    await cache.setMany(
      new Map([
        ['m', 3],
        ['l', 4],
      ]),
    ),
    ['m', 'l'],
  );
  equal(await cache.setMany([['z', 5]]), ['z']);
  equal(await cache.getMany('a', 'b', 'l', 'm', 'z'), [2, 1, 4, 3, 5]);
});

test('delete answers whether the key was there', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 1);
  equal(await cache.delete('k'), true);
  equal(await cache.delete('k'), false);
  equal(await cache.get('k'), null);
});

test('deleteMany answers every key that is absent afterwards', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.setMany({ a: 1, b: 2 });
  equal(await cache.deleteMany('b', 'x', 'b'), ['b', 'x', 'b']);
  equal(await cache.deleteMany(['a']), ['a']);
  equal(await cache.getMany('a', 'b'), [null, null]);
});

test('has answers whether a key exists', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 0);
  equal(await cache.has('k'), true);
  equal(await cache.has('unknown'), false);
});

test('inc and dec count, by 1 or by a delta, from nothing too', async ({ makeCache, raw }) => {
  const cache = makeCache();
  equal(await cache.inc('k'), 1);
  equal(await cache.inc('k', 41), 42);
  equal(await cache.dec('k'), 41);
  equal(await cache.dec('k', 50), -9);
  equal(await cache.dec('other', 5), -5);
  equal(await cache.get('k'), -9);
  equal(await raw('TTL', 'k'), -1);
});

test('inc counts on from a value that was set, and keeps its TTL', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await cache.set('k', 10, 100);
  equal(await cache.inc('k', 5), 15);
  equal(await cache.dec('k', 3), 12);
  ok((await raw('TTL', 'k')) > 90);
});

test('inc answers a bigint beyond the safe integers', async ({ makeCache }) => {
  const cache = makeCache();
  equal(await cache.inc('k', 9007199254740991n), 9007199254740991);
  equal(await cache.inc('k'), 9007199254740992n);
  equal(await cache.inc('k', 2n ** 62n), 2n ** 62n + 2n ** 53n);
  equal(await cache.get('k'), 2n ** 62n + 2n ** 53n);
  equal(await cache.dec('low', 2n ** 63n - 1n), -(2n ** 63n) + 1n);
});

test('clear without a prefix empties the database, and no other', async ({
  makeCache,
  raw,
  url,
}) => {
  const [cache, other] = [makeCache(), makeCache({ db: 3 }, url)];
  await cache.setMany({ a: 1, b: 2 });
  await other.set('kept', 1);
  equal(await cache.clear(), true);
  equal(await raw('DBSIZE'), 0);
  equal(await other.get('kept'), 1);
  equal(await cache.clear(), true);
});

test('calls without keys resolve at once and need no server', async ({
  makeCache,
  refusedUrl,
  codes,
}) => {
  const cache = makeCache({ throwOnError: true }, refusedUrl);
  equal(await cache.getMany(), []);
  equal(await cache.getMany([]), []);
  equal(await cache.getDict(), {});
  equal(await cache.setMany({}), []);
  equal(await cache.setMany(new Map()), []);
  equal(await cache.deleteMany(), []);
  equal(codes(), []);
});

test("cachelib's own names are aliases", async ({ makeCache }) => {
  const cache = makeCache();
  equal(await cache.set_many({ a: 1, b: 2 }), ['a', 'b']);
  equal(await cache.get_many('a', 'b'), [1, 2]);
  equal(await cache.get_dict('a'), { a: 1 });
  equal(await cache.delete_many('a', 'b'), ['a', 'b']);
  equal(await cache.get_many('a', 'b'), [null, null]);
});
