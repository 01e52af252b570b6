/** `npm run doctor`: what is there of the tools, what is missing or too old, why, and what mends it. Changes nothing. */

import { adviceFor, decide, unsupported } from './tools/decide.js';
import { examine } from './tools/install.js';
import { platform } from './tools/platform.js';
import { forStart, forTests } from './tools/table.js';
import { runMain } from './setup.js';

/** @typedef {Awaited<ReturnType<typeof examine>>} Examined */

/** By which others are installed: of use only where one of those is wanting, and shown all the same. */
const BASICS = /** @type {const} */ (['npm-program', 'cc', 'python3']);

await runMain(async () => {
  const reason = unsupported(platform());
  if (reason !== null) console.log(`✗ ${reason}`);
  console.log('\nnpm start needs');
  print({ mark: '✓', title: 'Node', about: `${process.versions.node} (${process.execPath})` });
  const start = await report([...BASICS, ...forStart]);
  console.log('\nnpm test needs besides');
  const tests = await report(forTests);
  const wrong = start.filter((each) => each.state !== 'ready');
  console.log(`\n${summary(wrong, tests)}`);
  if (wrong.length > 0 || reason !== null) process.exitCode = 1;
});

/** @param {readonly import('./tools/table.js').ToolName[]} names */
async function report(names) {
  const examined = await Promise.all(names.map(examine));
  for (const each of examined) print(row(each));
  return examined;
}

/** @param {Examined} examined */
function row({ name, tool, found, state, why }) {
  if (state === 'ready') {
    const place = found.path === null ? '' : ` (${found.path})`;
    return { mark: '✓', title: tool.title, about: `${found.version}${place}` };
  }
  const { action } = decide(tool, found, platform());
  const mend =
    action === 'install'
      ? `\`${forStart.some((each) => each === name) ? 'npm start' : 'npm test'}\` installs it; so does \`node scripts/setup.js ${name}\`.`
      : adviceFor(tool, platform());
  return { mark: '✗', title: tool.title, about: `${why}. ${mend}` };
}

/** @param {{ mark: string, title: string, about: string }} row */
function print({ mark, title, about }) {
  console.log(`  ${mark} ${title.padEnd(40)} ${about}`);
}

/**
 * @param {Examined[]} wrong
 * @param {Examined[]} tests
 */
function summary(wrong, tests) {
  if (wrong.length > 0) return `✗ npm start lacks ${wrong.length} of its tools`;
  const missing = tests.filter((each) => each.state !== 'ready').length;
  if (missing === 0) return '✓ all tools are there';
  return `✓ npm start has all its tools; npm test installs ${missing} more`;
}
