/** What a Worker uploads when it uses the package, part by part. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { WORKER_BUNDLE } from './bundle-worker.js';
import { root } from './paths.js';

/** The most that a Worker may upload with each entry, gzipped, in bytes. */
const BUDGETS = { 'cachelib-edge': 124_700, 'cachelib-edge/lite': 90_500 };

/**
 * The smallest Worker that uses the package, written as an importer would.
 * @param {string} entry
 */
const workerWith = (entry) => `
import { RedisCache } from '${entry}';
const cache = new RedisCache('redis://cache.example.com');
export default { fetch: async () => new Response(await cache.get('front')) };
`;

/** @typedef {{ name: string, bytes: number, gzipped: number }} Part */

/**
 * Prints the size of every part.
 * @throws {Error} when a sum is over its budget
 */
export async function reportSize() {
  const excesses = [];
  for (const [entry, budget] of Object.entries(BUDGETS)) {
    excesses.push(...(await reportEntry(entry, budget)));
  }
  console.log('\nWhat an import adds            minified   gzipped');
  for (const part of await measureAdditions()) console.log(row(part));
  if (excesses.length > 0) throw new Error(excesses.join('\n'));
}

/**
 * @param {string} entry
 * @param {number} budget bytes
 * @returns {Promise<string[]>} what is wrong
 */
async function reportEntry(entry, budget) {
  const parts = await measure(entry);
  const total = parts.reduce((sum, part) => sum + part.gzipped, 0);
  console.log(`\nWhat a Worker uploads with ${entry}, in KB`);
  console.log('                               minified   gzipped');
  for (const part of parts) console.log(row(part));
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  console.log(row({ name: 'sum', bytes, gzipped: total }));
  console.log(`budget: ${kilobytes(total)} of ${kilobytes(budget)} KB`);
  if (total <= budget) return [];
  return [
    `${entry} is ${(total - budget).toFixed(0)} bytes over its budget of ${kilobytes(budget)} KB`,
  ];
}

/**
 * @param {string} entry
 * @returns {Promise<Part[]>}
 */
async function measure(entry) {
  const { outputs, files } = await bundle(workerWith(entry));
  /** @type {Part[]} */
  const parts = [];
  for (const [path, { inputs }] of Object.entries(outputs)) {
    const contents = files.get(path) ?? new Uint8Array();
    const gzipped = gzipSync(contents, { level: 9 }).length;
    const shares = path.endsWith('.wasm')
      ? [{ name: path.replace(/-\w+\.wasm$/, '.wasm'), bytes: contents.length }]
      : sharesOf(inputs, contents.length);
    // gzip works on the whole file: a module gets the part of it that its length would give.
    parts.push(
      ...shares.map((share) => ({ ...share, gzipped: (gzipped * share.bytes) / contents.length })),
    );
  }
  return parts;
}

/** What each other export adds to a Worker that uses the package. */
async function measureAdditions() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(exports).filter((name) =>
    /^\.\/(adapters\/|python$|testing$)/.test(name),
  );
  return Promise.all(names.map((name) => measureAddition(name, exports[name].default)));
}

/**
 * @param {string} name such as ./adapters/keyv
 * @param {string} file its module
 * @returns {Promise<Part>}
 */
async function measureAddition(name, file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(root, file)],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cachelib-edge', '*/cachelib.js', '*/classes.js'],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  const [{ contents }] = /** @type {[import('esbuild').OutputFile]} */ (outputFiles);
  const gzipped = gzipSync(contents, { level: 9 }).length;
  return { name: name.slice(2), bytes: contents.length, gzipped };
}

/**
 * Bundles a Worker as wrangler does.
 * @param {string} worker its source
 */
async function bundle(worker) {
  const { build } = await import('esbuild');
  const { metafile, outputFiles } = await build({
    ...WORKER_BUNDLE,
    stdin: { contents: worker, resolveDir: root, sourcefile: 'the Worker itself' },
    metafile: true,
    minify: true,
    logLevel: 'silent',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(path), contents]));
  return { outputs: metafile.outputs, files };
}

/**
 * @param {Record<string, { bytesInOutput: number }>} inputs
 * @param {number} length of the whole output
 */
function sharesOf(inputs, length) {
  const shares = Object.entries(inputs).map(([name, { bytesInOutput }]) => ({
    name,
    bytes: bytesInOutput,
  }));
  const rest = length - shares.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...shares.sort((a, b) => b.bytes - a.bytes), { name: 'what joins them', bytes: rest }];
}

/** @param {string} path absolute, in the project */
function relative(path) {
  return path.slice(root.length + 1);
}

/** @param {Part} part */
function row({ name, bytes, gzipped }) {
  return `  ${name.padEnd(28)} ${kilobytes(bytes).padStart(8)} ${kilobytes(gzipped).padStart(9)}`;
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return (bytes / 1000).toFixed(1);
}
