/**
 * Serializers whose methods return promises.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { until } from '../../support/factory.js';
import { countListeners } from '../../support/signal.js';
import { pause } from '../context.js';

export const { cases, test } = collect('asynchronous serializers');

test('a serializer may be asynchronous', async ({ makeCache, raw, codes }) => {
  const text = new TextEncoder();
  const serializer = {
    /** @param {unknown} value */
    async dumps(value) {
      await pause(5);
      if (value === 'bad') throw new Error('no');
      return `:${JSON.stringify(value)}`;
    },
    /** @param {Uint8Array} bytes */
    async loads(bytes) {
      await pause(5);
      return JSON.parse(new TextDecoder().decode(bytes).slice(1));
    },
  };
  const cache = makeCache({ serializer });
  equal(await cache.set('a', { x: 1 }), true);
  equal(await cache.setMany({ b: 2, c: 3 }), ['b', 'c']);
  equal(await cache.set('t', 4, 60, { tags: ['{t}'] }), true);
  equal(await cache.getMany('a', 'b', 'c', 'none', 't'), [{ x: 1 }, 2, 3, null, 4]);
  equal(await cache.get('a'), { x: 1 });
  equal(await cache.getOrSet('d', () => 5, { grace: 10 }), 5);
  equal(await cache.getOrSet('d', () => 6, { grace: 10 }), 5);
  equal(await cache.getOrSet('d', () => 6, { grace: 1000 }), 5);
  await until(async () => (await cache.get('d')) === 6);
  await rejects(cache.set('e', 'bad'), (error) => equal(error.code, 'UNSERIALIZABLE'));
  await raw('SET', 'broken', text.encode(':{'));
  equal(await cache.get('broken'), null);
  equal(await cache.getMany('broken', 'b'), [null, 2]);
  equal(codes(), ['UNREADABLE', 'UNREADABLE']);
});

test('dumps is called once for each value', async ({ makeCache }) => {
  const dumped = /** @type {unknown[]} */ ([]);
  const serializer = {
    /** @param {unknown} value */
    dumps(value) {
      dumped.push(value);
      const text = JSON.stringify(value);
      return value === 1 ? text : Promise.resolve(text);
    },
    /** @param {Uint8Array} bytes */
    loads: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  };
  const cache = makeCache({ serializer });
  await cache.set('a', 2);
  await cache.getOrSet('b', () => 3);
  equal(dumped, [2, 3]);
  await cache.setMany({ c: 4, d: 5, e: 4 });
  equal(await cache.getMany('a', 'b', 'c', 'd', 'e'), [2, 3, 4, 5, 4]);
  equal(dumped.slice(2).sort(), [4, 5]);
});

test('a serializer may return thenables, which start when they are awaited', async ({
  makeCache,
}) => {
  let begun = 0;
  /** As query builders have it. @param {unknown} value */
  const lazy = (value) => ({
    then(/** @type {(value: unknown) => void} */ resolve) {
      begun++;
      setTimeout(() => resolve(value), 5);
    },
  });
  const decode = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
  const serializer = {
    dumps: (/** @type {unknown} */ value) => lazy(String(value)),
    loads: (/** @type {Uint8Array} */ bytes) => lazy(decode(bytes)),
  };
  const cache = makeCache({ serializer });
  equal(await cache.set('a', 1), true);
  equal(await cache.get('a'), '1');
  equal(await cache.getMany('a', 'none'), ['1', null]);
  equal(begun, 3);
});

const never = () => new Promise(() => {});

test('the message names the timeout as it was given', async ({ makeCache }) => {
  const serializer = { dumps: never, loads: never };
  const cache = makeCache({ serializer, throwOnError: true, operationTimeout: 0.07 });
  await rejects(cache.set('a', 1), ({ message }) => ok(message.endsWith('within 70 ms'), message));
});

test('a signal ends the wait for a serializer', async ({ makeCache, raw, codes }) => {
  await raw('SET', 'k', 'text');
  const controller = new AbortController();
  const { signal } = controller;
  const cache = makeCache({ serializer: { dumps: never, loads: never }, signal });
  const listeners = countListeners(signal);
  const calls = [
    cache.set('a', 1),
    cache.setMany({ a: 1 }),
    cache.get('k'),
    cache.getMany('k', 'none'),
    cache.getWithTtl('k'),
  ];
  await pause(100);
  ok(listeners() <= 1, 'no more than one listener for all');
  controller.abort(new Error('enough'));
  const start = Date.now();
  for (const call of calls) {
    await rejects(call, (error) => equal([error.code, error.cause.message], ['ABORTED', 'enough']));
  }
  ok(Date.now() - start < 2500, 'at once');
  equal(await raw('EXISTS', 'a'), 0);
  equal(codes(), []);
  await until(() => listeners() === 0);
});

test('a serializer that never answers is given up', async ({ makeCache, raw, codes, library }) => {
  const options = { operationTimeout: 0.2, serializer: { dumps: never, loads: never } };
  const cache = makeCache(options);
  equal(await cache.set('a', 1), false);
  equal(await cache.setMany({ a: 1 }), []);
  equal(await cache.getOrSet('a', () => 'computed'), 'computed');
  equal(await raw('DBSIZE'), 0, 'no lock is left');
  await raw('SET', 'k', '1');
  equal(await cache.get('k'), null);
  equal(await cache.getMany('k'), [null]);
  equal(await cache.getOrSet('k', () => 'computed'), 'computed');
  equal(await raw('GET', 'k'), new TextEncoder().encode('1'), 'it is not overwritten');
  ok(
    codes().every((/** @type {string} */ code) => code === 'TIMEOUT'),
    codes().join(),
  );
  const strict = makeCache({ ...options, throwOnError: true });
  for (const call of [() => strict.set('a', 1), () => strict.get('k')]) {
    await rejects(call, (error) => ok(error instanceof library.TimeoutError, String(error)));
  }
});

test('a serializer that throws leaves no lock', async ({ makeCache, raw }) => {
  const broken = () => Promise.reject(new Error('broken'));
  const cache = makeCache({ serializer: { dumps: broken, loads: broken } });
  await rejects(
    cache.getOrSet('k', () => 1),
    (error) => equal([error.code, error.cause.message], ['UNSERIALIZABLE', 'broken']),
  );
  equal(await raw('DBSIZE'), 0);
});
