/**
 * Does the work of a run in each runtime.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { commands } from '../support/runtimes.js';
import { ask, startIn, workerds } from '../workers/workerds.js';
import { Random } from './random.js';
import { Tally } from './tally.js';

/** @typedef {import('./workload.js').Work} Work */
/** @typedef {{ heap?: number, total: number }} Memory bytes */
/** @typedef {Tally['figures'] & { elapsed: number, before: Memory, after: Memory,
 *   counters: { name: string, least: number, most: number }[][] }} Result */

/** @type {Record<string, (work: Work) => Promise<Result>>} */
export const hosts = {
  node: (work) => inProcess('node', work),
  deno: (work) => inProcess('deno', work, ['--v8-flags=--expose-gc']),
  bun: (work) => inProcess('bun', work),
  workerd: (work) => inWorker(workerds.old, work),
  'workerd-new': (work) => inWorker(workerds.new, work),
};

/**
 * @param {'node' | 'deno' | 'bun'} name
 * @param {Work} work
 * @param {string[]} [flags]
 * @returns {Promise<Result>}
 */
async function inProcess(name, work, flags) {
  const program = fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
  const [command, args] = commands[name](program, flags);
  const child = spawn(command, [...args, JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [code, signal] = await once(child, 'close');
  process.off('exit', kill);
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}:\n${output}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
}

/** Requests at once: more than the places that a call is looked for in. */
const REQUESTS = 40;
/** So many of the requests are given up by their client. */
const ABORTED = 0.1;

/**
 * @param {import('../workers/workerds.js').Version} version
 * @param {Work} work
 * @returns {Promise<Result>}
 */
async function inWorker(version, { cacheArguments, seed, calls, seconds }) {
  const worker = await startIn(version, '../../chaos/programs/workerd.js', {
    bindings: { CACHE_ARGUMENTS: JSON.stringify(cacheArguments) },
  });
  const tally = new Tally();
  const random = new Random(seed, 'requests');
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  let [planned, request] = [0, 0];
  /** @type {Memory | undefined} */
  let before;

  const client = async () => {
    while (planned < calls && elapsed() < seconds) {
      const size = random.magnitude(1, 100);
      planned += size;
      if (planned > calls / 5 || elapsed() > seconds / 5) before ??= await memoryOf('workerd');
      const parameters = { seed, request: request++, calls: size, callers: random.between(1, 4) };
      await makeRequest(worker, parameters, random, tally);
    }
  };
  try {
    await Promise.all(Array.from({ length: REQUESTS }, client));
    const after = await memoryOf('workerd');
    const counters = await ask(worker, 'counters');
    return { ...tally.figures, counters, before: before ?? after, after, elapsed: elapsed() };
  } finally {
    await worker.dispose();
  }
}

/**
 * @param {import('../workers/workerds.js').Worker} worker
 * @param {Record<string, number>} parameters
 * @param {Random} random
 * @param {Tally} tally
 */
async function makeRequest(worker, parameters, random, tally) {
  const signal = random.chance(ABORTED) ? AbortSignal.timeout(random.magnitude(10, 1000)) : null;
  try {
    tally.add(await ask(worker, 'work', parameters, { signal }));
  } catch (error) {
    if (signal?.aborted) return;
    tally.violated('request failed', `${JSON.stringify(parameters)}: ${error}`);
  }
}

/**
 * The memory that a child of this process has.
 *
 * @param {string} name of its program
 * @returns {Promise<Memory>}
 */
async function memoryOf(name) {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  for (const pid of children.trim().split(' ')) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
    if (status.startsWith(`Name:\t${name}\n`)) return { total: Number(kilobytes) * 1024 };
  }
  throw new Error(`no ${name} is running`);
}
