/** The installed package in bundles: what bundlers put in, and what they leave out. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { installPackage } from './installed.js';

const MOST_BYTES_OF_ERRORS = 3_000;
const MAX_BYTES_WITHOUT_CORE = 105_000;
/** The text that a WebAssembly module begins with in base64. */
const INLINED = 'AGFzbQ';

describe('the installed package in bundles', () => {
  /** @type {import('./installed.js').Installed} */
  let installed;

  before(async () => {
    installed = await installPackage('programs');
  });
  after(() => installed?.remove());

  test('by Vite for a page: one file, with nothing of Node in it', async () => {
    const [page, ...others] = await bundlePage('page.js');
    assert.deepEqual(others, []);
    assert.ok(page?.type === 'chunk' && page.code.includes(INLINED));
    assert.deepEqual(page.imports, []);
    assert.doesNotMatch(page.code, /node:(net|tls)|cloudflare:/);
  });

  test('by Vite for a page: the lite entry is a fifth smaller', async () => {
    const [[page], [lite, ...others]] = [
      await bundlePage('page.js'),
      await bundlePage('lite-page.js'),
    ];
    assert.deepEqual(others, []);
    assert.ok(page?.type === 'chunk' && lite?.type === 'chunk' && lite.code.includes(INLINED));
    assert.ok(lite.code.length < page.code.length * 0.78, `${lite.code.length} bytes`);
  });

  test('by Vite for a page with the WebAssembly as a file', async () => {
    const [page, wasm, ...others] = await bundlePage('slim-page.js');
    assert.deepEqual(others, []);
    assert.ok(page?.type === 'chunk' && !page.code.includes(INLINED));
    assert.ok(page.code.length < MAX_BYTES_WITHOUT_CORE, `${page.code.length} bytes`);
    assert.match(wasm?.fileName ?? '', /core_bg-[\w-]+\.wasm$/);
    assert.ok(page.code.includes(wasm?.fileName ?? ''));
  });

  /** @param {string} name */
  async function bundlePage(name) {
    const built = await vite.build({
      root: installed.folder,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'es2022',
        rollupOptions: { input: join(installed.folder, name), preserveEntrySignatures: 'strict' },
      },
    });
    return /** @type {import('vite').Rollup.RollupOutput} */ (built).output;
  }

  test("by esbuild for Vercel's edge: the WebAssembly is imported as a module", async () => {
    const text = await bundle("export * from 'cachelib-edge';", {
      conditions: ['edge-light'],
      external: ['*.wasm?module'],
    });
    assert.match(text, /from"[^"]*core_bg\.wasm\?module"/);
    assert.ok(!text.includes(INLINED));
  });

  test('by esbuild for a Worker: no error messages of other runtimes', async () => {
    const text = await bundle("export { RedisCache } from 'cachelib-edge';", {
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', '*.wasm'],
    });
    assert.match(text, /proxy request failed/);
    assert.doesNotMatch(text, /ECONNREFUSED|UnknownIssuer|unsafe-eval/);
  });

  test('by esbuild: nothing, where an export is imported for nothing', async () => {
    const names = Object.keys(installed.manifest.exports).filter((name) => isPure(name));
    const imports = names.map((name) => `import 'cachelib-edge${name.slice(1)}';`);
    assert.ok(imports.length > 10);
    assert.equal(await bundle(imports.join('\n')), '');
  });

  /** Whether an export is code that does nothing by itself: two register themselves. @param {string} name */
  const isPure = (name) => !/wasm$|json$|durable-object$|^.\/tracking$/.test(name);

  test('by esbuild: no adapter, where none is imported', async () => {
    const { metafile } = await esbuild.build({
      stdin: { contents: "export * from 'cachelib-edge';", resolveDir: installed.folder },
      bundle: true,
      metafile: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const inputs = Object.keys(metafile.inputs);
    assert.ok(inputs.some((path) => path.endsWith('js/cache.js')));
    assert.deepEqual(
      inputs.filter((path) => path.includes('adapters/')),
      [],
    );
  });

  test('by esbuild: errors alone, which work', async () => {
    const text = await bundle("export { TimeoutError, CacheError } from 'cachelib-edge';");
    assert.ok(text.length < MOST_BYTES_OF_ERRORS, `${text.length} bytes`);
    const { TimeoutError, CacheError } = await import(
      `data:text/javascript,${encodeURIComponent(text)}`
    );
    const error = new TimeoutError('TIMEOUT', 'late');
    assert.deepEqual([String(error), error instanceof CacheError], ['TimeoutError: late', true]);
  });

  /**
   * @param {string} contents what imports the package
   * @param {import('esbuild').BuildOptions} [options]
   */
  async function bundle(contents, options = { platform: 'node' }) {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: installed.folder },
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
      logLevel: 'error',
      ...options,
    });
    return outputFiles?.[0]?.text ?? '';
  }
});
