/** The results, for the terminal. */

import { VALUES } from './workload.js';

/** @import { Row, Target } from './summary.js' */
/** @import { ValueName } from './workload.js' */

const HEAD = ['in flight', '', 'client', 'ops/s', 'CPU µs/op', 'we are', 'CPU/floor'];
const WIDTHS = [9, 3, 13, 9, 9, 7, 9];
/** The columns of words, which are aligned on the left. */
const WORDS = new Set([1, 2]);

/** @param {Row[]} rows */
export function printRows(rows) {
  for (const value of /** @type {ValueName[]} */ (Object.keys(VALUES))) {
    console.log(`\n${VALUES[value].title}`);
    console.log(line(HEAD));
    let last = '';
    for (const row of rows.filter((each) => each.case.value === value)) {
      const { inFlight, operation } = row.case;
      const begin = [String(inFlight), operation];
      const isNew = begin.join() !== last;
      last = begin.join();
      console.log(line([...(isNew ? begin : ['', '']), ...cells(row)]));
    }
  }
  console.log(
    '\nwe are: our operations a second, in those of this client; CPU/floor: its CPU time an operation, in the floor’s\n',
  );
}

/** @param {Target[]} targets */
export function printTargets(targets) {
  for (const { text, wanted, measured, passed } of targets) {
    const bound = text.includes('CPU') ? 'at most' : 'at least';
    const figures = `${measured.toFixed(2)}× (${bound} ${wanted}×)`;
    printVerdict(passed, `${text}: ${figures}`);
  }
  const met = targets.filter(({ passed }) => passed).length;
  if (targets.length > 0) console.log(`${met} of ${targets.length} targets met\n`);
}

/**
 * @param {boolean} isMet
 * @param {string} text what is wanted, and what was measured
 */
export function printVerdict(isMet, text) {
  console.log(`${isMet ? 'PASS ' : 'below'} ${text}`);
}

/** @param {Row} row */
function cells({ client, operationsPerSecond, cpuMicroseconds, oursAgainstIt, cpuAgainstFloor }) {
  return [
    client,
    Math.round(operationsPerSecond).toLocaleString('en-US'),
    cpuMicroseconds.toFixed(2),
    times(oursAgainstIt),
    times(cpuAgainstFloor),
  ];
}

/** @param {number | null} ratio */
function times(ratio) {
  return ratio === null ? '–' : `${ratio.toFixed(2)}×`;
}

/** @param {string[]} columns */
function line(columns) {
  const padded = columns.map((text, index) => {
    const width = WIDTHS[index] ?? 0;
    return WORDS.has(index) ? text.padEnd(width) : text.padStart(width);
  });
  return `  ${padded.join('  ')}`.trimEnd();
}
