/**
 * Much at once: many keys, large values, many calls in one tick.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('many');

const MEGABYTE = 1024 * 1024;

test('50,000 keys in one call', async ({ makeCache, raw }) => {
  // The process is busy for so long that a handshake may take seconds on a loaded machine.
  const cache = makeCache({ keyPrefix: 'bulk:', operationTimeout: 30, connectTimeout: 30 });
  const keys = Array.from({ length: 50_000 }, (_, index) => `key-${index}`);
  equal(await cache.setMany(keys.map((key, index) => [key, { index }])), keys);
  equal(await raw('DBSIZE'), 50_000);
  equal(
    await cache.getMany(keys),
    keys.map((_, index) => ({ index })),
  );
  const dict = await cache.getDict(keys);
  equal(Object.keys(dict).length, 50_000);
  equal(dict['key-49999'], { index: 49_999 });
  equal(await cache.deleteMany(keys), keys);
  equal(await raw('DBSIZE'), 0);
});

test('5 MB of text and of bytes', async ({ makeCache, raw }) => {
  const cache = makeCache({ operationTimeout: 30 });
  const text = 'abcdefghijklmnop€'.repeat((5 * MEGABYTE) / 19);
  const bytes = new Uint8Array(5 * MEGABYTE).map((_, index) => (index * 7919) >> 5);
  const [setText, setBytes] = await Promise.all([
    cache.set('text', text),
    cache.set('bytes', bytes),
  ]);
  equal([setText, setBytes], [true, true]);
  ok((await raw('STRLEN', 'bytes')) > 5 * MEGABYTE);
  const [gotText, gotBytes] = await cache.getMany('text', 'bytes');
  ok(gotText === text, 'the text came back changed');
  equal(gotBytes, bytes);
});

test('a large object', async ({ makeCache }) => {
  const cache = makeCache({ operationTimeout: 30 });
  const rows = Array.from({ length: 50_000 }, (_, id) => ({
    id,
    name: `name ${id}`,
    tags: ['a', 'b'],
    ok: true,
  }));
  equal(await cache.set('rows', rows), true);
  equal(await cache.get('rows'), rows);
});

test('1,000 calls in one tick, each with its own answer', async ({ makeCache }) => {
  const cache = makeCache();
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  const stored = await Promise.all(numbers.map((number) => cache.set(`k${number}`, `v${number}`)));
  ok(stored.every((answer) => answer === true));
  const mixed = await Promise.all(
    numbers.flatMap((number) => [
      cache.get(`k${number}`),
      cache.has(`k${number}`),
      cache.get(`missing${number}`),
      cache.inc('counter'),
      cache.getMany(`k${number}`, 'missing'),
    ]),
  );
  equal(
    mixed,
    numbers.flatMap((number) => [`v${number}`, true, null, number + 1, [`v${number}`, null]]),
  );
});

/** Texts at the edges of what is encoded together: by length, by width in UTF-8, by what has no UTF-8 form. */
const TEXTS = [
  '',
  'a',
  'é',
  '€',
  '😀',
  'x'.repeat(1024),
  'x'.repeat(1025),
  'é'.repeat(1024),
  '😀'.repeat(512),
  '😀'.repeat(513),
  'a\ud83d',
  '\ude00b',
  'after',
];

for (const [alphabet, texts] of /** @type {[string, string[]][]} */ ([
  ['ASCII', TEXTS.filter((text) => /^[a-z]*$/.test(text))],
  ['every', TEXTS],
])) {
  test(`texts of ${alphabet} kind in one tick, between calls that fail`, async ({ makeCache }) => {
    const cache = makeCache({ throwOnError: true });
    const calls = texts.flatMap((text, index) => [
      cache.set(`text:${index}`, text),
      cache.set(`bad:${text}`, [text, () => text]),
      cache.set(`late:${index}`, text, -5),
      cache.set(`list:${index}`, [text, { [text]: text }, new Map([[text, text]])]),
    ]);
    const settled = await Promise.allSettled(calls);
    const expected = ['fulfilled', 'rejected', 'rejected', 'fulfilled'];
    equal(
      settled.map(({ status }) => status),
      texts.flatMap(() => expected),
    );
    const values = await Promise.all(texts.map((_, index) => cache.get(`text:${index}`)));
    equal(values, texts);
    equal(
      await cache.getMany(texts.map((_, index) => `list:${index}`)),
      texts.map((text) => [text, { [text]: text }, { [text]: text }]),
    );
    const keys = texts.filter((text) => text.isWellFormed());
    equal(
      await cache.setMany(keys.map((key, index) => [`key:${key}`, index])),
      keys.map((key) => `key:${key}`),
    );
    equal(
      await cache.getMany(keys.map((key) => `key:${key}`)),
      keys.map((_, index) => index),
    );
  });
}

