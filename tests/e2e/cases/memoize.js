/**
 * memoize: functions whose results are kept.
 */
import { equal, ok, rejects, throws } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('memoize');

test('memoize keeps results by their keys', async ({ makeCache }) => {
  const cache = makeCache();
  let runs = 0;
  const load = cache.memoize(
    async (/** @type {number} */ id, /** @type {string} */ name) => {
      runs++;
      return `${id} ${name}`;
    },
    { key: (/** @type {number} */ id) => `user:${id}`, timeout: 60 },
  );
  equal(await load(1, 'a'), '1 a');
  equal(await load(1, 'b'), '1 a');
  equal(await load(2, 'b'), '2 b');
  equal(await load.delete(1, 'any'), true);
  equal(await load(1, 'c'), '1 c');
  equal(runs, 3);
});

test('a method is called on its object', async ({ makeCache }) => {
  const key = (/** @type {number} */ id) => `shop:${id}`;
  const shop = {
    name: 'shop',
    load: makeCache().memoize(
      /** @this {any} @param {number} id */
      async function (id) {
        return `${this.name} ${id}`;
      },
      { key },
    ),
  };
  equal(await shop.load(7), 'shop 7');
  equal(await shop.load.delete(7), true);
});

test('a key that fails rejects, and what is no function or option is refused at once', async ({
  makeCache,
  library,
}) => {
  const cache = makeCache();
  const failing = cache.memoize(() => 1, {
    key: () => {
      throw new Error('no key');
    },
  });
  for (const call of [() => failing(), () => failing.delete()]) {
    await rejects(call(), (error) => equal(error.message, 'no key'));
  }
  const key = () => 'k';
  const wrong = [
    [5, { key }],
    [() => 1],
    [() => 1, null],
    [() => 1, {}],
    [() => 1, { key: 'k' }],
    [() => 1, { key, grace: -1 }],
    [() => 1, { key, ttl: 1 }],
  ];
  for (const args of wrong) {
    throws(
      () => cache.memoize(...args),
      (error) => ok(error instanceof library.CacheError, String(error)),
    );
  }
});
