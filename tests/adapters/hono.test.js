/** The middleware of Hono, in applications. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { cacheResponses } from 'cachelib-edge/adapters/hono';
import { withRedis } from './fixture.js';

const { ask, makeCache, makeBrokenCache } = withRedis();

/**
 * An application with one cached page, and what the middleware stores in the background.
 *
 * @param {(c: import('hono').Context, visit: number) => Response | Promise<Response>} page
 * @param {import('cachelib-edge/adapters/hono').CacheResponsesOptions} [options]
 */
function makeApp(page, options, cache = makeCache()) {
  const app = new Hono();
  let visits = 0;
  app.get('*', cacheResponses(cache, options), (c) => page(c, ++visits));
  /** @type {Promise<unknown>[]} */
  const background = [];
  const context = {
    waitUntil: (/** @type {Promise<unknown>} */ work) => void background.push(work),
  };
  return {
    /** @param {string} path @param {RequestInit} [init] */
    async ask(path, init) {
      const response = await app.request(path, init, {}, /** @type {any} */ (context));
      const text = await response.text();
      await Promise.all(background);
      return { response, text, status: response.headers.get('Cache-Status') };
    },
  };
}

test('the first response is stored, with its status and headers, and served to others', async () => {
  const app = makeApp(
    (c, visit) => c.text(`visit ${visit}`, 200, { 'X-Page': 'yes', ETag: '"1"' }),
    {
      timeout: 60,
    },
  );
  const first = await app.ask('/page?a=1');
  const second = await app.ask('/page?a=1');
  assert.deepEqual([first.text, second.text], ['visit 1', 'visit 1']);
  assert.equal(first.status, 'cachelib-edge; fwd=miss; stored');
  assert.equal(second.status, 'cachelib-edge; hit');
  const { headers, status } = second.response;
  assert.deepEqual([status, headers.get('X-Page'), headers.get('ETag')], [200, 'yes', '"1"']);
  assert.match(headers.get('Content-Type') ?? '', /^text\/plain/);
  assert.equal((await app.ask('/page?a=2')).text, 'visit 2');
  assert.ok(Number(await ask('TTL', 'http://localhost/page?a=1\n'.trim())) > 50);
});

test('a page that was fetched is stored: its headers are immutable', async () => {
  const app = makeApp(() => fetch('data:text/plain,fetched'), { timeout: 60, vary: ['Accept'] });
  assert.equal((await app.ask('/fetched')).text, 'fetched');
  const { text, status, response } = await app.ask('/fetched');
  assert.deepEqual([text, status], ['fetched', 'cachelib-edge; hit']);
  assert.equal(response.headers.get('Vary'), 'Accept');
});

test('bytes come back as they were', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const app = makeApp((c) => c.body(bytes));
  await app.ask('/');
  const app2 = makeApp((c) => c.text('not asked'));
  const hit = await app2.ask('/');
  assert.equal(hit.status, 'cachelib-edge; hit');
  const stored = await makeCache().get('http://localhost/');
  assert.deepEqual(stored.body, bytes);
});

test('a response whose status allows no body is served again', async () => {
  const app = makeApp((c) => c.body(null, 204, { 'X-Page': 'yes' }), { statuses: [200, 204] });
  await app.ask('/');
  const { response, status } = await app.ask('/');
  assert.deepEqual([response.status, status], [204, 'cachelib-edge; hit']);
  assert.equal(response.headers.get('X-Page'), 'yes');
});

test('HEAD is answered from the cache, and stores nothing', async () => {
  const app = makeApp((c, visit) => c.text(`visit ${visit}`));
  assert.equal((await app.ask('/', { method: 'HEAD' })).status, 'cachelib-edge; fwd=miss');
  await app.ask('/');
  const head = await app.ask('/', { method: 'HEAD' });
  assert.deepEqual([head.text, head.status], ['', 'cachelib-edge; hit']);
});

test('headers named in vary choose between responses', async () => {
  const app = makeApp((c) => c.text(`in ${c.req.header('Accept-Language')}`), {
    vary: ['Accept-Language'],
  });
  const inLanguage = (/** @type {string} */ language) =>
    app.ask('/', { headers: { 'Accept-Language': language } });
  await inLanguage('de');
  const [german, french] = [await inLanguage('de'), await inLanguage('fr')];
  assert.deepEqual([german.text, german.status], ['in de', 'cachelib-edge; hit']);
  assert.deepEqual([french.text, french.status], ['in fr', 'cachelib-edge; fwd=miss; stored']);
  assert.equal(german.response.headers.get('Vary'), 'Accept-Language');
});

const PRIVATE = {
  'sets a cookie': { 'Set-Cookie': 'a=b' },
  'is private': { 'Cache-Control': 'private, max-age=60' },
  'is not to be stored': { 'Cache-Control': 'no-store' },
  'varies by a header that is not named': { Vary: 'Cookie' },
  'varies by everything': { Vary: '*' },
  'is a stream of events': { 'Content-Type': 'text/event-stream' },
};
for (const [what, headers] of Object.entries(PRIVATE)) {
  test(`a response that ${what} is not stored`, async () => {
    const app = makeApp(() => new Response('mine', { headers }));
    await app.ask('/');
    assert.equal((await app.ask('/')).status, 'cachelib-edge; fwd=miss');
    assert.equal(await ask('DBSIZE'), 0);
  });
}

test('a request with credentials is answered for itself alone, unless the response is public', async () => {
  const authorized = { headers: { Authorization: 'Basic YTpi' } };
  const own = makeApp((c) => c.text('mine'));
  await own.ask('/own', authorized);
  assert.equal((await own.ask('/own', authorized)).status, 'cachelib-edge; fwd=miss');
  const open = makeApp((c) => c.text('ours', 200, { 'Cache-Control': 'public' }));
  await open.ask('/open', authorized);
  assert.equal((await open.ask('/open', authorized)).status, 'cachelib-edge; hit');
});

test('a request that wants a fresh answer gets one; other methods and statuses pass', async () => {
  const app = makeApp((c, visit) => c.text(`visit ${visit}`, visit === 3 ? 500 : 200));
  await app.ask('/');
  const fresh = await app.ask('/', { headers: { 'Cache-Control': 'no-cache' } });
  assert.deepEqual([fresh.text, fresh.status], ['visit 2', null]);
  assert.equal((await app.ask('/error')).status, 'cachelib-edge; fwd=miss');
  assert.equal((await app.ask('/error')).text, 'visit 4');
});

test('a body that breaks off is not stored', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const body = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      pull: (controller) => controller.error(new Error('broken off')),
    });
  const app = makeApp(() => new Response(body()));
  await assert.rejects(app.ask('/'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await ask('DBSIZE'), 0);
});

test('without a server, pages are served all the same', async () => {
  const app = makeApp((c) => c.text('page'), {}, makeBrokenCache());
  assert.equal((await app.ask('/')).text, 'page');
});
