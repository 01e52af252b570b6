/** The store of Keyv, under Keyv itself. Keyv's own suite is in tests/frameworks/keyv. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keyv } from 'keyv';
import { KeyvStore } from 'cachelib-edge/adapters/keyv';
import { pause, withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache } = withRedis();

/** @param {object} [options] */
const makeKeyv = (options) => new Keyv({ store: new KeyvStore(makeCache()), ...options });

test('values of all kinds, one by one and many at once', async () => {
  const keyv = makeKeyv();
  const values = { text: 'hello', number: 1.5, nothing: null, list: [1, [2]], object: { a: 'b' } };
  for (const [key, value] of Object.entries(values)) await keyv.set(key, value);
  for (const [key, value] of Object.entries(values)) assert.deepEqual(await keyv.get(key), value);
  assert.deepEqual(await keyv.getMany(['text', 'missing', 'number']), ['hello', undefined, 1.5]);
  await keyv.setMany([
    { key: 'a', value: 1 },
    { key: 'b', value: 2 },
  ]);
  assert.deepEqual(await keyv.getMany(['a', 'b']), [1, 2]);
  assert.deepEqual(await keyv.hasMany(['a', 'missing']), [true, false]);
  assert.deepEqual(
    [await keyv.deleteMany(['a', 'b']), await keyv.deleteMany(['a'])],
    [true, false],
  );
});

test('a time to live in milliseconds; without one, for ever', async () => {
  const keyv = makeKeyv();
  await keyv.set('short', 1, 1000);
  await keyv.set('for-ever', 1);
  assert.equal(await ask('PTTL', 'keyv:for-ever'), -1);
  assert.equal(await keyv.get('short'), 1);
  await pause(1050);
  assert.equal(await ask('EXISTS', 'keyv:short'), 0);
});

test('clear() leaves other namespaces alone', async () => {
  const [users, posts] = ['users', 'posts'].map((namespace) => makeKeyv({ namespace }));
  await Promise.all([users?.set('a', 1), posts?.set('a', 2)]);
  await users?.clear();
  assert.deepEqual([await users?.get('a'), await posts?.get('a')], [undefined, 2]);
});

test('without its JSON, Keyv stores a dict that Python reads', async () => {
  const keyv = makeKeyv({ serialize: undefined, deserialize: undefined });
  await keyv.set('k', { a: 1 });
  assert.deepEqual(await makeCache().get('keyv:k'), {
    value: { a: 1 },
    expires: null,
  });
  assert.deepEqual(await keyv.get('k'), { a: 1 });
});

test('errors are misses, or are thrown where Keyv is told to', async () => {
  const store = new KeyvStore(makeBrokenCache());
  assert.equal(await new Keyv({ store, emitErrors: false }).get('a'), undefined);
  const strict = new Keyv({ store, throwOnErrors: true, emitErrors: false });
  await assert.rejects(strict.get('a'), { code: 'CONNECTION_REFUSED' });
});
