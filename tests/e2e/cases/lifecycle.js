/**
 * Views, signals, serializers, wrong arguments and the end.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { until } from '../../support/factory.js';

export const { cases, test } = collect('lifecycle');

test('with() changes settings for a view and shares the connection', async ({
  makeCache,
  fixtures,
  raw,
}) => {
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache({ ...proxy.options, keyPrefix: 'a:' }, proxy.url);
  const view = cache.with({ keyPrefix: 'b:', defaultTimeout: 0 });
  // Both keys are on one node of a cluster, where another one may have been asked first.
  await cache.set('{k}', 0);
  const { connections } = await fixtures.ask('counters', proxy.id);
  await Promise.all([cache.set('{k}', 1), view.set('{k}', 2)]);
  equal(await Promise.all([cache.get('{k}'), view.get('{k}')]), [1, 2]);
  equal(await raw('TTL', 'b:{k}'), -1);
  ok((await raw('TTL', 'a:{k}')) > 0);
  ok(view instanceof cache.constructor);
  equal((await fixtures.ask('counters', proxy.id)).connections, connections);
});

test('with() refuses what belongs to the connection', async ({ makeCache, library }) => {
  for (const options of [{ port: 1 }, { db: 1 }, { nonsense: 1 }]) {
    try {
      makeCache().with(options);
    } catch (error) {
      ok(error instanceof library.CacheError && error instanceof TypeError);
      continue;
    }
    throw new Error(`with(${JSON.stringify(options)}) was accepted`);
  }
});

test('with() takes an inherited option away where it is null', async ({
  makeCache,
  raw,
  reported,
}) => {
  const signal = AbortSignal.abort();
  const cache = makeCache({ signal, serializer: 'json', context: {} });
  const view = cache.with({ signal: null, serializer: null, context: null });
  equal(await view.set('k', 'text'), true);
  equal((await raw('GET', 'k'))[0], '!'.charCodeAt(0));
  await raw('SET', 'broken', '!');
  equal(await view.get('broken'), null);
  equal(reported.length, 1);
  const { warn } = console;
  try {
    const warnings = /** @type {string[]} */ ([]);
    console.warn = (text) => void warnings.push(text);
    equal(await view.with({ onError: null }).get('broken'), null);
    equal([reported.length, warnings.length], [1, 1]);
  } finally {
    console.warn = warn;
  }
});

test('a signal that is aborted already: nothing is sent', async ({ makeCache, raw, library }) => {
  const cache = makeCache().with({ signal: AbortSignal.abort(new Error('gone')) });
  await rejects(cache.set('k', 1), (error) => {
    ok(error instanceof library.AbortError && error instanceof library.CacheError, String(error));
    equal(error.code, 'ABORTED');
    equal(error.cause?.message, 'gone');
  });
  equal(await raw('DBSIZE'), 0);
});

test('a signal ends the calls that wait, and only those', async ({ makeCache, fixtures, raw }) => {
  await raw('MSET', 'a', '1', 'b', '2');
  const proxy = await fixtures.ask('proxy', 'open', { delay: 300 });
  const cache = makeCache(proxy.options, proxy.url);
  await cache.get('warm');
  const controller = new AbortController();
  const view = cache.with({ signal: controller.signal });
  const start = Date.now();
  const waiting = [view.get('a'), cache.get('b'), view.get('a'), cache.get('a')];
  setTimeout(() => controller.abort(), 20);
  const settled = await Promise.allSettled(waiting);
  equal(
    settled.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  );
  equal(
    [settled[1], settled[3]].map((item) => /** @type {any} */ (item).value),
    [2, 1],
  );
  ok(Date.now() - start < 2500);
  equal(await cache.get('b'), 2);
});

test('a signal of the whole cache', async ({ makeCache, fixtures }) => {
  const faulty = await fixtures.ask('faulty', 'silent');
  const controller = new AbortController();
  const cache = makeCache({ signal: controller.signal }, faulty.url);
  setTimeout(() => controller.abort(), 30);
  const start = Date.now();
  await rejects(cache.get('k'), (error) => equal(error.code, 'ABORTED'));
  await rejects(cache.getMany('a', 'b'), (error) => equal(error.code, 'ABORTED'));
  await rejects(cache.setMany({ a: 1 }), (error) => equal(error.code, 'ABORTED'));
  ok(Date.now() - start < 2500, 'at once');
});

test('a signal that is aborted meanwhile: writes of many keys reject too', async ({
  makeCache,
  fixtures,
}) => {
  const faulty = await fixtures.ask('faulty', 'silent');
  const controller = new AbortController();
  const cache = makeCache({ signal: controller.signal }, faulty.url);
  const calls = [cache.setMany({ a: 1, b: 2 }), cache.deleteMany('a', 'b')];
  setTimeout(() => controller.abort(), 30);
  for (const call of calls) await rejects(call, (error) => equal(error.code, 'ABORTED'));
});

test('close() waits for the calls that were made, and closes the connection', async ({
  makeCache,
  fixtures,
  raw,
}) => {
  const proxy = await fixtures.ask('proxy', 'open', { delay: 20 });
  const cache = makeCache(proxy.options, proxy.url);
  const stored = cache.set('k', 1);
  const closing = cache.close();
  equal(await stored, true);
  await closing;
  await cache.close();
  equal(await raw('EXISTS', 'k'), 1);
  await until(async () => (await fixtures.ask('openConnections', proxy.id)) === 0);
});

