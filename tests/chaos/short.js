/**
 * A run that is short enough to be made each time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos } from './run.js';
import { FAULTS } from './server-faults.js';
import { complaints } from './summary.js';

/** Each fault of the server strikes about once in this time. */
const SECONDS = 4;
const PACE = { fault: 300, peace: 300 };

/**
 * @param {string} runtime
 * @param {number} seed
 * @param {boolean} failFast
 * @param {boolean} [cluster] in place of one server
 */
export function testShortRun(runtime, seed, failFast, cluster = false) {
  const servers = cluster ? 'on a cluster, ' : '';
  test(`chaos in ${runtime}, ${servers}seed ${seed}, failFast: ${failFast}`, async () => {
    const summary = await runChaos({
      runtime,
      seed,
      seconds: SECONDS,
      calls: 1_000_000,
      callers: 100,
      failFast,
      cluster,
      pace: PACE,
    });
    assert.deepEqual(complaints(summary.violations), []);
    // It has been what it is called.
    assert.ok(
      Object.keys(summary.faults).length > Object.keys(FAULTS).length / 2,
      'the server had faults',
    );
    assert.ok(summary.connections.connections > 10, 'connections had faults');
    assert.ok(
      summary.answered > 300,
      `${summary.answered} of ${summary.calls} calls were answered`,
    );
    assert.ok(summary.answered < summary.calls, 'some calls failed');
  });
}
