/**
 * What came of a run, as a table.
 */

/** What must not happen. The kinds that are not named here count as wrong answers. */
const COLUMNS = ['hung', 'crossed', 'late', 'counted twice', 'increments lost'];

/** @param {import('./run.js').Summary} summary */
export function table({
  runtime,
  seed,
  failFast,
  cluster,
  calls,
  answered,
  latest,
  elapsed,
  before,
  after,
  ...rest
}) {
  const { violations, errors, faults, connections } = rest;
  const count = (/** @type {string} */ kind) => violations[kind]?.count ?? 0;
  const others = Object.keys(violations).filter((kind) => !COLUMNS.includes(kind));
  const rows = [
    ['runtime', runtime],
    ['seed', seed],
    ['failFast', failFast],
    ['cluster', cluster],
    ['seconds', Math.round(elapsed)],
    ['calls', calls],
    ['answered', answered],
    ['hung', count('hung')],
    ['crossed', count('crossed')],
    ['late by more than 250 ms', count('late')],
    ['the latest, ms beyond own lag', Math.round(latest)],
    ['counted twice', count('counted twice')],
    ['increments lost', count('increments lost')],
    ['wrong otherwise', others.reduce((sum, kind) => sum + count(kind), 0)],
    ['memory of the process, MB', `${megabytes(before?.total)} → ${megabytes(after.total)}`],
    ['memory in use, MB', `${megabytes(before?.heap)} → ${megabytes(after.heap)}`],
    ['errors', list(errors)],
    ['faults of the server', list(faults)],
    ['connections', list(connections)],
  ];
  return [
    ...rows.map(([name, value]) => `${String(name).padEnd(32)}${format(value)}`),
    ...complaints(violations),
  ].join('\n');
}

/**
 * Each violation with examples.
 *
 * @param {import('./tally.js').Violations} violations
 */
export function complaints(violations) {
  return Object.entries(violations).flatMap(([kind, { count, examples }]) => [
    `${kind}: ${count}`,
    ...examples.map((example) => `  ${example}`),
  ]);
}

/** @param {unknown} value */
function format(value) {
  return typeof value === 'number' ? value.toLocaleString('en') : value;
}

/** @param {number} [bytes] */
function megabytes(bytes) {
  return bytes === undefined ? '?' : (bytes / 2 ** 20).toFixed(1);
}

/** @param {Record<string, number>} counts */
function list(counts) {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${format(count)}`)
    .join(', ');
}
