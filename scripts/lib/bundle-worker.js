/** Bundling a Worker as wrangler does: its JavaScript is one module, each .wasm file another. */

import { basename } from 'node:path';
import { root } from './paths.js';

/** esbuild's options. */
export const WORKER_BUNDLE = /** @satisfies {import('esbuild').BuildOptions} */ ({
  conditions: ['workerd', 'worker', 'browser'],
  external: ['cloudflare:*', 'node:*'],
  loader: { '.wasm': 'copy' },
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  outdir: 'bundle',
  write: false,
});

/**
 * The modules as Miniflare takes them.
 * @param {string} file the Worker's main module
 */
export async function bundleWorker(file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({ ...WORKER_BUNDLE, entryPoints: [file] });
  const modules = outputFiles.map(({ path, contents }) => ({
    type: path.endsWith('.wasm') ? CompiledWasm : ESModule,
    path: basename(path),
    contents,
  }));
  // The first one is the Worker.
  return modules.sort((one) => (one.type === ESModule ? -1 : 1));
}

const ESModule = /** @type {const} */ ('ESModule');
const CompiledWasm = /** @type {const} */ ('CompiledWasm');
