/**
 * The near cache: what is answered from memory, for how long, and what evicts it.
 */
import { equal, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('near');

/** Longer than any case takes. */
const LONG = { timeout: 60 };

/**
 * How many round trips an action takes.
 *
 * @param {any} cache
 * @param {() => Promise<unknown>} action
 */
async function roundTrips(cache, action) {
  const before = cache.stats().roundTrips;
  await action();
  return cache.stats().roundTrips - before;
}

test('the second read takes no round trip, and is counted', async ({ makeCache }) => {
  const cache = makeCache({ near: LONG });
  await cache.set('k', { a: [1] });
  const { hits } = cache.stats();
  equal(await roundTrips(cache, () => cache.get('k')), 1);
  equal(await roundTrips(cache, () => cache.get('k')), 0);
  equal(await cache.get('k'), { a: [1] });
  equal(cache.stats().hits - hits, 3);
  equal(cache.stats().nearHits, 2);
});

test("without the option every read asks the server, and sees others' writes", async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  for (const value of [1, 2]) {
    await raw('SET', 'k', value);
    equal(await cache.get('k'), value);
  }
  equal(cache.stats().nearHits, 0);
});

test("others' writes and deletions are seen after the timeout", async ({ makeCache, raw }) => {
  const cache = makeCache({ near: { timeout: 0.3 } });
  await raw('SET', 'k', 1);
  equal(await cache.get('k'), 1);
  await raw('SET', 'k', 2);
  equal(await cache.get('k'), 1);
  await pause(320);
  equal(await cache.get('k'), 2);
  await raw('DEL', 'k');
  equal(await cache.get('k'), 2);
  await pause(320);
  equal(await cache.get('k'), null);
  equal(await cache.get('k'), null);
});

test('a value is not kept for longer than its key lives', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG });
  await raw('SET', 'k', 1, 'PX', 200);
  equal(await cache.get('k'), 1);
  equal(await cache.getMany('k'), [1]);
  await pause(220);
  equal(await cache.get('k'), null);
  equal(await cache.getMany('k'), [null]);
});

test('each hit makes a value of its own', async ({ makeCache }) => {
  for (const serializer of ['cachelib', 'django', 'json', 'raw']) {
    const cache = makeCache({ near: LONG, serializer, keyPrefix: serializer });
    await cache.set('k', serializer === 'raw' ? new Uint8Array([1, 2]) : [1, 2]);
    for (let reads = 0; reads < 3; reads++) {
      const value = await cache.get('k');
      equal([...value], [1, 2], serializer);
      value[0] = 9;
      const [other] = await cache.getMany('k');
      equal([...other], [1, 2], serializer);
      other[0] = 9;
    }
    equal(cache.stats().nearHits, 5);
  }
});

test('a missing key is not kept', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG });
  const read = () => Promise.all([cache.get('k'), cache.has('k'), cache.getDict('k')]);
  equal(await read(), [null, false, { k: null }]);
  await raw('SET', 'k', 1);
  equal(await read(), [1, true, { k: 1 }]);
});

test('None is kept', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG });
  await cache.set('k', null);
  equal(await cache.get('k'), null);
  await raw('DEL', 'k');
  equal([await cache.get('k'), await cache.has('k')], [null, true]);
  equal(await cache.getOrSet('k', () => 1), null);
});

/** @type {[string, (cache: any) => Promise<unknown>, unknown][]} */
const WRITES = [
  ['set', (cache) => cache.set('k', 2), 2],
  ['set with tags', (cache) => cache.set('k', 2, 60, { tags: ['t'] }), 2],
  ['setMany', (cache) => cache.setMany({ other: 1, k: 2 }), 2],
  ['setMany with tags', (cache) => cache.setMany({ k: 2 }, 60, { tags: ['t'] }), 2],
  ['delete', (cache) => cache.delete('k'), null],
  ['deleteMany', (cache) => cache.deleteMany('other', 'k'), null],
  ['clear', (cache) => cache.clear(), null],
  ['clear of a prefix', (cache) => cache.with({ keyPrefix: '{near}:k' }).clear(), null],
  ['inc', (cache) => cache.inc('k'), 2],
  ['inc with a timeout', (cache) => cache.inc('k', 1, 60), 2],
  ['dec', (cache) => cache.dec('k'), 0],
  ['dec with a timeout', (cache) => cache.dec('k', 1, 60), 0],
  ['pop', (cache) => cache.pop('k'), null],
  ['expire', (cache) => cache.expire('k'), null],
  ['touch', async (cache) => (await cache.touch('k', 0.001), pause(5)), null],
  ['getOrSet', (cache) => cache.getOrSet('k', () => 2, { fresh: true }), 2],
  [
    'getOrSet without a lock',
    (cache) => cache.getOrSet('k', () => 2, { fresh: true, lock: false }),
    2,
  ],
  ['deleteTag', (cache) => cache.deleteTag('tag'), null],
];

