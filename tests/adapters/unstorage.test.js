/** The driver of unstorage, under unstorage itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStorage } from 'unstorage';
import cachelibEdge from 'cachelib-edge/adapters/unstorage';
import { pause, withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache, url } = withRedis();

const makeStorage = () => createStorage({ driver: cachelibEdge({ cache: makeCache() }) });

test('items of all kinds come back', async () => {
  const storage = makeStorage();
  const items = { text: 'hello', number: 12, list: [1, 'b', null], object: { a: { b: true } } };
  for (const [key, value] of Object.entries(items)) {
    await storage.setItem(key, value);
    assert.deepEqual(await storage.getItem(key), value, key);
    assert.equal(await storage.hasItem(key), true);
  }
  assert.equal(await storage.getItem('missing'), null);
  assert.equal(await storage.hasItem('missing'), false);
});

test('many items at once', async () => {
  const storage = makeStorage();
  await storage.setItems([
    { key: 'a', value: { n: 1 } },
    { key: 'b', value: 'two' },
  ]);
  const items = await storage.getItems(['a', 'missing', 'b']);
  assert.deepEqual(items, [
    { key: 'a', value: { n: 1 } },
    { key: 'missing', value: null },
    { key: 'b', value: 'two' },
  ]);
});

test('raw items: bytes as they are', async () => {
  const storage = makeStorage();
  const bytes = new Uint8Array([0, 255, 33, 128]);
  await storage.setItemRaw('bytes', bytes);
  assert.deepEqual(await storage.getItemRaw('bytes'), bytes);
});

test('objects are dicts to Python, and what Python stored is read', async () => {
  const cache = makeCache({ keyPrefix: 'app:' });
  const storage = createStorage({ driver: cachelibEdge({ cache }) });
  await storage.setItem('user', { name: 'Ada', tags: ['a'] });
  assert.deepEqual(await cache.get('user'), { name: 'Ada', tags: ['a'] });
  await cache.set('from:python', { visits: 3 });
  assert.deepEqual(await storage.getItem('from:python'), { visits: 3 });
  assert.deepEqual(await ask('EXISTS', 'app:user'), 1);
});

test('texts that look like JSON stay as they are', async () => {
  const cache = makeCache();
  const storage = createStorage({ driver: cachelibEdge({ cache }) });
  for (const text of ['{ "a": 1 }', '[1, 2]', '{broken', '[1.0]']) {
    await storage.setItem('text', text);
    assert.equal(await cache.get('text'), text);
  }
});

test('an item lives for its ttl, for that of the driver, or for ever', async () => {
  const storage = makeStorage();
  await storage.setItem('for-ever', 1);
  await storage.setItem('short', 1, { ttl: 0.05 });
  assert.equal(await ask('TTL', 'for-ever'), -1);
  await pause(80);
  assert.equal(await storage.hasItem('short'), false);
  // Nitro hands on the driver's name.
  const options = { driver: 'cachelib-edge/adapters/unstorage', base: 'short-lived' };
  const driver = cachelibEdge({ url: url(), ttl: 100, ...options });
  const own = createStorage({ driver });
  await own.setItem('k', 1);
  assert.ok(Number(await ask('TTL', 'short-lived:k')) > 90);
  await own.dispose();
});

test('items are removed one by one, and by base', async () => {
  const driver = cachelibEdge({ cache: makeCache() });
  const storage = createStorage({ driver });
  await storage.setItem('a:1', 1);
  await storage.setItem('a:2', 2);
  await storage.setItem('b:1', 3);
  await storage.removeItem('a:1');
  assert.equal(await storage.hasItem('a:1'), false);
  await driver.clear?.('a:', {});
  assert.deepEqual([await storage.hasItem('a:2'), await storage.hasItem('b:1')], [false, true]);
  await storage.clear();
  assert.equal(await storage.hasItem('b:1'), false);
});

test('keys are listed, all of them or those of a base', async () => {
  const cache = makeCache({ keyPrefix: 'app:' });
  const storage = createStorage({ driver: cachelibEdge({ cache }) });
  for (const key of ['a:1', 'a:2', 'b:1']) await storage.setItem(key, key);
  await makeCache().set('other', 1);
  assert.deepEqual((await storage.getKeys()).sort(), ['a:1', 'a:2', 'b:1']);
  assert.deepEqual((await storage.getKeys('a')).sort(), ['a:1', 'a:2']);
});

test("an error is up to the cache's options", async () => {
  const lenient = createStorage({ driver: cachelibEdge({ cache: makeBrokenCache() }) });
  assert.equal(await lenient.getItem('a'), null);
  const cache = makeBrokenCache({ throwOnError: true });
  const strict = createStorage({ driver: cachelibEdge({ cache }) });
  await assert.rejects(strict.getItem('a'), { code: 'CONNECTION_REFUSED' });
});
