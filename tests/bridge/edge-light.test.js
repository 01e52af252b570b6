/**
 * The entry for Vercel's edge runtime, in its own virtual machine. The bundler there compiles `*.wasm?module` beforehand, and
 * hands the module in; no code compiles any.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EdgeVM } from '@edge-runtime/vm';
import { build } from 'esbuild';
import { WebSocket } from 'ws';
import { startBridge } from '../support/bridge.js';
import { startRedis } from '../support/redis.js';

const ENTRIES = [
  ['cachelib-edge', '../../js/entries/edge-light.js', '../../pkg/core_bg.wasm'],
  ['cachelib-edge/lite', '../../js/lite/edge-light.js', '../../pkg/lite_bg.wasm'],
];

/**
 * An entry as one script that leaves its exports in `library`.
 *
 * @param {string} entry
 */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'library',
    target: 'es2022',
    conditions: ['edge-light'],
    plugins: [
      {
        name: 'wasm?module',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'given' }));
          onLoad({ filter: /.*/, namespace: 'given' }, () => ({
            contents: 'export default globalThis.givenModule',
          }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

for (const [name, entry = '', module = ''] of ENTRIES) {
  describe(`${name} in Vercel's edge runtime`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {Awaited<ReturnType<typeof startBridge>>} */
    let bridge;
    /** @type {EdgeVM<any>} */
    let machine;

    before(async () => {
      redis = await startRedis();
      bridge = await startBridge({ target: redis });
      const givenModule = await WebAssembly.compile(
        await readFile(new URL(module, import.meta.url)),
      );
      const given = { givenModule, bridge: bridge.url, WebSocket };
      machine = new EdgeVM({ extend: (context) => Object.assign(context, given) });
      machine.evaluate(await bundle(entry));
    });
    after(async () => {
      await bridge?.stop();
      await redis?.stop();
    });

    test('a cache over a bridge', async () => {
      const found = await machine.evaluate(`(async () => {
      const { RedisCache, webSocket } = library;
      const cache = new RedisCache('localhost', { connector: webSocket(bridge), throwOnError: true });
      await cache.set('k', { a: [1, 'ü', new Date(0)] });
      const found = await cache.getMany('k', 'none');
      await cache.close();
      return JSON.stringify(found);
    })()`);
      assert.equal(found, '[{"a":[1,"ü","1970-01-01T00:00:00.000Z"]},null]');
    });

    test('without a connector', () => {
      const code = machine.evaluate(`{
      let code;
      try {
        new library.RedisCache('redis://localhost');
      } catch (error) {
        code = error.code;
      }
      code;
    }`);
      assert.equal(code, 'NO_CONNECTOR');
    });
  });
}