for (const [name, write, expected] of WRITES) {
  test(`${name} evicts, by whatever view`, async ({ makeCache }) => {
    const cache = makeCache({ near: LONG, keyPrefix: '{near}:' }); // one hash slot, for the tags
    for (const view of [cache, cache.with({ near: null, throwOnError: true })]) {
      await cache.set('k', 1, 60, { tags: ['tag'] });
      equal(await cache.get('k'), 1);
      equal(await roundTrips(cache, () => cache.get('k')), 0);
      // Neither what is read before it has an answer, nor after that.
      const written = write(view);
      if (!/clear|Tag|getOrSet|touch|expire/.test(name)) equal(await cache.get('k'), expected);
      await written;
      equal(await cache.get('k'), expected);
    }
  });
}

test('add evicts what has expired meanwhile', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG });
  await cache.set('k', 1);
  equal(await cache.get('k'), 1);
  await raw('DEL', 'k');
  equal(await cache.add('k', 2), true);
  equal(await cache.get('k'), 2);
});

test('expire with grace: getOrSet with that grace gets a stale value and computes it anew', async ({
  makeCache,
}) => {
  const cache = makeCache({ near: LONG });
  const options = { timeout: 60, grace: 30, softTimeout: 5 };
  equal(await cache.getOrSet('k', () => 1, options), 1);
  equal(await cache.getOrSet('k', () => 2, options), 1);
  await cache.expire('k', 20);
  equal(await cache.get('k'), 1);
  equal(await cache.getOrSet('k', () => 2, options), 2);
});

test('getOrSet takes from memory only what is fresh by its own grace', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ near: LONG });
  await raw('SET', 'k', 1, 'PX', 10_000);
  equal(await cache.get('k'), 1);
  equal(await roundTrips(cache, () => cache.getOrSet('k', () => 2, { timeout: 60, grace: 5 })), 0);
  /** @type {any} */
  let context;
  const factory = (/** @type {any} */ given) => ((context = given), 2);
  const options = { timeout: 60, grace: 30, softTimeout: 5 };
  equal(await cache.getOrSet('k', factory, options), 2);
  equal(context.stale, 1);
});

test('getOrSet from memory calls no factory', async ({ makeCache }) => {
  const cache = makeCache({ near: LONG });
  for (const options of [{ timeout: 60 }, { timeout: 60, grace: 30 }]) {
    const key = JSON.stringify(options);
    equal(await cache.getOrSet(key, () => [1], options), [1]);
    equal(await cache.getOrSet(key, () => [2], options), [1]);
    equal(await roundTrips(cache, () => cache.getOrSet(key, () => [3], options)), 0);
  }
});

test('a key that lives for longer than a number can say', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG });
  await raw('SET', 'k', 1, 'PX', '9007199254740999000');
  equal([await cache.getMany('k'), await cache.getMany('k'), await cache.get('k')], [[1], [1], 1]);
  equal(cache.stats().nearHits, 2);
});

test('getMany and getDict ask for what is missing, in one round trip', async ({ makeCache }) => {
  const cache = makeCache({ near: LONG });
  await cache.setMany({ a: 1, b: [2], c: 'three' });
  equal(await cache.getMany('b'), [[2]]);
  equal(
    await roundTrips(cache, async () => {
      equal(await cache.getMany('a', 'b', 'none', 'c', 'b'), [1, [2], null, 'three', [2]]);
    }),
    1,
  );
  equal(
    await roundTrips(cache, async () => {
      equal(await cache.getDict(['a', 'c']), { a: 1, c: 'three' });
      equal([await cache.get('a'), await cache.has('b')], [1, true]);
    }),
    0,
  );
  const { hits, misses, nearHits } = cache.stats();
  equal([hits, misses, nearHits], [8, 1, 6]);
});

test('what was used least recently makes room', async ({ makeCache }) => {
  // An entry takes 640 bytes, two for each character of its key, and its value.
  const cache = makeCache({ near: { timeout: 60, maxBytes: 3 * (640 + 2 + 1) } });
  await cache.setMany({ a: 1, b: 2, c: 3, d: 4 });
  for (const key of ['a', 'b', 'c', 'a', 'd']) await cache.get(key);
  const trips = (/** @type {string} */ key) => roundTrips(cache, () => cache.get(key));
  equal([await trips('a'), await trips('c'), await trips('d')], [0, 0, 0]);
  equal(await trips('b'), 1);
});

