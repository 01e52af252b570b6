/** Tests that print as Rust's own test harness does: `cargo test` and `wasm-pack test`. */

import { stream } from '../process.js';
import { judge } from './counts.js';

const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/;
/** A test that passed, and lines without news. */
const QUIET = /^(test .+ \.\.\. ok$|running \d+ tests?$|\s*$)/;

/** @typedef {import('./counts.js').Counts} Counts */

/**
 * Runs a command, shows what it prints but for the tests that pass, and adds up the results of its test programs.
 * An ignored test counts as failed.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string | undefined>} [env]
 * @returns {Promise<Counts>}
 */
export async function runLibtest(command, args, env) {
  const counts = { passed: 0, failed: 0 };
  const status = await stream(
    command,
    args,
    byLine((line) => {
      const result = RESULT.exec(line);
      if (result !== null) {
        counts.passed += Number(result[1]);
        counts.failed += Number(result[2]) + Number(result[3]);
      }
      if (!QUIET.test(line)) console.log(line);
    }),
    { env },
  );
  return judge(counts, status);
}

/**
 * Makes whole lines of pieces of text.
 * @param {(line: string) => void} take
 */
function byLine(take) {
  let rest = '';
  return (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  };
}
