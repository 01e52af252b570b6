/** The installed package in Node, Deno and Bun, over a real Redis. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nodes } from '../../scripts/tools/runtimes.js';
import { startRedis } from '../support/redis.js';
import { installPackage, run, TIMEOUT_MILLISECONDS, tool } from './installed.js';
import { EXPECTED } from './programs/use.js';

/** No permission but the network, and nothing to fetch. */
const DENO = ['run', '--no-prompt', '--no-lock', '--cached-only', '--allow-net'];

describe('the installed package', () => {
  /** @type {import('./installed.js').Installed} */
  let installed;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;

  before(async () => {
    [installed, redis] = await Promise.all([installPackage('programs'), startRedis()]);
  });
  after(async () => {
    await redis?.stop();
    await installed?.remove();
  });

  /**
   * @param {string} program
   * @param {string[]} args
   */
  async function outcome(program, args) {
    const { stdout, stderr } = await run(program, [...args, redis.url], {
      cwd: installed.folder,
      timeout: TIMEOUT_MILLISECONDS,
    });
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  }

  for (const { major, program } of nodes()) {
    test(`runs in Node ${major}, imported and required`, async () => {
      const { stdout } = await run(program, ['--version']);
      assert.match(stdout, new RegExp(`^v${major}\\.`));
      assert.deepEqual(await outcome(program, ['program.js']), EXPECTED);
      const quiet = '--disable-warning=ExperimentalWarning';
      assert.deepEqual(await outcome(program, [quiet, 'required.cjs']), EXPECTED);
    });
  }

  test('runs in Deno, which is allowed to use the network and nothing else', async () => {
    assert.deepEqual(await outcome(tool('deno'), [...DENO, 'program.js']), EXPECTED);
  });

  test('runs in Bun', async () => {
    assert.deepEqual(await outcome(tool('bun'), ['program.js']), EXPECTED);
    assert.deepEqual(await outcome(tool('bun'), ['required.cjs']), EXPECTED);
  });

  test('runs with the WebAssembly given to it', async () => {
    const expected = { missed: 'NO_MODULE', ...EXPECTED };
    for (const { program } of nodes()) {
      assert.deepEqual(await outcome(program, ['slim.js']), expected);
    }
    assert.deepEqual(await outcome(tool('bun'), ['slim.js']), expected);
    assert.deepEqual(await outcome(tool('deno'), [...DENO, '--allow-read', 'slim.js']), expected);
  });

  test('runs as its lite entry, and beside it', async () => {
    const expected = { computed: 'text', ...EXPECTED };
    for (const { program } of nodes()) {
      assert.deepEqual(await outcome(program, ['lite.js']), expected);
    }
    assert.deepEqual(await outcome(tool('bun'), ['lite.js']), expected);
    assert.deepEqual(await outcome(tool('deno'), [...DENO, 'lite.js']), expected);
  });

  test('says how to require it where Node cannot', async () => {
    const [oldest] = nodes();
    const flag = '--no-experimental-require-module';
    await assert.rejects(
      outcome(oldest.program, [flag, join(installed.folder, 'required.cjs')]),
      /ERR_REQUIRE_ESM.*\n?.*Instead change the require .* to a dynamic import\(\)/,
    );
  });
});
