/** The examples for Deno, Node and Bun, each a server over a real Redis, with the package installed from its tarball. */

import assert from 'node:assert/strict';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { installPackage, root, tool } from '../package/installed.js';
import { startRedis } from '../support/redis.js';
import { startServer } from '../support/server-process.js';

describe('the examples that are servers', () => {
  /** @type {import('../package/installed.js').Installed} */
  let installed;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {import('../support/server-process.js').Server | undefined} */
  let server;

  before(async () => {
    [installed, redis] = await Promise.all([installPackage(), startRedis()]);
    for (const name of ['hono', '@hono']) {
      const installedHere = join(root, 'node_modules', name);
      await symlink(installedHere, join(installed.folder, 'node_modules', name));
    }
  });
  afterEach(() => server?.stop());
  after(async () => {
    await redis?.stop();
    await installed?.remove();
  });

  /**
   * @param {string} name of the example
   * @param {string} command
   * @param {string[]} args
   */
  async function start(name, command, args) {
    const cwd = join(installed.folder, name);
    await cp(join(root, 'examples', name), cwd, { recursive: true });
    server = await startServer(command, args, { cwd, env: { REDIS_URL: redis.url, PORT: '0' } });
    return server.url;
  }

  test('Deno: numbers that are computed once', async () => {
    const deno = ['run', '--no-prompt', '--no-lock', '--cached-only', '--check', '--allow-net'];
    const url = await start('deno', tool('deno'), [...deno, 'server.ts', redis.url, '0']);
    const ask = async (/** @type {string} */ path) => {
      const response = await fetch(url + path);
      return [await response.text(), response.headers.get('x-how')];
    };
    const large = '222232244629420445529739893461909967206666939096499764990979600\n';
    assert.deepEqual(await ask('/10'), ['55\n', 'computed']);
    assert.deepEqual(await ask('/10'), ['55\n', 'from the cache']);
    assert.deepEqual(await ask('/300'), [large, 'computed']);
    assert.deepEqual(await ask('/300'), [large, 'from the cache']);
    assert.equal((await fetch(`${url}/many`)).status, 404);
  });

  test('Node: routes of Hono that answer from the cache', async () => {
    const url = await start('node', process.execPath, ['server.js']);
    const first = await fetch(`${url}/now`);
    const { now } = await first.json();
    assert.equal(first.headers.get('age'), null);

    const second = await fetch(`${url}/now`);
    assert.match(second.headers.get('age') ?? '', /^\d$/);
    assert.equal(second.headers.get('content-type'), 'application/json');
    assert.deepEqual(await second.json(), { now });

    const remove = () => fetch(`${url}/now`, { method: 'DELETE' }).then((answer) => answer.json());
    assert.deepEqual(await remove(), { deleted: true });
    assert.deepEqual(await remove(), { deleted: false });
    assert.notDeepEqual(await (await fetch(`${url}/now`)).json(), { now });
    assert.equal(await (await fetch(`${url}/hello/Ada`)).text(), 'Hello Ada');
  });

  test('Bun: links that are counted', async () => {
    const url = await start('bun', tool('bun'), ['server.js']);
    const link = `${url}/bun`;
    const put = async (/** @type {string} */ body) =>
      (await fetch(link, { method: 'PUT', body })).status;
    assert.equal(await put('no link'), 400);
    const both = await Promise.all([put('https://bun.sh/'), put('https://bun.sh/')]);
    assert.deepEqual(both.toSorted(), [201, 409]);
    assert.equal(await (await fetch(`${link}/visits`)).json(), 0);

    const { status, headers } = await fetch(link, { redirect: 'manual' });
    assert.deepEqual([status, headers.get('location')], [302, 'https://bun.sh/']);
    assert.equal(await (await fetch(`${link}/visits`)).json(), 1);
    assert.equal((await fetch(`${url}/unknown`)).status, 404);
  });
});