test('objects of many shapes, in one tick and again', async ({ makeCache }) => {
  const cache = makeCache();
  const shape = (/** @type {number} */ number) =>
    Object.fromEntries(
      Array.from({ length: (number % 7) + 1 }, (_, at) => [
        `${'k'.repeat(number % 5)}${number}-${at}`,
        at,
      ]),
    );
  const values = Array.from({ length: 200 }, (_, number) => [
    shape(number),
    shape(number % 3),
    shape(number),
  ]);
  const long = { ['x'.repeat(3000)]: 1 };
  for (let round = 0; round < 3; round++) {
    const all = [...values, [long, long], [{}, {}]];
    await Promise.all(all.map((value, index) => cache.set(`shape:${index}`, value)));
    const keys = all.map((_, index) => `shape:${index}`);
    equal(await cache.getMany(keys), all);
  }
});

test('the calls of one tick leave in one write', async ({ makeCache, fixtures }) => {
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache(proxy.options, proxy.url);
  await cache.set('warm', 1);
  const before = await fixtures.ask('counters', proxy.id);
  await Promise.all([
    cache.set('a', 1),
    cache.get('a'),
    cache.inc('n'),
    cache.setMany({ b: 2, c: 3 }),
    cache.getMany('a', 'b', 'c'),
    cache.delete('a'),
  ]);
  const after = await fixtures.ask('counters', proxy.id);
  equal(after.writes - before.writes, 1);
  equal(after.connections, 1);
});

test('calls that follow each other on one connection use one round trip each', async ({
  makeCache,
  fixtures,
}) => {
  const proxy = await fixtures.ask('proxy', 'open', { delay: 5 });
  const cache = makeCache(proxy.options, proxy.url);
  await cache.set('warm', 1);
  const before = await fixtures.ask('counters', proxy.id);
  await cache.setMany(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]));
  await cache.getMany(Array.from({ length: 500 }, (_, index) => `k${index}`));
  await cache.deleteMany(Array.from({ length: 500 }, (_, index) => `k${index}`));
  const after = await fixtures.ask('counters', proxy.id);
  equal(after.roundTrips - before.roundTrips, 3);
});

test('10 rounds of 200 concurrent calls with values of all sizes', async ({ makeCache }) => {
  const cache = makeCache();
  for (let round = 0; round < 10; round++) {
    const values = Array.from({ length: 200 }, (_, index) =>
      String(index).repeat(((index * 37) % 700) * round + 1),
    );
    await Promise.all(values.map((value, index) => cache.set(`k${index}`, value)));
    const found = await Promise.all(values.map((_, index) => cache.get(`k${index}`)));
    ok(
      found.every((value, index) => value === values[index]),
      `round ${round}: an answer went to another call`,
    );
  }
});

test(
  'a value over 512 MB is refused, and the cache stays usable',
  async ({ makeCache, raw, library }) => {
    const cache = makeCache({ serializer: 'raw' });
    await rejects(
      () => cache.set('k', new Uint8Array(512 * MEGABYTE + 1)),
      (error) => {
        ok(error instanceof library.CacheError, String(error));
        ok(error.message.includes('512 MB'), error.message);
      },
    );
    equal(await raw('DBSIZE'), 0);
    equal(await cache.set('k', new Uint8Array([1])), true);
  },
  { except: ['workerd'] }, // its isolates have 128 MB in all
);
