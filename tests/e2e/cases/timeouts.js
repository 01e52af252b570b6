/**
 * How long keys live: seconds, with fractions.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('timeouts');

const NEVER = -1;

/** What PTTL may answer for a timeout, in milliseconds. @type {[string, any, number][]} */
const TIMEOUTS = [
  ['undefined: the default', undefined, 300_000],
  ['null: the default', null, 300_000],
  ['60', 60, 60_000],
  ['1.5', 1.5, 1500],
  ['0: never', 0, NEVER],
  ['-0: never', -0, NEVER],
  ['-1: never', -1, NEVER],
  ['Infinity: never', Infinity, NEVER],
];

for (const [name, timeout, expected] of TIMEOUTS) {
  test(`${name}, in set, add and setMany`, async ({ makeCache, raw }) => {
    const cache = makeCache();
    await Promise.all([
      cache.set('set', 1, timeout),
      cache.add('add', 1, timeout),
      cache.setMany({ many: 1 }, timeout),
    ]);
    for (const key of ['set', 'add', 'many']) {
      const left = await raw('PTTL', key);
      if (expected === NEVER) equal(left, NEVER, key);
      else ok(left > expected - 1000 && left <= expected, `PTTL of ${key} is ${left}`);
    }
  });
}

test('a custom default timeout, and one of never', async ({ makeCache, raw }) => {
  await makeCache({ defaultTimeout: 7.5 }).set('a', 1);
  await makeCache({ defaultTimeout: 0 }).set('b', 1);
  await makeCache({ defaultTimeout: -1 }).set('c', 1);
  await makeCache().with({ defaultTimeout: 9 }).set('d', 1);
  const left = await raw('PTTL', 'a');
  ok(left > 6500 && left <= 7500, `PTTL ${left}`);
  equal(await raw('PTTL', 'b'), NEVER);
  equal(await raw('PTTL', 'c'), NEVER);
  ok((await raw('PTTL', 'd')) > 8000);
});

test('a value is gone after its timeout', async ({ makeCache }) => {
  const cache = makeCache();
  await cache.set('k', 1, 0.6);
  equal(await cache.get('k'), 1);
  await pause(650);
  equal(await cache.get('k'), null);
});

test('less than a millisecond is no error', async ({ makeCache, codes }) => {
  const cache = makeCache();
  equal(await cache.set('k', 1, 1e-9), true);
  await pause(5);
  equal(await cache.get('k'), null);
  equal(codes(), []);
});

/** @type {[string, any][]} */
const BAD_TIMEOUTS = [
  ['-5', -5],
  ['-0.5', -0.5],
  ['NaN', NaN],
  ['-Infinity', -Infinity],
  ['a string', '60'],
  ['a boolean', true],
  ['a Date', new Date()],
  ['a bigint', 60n],
];

for (const [name, timeout] of BAD_TIMEOUTS) {
  test(`${name} is refused, and nothing is sent`, async ({ makeCache, raw, library }) => {
    const cache = makeCache();
    const calls = [
      () => cache.set('k', 1, timeout),
      () => cache.add('k', 1, timeout),
      () => cache.setMany({ k: 1 }, timeout),
    ];
    for (const call of calls) {
      await rejects(call, (error) => {
        ok(error instanceof library.CacheError, String(error));
        ok(error instanceof TypeError || error instanceof RangeError, String(error));
      });
    }
    equal(await raw('DBSIZE'), 0);
    equal(await cache.set('k', 1), true);
  });
}
