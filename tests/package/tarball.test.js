/** What the tarball holds, and what package.json says of it. */

import assert from 'node:assert/strict';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { filesUnder } from '../../scripts/lib/stamp.js';
import { installPackage, run, tool } from './installed.js';

const MOST_UNPACKED_BYTES = 1_590_000;
const MOST_PACKED_BYTES = 581_000;

/** In the order in which runtimes and bundlers take the first that they know. */
const CONDITIONS = ['types', 'workerd', 'edge-light', 'deno', 'bun', 'node', 'browser', 'default'];

/** Beside js/ and its types, one by one. */
const OTHER_FILES = [
  'CHANGELOG.md',
  'LICENSE-APACHE',
  'LICENSE-MIT',
  'README.md',
  'package.json',
  'pkg/core.js',
  'pkg/core_bg.wasm',
  'pkg/inline.js',
  'pkg/lite-inline.js',
  'pkg/lite.js',
  'pkg/lite_bg.wasm',
  'pkg/types/js/errors/codes.d.ts',
  'pkg/types/js/options/api.d.ts',
  'pkg/types/pkg/core.d.ts',
  'pkg/types/pkg/core_bg.d.wasm.ts',
  'pkg/types/pkg/inline.d.ts',
  'pkg/types/pkg/lite-inline.d.ts',
  'pkg/types/pkg/lite.d.ts',
  'pkg/types/pkg/lite_bg.d.wasm.ts',
];

describe('the tarball', () => {
  /** @type {import('./installed.js').Installed} */
  let installed;

  before(async () => {
    installed = await installPackage();
  });
  after(() => installed?.remove());

  const inPackage = (/** @type {string[]} */ ...path) =>
    join(installed.folder, 'node_modules', 'cachelib-edge', ...path);

  test('holds the modules, their types, the core, and the licenses', () => {
    const modules = filesUnder('js').filter((path) => path.endsWith('.js'));
    const types = modules.map((path) => `pkg/types/${path.replace(/\.js$/, '.d.ts')}`);
    const expected = [...modules, ...types, ...OTHER_FILES];
    const found = installed.packed.files.map(({ path }) => path);
    assert.deepEqual(found.toSorted(), expected.toSorted());
  });

  test('is small', () => {
    const { size, unpackedSize } = installed.packed;
    assert.ok(size < MOST_PACKED_BYTES, `${size} bytes packed`);
    assert.ok(unpackedSize < MOST_UNPACKED_BYTES, `${unpackedSize} bytes unpacked`);
  });

  test('brings nothing else along', async () => {
    const { manifest } = installed;
    const { dependencies, peerDependencies, optionalDependencies, scripts } = manifest;
    assert.deepEqual({ ...dependencies, ...optionalDependencies }, {});
    // Those of adapters, for whoever uses them.
    for (const name of Object.keys(peerDependencies)) {
      assert.deepEqual(manifest.peerDependenciesMeta[name], { optional: true }, name);
    }
    for (const name of ['preinstall', 'install', 'postinstall']) assert.ok(!(name in scripts));
    const packages = await readdir(join(installed.folder, 'node_modules'));
    assert.deepEqual(
      packages.filter((name) => !name.startsWith('.')),
      ['cachelib-edge'],
    );
  });

  test('has an entry for every runtime, and each is there', async () => {
    const { exports } = installed.manifest;
    assert.deepEqual(Object.keys(exports['.']), CONDITIONS);
    for (const target of targetsOf(exports)) {
      assert.ok((await stat(inPackage(target))).isFile(), target);
    }
  });

  test('holds no address of where it was built', async () => {
    for (const { path } of installed.packed.files) {
      const text = await readFile(inPackage(path), 'latin1');
      assert.doesNotMatch(text, /\/(home|root|Users)\//, path);
    }
  });

  test('satisfies publint', async () => {
    const { stdout } = await run(tool('publint'), ['--strict', '--pack', 'false', inPackage()]);
    assert.match(stdout, /All good!/);
  });

  test('has types for every kind of import', async () => {
    const args = ['--profile', 'esm-only', '--format', 'json', installed.tarball];
    const { analysis } = JSON.parse((await run(tool('attw'), args)).stdout);
    assert.deepEqual(Object.keys(analysis.entrypoints), Object.keys(installed.manifest.exports));
  });
});

/**
 * The files that `exports` names.
 *
 * @param {string | Record<string, any>} exports
 * @returns {string[]}
 */
function targetsOf(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(targetsOf);
}
