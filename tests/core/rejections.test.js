/** What the user's code rejects ends no process: nobody waits for it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What a program prints that makes a call of a cache without a server. Node ends it at a rejection that nobody handles.
 *
 * @param {string} options of the cache
 */
async function printed(options) {
  const program = `
    import { RedisCache } from 'cachelib-edge';
    console.error = (...texts) => console.log('error:', ...texts.map(String));
    const cache = new RedisCache('redis://127.0.0.1:1', { ${options} });
    console.log(await cache.get('k'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await cache.close();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
  return stdout.trim().split('\n');
}

test('an asynchronous onError that fails is logged', async () => {
  const lines = await printed("onError: async () => { throw new Error('no network'); }");
  assert.deepEqual(lines.toSorted(), [
    'error: cachelib-edge: onError threw Error: no network',
    'null',
  ]);
});

test('an asynchronous connector is refused, and may fail', async () => {
  const connector = "connector: async () => { throw new Error('no route'); }";
  const onError = 'onError: (error) => console.log(error.code)';
  assert.deepEqual(await printed(`${connector}, ${onError}`), ['INVALID_CONNECTOR', 'null']);
});
