/**
 * `npm run bench -- --cluster`: what a cluster costs beside one server, and beside other clients of clusters.
 *
 * Three primaries with a replica each, and one server, all on loopback and each without other work. The clients take turns as in
 * run.js, each in a process of its own, with the same keys and commands; the figures are ratios of the same round. With
 * `getMany` an operation is a key of a call for 1000 keys, or for 2. Then the cluster changes under load: cluster-changes.js.
 */

import { startCluster } from '../tests/support/cluster.js';
import { startRedis } from '../tests/support/redis.js';
import { step, noteOutput } from '../scripts/lib/progress.js';
import { measureChanges } from './cluster-changes.js';
import { measure } from './measure.js';
import { compare, FLOOR, OURS } from './summary.js';
import { printVerdict } from './table.js';

/** @import { Effort, Series } from './measure.js' */
/** @import { Case, Operation } from './workload.js' */

const CLUSTER = `${OURS}-cluster`;
const PEERS = [OURS, 'ioredis-cluster', 'node-redis-cluster'];
const FLOOR_CLUSTER = `${FLOOR}-cluster`;
const CLIENTS = [CLUSTER, ...PEERS, FLOOR_CLUSTER, FLOOR];
const IN_FLIGHT = [1, 100, 1000];

/**
 * What is wanted of our client on a cluster, by case and the client it is compared with. With `most`, of its CPU time.
 *
 * @type {[inFlight: number, operation: Operation, other: string, figure: 'operationsPerSecond' | 'cpuMicroseconds', wanted: number][]}
 */
const TARGETS = [
  [1, 'get', OURS, 'operationsPerSecond', 0.97],
  [100, 'get', OURS, 'operationsPerSecond', 0.8],
  [1000, 'get', OURS, 'operationsPerSecond', 0.9],
  [1000, 'get', OURS, 'cpuMicroseconds', 1.1],
  [1000, 'get', 'ioredis-cluster', 'operationsPerSecond', 4],
  [1000, 'get', 'node-redis-cluster', 'operationsPerSecond', 8],
  [1, 'getMany', OURS, 'operationsPerSecond', 1 / 3],
];

/** @param {Effort} effort */
export async function run(effort) {
  const [cluster, redis] = await Promise.all([startCluster(), startRedis()]);
  try {
    const port = Number(cluster.seeds[0]?.port);
    const portFor = (/** @type {string} */ client) =>
      [OURS, FLOOR].includes(client) ? redis.port : port;
    const series = await step('Measuring', 'a few minutes', () =>
      measure(CLIENTS, cases(), portFor, effort, progress),
    );
    for (const item of cases()) print(item, series);
    for (const target of TARGETS) judge(target, series);
    await measureChanges(cluster, Math.ceil(effort.rounds / 3));
  } finally {
    await Promise.all([cluster.stop(), redis.stop()]);
  }
}

/** @returns {Case[]} `set` before `get`, so that there is something to get */
function cases() {
  const operations = /** @type {Operation[]} */ (['set', 'get']);
  const value = 'string';
  return [
    ...IN_FLIGHT.flatMap((inFlight) =>
      operations.map((operation) => ({ value: /** @type {const} */ (value), inFlight, operation })),
    ),
    { value, inFlight: 1, operation: 'getMany', keys: 1000 },
    { value, inFlight: 100, operation: 'getMany', keys: 2 },
  ];
}

/**
 * @param {Series[]} all
 * @param {string} client
 * @param {number} inFlight
 * @param {Operation} operation
 */
function find(all, client, inFlight, operation) {
  return all.find(
    (series) =>
      series.client === client &&
      series.case.inFlight === inFlight &&
      series.case.operation === operation,
  );
}

/**
 * @param {Case} item
 * @param {Series[]} all
 */
function print({ inFlight, operation, keys }, all) {
  const beside = (/** @type {string} */ client, /** @type {string} */ other) => {
    const [ours, others] = [client, other].map((name) => find(all, name, inFlight, operation));
    const [speed, cpu] = /** @type {const} */ (['operationsPerSecond', 'cpuMicroseconds']).map(
      (figure) => compare(ours, others, figure)?.toFixed(2),
    );
    return `${speed} × operations, ${cpu} × CPU`;
  };
  const columns = PEERS.map((client) => `${client}: ${beside(CLUSTER, client)}`);
  columns.push(`bare loops, on the cluster and on one server: ${beside(FLOOR_CLUSTER, FLOOR)}`);
  const what = keys === undefined ? operation : `${operation} of ${keys}`;
  console.log(
    `${String(inFlight).padStart(5)} in flight, ${what.padEnd(15)} ${columns.join('; ')}`,
  );
}

/**
 * @param {typeof TARGETS[number]} target
 * @param {Series[]} all
 */
function judge([inFlight, operation, other, figure, wanted], all) {
  const [ours, others] = [CLUSTER, other].map((client) => find(all, client, inFlight, operation));
  const measured = compare(ours, others, figure) ?? NaN;
  const isMet = figure === 'cpuMicroseconds' ? measured <= wanted : measured >= wanted;
  const what = figure === 'cpuMicroseconds' ? 'CPU time, at most' : 'operations, at least';
  printVerdict(
    isMet,
    `${operation}, ${inFlight} in flight, against ${other}: ${measured.toFixed(2)} × ${what} ${wanted.toFixed(2)} ×`,
  );
}

/** @param {number} done from 0 to 1 */
function progress(done) {
  noteOutput(`${Math.floor(done * 100)} % done`);
}
