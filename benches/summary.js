/** Medians, what they are beside each other, and the project's targets. */

/** @import { Series } from './measure.js' */
/** @import { Case, Operation, ValueName } from './workload.js' */

export const OURS = 'cachelib-edge';
export const FLOOR = 'floor';
const PEERS = ['ioredis', 'node-redis'];

/**
 * @typedef {object} Row A client in a case: medians of all rounds. A comparison is the median of the comparisons within each
 *   round, so that a disturbance of some rounds does not change it; null where the other client was not measured.
 * @property {string} client
 * @property {Case} case
 * @property {number} operationsPerSecond
 * @property {number} cpuMicroseconds an operation's
 * @property {number | null} oursAgainstIt our operations a second, divided by this client's
 * @property {number | null} cpuAgainstFloor its CPU time an operation, divided by the floor's
 * @property {[number, number]} spread the quartiles of its operations a second
 */

/**
 * @typedef {object} Target
 * @property {string} text
 * @property {number} wanted
 * @property {number} measured
 * @property {boolean} passed
 */

/**
 * @param {Series[]} all
 * @returns {Row[]}
 */
export function summarize(all) {
  return all.map((series) => {
    const beside = (/** @type {string} */ client) =>
      all.find((other) => other.client === client && other.case === series.case);
    const speeds = series.samples.map(({ operationsPerSecond }) => operationsPerSecond);
    return {
      client: series.client,
      case: series.case,
      operationsPerSecond: median(speeds),
      cpuMicroseconds: median(series.samples.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      oursAgainstIt: compare(beside(OURS), series, 'operationsPerSecond'),
      cpuAgainstFloor: compare(series, beside(FLOOR), 'cpuMicroseconds'),
      spread: [quantile(speeds, 0.25), quantile(speeds, 0.75)],
    };
  });
}

/**
 * The median of one series's figures divided by the other's of the same round; null where one is missing.
 *
 * @param {Series | undefined} series
 * @param {Series | undefined} other
 * @param {'operationsPerSecond' | 'cpuMicroseconds'} figure
 */
export function compare(series, other, figure) {
  if (series === undefined || other === undefined) return null;
  return median(
    series.samples.map((sample, round) => sample[figure] / (other.samples[round]?.[figure] ?? NaN)),
  );
}

/** @param {number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5);
}

/**
 * @param {number[]} numbers
 * @param {number} part from 0 to 1
 */
function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = /** @type {number} */ (sorted[Math.floor(place)]);
  const above = /** @type {number} */ (sorted[Math.ceil(place)]);
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How many times a peer's operations a second are wanted of us with 1000 in flight.
 * @type {Record<ValueName, Record<string, number>>}
 */
const WANTED_SPEED = {
  string: { ioredis: 4, 'node-redis': 8 },
  object: { ioredis: 3, 'node-redis': 6 },
};
/** The most CPU time an operation, in the floor's, for the string with 1000 in flight. */
const WANTED_CPU = 1.5;

/**
 * The targets for which there are figures.
 *
 * @param {Row[]} rows
 * @returns {Target[]}
 */
export function judge(rows) {
  return rows.flatMap((row) => {
    const { value, inFlight } = row.case;
    if (PEERS.includes(row.client) && row.oursAgainstIt !== null) {
      if (inFlight === 1000) {
        return [speedTarget(row, row.oursAgainstIt, WANTED_SPEED[value][row.client] ?? 0)];
      }
      if (inFlight === 1) return [speedTarget(row, row.oursAgainstIt, 1)];
    }
    const atFloor = row.client === OURS && inFlight === 1000 && value === 'string';
    return atFloor && row.cpuAgainstFloor !== null ? [cpuTarget(row, row.cpuAgainstFloor)] : [];
  });
}

/**
 * @param {Row} row
 * @param {number} measured
 * @param {number} wanted
 * @returns {Target}
 */
function speedTarget(row, measured, wanted) {
  const text = `${caseText(row.case)}: operations a second against ${row.client}`;
  return { text, wanted, measured, passed: measured >= wanted };
}

/**
 * @param {Row} row
 * @param {number} measured
 * @returns {Target}
 */
function cpuTarget(row, measured) {
  const text = `${caseText(row.case)}: CPU time an operation against the floor`;
  return { text, wanted: WANTED_CPU, measured, passed: measured <= WANTED_CPU };
}

/** @param {{ value: ValueName, inFlight: number, operation: Operation }} item */
function caseText({ value, inFlight, operation }) {
  return `${operation} ${value}, ${inFlight} in flight`;
}
