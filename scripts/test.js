/**
 * `npm test`: every runner in turn. The last line is `N passed, N failed`, over all of them.
 *
 * `npm test -- <group>` runs one group; `npm test -- js <words>` the files of tests/ whose path has one of the words.
 * `npm test -- cluster` runs the long tests on clusters and behind Sentinels, which are not among those of `npm test`.
 */

import { build } from './build.js';
import { duration } from './lib/progress.js';
import { python } from './tools/python.js';
import { lint, types } from './lib/testing/checks.js';
import { add, judge } from './lib/testing/counts.js';
import { testCluster } from './lib/testing/cluster.js';
import { testNode } from './lib/testing/node.js';
import { testPython } from './lib/testing/python.js';
import { testRust, testWasm } from './lib/testing/rust.js';
import { ensure, runMain } from './setup.js';

/**
 * @typedef {import('./lib/testing/counts.js').Counts} Counts
 * @typedef {{ needs: import('./setup.js').ToolName[], needsBuild?: boolean,
 *   isLong?: boolean, run: (words: string[]) => Promise<Counts> }} Group a long one runs only when it is named
 */

/** @type {Record<string, Group>} */
const groups = {
  lint: { needs: ['rust', 'rust-lints', 'npm', 'wasm-target'], run: lint },
  types: { needs: ['npm'], needsBuild: true, run: types },
  rust: { needs: ['rust', 'cc'], run: testRust },
  wasm: {
    needs: ['rust', 'npm', 'wasm-target', 'wasm-bindgen-cli', 'wasm-pack', 'chromium'],
    run: testWasm,
  },
  js: {
    needs: ['npm', 'redis', 'chromium', 'python', 'runtimes', 'typedoc'],
    needsBuild: true,
    run: (words) => testNode(words),
  },
  python: { needs: ['npm', 'redis', 'python'], needsBuild: true, run: () => testPython() },
  cluster: {
    needs: ['npm', 'redis', 'python', 'runtimes'],
    needsBuild: true,
    isLong: true,
    run: testCluster,
  },
};

await runMain(async () => {
  const [only, ...words] = process.argv.slice(2);
  if (only !== undefined && !(only in groups)) {
    throw new Error(`there is no group ${only}; there are ${Object.keys(groups).join(', ')}`);
  }
  const chosen = Object.entries(groups).filter(([name, { isLong }]) =>
    only === undefined ? !isLong : name === only,
  );
  let total = { passed: 0, failed: 0 };
  /** @type {string[]} */
  const summary = [];
  for (const [name, group] of chosen) {
    const start = Date.now();
    console.log(`\n── ${name} ──`);
    const counts = await runGroup(group, words);
    summary.push(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${duration(start)}`);
    total = add(total, counts);
  }
  console.log(`\n${summary.join('\n')}\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 ? 1 : 0;
});

/**
 * @param {Group} group
 * @param {string[]} words
 * @returns {Promise<Counts>} a group that cannot run counts as one failed test
 */
async function runGroup({ needs, needsBuild, run }, words) {
  try {
    await ensure(...needs);
    if (needsBuild) await build();
    if (needs.includes('python')) process.env.CACHELIB_EDGE_PYTHON = python();
    return judge(await run(words), 0);
  } catch (error) {
    console.log(`✗ ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1 };
  }
}
