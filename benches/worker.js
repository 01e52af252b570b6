/**
 * One client in a process of its own, so that the CPU time it takes is its alone:
 * `worker.js <client> <port>`, started by measure.js, which tells it what to run.
 */

import { deepStrictEqual } from 'node:assert';
import { VALUES, keysFor } from './workload.js';

/** @import { Case, ValueName } from './workload.js' */

/** @typedef {{ seconds: number, cpuSeconds: number }} Timing of a batch */
/**
 * @typedef {object} Methods
 * @property {(key: string, value: any) => Promise<unknown>} set
 * @property {(key: string) => Promise<unknown>} get null when the key is missing
 * @property {(keys: string[]) => Promise<unknown[]>} [getMany]
 */

const [name = '', port] = process.argv.slice(2);
const { connect } = await import(`./clients/${name}.js`);
/** @type {Record<ValueName, Methods> & { close(): Promise<void> }} */
const client = await connect(Number(port));
await check();

process.on('message', async (/** @type {{ batch: Case, count: number }} */ { batch, count }) => {
  send(await time(batch, count));
});
process.once('disconnect', () => process.exit());
send('ready');

/** Fills all keys and looks that every value comes back as it was. */
async function check() {
  for (const value of /** @type {ValueName[]} */ (Object.keys(VALUES))) {
    const expected = VALUES[value].value;
    for (const key of keysFor(name, value)) {
      await client[value].set(key, expected);
      deepStrictEqual(await client[value].get(key), expected);
    }
  }
}

/**
 * Runs `count` operations, as many at a time as the case says: each of so many loops awaits one operation after the
 * other, as the handlers of concurrent requests do.
 *
 * @param {Case} batch
 * @param {number} count
 * @returns {Promise<Timing>}
 */
async function time({ value, inFlight, operation, keys: ofCall = 1 }, count) {
  const keys = keysFor(name, value);
  const { set, get, getMany } = client[value];
  const stored = VALUES[value].value;
  let next = 0;

  const key = () => /** @type {string} */ (keys[next++ % keys.length]);
  const handlers = {
    async set() {
      while (next < count) await set(key(), stored);
    },
    async get() {
      while (next < count) if ((await get(key())) === null) throw new Error('a key is missing');
    },
    /** Each key counts as an operation. */
    async getMany() {
      while (next < count) await getMany?.(Array.from({ length: ofCall }, key));
    },
  };

  const startCpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: inFlight }, handlers[operation]));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(startCpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** @param {Timing | 'ready'} message */
function send(message) {
  process.send?.(message);
}
