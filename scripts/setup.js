/**
 * Gets the tools that the project's commands use, and does nothing where they are there already.
 *
 * `node scripts/setup.js [tool…]` gets those named, or all.
 */

import { pathToFileURL } from 'node:url';
import { CommandError } from './lib/process.js';
import { explain } from './tools/explain.js';
import { ensure } from './tools/install.js';
import { platform } from './tools/platform.js';
import { forStart, forTests, toolsFor } from './tools/table.js';

export { ensure } from './tools/install.js';

/** @typedef {import('./tools/table.js').ToolName} ToolName */

/**
 * Runs a command's main function; an error is told without a stack, since its message says what to do.
 * @param {() => Promise<void>} command
 */
export async function runMain(command) {
  try {
    await command();
  } catch (error) {
    console.error(`✗ ${error instanceof Error ? error.message : error}`);
    const cause = error instanceof CommandError ? explain(error.output, process.env) : null;
    if (cause !== null) console.error(`✗ ${cause}`);
    process.exitCode = 1;
  }
}

/** @param {string[]} names */
async function main(names) {
  const known = Object.keys(toolsFor(platform()));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`unknown tool ${unknown}; there are ${known.join(', ')}`);
  }
  const all = [...forStart, ...forTests];
  await ensure(.../** @type {ToolName[]} */ (names.length > 0 ? names : all));
  console.log('✓ all tools are there');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(() => main(process.argv.slice(2)));
}