test('a value that is larger than maxBytes is not kept, and evicts nothing else', async ({
  makeCache,
}) => {
  const cache = makeCache({ near: { timeout: 60, maxBytes: 1000 } });
  await cache.setMany({ small: 1, large: 'x'.repeat(1000) });
  for (const expected of [
    [1, 1],
    [0, 1],
  ]) {
    const trips = ['small', 'large'].map((key) => () => roundTrips(cache, () => cache.get(key)));
    equal([await trips[0]?.(), await trips[1]?.()], expected);
  }
});

test('views: null takes it away, other serializers and timeouts share what is kept', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ near: LONG });
  await raw('SET', 'k', 1);
  equal(await cache.get('k'), 1);
  await raw('SET', 'k', 2);
  equal(await cache.with({ near: null }).get('k'), 2);
  equal(await cache.get('k'), 1);
  equal(await cache.with({ serializer: 'raw' }).get('k'), new Uint8Array([49]));
  equal(await cache.with({ serializer: 'json' }).get('k'), 1);
  await pause(30);
  equal(await cache.with({ near: { timeout: 0.02 } }).get('k'), 2);
  equal(await cache.get('k'), 2);
  const other = makeCache();
  equal(await other.with({ near: LONG }).get('k'), 2);
  equal(await roundTrips(other, () => other.with({ near: LONG }).get('k')), 0);
});

test('entries of other databases and prefixes are not mixed', async ({ makeCache }) => {
  const caches = [{ db: 0 }, { db: 1 }, { keyPrefix: 'p' }, { keyPrefix: () => 'q' }];
  const made = caches.map((options) => makeCache({ near: LONG, ...options }));
  for (const [index, cache] of made.entries()) await cache.set('k', index);
  for (let reads = 0; reads < 2; reads++) {
    for (const [index, cache] of made.entries()) equal(await cache.get('k'), index);
  }
});

test('a prefix is asked for once in each call', async ({ makeCache }) => {
  let calls = 0;
  const cache = makeCache({ near: LONG, keyPrefix: () => `${++calls}:` });
  /** @type {(() => Promise<unknown>)[]} */
  const actions = [
    () => cache.get('k'),
    () => cache.has('k'),
    () => cache.getMany('k', 'l'),
    () => cache.set('k', 1),
    () => cache.deleteMany('k', 'l'),
  ];
  for (const [index, action] of actions.entries()) {
    await action();
    equal(calls, index + 1, String(action));
  }
});

test('an unreadable value is told each time, and is a miss', async ({ makeCache, raw, codes }) => {
  const cache = makeCache({ near: LONG });
  await raw('SET', 'k', '!broken');
  for (let reads = 1; reads <= 2; reads++) {
    equal(await cache.get('k'), null);
    equal(codes().length, reads);
  }
  equal(await cache.getMany('k'), [null]);
  const { hits, misses, errors } = cache.stats();
  equal([hits, misses, errors], [0, 3, 3]);
  await rejects(cache.with({ throwOnError: true }).get('k'), ({ code }) =>
    equal(code, 'UNREADABLE'),
  );
});

test("a serializer of one's own gets bytes of its own, and may be asynchronous", async ({
  makeCache,
}) => {
  const serializer = {
    dumps: async (/** @type {number[]} */ value) => Uint8Array.from(value),
    loads: async (/** @type {Uint8Array} */ bytes) => [...bytes.fill(7, 0, 1)],
  };
  const cache = makeCache({ near: LONG, serializer });
  await cache.set('k', [1, 2]);
  for (let reads = 0; reads < 3; reads++) equal(await cache.get('k'), [7, 2]);
  equal(await cache.with({ serializer: 'raw' }).get('k'), new Uint8Array([1, 2]));
});

test('the keys of locks are not kept', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: LONG, serializer: 'json' });
  await raw('SET', 'k~lock', 1);
  equal(await cache.get('k~lock'), 1);
  await raw('SET', 'k~lock', 2);
  equal([await cache.get('k~lock'), await cache.getMany('k~lock')], [2, [2]]);
});

test('when the backend fails, what is kept is answered, and the rest as without it', async ({
  makeCache,
  fixtures,
  codes,
}) => {
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache({ ...proxy.options, near: LONG, maxRetries: 0 }, proxy.url);
  await cache.setMany({ a: 1, b: 2 });
  await cache.get('a');
  await fixtures.ask('changeProxy', proxy.id, { cutReplies: true });
  equal(await cache.get('a'), 1);
  equal(codes(), []);
  equal([await cache.get('b'), await cache.has('b')], [null, false]);
  equal(codes().length, 2);
  equal(await cache.getMany('a', 'b'), [1, null]);
  equal(codes().length, 3);
});
