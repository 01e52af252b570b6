/**
 * One computation for all: processes of Node, requests of a Worker, and Python, on one Redis and on a cluster.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { python } from '../../scripts/tools/python.js';
import { startCluster } from '../support/cluster.js';
import { startRedis } from '../support/redis.js';
import { startWorkerd } from '../support/runtimes.js';
import { workerds } from '../workers/workerds.js';
import { program, startCallers } from './callers.js';
import { startSource, TAKES_MS } from './source.js';

const CALLERS = 1000;

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((next) => setTimeout(next, milliseconds));

/** @import { Result } from './callers.js' */
/** @typedef {{ url: string, send(name: string, key: string, ...rest: (string | number)[]): Promise<any>, stop(): Promise<void> }} Deployment */

/** @returns {Promise<Deployment>} */
async function startOne() {
  const server = await startRedis();
  const client = await server.client();
  const stop = async () => {
    client.close();
    await server.stop();
  };
  return { url: server.url, send: (...command) => client.send(...command), stop };
}

/** @type {[string, () => Promise<Deployment>][]} */
const DEPLOYMENTS = [
  ['one Redis', startOne],
  ['a cluster', () => startCluster({ replicas: 0 })],
];

for (const [title, startDeployment] of DEPLOYMENTS) {
  describe(`one computation for many processes, on ${title}`, () =>
    describeProcesses(startDeployment));
}

/** @param {() => Promise<Deployment>} startDeployment */
function describeProcesses(startDeployment) {
  /** @type {Deployment} */
  let redis;
  /** @type {import('./source.js').Source} */
  let source;
  /** @type {Awaited<ReturnType<typeof startWorkerd>>[]} */
  const workers = [];

  before(async () => {
    [redis, source] = await Promise.all([startDeployment(), startSource()]);
    for (const { program: path, compatibilityDate } of Object.values(workerds)) {
      process.env.MINIFLARE_WORKERD_PATH = path;
      const bindings = { REDIS_URL: redis.url, SOURCE_URL: source.url };
      workers.push(await startWorkerd(program('worker.js'), { compatibilityDate, bindings }));
    }
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.dispose()));
    await redis?.stop();
    source?.stop();
  });

  /**
   * Three processes of Node and one of Python that are ready to begin.
   *
   * @param {string} key
   * @param {number} lock seconds
   */
  function startProcesses(key, lock) {
    const task = { redisUrl: redis.url, sourceUrl: source.url, key, callers: CALLERS / 5, lock };
    return Promise.all([
      ...[1, 2, 3].map(() => startCallers(task)),
      startCallers(task, python(), 'callers.py'),
    ]);
  }

  /**
   * @param {(typeof workers)[number]} worker
   * @param {Record<string, string | number>} parameters
   * @param {object} [init]
   * @returns {Promise<Result>}
   */
  async function request(worker, parameters, init) {
    const query = new URLSearchParams(Object.entries(parameters).map(([k, v]) => [k, String(v)]));
    const response = await worker.dispatchFetch(`http://worker.test/?${query}`, init);
    const text = await response.text();
    assert.ok(response.ok, text);
    return JSON.parse(text);
  }

  test('a thousand callers in three processes of Node, two workerds and Python: one run', async () => {
    const key = 'cold';
    const processes = await startProcesses(key, 10);
    const requests = workers.flatMap((worker) =>
      [1, 2, 3, 4].map(() => request(worker, { key, callers: CALLERS / 5 / 4, lock: 10 })),
    );
    const results = await Promise.all([...processes.map((each) => each.run()), ...requests]);
    for (const result of results) {
      assert.deepEqual(result?.answers, [`value of ${key}`]);
      assert.ok(result.milliseconds < 1.2 * TAKES_MS + 5000, `${result.milliseconds} ms`);
    }
    assert.equal(source.askedFor(key).length, 1, source.askedFor(key).join());
  });

  test('the holder is killed in the middle: one more run, once its lease has lapsed', async () => {
    const key = 'killed';
    const lease = 2;
    const processes = await startProcesses(key, lease);
    const byPid = new Map(processes.map((each) => [each.pid, each]));
    source.answerIf((who) => {
      if (source.askedFor(key).length > 1) return true;
      byPid.get(who)?.kill();
      return false;
    });
    const running = processes.map((each) => each.run());
    while (source.askedFor(key).length === 0) await pause(10);
    const requests = workers.map((worker) => request(worker, { key, callers: 50, lock: lease }));
    const results = await Promise.all([...running, ...requests]);
    const answered = results.filter((result) => result !== null);
    assert.equal(answered.length, processes.length + workers.length - 1);
    for (const { answers, milliseconds } of answered) {
      assert.deepEqual(answers, [`value of ${key}`]);
      assert.ok(milliseconds < lease * 1000 + 1.2 * TAKES_MS + 5000, `${milliseconds} ms`);
    }
    assert.equal(source.askedFor(key).length, 2);
  });

  // https://github.com/emdash-cms/emdash/issues/2626
  test("a visitor cancels the request that computes: others' requests are answered", async () => {
    for (const [index, worker] of workers.entries()) {
      const key = `cancelled ${index}`;
      source.answerIf((who) => who !== 'cancelled');
      const controller = new AbortController();
      // The platform lets what the request has begun go on for a while, so that its lease is renewed.
      const parameters = { key, callers: 10, lock: 0.5 };
      const cancelled = request(
        worker,
        { ...parameters, who: 'cancelled' },
        { signal: controller.signal },
      );
      while (source.askedFor(key).length === 0) await pause(10);
      const others = [1, 2, 3].map(() => request(worker, parameters));
      await pause(100);
      controller.abort();
      await assert.rejects(cancelled);
      for (const { answers } of await Promise.all(others)) {
        assert.deepEqual(answers, [`value of ${key}`]);
      }
      assert.equal(source.askedFor(key).length, 2);
    }
  });

  // https://github.com/cloudflare/vinext/issues/438
  test('a stale value is computed anew after the response was sent', async () => {
    source.answerIf(() => true);
    for (const [index, worker] of workers.entries()) {
      const key = `stale ${index}`;
      await redis.send('SET', key, '1', 'PX', '30000');
      const found = await request(worker, { key, callers: 10, lock: 10, grace: 30 });
      assert.deepEqual(found.answers, [1]);
      assert.ok(found.milliseconds < TAKES_MS);
      for (let left = 100; left > 0; left--) {
        if (Number(await redis.send('PTTL', key)) > 31_000) break;
        await pause(50);
      }
      const [fresh] = (await request(worker, { key, callers: 1, lock: 10, grace: 30 })).answers;
      assert.equal(fresh, `value of ${key}`);
      assert.equal(source.askedFor(key).length, 1);
    }
  });
}
