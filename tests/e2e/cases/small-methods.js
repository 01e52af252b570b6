/**
 * The methods that cachelib has not: lives of keys, counters that expire, keys, locks.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('small methods');

const anyError = (/** @type {unknown} */ error) => ok(error instanceof Error);

/** @param {number | null} ttl @param {number} most */
function lives(ttl, most) {
  ok(ttl !== null && ttl > most - 2 && ttl <= most, `it lives for ${ttl} s`);
}

test('touch sets how long a key lives', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await cache.set('k', 1, 10);
  equal(await cache.touch('k', 60), true);
  lives(await cache.ttl('k'), 60);
  equal(await cache.touch('k', 0.5), true);
  lives(await cache.ttl('k'), 0.5);
  equal(await cache.touch('k'), true);
  lives(await cache.ttl('k'), 300);
  for (const never of [0, -1, Infinity]) {
    await cache.touch('k', 60);
    equal(await cache.touch('k', never), true);
    equal(await raw('PTTL', 'k'), -1);
    equal(await cache.touch('k', never), true);
  }
  equal(await cache.touch('missing', 60), false);
  equal(await cache.touch('missing', 0), false);
});

test('ttl answers seconds, Infinity for never and null when missing', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 1, 100);
  lives(await cache.ttl('k'), 100);
  await cache.set('k', 1, 0);
  equal(await cache.ttl('k'), Infinity);
  equal(await cache.ttl('missing'), null);
});

test('getWithTtl answers the value and its life, in one round trip', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await cache.set('k', { a: [1] }, 100);
  const found = await cache.getWithTtl('k');
  equal(found.value, { a: [1] });
  lives(found.ttl, 100);
  await cache.set('k', null, 0);
  equal(await cache.get_with_ttl('k'), { value: null, ttl: Infinity });
  await cache.set('k', null, 20);
  equal((await cache.getWithTtl('k')).value, null);
  await raw('PEXPIRE', 'k', 5_000_000_000_000);
  lives((await cache.getWithTtl('k')).ttl, 5_000_000_000);
  equal(await cache.getWithTtl('missing'), null);
});

test('getWithTtl answers null when the backend fails', async ({ makeCache, refusedUrl }) => {
  equal(await makeCache({}, refusedUrl).getWithTtl('k'), null);
});

test('a lock is released by whoever has given up by a signal', async ({ makeCache, raw }) => {
  const controller = new AbortController();
  const cache = makeCache().with({ signal: controller.signal });
  const lock = await cache.lock('{k}', { timeout: 30 });
  controller.abort();
  equal(await lock.release(), true);
  equal(await raw('EXISTS', '{k}~lock'), 0);
});

test('errors name the key, whatever else the method is told', async ({
  makeCache,
  refusedUrl,
  reported,
}) => {
  const cache = makeCache({}, refusedUrl);
  await cache.set('a', 1, 60, { tags: ['t'] });
  await cache.lock('b');
  equal(
    reported.map(({ key }) => key),
    ['a', 'b'],
  );
});

test('pop answers the value once', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 'once');
  equal(await Promise.all([cache.pop('k'), cache.pop('k')]), ['once', null]);
  equal(await cache.has('k'), false);
});

test('expire shortens the life of a key, and never lengthens it', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 1, 100);
  equal(await cache.expire('k', 10), true);
  lives(await cache.ttl('k'), 10);
  equal(await cache.expire('k', 50), true);
  lives(await cache.ttl('k'), 10);
  await cache.set('k', 1, 0);
  equal(await cache.expire('k', 10), true);
  lives(await cache.ttl('k'), 10);
  equal(await cache.expire('k'), true);
  equal(await cache.get('k'), null);
  equal(await cache.expire('k', 10), false);
});

test('expire takes a grace with an end', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await cache.set('k', 1, 100);
  for (const grace of [-1, Infinity, -5, NaN, '5', null]) {
    await rejects(cache.expire('k', grace), ({ code }) => equal(code, 'INVALID_TIMEOUT'));
  }
  equal(await raw('EXISTS', 'k'), 1);
});

test('a counter gets its expiry when it is new, and keeps it', async ({ makeCache, raw }) => {
  const cache = makeCache();
  equal(await cache.inc('n', 2, 100), 2);
  lives(await cache.ttl('n'), 100);
  await raw('PEXPIRE', 'n', 50_000);
  equal(await cache.inc('n', 1, 100), 3);
  lives(await cache.ttl('n'), 50);
  equal(await cache.dec('n', 5, 100), -2);
  equal(await cache.dec('m', 5, 100), -5);
  lives(await cache.ttl('m'), 100);
  await cache.set('forever', 1, 0);
  equal(await cache.inc('forever', 1, 100), 2);
  equal(await cache.ttl('forever'), Infinity);
  equal(await cache.inc('new', 1, 0), 1);
  equal(await cache.ttl('new'), Infinity);
  await cache.set('big', 2n ** 62n);
  equal(await cache.inc('big', 1, 100), 2n ** 62n + 1n);
});

test('what cannot count is an error of the counter, expiring or not', async ({
  makeCache,
  codes,
}) => {
  const cache = makeCache();
  await cache.set('text', 'abc');
  equal(await cache.inc('text', 1, 100), null);
  equal(codes(), ['NOT_AN_INTEGER']);
  for (const timeout of [-5, NaN, '60']) {
    await rejects(() => cache.inc('n', 1, timeout), anyError);
    await rejects(() => cache.touch('n', timeout), anyError);
  }
  equal(await cache.has('n'), false);
});

