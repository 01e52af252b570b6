/**
 * `npm run bench`: this package against ioredis, node-redis and a bare JavaScript loop.
 *
 *     npm run bench                        everything, in less than 5 minutes
 *     npm run bench -- --quick             a look, in less than 30 seconds
 *     npm run bench -- --only ioredis      one client; may be repeated
 *     npm run bench -- --in-flight 1000    one degree of concurrency; may be repeated
 *     npm run bench -- --json FILE         where the figures go, instead of target/bench.json
 *     npm run bench -- --serializer        the serializer alone (serializer.js)
 *     npm run bench -- --cluster           on a cluster, beside one server and other clients (cluster.js)
 *     npm run bench -- --layer             getOrSet beside other cache layers (layer.js)
 *
 * How it is measured. A Redis server of its own listens on a free loopback port. Each client lives in a process of its own
 * (worker.js), so that the CPU time is its alone: user and system time of all threads, the garbage collector's included. In
 * each round every case is run by all clients in turns (measure.js). "N in flight" are N loops, each of which awaits one
 * operation after the other, as the handlers of concurrent requests do. All send the same commands, `SET key value EX 300`
 * and `GET key`, for 1000 keys in turn: the string goes in and comes out as a string, the object through JSON for the
 * others and through the default serializer, Python's pickle, for us. Every client has shown before that each value
 * comes back as it was. The floor (clients/floor.js) tells what plain JavaScript needs at the least.
 *
 * The figures of a machine that does other work at the same time vary; the comparisons vary less. It is the
 * comparisons that the targets (summary.js) are about.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.js';
import { capture } from '../scripts/lib/process.js';
import { root } from '../scripts/lib/paths.js';
import { noteOutput, step } from '../scripts/lib/progress.js';
import { ensure, runMain } from '../scripts/setup.js';
import { startRedis } from '../tests/support/redis.js';
import { measure } from './measure.js';
import { FLOOR, OURS, judge, summarize } from './summary.js';
import { printRows, printTargets } from './table.js';
import { IN_FLIGHT, casesFor } from './workload.js';

/** @import { Effort } from './measure.js' */

const CLIENTS = [OURS, 'ioredis', 'node-redis', FLOOR];
/** @type {Effort} */
const FULL = { rounds: 15, batchSeconds: 0.25 };
/** @type {Effort} */
const QUICK = { rounds: 5, batchSeconds: 0.05 };

/** @typedef {{ clients: string[], inFlight: number[], effort: Effort, json: string, serializer: boolean, pool: boolean, cluster: boolean, layer: boolean }} Options */

await runMain(async () => {
  const options = parseOptions(process.argv.slice(2));
  await ensure('npm', 'redis');
  await build();
  if (options.cluster) return void (await (await import('./cluster.js')).run(options.effort));
  if (options.layer) return void (await (await import('./layer.js')).run());
  if (options.pool) return void (await (await import('./pool.js')).run());
  if (options.serializer) {
    const serializer = await import('./serializer.js');
    return serializer.run();
  }
  await compare(options);
});

/**
 * @param {string[]} args
 * @returns {Options}
 */
function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: CLIENTS },
      'in-flight': { type: 'string', multiple: true, default: IN_FLIGHT.map(String) },
      json: { type: 'string', default: join(root, 'target', 'bench.json') },
      serializer: { type: 'boolean', default: false },
      pool: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      layer: { type: 'boolean', default: false },
    },
  });
  const stranger = values.only.find((name) => !CLIENTS.includes(name));
  if (stranger !== undefined) {
    throw new Error(`no client ${stranger}; there are ${CLIENTS.join(', ')}`);
  }
  const inFlight = values['in-flight'].map(Number);
  if (!inFlight.every((count) => Number.isInteger(count) && count > 0)) {
    throw new Error('--in-flight takes a number from 1 on');
  }
  return {
    clients: CLIENTS.filter((name) => values.only.includes(name)),
    inFlight,
    effort: values.quick ? QUICK : FULL,
    json: resolve(values.json),
    serializer: values.serializer,
    pool: values.pool,
    cluster: values.cluster,
    layer: values.layer,
  };
}

/** @param {Options} options */
async function compare({ clients, inFlight, effort, json }) {
  const machine = describeMachine(clients);
  console.log(
    `${machine.processor} (${machine.cores} cores), Node ${machine.node}, Redis ${machine.redis}`,
  );
  const cases = casesFor(inFlight);
  const seconds = 1.3 * cases.length * clients.length * effort.batchSeconds * (effort.rounds + 2);
  const redis = await startRedis();
  try {
    const series = await step('Measuring', `about ${Math.ceil(seconds)} seconds`, () =>
      measure(clients, cases, () => redis.port, effort, progress),
    );
    const rows = summarize(series);
    const targets = judge(rows);
    printRows(rows);
    printTargets(targets);
    await mkdir(dirname(json), { recursive: true });
    await writeFile(
      json,
      `${JSON.stringify({ machine, effort, rows, targets, series }, null, 2)}\n`,
    );
    console.log(`all figures: ${relative(process.cwd(), json)}`);
  } finally {
    await redis.stop();
  }
}

/** @param {string[]} clients */
function describeMachine(clients) {
  const require = createRequire(import.meta.url);
  const packages = { [OURS]: OURS, ioredis: 'ioredis', 'node-redis': '@redis/client' };
  const versions = Object.entries(packages).filter(([client]) => clients.includes(client));
  const { version: redis = 'of unknown version' } =
    capture('redis-server', ['--version'])?.match(/v=(?<version>\S+)/)?.groups ?? {};
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: os.cpus().length,
    platform: `${os.platform()} ${os.release()}`,
    node: process.versions.node,
    redis,
    clients: Object.fromEntries(
      versions.map(([client, name]) => [client, require(`${name}/package.json`).version]),
    ),
    loadBefore: os.loadavg(),
    date: new Date().toISOString(),
  };
}

/** @param {number} done from 0 to 1 */
function progress(done) {
  noteOutput(`${Math.floor(done * 100)} % done`);
}
