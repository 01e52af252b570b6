/** The tests in Python: tests/python by pytest. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stream } from '../process.js';
import { python } from '../../tools/python.js';
import { judge } from './counts.js';

/**
 * Runs pytest and counts by the report it writes. A skipped test counts as failed.
 *
 * @param {...string} options more for the command line
 */
export async function testPython(...options) {
  const folder = mkdtempSync(join(tmpdir(), 'cachelib-edge-'));
  try {
    const report = join(folder, 'report.xml');
    const args = [
      '-m',
      'pytest',
      'tests/python',
      ...options,
      '-o',
      `cache_dir=${join(folder, 'cache')}`,
      `--junitxml=${report}`,
    ];
    const status = await stream(python(), args, (text) => process.stdout.write(text));
    return judge(countsOf(report), status);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} report */
function countsOf(report) {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const count = (/** @type {string} */ name) =>
    Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors') + count('skipped');
  return { passed: count('tests') - failed, failed };
}
