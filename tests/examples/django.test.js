/** The club: a Django application, and a Worker in workerd beside it, on one Redis. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { python } from '../../scripts/tools/python.js';
import { installPackage, startWrangler } from '../package/installed.js';
import { freePort, startRedis } from '../support/redis.js';
import { startServer } from '../support/server-process.js';

const WAIT_MILLISECONDS = 20_000;

describe('the club of Django and a Worker', () => {
  /** @type {import('../package/installed.js').Installed} */
  let installed;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/server-process.js').Server} */
  let django;
  /** @type {import('../support/server-process.js').Server} */
  let worker;

  before(async () => {
    [installed, redis] = await Promise.all([installPackage('../../examples/django'), startRedis()]);
    const cwd = installed.folder;
    const address = `127.0.0.1:${await freePort()}`;
    django = await startServer(
      python(),
      ['-B', '-u', 'app.py', 'runserver', '--noreload', address],
      { cwd, env: { REDIS_URL: redis.url } },
    );
    await answering(`http://${address}/seen/nobody`);
    worker = await startWrangler(installed, { REDIS_URL: redis.url });
  });
  after(async () => {
    await worker?.stop();
    await django?.stop();
    await redis?.stop();
    await installed?.remove();
  });

  test('the Worker knows a session of Django, and Django what the Worker stored', async () => {
    assert.deepEqual(await (await fetch(worker.url)).json(), { hello: 'stranger' });
    const joined = await fetch(new URL('/join/Ada', django.url));
    assert.deepEqual(await joined.json(), { name: 'Ada', members: 1 });
    const [cookie = ''] = joined.headers.getSetCookie();
    const greet = async () => (await fetch(worker.url, { headers: { cookie } })).json();
    assert.deepEqual(await greet(), { hello: 'Ada', members: 1, greetings: 1 });
    assert.deepEqual(await greet(), { hello: 'Ada', members: 1, greetings: 2 });
    const { seen, greetings } = await (await fetch(new URL('/seen/Ada', django.url))).json();
    assert.equal(greetings, 2);
    assert.ok(Math.abs(Date.parse(seen) - Date.now()) < 60_000, seen);
  });
});

/** Django names its address before it listens. @param {string} url */
async function answering(url) {
  for (const deadline = Date.now() + WAIT_MILLISECONDS; ;) {
    try {
      return await fetch(url);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
