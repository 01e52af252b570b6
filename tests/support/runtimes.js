/**
 * Starts a program of cases in each runtime, driven by the fixtures.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorker } from '../../scripts/lib/bundle-worker.js';
import { nodes, oldest } from '../../scripts/tools/runtimes.js';
import { startChromium } from './chromium.js';

/** @typedef {Awaited<ReturnType<typeof import('./fixtures.js').startFixtures>>} Fixtures */
/** @typedef {{ run(name: string): Promise<import('./cases.js').Result>, stop(): Promise<void> }} Runtime */
/** @typedef {'node' | 'node 22' | 'bun' | 'deno' | 'oldest node' | 'oldest bun' | 'oldest deno'} ProcessName */
/** @typedef {(program: string, fixtures: Fixtures, flags: string[]) => Promise<Runtime>} Start */

const BIN = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const COMPATIBILITY_DATE = '2024-09-23';

/** No permission but the network: what a reader of the documentation grants. */
const DENO = ['run', '--no-prompt', '--no-config', '--allow-net'];

/** How a program is started. @type {Record<ProcessName, (program: string, flags?: string[]) => [string, string[]]>} */
export const commands = {
  node: (program) => [process.execPath, [program]],
  // The oldest Node that has a WebSocket.
  'node 22': (program) => [nodes().find(({ major }) => major === 22)?.program ?? '', [program]],
  'oldest node': (program) => [oldest('node'), [program]],
  bun: (program) => [join(BIN, 'bun'), [program]],
  'oldest bun': (program) => [oldest('bun'), [program]],
  deno: (program, flags = []) => [join(BIN, 'deno'), [...DENO, ...flags, program]],
  'oldest deno': (program, flags = []) => [oldest('deno'), [...DENO, ...flags, program]],
};

/** @type {Record<ProcessName | 'workerd' | 'browser', Start>} */
export const runtimes = {
  ...startersOf(commands),
  workerd: startWorker,
  browser: startChromium,
};

/**
 * @param {typeof commands} all
 * @returns {Record<ProcessName, Start>}
 */
function startersOf(all) {
  const starters = Object.entries(all).map(([name, command]) => {
    /** @type {Start} */
    const start = (program, fixtures, flags) => startProcess(...command(program, flags), fixtures);
    return [name, start];
  });
  return Object.fromEntries(starters);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Fixtures} fixtures
 * @returns {Promise<Runtime>}
 */
async function startProcess(command, args, fixtures) {
  const child = spawn(command, [...args, fixtures.origin], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with ${code}`);
  });
  ended.catch(() => {});
  return {
    run: (name) => Promise.race([ended, fixtures.run(name)]),
    async stop() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}

/**
 * @param {string} program
 * @param {Fixtures} fixtures
 * @returns {Promise<Runtime>}
 */
async function startWorker(program, fixtures) {
  const { certFile } = fixtures.certificates.authority;
  const worker = await startWorkerd(program, {}, certFile);
  return {
    async run(name) {
      const query = new URLSearchParams({ fixtures: fixtures.origin, name });
      const response = await worker.dispatchFetch(`http://worker.test/?${query}`);
      const text = await response.text();
      if (!response.ok) return { passed: false, error: text };
      return JSON.parse(text);
    },
    stop: () => worker.dispose(),
  };
}

/**
 * @param {string} program
 * @param {object} [options] more of Miniflare's
 * @param {string} [authority] the file of a certificate authority to trust
 */
export async function startWorkerd(program, options, authority) {
  // Miniflare reads it once, when it is loaded.
  if (authority) process.env.NODE_EXTRA_CA_CERTS = authority;
  const { Miniflare } = await import('miniflare');
  const worker = new Miniflare({
    modules: await bundleWorker(program),
    compatibilityDate: COMPATIBILITY_DATE,
    cf: false,
    ...options,
  });
  await worker.ready;
  return worker;
}
