/** Rate limits: our own, and the store of hono-rate-limiter. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { rateLimit, rateLimitStore } from 'cachelib-edge/adapters/rate-limit';
import { withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache } = withRedis();

/** Longer than the test: it must not cross into the next window. */
const WINDOW = 10_000_000;

test('a window allows as many calls as it says, whoever makes them', async () => {
  const [one, other] = [makeCache(), makeCache()].map((cache) =>
    rateLimit(cache, { limit: 3, window: WINDOW }),
  );
  const results = await Promise.all([one?.('ada'), other?.('ada'), one?.('ada'), other?.('ada')]);
  const used = results.map((result) => result?.used).toSorted();
  assert.deepEqual(used, [1, 2, 3, 4]);
  assert.equal(results.filter((result) => result?.allowed).length, 3);
  assert.deepEqual((await one?.('grace'))?.remaining, 2);
  const resetTime = results[0]?.resetTime ?? new Date(0);
  assert.ok(resetTime.getTime() > Date.now() && resetTime.getTime() <= Date.now() + WINDOW * 1000);
});

test('a counter expires', async () => {
  await rateLimit(makeCache(), { limit: 1, window: 60 })('ada');
  const [key] = /** @type {string[]} */ (await ask('KEYS', 'rate-limit:ada:*'));
  const lifetime = Number(await ask('TTL', String(key)));
  assert.ok(lifetime > 60 && lifetime <= 120, String(lifetime));
});

test('without a server, calls are allowed, or reject with throwOnError', async () => {
  const options = { limit: 1, window: 60 };
  const { allowed, used } = await rateLimit(makeBrokenCache(), options)('ada');
  assert.deepEqual([allowed, used], [true, 0]);
  const strict = rateLimit(makeBrokenCache({ throwOnError: true }), options);
  await assert.rejects(strict('ada'), { code: 'CONNECTION_REFUSED' });
});

test('options that are none are refused', () => {
  for (const options of [
    {},
    { limit: 1 },
    { window: 60 },
    { limit: 1, window: 0 },
    { limit: 1, window: Infinity },
    { limit: NaN, window: 60 },
  ]) {
    assert.throws(() => rateLimit(makeCache(), /** @type {any} */ (options)), {
      code: 'INVALID_OPTION',
    });
  }
});

test('as the store of hono-rate-limiter', async () => {
  const app = new Hono();
  const store = rateLimitStore(makeCache());
  app.use(rateLimiter({ windowMs: WINDOW * 1000, limit: 2, keyGenerator: () => 'ada', store }));
  app.get('/', (c) => c.text('ok'));
  const statuses = [];
  for (let call = 0; call < 3; call++) statuses.push((await app.request('/')).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await store.get?.('ada'))?.totalHits, 3);
  await store.decrement('ada');
  assert.equal((await store.get?.('ada'))?.totalHits, 2);
  await store.resetKey('ada');
  assert.equal(await store.get?.('ada'), undefined);
  await store.decrement('ada');
  assert.equal((await app.request('/')).status, 200);
});
