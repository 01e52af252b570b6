/** `npm start -- --once`: the round trip on the terminal. */

import { startExample } from './example.js';
import { removeKeys, roundTrip } from './round-trip.js';
import { onStopSignal } from './signals.js';
import { bad, bold, cut, dim, good, print } from './terminal.js';

const SHOWN_BYTES = 20;
const SHOWN_TEXT = 64;

/**
 * Takes the round trip and shows every case.
 * @param {number | undefined} port
 * @param {boolean} isCluster whether Redis is a cluster
 * @throws {Error} when a case is wrong; says which
 */
export async function once(port, isCluster) {
  onStopSignal(() => process.exit(1));
  const example = await startExample({ port, isCluster });
  try {
    print('', bold('One Redis, two languages'), ...example.about.map((line) => dim(`  ${line}`)));
    const outcomes = await show(roundTrip({ worker: example.url, peer: example.peer }));
    await removeKeys(example.peer).catch(() => {});
    conclude(outcomes);
  } finally {
    await example.stop();
  }
}

/**
 * @param {AsyncIterable<import('./round-trip.js').Outcome>} trip
 * @returns what came of every case
 */
async function show(trip) {
  const outcomes = [];
  for await (const outcome of trip) {
    if (outcome.title !== outcomes.at(-1)?.title) print('', bold(outcome.title));
    print(...linesOf(outcome));
    outcomes.push(outcome);
  }
  return outcomes;
}

/** @param {import('./round-trip.js').Outcome} outcome */
function linesOf({ name, key, written, read, stored, faults }) {
  const mark = faults.length === 0 ? good('✓') : bad('✗');
  const label = name.padEnd(9);
  return [
    `  ${mark} ${label} ${cut(written, SHOWN_TEXT)} ${dim('→')} ${cut(read, SHOWN_TEXT)}`,
    dim(`    ${' '.repeat(label.length)} example:${key} = ${bytes(stored)}`),
    ...faults.map((fault) => `    ${bad(`wrong: ${fault}`)}`),
  ];
}

/** @param {string} hex */
function bytes(hex) {
  if (hex === '') return 'nothing';
  const pairs = hex.match(/../g) ?? [];
  const text = Buffer.from(hex, 'hex').toString('latin1');
  const readable = /^[ -~]+$/.test(text) ? ` (the text ${text})` : '';
  if (pairs.length <= SHOWN_BYTES) return `${pairs.join(' ')}${readable}`;
  return `${pairs.slice(0, SHOWN_BYTES).join(' ')} … (${pairs.length} bytes)`;
}

/** @param {import('./round-trip.js').Outcome[]} outcomes */
function conclude(outcomes) {
  const wrong = outcomes.filter(({ faults }) => faults.length > 0);
  if (wrong.length > 0) {
    const names = wrong.map(({ title, name }) => `${title}: ${name}`).join(', ');
    throw new Error(`${wrong.length} of ${outcomes.length} cases are wrong (${names})`);
  }
  print(
    '',
    good(`✓ all ${outcomes.length} cases are right: what one side writes, the other reads`),
  );
}
