/**
 * A core that cannot be started: an error with a code and advice, in every form that a runtime has for it.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startRedis } from '../support/redis.js';

const run = promisify(execFile);

/** @param {string} path */
const href = (path) => new URL(`../../${path}`, import.meta.url).href;

/**
 * What a program prints that makes a call and prints the error's class, code and message.
 *
 * @param {string[]} flags Node's
 * @param {string} setup statements before the cache is made
 * @param {string} [entry]
 */
async function codeOf(flags, setup, entry = 'node') {
  const program = `
    import { CacheError, CoreError, RedisCache, useModule } from '${href(`js/entries/${entry}.js`)}';
    ${setup}
    try {
      console.log(await new RedisCache('redis://127.0.0.1:1', { operationTimeout: 0.5, throwOnError: true }).get('k'));
    } catch (error) {
      console.log(error instanceof CacheError, error.code, error.message);
    }`.replace(entry === 'slim' ? '' : ', useModule', '');
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '-e', program]);
  return stdout.trim();
}

test('without WebAssembly', async () => {
  assert.match(await codeOf(['--jitless'], ''), /^true CORE_UNAVAILABLE .*--jitless/);
});

test('where code generation is forbidden', async () => {
  const setup = `WebAssembly.Module = class {
    constructor() { throw new WebAssembly.CompileError('WebAssembly.Module(): Wasm code generation disallowed by embedder'); }
  };`;
  assert.match(await codeOf([], setup), /^true CORE_UNAVAILABLE .*wasm-unsafe-eval/);
});

test('without memory', async () => {
  assert.match(await codeOf(['--wasm-max-mem-pages=1'], ''), /^true CORE_UNAVAILABLE .*no memory/);
});

for (const [name, module] of [
  ['bytes that are no module', 'new Uint8Array([1, 2, 3])'],
  ['an empty module', 'new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))'],
  ['text', "'core.wasm'"],
  ['a number', '5'],
]) {
  test(`useModule() with ${name}`, async () => {
    const text = await codeOf([], `useModule(${module});`, 'slim');
    assert.match(text, /^true CORE_UNAVAILABLE .*redis_cache\.wasm/);
  });
}

test('useModule() with a promise that is rejected, or never resolved', async () => {
  const rejected = await codeOf([], "useModule(Promise.reject(new Error('404')));", 'slim');
  assert.match(rejected, /^true CORE_UNAVAILABLE .*rejected/);
  const pending = await codeOf([], 'useModule(new Promise(() => {}));', 'slim');
  assert.match(pending, /^true CORE_UNAVAILABLE .*did not come/);
});

test('useModule() with a promise: calls wait for it', async () => {
  const { RedisCache, useModule } = await import('../../js/entries/slim.js');
  const redis = await startRedis();
  try {
    useModule(
      readFile(fileURLToPath(href('pkg/core_bg.wasm'))).then((bytes) => WebAssembly.compile(bytes)),
    );
    const cache = new RedisCache(redis.url, { throwOnError: true });
    assert.deepEqual(await Promise.all([cache.set('a', 1), cache.set('b', 2)]), [true, true]);
    assert.deepEqual(await cache.getMany('a', 'b'), [1, 2]);
    await cache.close();
  } finally {
    await redis.stop();
  }
});

test('useModule() with a promise: close() waits for the calls that wait for it', async () => {
  const { RedisCache, useModule } = await import('../../js/entries/slim.js');
  const redis = await startRedis();
  const client = await redis.client();
  try {
    const bytes = await readFile(fileURLToPath(href('pkg/core_bg.wasm')));
    useModule(pause(200).then(() => bytes));
    const cache = new RedisCache(redis.url);
    const settled = { value: false };
    const call = cache.set('a', 1).finally(() => (settled.value = true));
    await cache.close();
    assert.equal(settled.value, true);
    assert.equal(await call, true);
    const list = String(await client.send('CLIENT', 'LIST'));
    assert.doesNotMatch(list, /name=cachelib-edge/);
  } finally {
    client.close();
    await redis.stop();
  }
});
