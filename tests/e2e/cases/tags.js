/**
 * Tags: values that are deleted together, for Python too.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('tags');

/** In a cluster a tag and its keys need one hash slot. */
const PREFIX = '{p}:';

test('deleteTag deletes what set, add, setMany and getOrSet have stored', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const tags = ['shop'];
  equal(await cache.set('a', 1, 60, { tags }), true);
  equal(await cache.add('b', 2, 60, { tags }), true);
  equal(await cache.add('b', 3, 60, { tags }), false);
  equal(await cache.setMany({ c: 3, d: 4 }, 60, { tags }), ['c', 'd']);
  equal(await cache.getOrSet('e', () => 5, { tags, timeout: 60 }), 5);
  await cache.set('other', 6, 60, { tags: ['else'] });
  equal(await cache.getMany('a', 'b', 'c', 'd', 'e'), [1, 2, 3, 4, 5]);
  equal(await cache.deleteTag('shop'), true);
  equal(await cache.getMany('a', 'b', 'c', 'd', 'e', 'other'), [null, null, null, null, null, 6]);
  equal(await raw('KEYS', `${PREFIX}*~lock`), []);
  equal(await raw('EXISTS', `${PREFIX}shop~tag`), 0);
});

test('many tags, and many keys of a tag', async ({ makeCache }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const tags = Array.from({ length: 1000 }, (_, index) => `t${index}`);
  equal(await cache.set('k', 1, 60, { tags }), true);
  const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
  const mapping = Object.fromEntries(keys.map((key) => [key, key]));
  equal(await cache.setMany(mapping, 60, { tags: ['t7'] }), keys);
  equal(await cache.delete_tag(['t999', 'none']), true);
  equal(await cache.get('k'), null);
  equal(await cache.deleteTag('t7'), true);
  equal(
    (await cache.getMany(keys)).filter((value) => value !== null),
    [],
  );
});

test('a tag of 1 MB, and an empty one', async ({ makeCache }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const tags = ['x'.repeat(1 << 20), ''];
  for (const tag of tags) {
    equal(await cache.set('k', 1, 60, { tags }), true);
    equal(await cache.deleteTag(tag), true);
    equal(await cache.get('k'), null);
  }
});

test('a tag lives as long as its longest key, and forgets those that expired', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const options = { tags: ['t'] };
  await cache.set('short', 1, 0.1, options);
  await cache.set('long', 1, 100, options);
  const left = await raw('PTTL', `${PREFIX}t~tag`);
  ok(left > 98_000 && left <= 100_000, `${left} ms`);
  await pause(150);
  await cache.set('middle', 1, 50, options);
  equal(await raw('ZCARD', `${PREFIX}t~tag`), 2);
  ok((await raw('PTTL', `${PREFIX}t~tag`)) > 98_000);
  await cache.set('ever', 1, 0, options);
  equal(await raw('PTTL', `${PREFIX}t~tag`), -1);
});

test('a value that is computed while its tag is deleted is not stored', async ({ makeCache }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const other = makeCache({ keyPrefix: PREFIX });
  const options = { tags: ['t'], timeout: 60 };
  const value = await cache.getOrSet(
    'k',
    async () => {
      await other.deleteTag('t');
      return 'old';
    },
    options,
  );
  equal(value, 'old');
  equal(await cache.get('k'), null);
});

test('what Python stores anew keeps its tags', async ({ makeCache, raw }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  await cache.set('k', 1, 60, { tags: ['t'] });
  await raw('SET', `${PREFIX}k`, '2');
  equal(await cache.deleteTag('t'), true);
  equal(await raw('EXISTS', `${PREFIX}k`), 0);
});

test('tags that are none are refused, and nothing is sent', async ({ makeCache, raw, library }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  for (const options of [{ tags: 'a' }, { tags: [1] }, { tag: ['a'] }, 5, null]) {
    for (const call of [
      () => cache.set('k', 1, 60, options),
      () => cache.add('k', 1, 60, options),
      () => cache.setMany({ k: 1 }, 60, options),
    ]) {
      await rejects(call, (error) => ok(error instanceof library.CacheError, String(error)));
    }
  }
  equal(await raw('DBSIZE'), 0);
  equal(await cache.set('k', 1, 60, { tags: [] }), true);
  for (const tags of [[undefined], [1], [Symbol('t')], [['a'], 'b'], ['a', ['b']], [{}]]) {
    await rejects(cache.deleteTag(...tags), ({ code }) => equal(code, 'INVALID_OPTION'));
  }
});

test('setMany with tags tells of what a server refuses once, and rejects where it is to', async ({
  makeCache,
  raw,
  codes,
}) => {
  const cache = makeCache();
  await raw('SET', '{t}a~tag', 'no tag');
  /** @type {[string, unknown][]} */
  const entries = [0, 1, 2].map((index) => [`{t}${index}`, index]);
  equal(await cache.setMany(entries, 60, { tags: ['{t}a'] }), []);
  equal(codes(), ['WRONGTYPE']);
  equal(cache.stats().errors, 1);
  const strict = makeCache({ throwOnError: true });
  const refused =
    (/** @type {string} */ expected) =>
    (/** @type {any} */ { code }) =>
      equal(code, expected);
  await rejects(strict.setMany(entries, 60, { tags: ['{t}a'] }), refused('WRONGTYPE'));
  entries.push(['{t}b', () => {}]);
  await rejects(cache.setMany(entries, 60, { tags: ['{t}b'] }), refused('UNSERIALIZABLE'));
  equal(codes(), ['WRONGTYPE']);
});

test('a tag that holds something else keeps its value from being stored without it', async ({
  makeCache,
  raw,
  codes,
}) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  await raw('SET', `${PREFIX}wrong~tag`, 'text');
  const tags = ['right', 'wrong'];
  equal(await cache.set('k', 1, 60, { tags }), false);
  equal(await cache.getOrSet('k', () => 2, { timeout: 60, tags }), 2);
  equal(await raw('EXISTS', `${PREFIX}k`, `${PREFIX}k~lock`), 0);
  equal(codes(), ['WRONGTYPE', 'WRONGTYPE']);
});

test('getOrSet with a thousand tags, and one of 1 MB', async ({ makeCache, codes }) => {
  const cache = makeCache({ keyPrefix: PREFIX });
  const many = Array.from({ length: 1000 }, (_, index) => `t${index}`);
  const large = 'x'.repeat(1 << 20);
  for (const tags of [many, [large]]) {
    equal(await cache.getOrSet('k', () => 1, { timeout: 60, tags }), 1);
    equal(await cache.get('k'), 1);
    equal(await cache.deleteTag(tags.at(-1)), true);
    equal(await cache.get('k'), null);
  }
  equal(codes(), []);
});

test('tags in place of the timeout are refused, and the error says where they belong', async ({
  makeCache,
}) => {
  const cache = makeCache();
  const told = ({ message }) => ok(message.includes('options, which follow it'), message);
  await rejects(cache.set('k', 1, { tags: ['a'] }), told);
  await rejects(cache.setMany({ k: 1 }, { tags: ['a'] }), told);
});