test('keys lists those with the prefix, without it', async ({ makeCache, raw }) => {
  const cache = makeCache({ keyPrefix: 'p[*]:' });
  const names = Array.from({ length: 3000 }, (_, index) => `k${index}`);
  await cache.setMany(Object.fromEntries(names.map((name) => [name, 1])));
  await raw('SET', 'other', 'x');
  await raw('SET', 'p[*]:k0~lock', 'x');
  await raw('SET', 'p[*]:k1~lock{p[*]:k1}', 'x');
  const found = new Set();
  for await (const key of cache.keys()) found.add(key);
  equal([...found].sort(), names.sort());
});

test('keys that end as those of locks and tags are not listed, and a lock is deleted with its key', async ({
  makeCache,
}) => {
  const cache = makeCache();
  await cache.setMany({ '{door}': 1, '{door}~lock': 2, '{door}~tag': 3 });
  const listed = [];
  for await (const key of cache.keys()) listed.push(key);
  equal(listed, ['{door}']);
  equal(await cache.getMany('{door}~lock', '{door}~tag'), [2, 3]);
  equal(await cache.delete('{door}'), true);
  equal(await cache.getMany('{door}~lock', '{door}~tag'), [null, 3]);
});

test('keys may begin with any character', async ({ makeCache }) => {
  const cache = makeCache({ keyPrefix: 'p:' });
  await cache.set('k', 1);
  const views = [cache, cache.with({ keyPrefix: '\ufeff:' })];
  await views[1].set('k', 1);
  for (const view of views) for await (const key of view.keys()) equal(key, 'k');
  const all = [];
  for await (const key of cache.with({ keyPrefix: '' }).keys()) all.push(key);
  equal(all.sort(), ['p:k', '\ufeff:k']);
});

test('keys of nothing, and a loop that is left', async ({ makeCache }) => {
  const cache = makeCache({ keyPrefix: 'q:' });
  for await (const key of cache.keys()) throw new Error(`there is ${key}`);
  await cache.setMany({ a: 1, b: 2 });
  for await (const key of cache.keys()) {
    ok(key === 'a' || key === 'b');
    break;
  }
  equal(await cache.with({ keyPrefix: 'q:' }).clear(), true);
  for await (const key of cache.keys()) throw new Error(`there is ${key}`);
});

test('keys of a backend that fails are none, or reject', async ({
  makeCache,
  refusedUrl,
  codes,
}) => {
  for await (const key of makeCache({}, refusedUrl).keys()) throw new Error(`there is ${key}`);
  equal(codes().length, 1);
  const strict = makeCache({ throwOnError: true }, refusedUrl);
  await rejects(() => strict.keys().next(), anyError);
});

test('a lock keeps others out until it is released', async ({ makeCache, raw }) => {
  const cache = makeCache({ keyPrefix: '{p}:' });
  const lock = await cache.lock('job', { timeout: 30 });
  ok(lock !== null);
  const left = await raw('PTTL', '{p}:job~lock');
  ok(left > 28_000 && left <= 30_000, `${left} ms`);
  equal(await cache.lock('job'), null);
  equal(await lock.release(), true);
  equal(await lock.release(), false);
  const again = await cache.lock('job');
  equal(await again.release(), true);
  equal(await raw('EXISTS', '{p}:job~lock'), 0);
});

test('a lock is waited for, and released by itself', async ({ makeCache }) => {
  const cache = makeCache();
  ok((await cache.lock('job', { timeout: 0.4 })) !== null);
  equal(await cache.lock('job', { wait: 0.1 }), null);
  const second = await cache.lock('job', { wait: 5 });
  ok(second !== null);
  setTimeout(() => void second.release(), 100);
  const third = await cache.lock('job', { wait: 5 });
  ok(third !== null);
  await third[Symbol.asyncDispose]();
});

test('a lock that expired is not released for its next holder', async ({ makeCache, raw }) => {
  const cache = makeCache();
  const first = await cache.lock('{job}', { timeout: 0.05 });
  await pause(100);
  const second = await cache.lock('{job}');
  equal(await first.release(), false);
  equal(await raw('EXISTS', '{job}~lock'), 1);
  equal(await second.release(), true);
});

test('a lock whose caller gives up while it is being taken is not kept', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  await cache.get('{job}');
  const controller = new AbortController();
  const taking = cache.with({ signal: controller.signal }).lock('{job}', { timeout: 30 });
  controller.abort();
  await rejects(taking, ({ name }) => equal(name, 'AbortError'));
  // Answered after what was sent before it.
  await cache.has('{job}');
  equal(await raw('EXISTS', '{job}~lock'), 0);
});

test('a lock that is had while the cache is closed releases no other', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const [first] = await Promise.all([cache.lock('{p}:a', { timeout: 30 }), cache.close()]);
  const second = await cache.lock('{p}:b', { timeout: 30 });
  equal(await first.release(), false);
  equal(await raw('EXISTS', '{p}:b~lock'), 1);
  equal(await second.release(), true);
});

test('a lock is null when the backend fails, or rejects', async ({
  makeCache,
  refusedUrl,
  codes,
}) => {
  equal(await makeCache({}, refusedUrl).lock('job'), null);
  equal(codes().length, 1);
  await rejects(() => makeCache({ throwOnError: true }, refusedUrl).lock('job'), anyError);
});

test('options of lock that are none', async ({ makeCache, library }) => {
  const cache = makeCache();
  for (const options of [{ timeout: 0 }, { timeout: '5' }, { wait: NaN }, { waits: 1 }, 5]) {
    await rejects(
      () => cache.lock('job', options),
      (error) => ok(error instanceof library.CacheError),
    );
  }
});
