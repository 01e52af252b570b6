/**
 * Starts a program of cases in each runtime, driven by a laboratory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @typedef {Awaited<ReturnType<typeof import('./laboratory.js').startLaboratory>>} Laboratory */
/** @typedef {{ run(name: string): Promise<import('./cases.js').Result>, stop(): Promise<void> }} Runtime */
/** @typedef {(program: string, laboratory: Laboratory, flags: string[]) => Promise<Runtime>} Start */

const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const DENO_RUN = ['run', '--no-prompt', '--no-config', '--allow-net'];
const COMPATIBILITY_DATE = '2024-09-23';

/** @type {Record<'node' | 'deno' | 'bun' | 'workerd', Start>} */
export const runtimes = {
  node: (program, laboratory) => startProcess(process.execPath, [program], laboratory),
  // No permission but the network: what a reader of the documentation grants.
  deno: (program, laboratory, flags) =>
    startProcess(join(BIN, 'deno'), [...DENO_RUN, ...flags, program], laboratory),
  bun: (program, laboratory) => startProcess(join(BIN, 'bun'), [program], laboratory),
  workerd: startWorker,
};

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Laboratory} laboratory
 * @returns {Promise<Runtime>}
 */
async function startProcess(command, args, laboratory) {
  const child = spawn(command, [...args, laboratory.origin], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with ${code}`);
  });
  ended.catch(() => {});
  return {
    run: (name) => Promise.race([ended, laboratory.run(name)]),
    async stop() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}

/**
 * @param {string} program
 * @param {Laboratory} laboratory
 * @returns {Promise<Runtime>}
 */
async function startWorker(program, laboratory) {
  // Read once, when Miniflare is loaded: the way to make workerd trust another authority.
  process.env.NODE_EXTRA_CA_CERTS = laboratory.certificates.authority.certFile;
  const { Miniflare } = await import('miniflare');
  const worker = new Miniflare({
    modules: await bundle(program),
    compatibilityDate: COMPATIBILITY_DATE,
    cf: false,
  });
  await worker.ready;
  return {
    async run(name) {
      const query = new URLSearchParams({ laboratory: laboratory.origin, name });
      const response = await worker.dispatchFetch(`http://worker.test/?${query}`);
      const text = await response.text();
      if (!response.ok) return { passed: false, error: text };
      return JSON.parse(text);
    },
    stop: () => worker.dispose(),
  };
}

/**
 * Bundles as wrangler does, with the .wasm file as a module of its own.
 *
 * @param {string} program
 */
async function bundle(program) {
  /** @type {string[]} */
  const wasmFiles = [];
  const keepWasm = (/** @type {any} */ { onResolve }) =>
    onResolve({ filter: /\.wasm$/ }, (/** @type {any} */ { path, resolveDir }) => {
      wasmFiles.push(join(resolveDir, path));
      return { path: `./${basename(path)}`, external: true };
    });
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    plugins: [{ name: 'wasm', setup: keepWasm }],
  });
  const modules = [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0]?.text ?? '' }];
  for (const file of wasmFiles) {
    modules.push({ type: 'CompiledWasm', path: basename(file), contents: await readFile(file) });
  }
  return modules;
}
