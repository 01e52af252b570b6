/** Every code block of README and docs is run: JavaScript in Node or as a Worker, Python, commands of Redis and of npm. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { Miniflare } from 'miniflare';
import { root } from '../../scripts/lib/paths.js';
import { filesUnder } from '../../scripts/lib/stamp.js';
import { python } from '../../scripts/tools/python.js';
import { startRedis } from '../support/redis.js';
import { blocksOf } from './blocks.js';

/** @import { Block } from './blocks.js' */

const run = promisify(execFile);
const TIMEOUT_MILLISECONDS = 30_000;
const manifest = createRequire(import.meta.url)('../../package.json');

const documents = [
  'README.md',
  ...[...filesUnder('docs'), ...filesUnder('js/adapters')].filter((path) => path.endsWith('.md')),
];

/** What snippets without imports may use. */
const SNIPPET = `
import { RedisCache } from 'cachelib-edge';
const cache = new RedisCache(process.env.REDIS_URL);
const load = async () => ({});
const [render, fetchWeather, fetchRates] = [load, load, load];
const db = { query: load, user: async (id) => ({ id }) };
const [SLOW, products] = ['SELECT …', []];
`;

describe('code blocks', () => {
  /** @type {string} */
  let folder;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;

  before(async () => {
    redis = await startRedis();
    folder = await mkdtemp(join(tmpdir(), 'cachelib-edge-docs-'));
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '@epic-web'), { recursive: true });
    for (const name of [...Object.keys(manifest.peerDependencies), 'ioredis']) {
      await symlink(join(root, 'node_modules', name), join(modules, name));
    }
    await symlink(root, join(modules, 'cachelib-edge'));
  });
  after(async () => {
    await redis?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  for (const path of documents) {
    const blocks = blocksOf(path);
    if (blocks.length === 0) continue;
    test(`of ${path}`, async () => {
      await command(['FLUSHALL']);
      for (const block of blocks) {
        await runBlock(block).catch((error) =>
          assert.fail(`line ${block.line}: ${error.stderr ?? error.stack ?? error}`),
        );
      }
    });
  }

  /** @param {Block} block */
  async function runBlock(block) {
    switch (block.language) {
      case 'js':
        return runJavaScript(block);
      case 'python':
        return run(python(), ['-B', '-c', here(block.code)], { timeout: TIMEOUT_MILLISECONDS });
      case 'sh':
        for (const line of block.code.split('\n')) await runShell(line);
        return undefined;
      case 'toml':
        return assert.equal(block.file, 'wrangler.toml');
      default:
        throw new Error(`what is ${block.language}?`);
    }
  }

  /** @param {Block} block */
  async function runJavaScript({ code, file, line }) {
    // What imports Vitest or OpenNext is run in tests/frameworks.
    if (/'(vitest(\/config)?|@opennextjs\/cloudflare)'/.test(code)) return esbuild.transform(code);
    const isWorker = /^export default \{/m.test(code);
    const source = complete(here(code));
    if (isWorker) return runWorker(source);
    const name = join(folder, `${file ?? 'block'}-${line}.mjs`);
    const { code: plain } = await esbuild.transform(source, { target: 'node20' });
    await writeFile(name, plain);
    const env = { ...process.env, REDIS_URL: redis.url };
    const { stdout } = await run(process.execPath, [name], { env, timeout: TIMEOUT_MILLISECONDS });
    const expected = [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(
      ([, text]) => text,
    );
    if (expected.length > 0) assert.deepEqual(stdout.trimEnd().split('\n'), expected);
    return undefined;
  }

  /** With what the text leaves out. @param {string} code */
  function complete(code) {
    if (!/^import /m.test(code)) return `${SNIPPET}await (async () => {\n${code}\n})();`;
    const page = code.includes('render(') ? 'const render = async () => "a page";\n' : '';
    const browser = code.includes('location.')
      ? "globalThis.location = { href: 'http://127.0.0.1:1/' };\n"
      : '';
    return page + browser + code;
  }

  /** @param {string} source */
  async function runWorker(source) {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: source, resolveDir: folder },
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*'],
      loader: { '.wasm': 'copy' },
      bundle: true,
      format: 'esm',
      outdir: folder,
      write: false,
    });
    const modules = outputFiles.map(({ path, contents }) => ({
      type: /** @type {'ESModule' | 'CompiledWasm'} */ (
        path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule'
      ),
      path,
      contents,
    }));
    modules.sort((a, b) => b.type.localeCompare(a.type));
    const worker = new Miniflare({
      modules,
      modulesRoot: folder,
      compatibilityDate: '2025-06-01',
      bindings: { REDIS_URL: redis.url },
      durableObjects: {
        ...(source.includes('RedisPool') && { REDIS: 'RedisPool' }),
        ...(source.includes('class Shop') && { SHOP: 'Shop' }),
      },
      cf: false,
    });
    try {
      const response = await worker.dispatchFetch('http://worker.test/page');
      const text = await response.text();
      assert.equal(response.status, 200, text);
    } finally {
      await worker.dispose();
    }
  }

  /** Commands of Redis are run; those of npm have to be there. @param {string} line */
  async function runShell(line) {
    const [words = ''] = line.split(/ +#|  +/);
    if (words.startsWith('ACL ')) return command(words.split(' '));
    const [, script = ''] = /^npm (?:run )?(\w+)/.exec(words) ?? [];
    if (script !== '' && script !== 'install') assert.ok(script in manifest.scripts, script);
    return undefined;
  }

  /** @param {string[]} words */
  async function command(words) {
    const client = await redis.client();
    try {
      await client.send(...words);
    } finally {
      client.close();
    }
  }

  /** The code with our server in place of those it names. @param {string} code */
  function here(code) {
    return code
      .replace(/redis:\/\/(localhost|cache\.example\.com)(:6379)?(\/0)?/g, redis.url.slice(0, -2))
      .replace(/"(localhost|cache\.example\.com)", 6379/g, `"127.0.0.1", ${redis.port}`);
  }
});
