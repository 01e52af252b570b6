/**
 * How many tests of a runner passed and failed, by the runner's own words.
 * @typedef {{ passed: number, failed: number }} Counts
 */

/**
 * The sum of two counts.
 * @param {Counts} a
 * @param {Counts} b
 * @returns {Counts}
 */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/**
 * The counts of a runner that has ended: one that ran nothing has failed, and so has one that says no test failed but
 * ends with a status other than 0.
 * @param {Counts} counts
 * @param {number | string} status
 * @returns {Counts}
 */
export function judge(counts, status) {
  if (counts.failed > 0) return counts;
  if (status !== 0) return fail(counts, `it ended with ${status}`);
  if (counts.passed === 0) return fail(counts, 'it ran no test');
  return counts;
}

/**
 * @param {Counts} counts
 * @param {string} reason
 */
function fail(counts, reason) {
  console.log(`✗ this runner counts as failed: ${reason}`);
  return { passed: counts.passed, failed: counts.failed + 1 };
}
