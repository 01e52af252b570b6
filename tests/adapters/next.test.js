/** The cache handlers of Next.js and OpenNext, by the rules of their interfaces. Both run in applications in tests/frameworks. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cacheHandler } from 'cachelib-edge/adapters/next';
import { incrementalCache, tagCache } from 'cachelib-edge/adapters/opennext';
import { pause, withRedis } from './fixture.js';

const { ask, makeCache } = withRedis();

const YEAR = 31_536_000;

/** @param {string} text @param {object} [more] */
function entryOf(text, more) {
  const value = /** @type {ReadableStream<Uint8Array>} */ (new Response(text).body);
  return {
    value,
    tags: [],
    stale: 300,
    timestamp: Date.now(),
    expire: 3600,
    revalidate: 900,
    ...more,
  };
}

describe("Next's cache handler", () => {
  test('an entry comes back to all instances, each time with a new stream', async () => {
    const [one, other] = [cacheHandler(makeCache()), cacheHandler(makeCache())];
    const entry = entryOf('page', { tags: ['a'] });
    await one.set('key', Promise.resolve({ ...entry }));
    for (const handler of [one, other, other]) {
      const read = /** @type {any} */ (await handler.get('key', []));
      assert.equal(await new Response(read.value).text(), 'page');
      assert.deepEqual(read, { ...entry, value: read.value });
    }
    assert.equal(await one.get('missing', []), undefined);
  });

  test('an entry lives until it expires, and no longer than a year', async () => {
    const handler = cacheHandler(makeCache());
    await handler.set('short', Promise.resolve(entryOf('a', { expire: 60 })));
    await handler.set('long', Promise.resolve(entryOf('a', { expire: 0xfffffffe })));
    await handler.set('never', Promise.resolve(entryOf('a', { expire: 0 })));
    const lifetime = async (/** @type {string} */ key) =>
      Number(await ask('TTL', `entry:"${key}"`));
    assert.ok((await lifetime('short')) > 50);
    assert.ok((await lifetime('long')) > YEAR - 60 && (await lifetime('long')) <= YEAR);
    assert.equal(await lifetime('never'), -2);
  });

  test('a get waits for the set of its key', async () => {
    const handler = cacheHandler(makeCache());
    /** @type {(entry: any) => void} */
    let finish = () => {};
    const setting = handler.set('key', new Promise((resolve) => (finish = resolve)));
    const getting = handler.get('key', []);
    await pause(20);
    finish(entryOf('late'));
    assert.equal(await new Response((await getting)?.value).text(), 'late');
    await setting;
  });

  test('an entry whose stream breaks off is not stored', async () => {
    const handler = cacheHandler(makeCache());
    const value = new ReadableStream({
      start: (controller) => controller.error(new Error('broken')),
    });
    await assert.rejects(handler.set('key', Promise.resolve(entryOf('', { value }))), /broken/);
    assert.equal(await handler.get('key', []), undefined);
  });

  test('keys with lone surrogates are kept apart', async () => {
    const handler = cacheHandler(makeCache());
    await handler.set('\ud800', Promise.resolve(entryOf('a')));
    await handler.set('\udfff', Promise.resolve(entryOf('b')));
    assert.equal(await new Response((await handler.get('\ud800', []))?.value).text(), 'a');
  });

  for (const where of /** @type {const} */ (['own', 'soft'])) {
    test(`${where} tags: expired entries are gone, stale ones are served to be made anew`, async () => {
      const [one, other] = [cacheHandler(makeCache()), cacheHandler(makeCache())];
      const tags = where === 'own' ? ['a', 'b'] : [];
      const soft = where === 'soft' ? ['a', 'b'] : [];
      const timestamp = Date.now() - 1000;
      await one.set('key', Promise.resolve(entryOf('page', { tags, timestamp })));
      await other.updateTags(['unknown']);
      assert.equal((await one.get('key', soft))?.revalidate, 900);
      await other.updateTags(['b'], { expire: 3600 });
      assert.equal((await one.get('key', soft))?.revalidate, -1);
      await other.updateTags(['b']);
      assert.equal(await one.get('key', soft), undefined);
      await other.updateTags(['b'], {});
      assert.equal(await one.get('key', soft), undefined);
      await one.set('key', Promise.resolve(entryOf('new', { tags, timestamp: Date.now() + 1 })));
      assert.equal((await one.get('key', soft))?.revalidate, 900);
    });
  }

  test('soft tags are asked for with the entry', async () => {
    assert.equal(await cacheHandler(makeCache()).getExpiration(['a']), Infinity);
  });
});

describe("OpenNext's caches", () => {
  test('pages, routes and fetches, apart from each other', async () => {
    const cache = incrementalCache(makeCache());
    const page = {
      type: 'app',
      html: '<p>',
      rsc: '1:x',
      meta: { status: 200, headers: { a: 'b' } },
    };
    await cache.set('/', page, 'cache');
    await cache.set('/', { kind: 'FETCH', data: { headers: {}, body: 'x', url: '' } }, 'fetch');
    const { value, lastModified } = await cache.get('/');
    assert.deepEqual(value, page);
    assert.ok(Math.abs(Date.now() - lastModified) < 5000);
    await cache.delete('/');
    assert.equal(await cache.get('/', 'cache'), null);
    assert.equal((await cache.get('/', 'fetch')).value.kind, 'FETCH');
    assert.equal(await cache.get('/other'), null);
  });

  test('a member that is undefined is absent, not null', async () => {
    const cache = incrementalCache(makeCache());
    const meta = { headers: { a: 'b', c: undefined }, status: undefined };
    await cache.set('/', { type: 'app', html: '<p>', meta, revalidate: undefined });
    const { value } = await cache.get('/');
    assert.deepEqual(value, { type: 'app', html: '<p>', meta: { headers: { a: 'b' } } });
  });

  test('tags: revalidated at once, stale, or later', async () => {
    const [one, other] = [tagCache(makeCache()), tagCache(makeCache())];
    const before = Date.now() - 1000;
    assert.equal(await one.getLastRevalidated(['a']), 0);
    assert.equal(await one.hasBeenRevalidated(['a'], before), false);
    await other.writeTags([{ tag: 'a', stale: Date.now(), expire: Date.now() + 60_000 }]);
    assert.deepEqual(
      [await one.hasBeenRevalidated(['a', 'b'], before), await one.isStale(['a', 'b'], before)],
      [false, true],
    );
    await other.writeTags(['b']);
    assert.equal(await one.hasBeenRevalidated(['a', 'b'], before), true);
    assert.equal(await one.hasBeenRevalidated(['b'], Date.now() + 1000), false);
    assert.ok((await one.getLastRevalidated(['a', 'b'])) > before);
  });
});
