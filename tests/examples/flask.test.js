/** The shop: a Flask application with Flask-Caching, and a Worker in workerd beside it, on one Redis. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { python } from '../../scripts/tools/python.js';
import { installPackage, startWrangler } from '../package/installed.js';
import { startRedis } from '../support/redis.js';
import { startServer } from '../support/server-process.js';

describe('the shop of Flask and a Worker', () => {
  /** @type {import('../package/installed.js').Installed} */
  let installed;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/server-process.js').Server} */
  let flask;
  /** @type {import('../support/server-process.js').Server} */
  let worker;

  before(async () => {
    [installed, redis] = await Promise.all([installPackage('../../examples/flask'), startRedis()]);
    const cwd = installed.folder;
    flask = await startServer(
      python(),
      ['-B', '-m', 'flask', '--app', 'app', 'run', '--port', '0'],
      {
        cwd,
        env: { REDIS_URL: redis.url },
      },
    );
    worker = await startWrangler(installed, { REDIS_URL: redis.url, FLASK_URL: flask.url });
  });
  after(async () => {
    await worker?.stop();
    await flask?.stop();
    await redis?.stop();
    await installed?.remove();
  });
  beforeEach(async () => {
    const client = await redis.client();
    await client.send('FLUSHALL');
    client.close();
  });

  const json = async (/** @type {string} */ url) => (await fetch(url)).json();

  test('the Worker reads what Flask has stored, once Flask was asked', async () => {
    const path = '/products/1';
    const flasks = { name: 'Espresso', price: '2.40', views: 0, seen: null };
    assert.deepEqual(await json(worker.url + path), flasks, 'from Flask, which stores it');
    const own = { name: 'Espresso', price: '2.40', tags: ['drink', 'hot'], views: 1 };
    assert.deepEqual(await json(worker.url + path), own);
  });

  test('Flask reads what the Worker has stored', async () => {
    const path = '/products/2';
    await json(flask.url + path);
    for (const views of [1, 2]) assert.equal((await json(worker.url + path)).views, views);
    const { views, seen } = await json(flask.url + path);
    assert.equal(views, 2);
    assert.deepEqual(Object.keys(seen), ['at', 'by']);
    assert.ok(Math.abs(Date.parse(seen.at) - Date.now()) < 60_000, seen.at);
  });

  test('the Worker drops what Flask has stored', async () => {
    const path = '/products/1';
    await json(flask.url + path);
    const forget = async () => (await fetch(worker.url + path, { method: 'DELETE' })).json();
    assert.deepEqual(await forget(), { forgotten: true });
    assert.deepEqual(await forget(), { forgotten: false });
  });

  test('the Worker answers with views that Flask-Caching keeps, even when Flask is gone', async () => {
    /** @param {string} url @returns {Promise<[string | null, string]>} */
    const page = async (url) => {
      const answer = await fetch(url);
      return [answer.headers.get('content-type'), await answer.text()];
    };
    const front = await page(`${flask.url}/`);
    const prices = await page(`${flask.url}/prices.csv`);
    assert.match(front.join(), /^text\/html; charset=utf-8,2 products, as of /);
    assert.deepEqual(prices, ['text/csv; charset=utf-8', 'Espresso,2.40\nFlat white,3.90\n']);
    await flask.stop();
    assert.deepEqual(await page(`${worker.url}/`), front);
    assert.deepEqual(await page(`${worker.url}/prices.csv`), prices);
  });
});
