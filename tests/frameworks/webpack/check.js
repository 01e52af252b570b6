/** Bundles by webpack 5, as it is set up by default: for Node, which runs, and for a page. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import webpack from 'webpack';

const folder = join(import.meta.dirname ?? process.cwd(), 'dist');

/** @param {import('webpack').Configuration} configuration */
async function bundle(configuration) {
  const stats = await promisify(webpack)({ mode: 'production', ...configuration });
  assert.ok(stats && !stats.hasErrors() && !stats.hasWarnings(), stats?.toString());
}

const performance = /** @type {const} */ (false);
const output = { path: folder, module: true, chunkFormat: /** @type {const} */ ('module') };
const experiments = { outputModule: true };
await bundle({
  target: 'node20',
  entry: { app: './app.js' },
  output: { ...output, filename: '[name].mjs' },
  experiments,
  performance,
});
const printed = execFileSync(process.execPath, [join(folder, 'app.mjs')], { encoding: 'utf8' });
assert.deepEqual(JSON.parse(printed), [[1, 'b'], 'value']);

await bundle({
  target: 'web',
  entry: { page: './page.js' },
  output: { path: folder, filename: '[name].js' },
  performance,
});
assert.doesNotMatch(readFileSync(join(folder, 'page.js'), 'utf8'), /node:(net|tls)|cloudflare:/);
