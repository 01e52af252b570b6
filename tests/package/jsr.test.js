/** The package as `deno publish` would give it to JSR. */

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../support/redis.js';
import { root, run, TIMEOUT_MILLISECONDS, tool } from './installed.js';
import { EXPECTED } from './programs/use.js';

describe('the package for JSR', () => {
  /** @type {string} */
  let folder;
  /** @type {string} */
  let said;

  before(async () => {
    const { stderr } = await deno(root, 'publish', '--dry-run', '--allow-dirty');
    said = stderr;
    folder = await mkdtemp(join(tmpdir(), 'cachelib-edge-jsr-'));
    await copyPublished();
    const imports = { 'cachelib-edge': './package/js/entries/deno.js' };
    await writeFile(join(folder, 'deno.json'), JSON.stringify({ imports }));
    for (const programs of ['programs', 'typescript']) {
      await cp(new URL(programs, import.meta.url), folder, { recursive: true });
    }
  });
  after(() => folder && rm(folder, { recursive: true, force: true }));

  /** What would be published, and nothing else. */
  async function copyPublished() {
    for (const [, url] of said.matchAll(/^ +(file:\S+) \(/gm)) {
      const path = relative(root, fileURLToPath(/** @type {string} */ (url)));
      await mkdir(dirname(join(folder, 'package', path)), { recursive: true });
      await cp(join(root, path), join(folder, 'package', path));
    }
  }

  /**
   * @param {string} cwd
   * @param {...string} args
   */
  function deno(cwd, ...args) {
    const env = { ...process.env, NO_COLOR: '1' };
    return run(tool('deno'), args, { cwd, env, timeout: TIMEOUT_MILLISECONDS });
  }

  test('is accepted, without a warning', () => {
    assert.match(said, /Success Dry run complete/);
    assert.doesNotMatch(said, /^(warning|error)\b/m);
  });

  test('has the version of the npm package', async () => {
    const [jsr, npm] = await Promise.all(
      ['jsr.json', 'package.json'].map(async (name) =>
        JSON.parse(await readFile(join(root, name), 'utf8')),
      ),
    );
    assert.deepEqual([jsr.version, jsr.license], [npm.version, npm.license]);
  });

  test('has types in Deno', () => deno(folder, 'check', 'importer.ts'));

  test('runs in Deno', async () => {
    const redis = await startRedis();
    try {
      const { stdout } = await deno(folder, 'run', '--allow-net', 'program.js', redis.url);
      assert.deepEqual(JSON.parse(stdout), EXPECTED);
    } finally {
      await redis.stop();
    }
  });
});
