/** The cache of cachified, under cachified itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachified } from '@epic-web/cachified';
import { cachifiedCache } from 'cachelib-edge/adapters/cachified';
import { pause, withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache } = withRedis();

test('a value is made once, and lives for its ttl', async () => {
  const cache = cachifiedCache(makeCache());
  let made = 0;
  const getFreshValue = () => ({ made: ++made });
  const read = () => cachified({ cache, key: 'k', ttl: 60_000, getFreshValue });
  assert.deepEqual([await read(), await read()], [{ made: 1 }, { made: 1 }]);
  const lifetime = Number(await ask('PTTL', 'k'));
  assert.ok(lifetime > 55_000 && lifetime <= 60_000, String(lifetime));
  await cache.delete('k');
  assert.deepEqual(await read(), { made: 2 });
});

test('a stale value is served while a new one is made', async () => {
  const cache = cachifiedCache(makeCache());
  let made = 0;
  const read = () =>
    cachified({ cache, key: 'k', ttl: 20, swr: 60_000, getFreshValue: () => ++made });
  assert.equal(await read(), 1);
  await pause(40);
  assert.equal(await read(), 1);
  assert.ok(Number(await ask('PTTL', 'k')) > 50_000);
  await pause(50);
  assert.equal(made, 2);
});

test('without a ttl an entry never expires', async () => {
  await cachified({ cache: cachifiedCache(makeCache()), key: 'k', getFreshValue: () => 1 });
  assert.equal(await ask('PTTL', 'k'), -1);
});

test('without a server, values are made anew', async () => {
  const cache = cachifiedCache(makeBrokenCache());
  assert.equal(await cachified({ cache, key: 'k', getFreshValue: () => 7 }), 7);
});
