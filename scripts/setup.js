/**
 * Gets the tools that the project's commands use, and does nothing where they are there already.
 *
 * `node scripts/setup.js [tool…]` gets those named, or all.
 */

import { pathToFileURL } from 'node:url';
import * as nodes from './lib/nodes.js';
import * as npm from './lib/npm.js';
import * as python from './lib/python.js';
import * as wasmTarget from './lib/wasm-target.js';
import { wasmBindgen, wasmPack } from './lib/cargo-tools.js';
import { exclusively } from './lib/lock.js';
import { browser, redis } from './lib/servers.js';
import { step } from './lib/progress.js';

/** @typedef {{ title: string, expected: string, isReady: () => boolean, install: () => Promise<void> }} Tool */

/** @satisfies {Record<string, Tool>} */
const tools = {
  npm: { title: 'npm packages', expected: 'about 20 seconds', ...npm },
  'wasm-target': {
    title: 'Rust for wasm32-unknown-unknown',
    expected: 'about 2 minutes',
    ...wasmTarget,
  },
  'wasm-bindgen': { title: 'wasm-bindgen', expected: 'about 4 minutes', ...wasmBindgen },
  'wasm-pack': { title: 'wasm-pack', expected: 'about 3 minutes', ...wasmPack },
  redis: { title: 'redis-server', expected: 'about 20 seconds', ...redis },
  chromium: { title: 'Chromium and chromedriver', expected: 'about a minute', ...browser },
  nodes: { title: 'Node 20, 22, 24 and 26', expected: 'about a minute', ...nodes },
  python: { title: "Python's cachelib", expected: 'about 20 seconds', ...python },
};

/** @typedef {keyof typeof tools} ToolName */

/**
 * Gets what is missing of the tools named.
 * @param {...ToolName} names
 * @throws {Error} when a tool is missing and cannot be got, with the way to get it
 */
export async function ensure(...names) {
  if (names.every((name) => tools[name].isReady())) return;
  await exclusively('setup', async () => {
    for (const name of names) {
      const { title, expected, isReady, install } = tools[name];
      if (!isReady()) await step(`Installing ${title}`, expected, install);
    }
  });
}

/**
 * Runs a command's main function; an error is told without a stack, since its message says what to do.
 * @param {() => Promise<void>} command
 */
export async function runMain(command) {
  try {
    await command();
  } catch (error) {
    console.error(`✗ ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

/** @param {string[]} names */
async function main(names) {
  const all = /** @type {ToolName[]} */ (Object.keys(tools));
  const unknown = names.filter((name) => !(name in tools));
  if (unknown.length > 0) {
    throw new Error(`unknown tool ${unknown[0]}; there are ${all.join(', ')}`);
  }
  await ensure(.../** @type {ToolName[]} */ (names.length > 0 ? names : all));
  console.log('✓ all tools are there');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(() => main(process.argv.slice(2)));
}
