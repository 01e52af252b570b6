/** Drives the clients, each in a process of its own, in turns. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Timing } from './worker.js' */
/** @import { Case } from './workload.js' */

/** @typedef {{ rounds: number, batchSeconds: number }} Effort */
/** @typedef {{ operationsPerSecond: number, cpuMicroseconds: number }} Sample of one batch; CPU time is an operation's */
/** @typedef {{ client: string, case: Case, samples: Sample[] }} Series one sample for each round */

const program = fileURLToPath(new URL('worker.js', import.meta.url));

/** A batch is at least as long as this, so that it goes once through all keys. */
const LEAST_OPERATIONS = 1000;

/**
 * In each round every case is run by all clients, one after the other: what disturbs the machine for a while disturbs them
 * alike. Before the first round each case is run until it is warm.
 *
 * @param {string[]} clients
 * @param {Case[]} cases
 * @param {(client: string) => number} portFor the port of a client's server
 * @param {Effort} effort
 * @param {(done: number) => void} progress is told what part of the work is done, from 0 to 1
 * @returns {Promise<Series[]>}
 */
export async function measure(clients, cases, portFor, { rounds, batchSeconds }, progress) {
  /** @type {Worker[]} */
  const workers = [];
  try {
    for (const client of clients) workers.push(await Worker.start(client, portFor(client)));
    const plan = cases.flatMap((item) => workers.map((worker) => new Course(worker, item)));
    for (const course of plan) await course.warmUp(batchSeconds);
    for (let round = 0; round < rounds; round++) {
      for (const [index, course] of plan.entries()) {
        await course.run();
        progress((round + (index + 1) / plan.length) / rounds);
      }
    }
    return plan.map(({ series }) => series);
  } finally {
    for (const worker of workers) worker.stop();
  }
}

/** A case of one client. */
class Course {
  #worker;
  #count = LEAST_OPERATIONS;
  /** @type {Series} */
  series;

  /**
   * @param {Worker} worker
   * @param {Case} item
   */
  constructor(worker, item) {
    this.#worker = worker;
    this.series = { client: worker.client, case: item, samples: [] };
  }

  /**
   * Runs batches of growing size until one is about as long as wanted.
   *
   * @param {number} seconds
   */
  async warmUp(seconds) {
    for (;;) {
      const timing = await this.#worker.run(this.series.case, this.#count);
      if (timing.seconds > 0.7 * seconds) return;
      const growth = Math.min(4, seconds / timing.seconds);
      this.#count = Math.ceil(this.#count * growth);
    }
  }

  async run() {
    const count = this.#count;
    const { seconds, cpuSeconds } = await this.#worker.run(this.series.case, count);
    this.series.samples.push({
      operationsPerSecond: count / seconds,
      cpuMicroseconds: (cpuSeconds / count) * 1e6,
    });
  }
}

/** A process with one client. */
class Worker {
  /**
   * @param {string} client
   * @param {ChildProcess} process
   */
  constructor(client, process) {
    this.client = client;
    this.process = process;
  }

  /**
   * @param {string} client
   * @param {number} port
   */
  static async start(client, port) {
    const worker = new Worker(client, fork(program, [client, String(port)]));
    await worker.#answer();
    return worker;
  }

  /**
   * @param {Case} batch
   * @param {number} count
   * @returns {Promise<Timing>}
   */
  run(batch, count) {
    this.process.send({ batch, count });
    return this.#answer();
  }

  stop() {
    this.process.kill();
  }

  async #answer() {
    const stop = new AbortController();
    const { signal } = stop;
    try {
      const ended = once(this.process, 'exit', { signal }).then(() => {
        throw new Error(`the benchmark's process for ${this.client} ended: see what it printed`);
      });
      const [message] = await Promise.race([once(this.process, 'message', { signal }), ended]);
      return message;
    } finally {
      stop.abort();
    }
  }
}