test('a cache that was never used closes at once', async ({ makeCache, refusedUrl, codes }) => {
  await makeCache({}, refusedUrl).close();
  equal(codes(), []);
});

test('await using', async ({ makeCache, fixtures }) => {
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache(proxy.options, proxy.url);
  await cache.set('k', 1);
  await cache[Symbol.asyncDispose]();
  await until(async () => (await fixtures.ask('openConnections', proxy.id)) === 0);
});

test("serializer 'json' stores JSON text", async ({ makeCache, raw }) => {
  const cache = makeCache({ serializer: 'json' });
  const value = { a: 1, b: [1.5, null, 'ü'], c: true };
  equal(await cache.set('k', value), true);
  equal(JSON.parse(new TextDecoder().decode(await raw('GET', 'k'))), value);
  equal(await cache.get('k'), value);
  equal(await cache.getMany('k', 'missing'), [value, null]);
  await cache.setMany({ x: 'text', y: 42 });
  equal(await cache.getDict('x', 'y'), { x: 'text', y: 42 });
});

test("serializer 'raw' stores bytes as they are", async ({ makeCache, stored }) => {
  const cache = makeCache({ serializer: 'raw' });
  const bytes = Uint8Array.from([0, 33, 255, 128]);
  equal(await cache.set('k', bytes), true);
  equal(await stored('k'), '0021ff80');
  equal(await cache.get('k'), bytes);
  equal(await cache.getMany('k', 'missing'), [bytes, null]);
  equal(await cache.get('missing'), null);
});

test('a custom serializer of an instance, a class, a view or a property', async ({
  makeCache,
  library,
  raw,
  url,
}) => {
  const reversed = {
    dumps: (/** @type {string} */ value) => new TextEncoder().encode([...value].reverse().join('')),
    loads: (/** @type {Uint8Array} */ bytes) =>
      [...new TextDecoder().decode(bytes)].reverse().join(''),
  };
  class ReversedCache extends library.RedisCache {
    static serializer = reversed;
  }
  const caches = [
    makeCache({ serializer: reversed }),
    makeCache({}, url, ReversedCache),
    makeCache().with({ serializer: reversed }),
    Object.assign(makeCache(), { serializer: reversed }),
  ];
  for (const cache of caches) {
    equal(await cache.set('k', 'abc'), true);
    equal(await raw('GET', 'k'), new TextEncoder().encode('cba'));
    equal(await cache.get('k'), 'abc');
    equal(await cache.getMany('k', 'none'), ['abc', null]);
    await cache.delete('k');
    equal(await cache.add('k', 'def'), true);
    equal(await cache.getDict('k'), { k: 'def' });
  }
  equal(await makeCache().get('k'), new TextEncoder().encode('fed'));
});

test('a serializer whose loads() throws: unreadable', async ({ makeCache, raw, codes }) => {
  const serializer = {
    dumps: String,
    loads: (/** @type {Uint8Array} */ bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  };
  await raw('SET', 'k', '{broken');
  equal(await makeCache({ serializer }).get('k'), null);
  equal(codes(), ['UNREADABLE']);
});

test('a serializer whose dumps() throws or returns nonsense: rejected', async ({
  makeCache,
  raw,
  library,
}) => {
  const thrower = {
    dumps() {
      throw new Error('no');
    },
    loads: String,
  };
  for (const serializer of [thrower, { dumps: () => 5, loads: String }]) {
    const cache = makeCache({ serializer });
    await rejects(
      () => cache.set('k', 1),
      (error) => ok(error instanceof library.CacheError, String(error)),
    );
  }
  equal(await raw('DBSIZE'), 0);
});

/** @type {[string, any][]} */
const BAD_DELTAS = [
  ['a fraction', 1.5],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a string', '1'],
  ['beyond 64 bits', 2n ** 63n],
  ['an unsafe number', 2 ** 53],
  ['null', null],
];

for (const [name, delta] of BAD_DELTAS) {
  test(`a delta that is ${name} is refused`, async ({ makeCache, raw, library }) => {
    const cache = makeCache();
    await rejects(
      () => cache.inc('k', delta),
      (error) => {
        ok(error instanceof library.CacheError);
        ok(error instanceof TypeError || error instanceof RangeError);
      },
    );
    equal(await raw('DBSIZE'), 0);
  });
}

for (const [name, mapping] of /** @type {[string, any][]} */ ([
  ['null', null],
  ['a string', 'ab'],
  ['a number', 5],
  ['entries that are no pairs', [['a', 1, 2], ['b']]],
  ['a list of values', [1, 2]],
])) {
  test(`setMany refuses ${name}`, async ({ makeCache, raw, library }) => {
    await rejects(
      () => makeCache().setMany(mapping),
      (error) =>
        ok(error instanceof library.CacheError && error instanceof TypeError, String(error)),
    );
    equal(await raw('DBSIZE'), 0);
  });
}

test('one bad call among many of a tick leaves the others alone', async ({ makeCache }) => {
  const cache = makeCache();
  const settled = await Promise.allSettled([
    cache.set('a', 1),
    cache.set('b', () => 1),
    cache.set('c', 3),
    cache.get(undefined),
    cache.get('a'),
    cache.setMany({ d: 4, e: Symbol('e') }),
    cache.get('c'),
  ]);
  equal(
    settled.map((item) => (item.status === 'fulfilled' ? item.value : item.status)),
    [true, 'rejected', true, 'rejected', 1, 'rejected', 3],
  );
});
