/** Secondary storage of Better Auth, by the rules of its interface. It runs in an application in tests/frameworks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondaryStorage } from 'cachelib-edge/adapters/better-auth';
import { withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache } = withRedis();

test('values with and without a lifetime', async () => {
  const storage = secondaryStorage(makeCache());
  await storage.set('session', '{"a":1}', 60);
  await storage.set('for-ever', 'x');
  assert.equal(await storage.get('session'), '{"a":1}');
  assert.ok(Number(await ask('TTL', 'session')) > 50);
  assert.equal(await ask('TTL', 'for-ever'), -1);
  await storage.delete('session');
  assert.equal(await storage.get('session'), null);
});

test('a value is taken once, however many take it at the same time', async () => {
  const storages = [makeCache(), makeCache()].map(secondaryStorage);
  await storages[0]?.set('code', '1234', 60);
  const taken = await Promise.all(
    Array.from({ length: 20 }, (_, index) => storages[index % 2]?.getAndDelete('code')),
  );
  assert.deepEqual(
    taken.filter((value) => value !== null),
    ['1234'],
  );
});

test('a counter expires a time after its first increment, whatever follows', async () => {
  const storages = [makeCache(), makeCache()].map(secondaryStorage);
  const counts = await Promise.all(
    Array.from({ length: 10 }, (_, index) => storages[index % 2]?.increment('hits', 60)),
  );
  assert.deepEqual(
    counts.toSorted((a, b) => Number(a) - Number(b)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  await ask('EXPIRE', 'hits', '10');
  assert.equal(await storages[0]?.increment('hits', 60), 11);
  assert.ok(Number(await ask('TTL', 'hits')) <= 10);
});

test('an error is no missing session', async () => {
  const storage = secondaryStorage(makeBrokenCache());
  await assert.rejects(storage.get('session'), { code: 'CONNECTION_REFUSED' });
});
