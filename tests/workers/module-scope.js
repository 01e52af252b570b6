/**
 * One cache at module scope of a Worker, which every other Redis client fails at.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startFaultyServer } from '../support/faulty.js';
import { startProxy } from '../support/proxy.js';
import { freePort, startRedis } from '../support/redis.js';
import { ask, connectionsOf, ERROR_PATTERN, pause, startIn } from './workerds.js';

/** So long after its end nothing of a request is left, in milliseconds. */
const FORGOTTEN = 300;

/** @param {import('./workerds.js').Version} version */
export function moduleScope(version) {
  describe(`module scope, ${version.name}`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {import('../support/proxy.js').Proxy} */
    let proxy;
    /** @type {Awaited<ReturnType<typeof startFaultyServer>>} */
    let silent;
    /** @type {import('./workerds.js').Worker} */
    let worker;
    let downPort = 0;

    before(async () => {
      redis = await startRedis();
      proxy = await startProxy({ port: redis.port });
      silent = await startFaultyServer('silent');
      downPort = await freePort();
      const DOWN_URL = `redis://127.0.0.1:${downPort}`;
      worker = await startIn(version, 'module-scope.js', {
        bindings: { REDIS_URL: proxy.url, SILENT_URL: silent.url, DOWN_URL },
        durableObjects: { OBJECT: 'Warm' },
      });
    });
    after(async () => {
      await worker?.dispose();
      for (const server of [silent, proxy, redis]) await server?.stop();
    });

    /**
     * How many connections requests open that come at once and count by themselves.
     *
     * @param {number} count
     * @param {(id: string) => Promise<number[]>} request
     */
    async function connectionsFor(count, request) {
      const { connections } = proxy.counters;
      const ids = Array.from({ length: count }, (_, index) => String(index));
      const run = Date.now();
      const counted = await Promise.all(ids.map((id) => request(`${run}-${id}`)));
      for (const counts of counted) {
        assert.deepEqual(
          counts.map((value) => value - /** @type {number} */ (counts[0])),
          [0, 1, 2, 3],
        );
      }
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
      return proxy.counters.connections - connections;
    }

    /** @param {string} id */
    const own = (id) => ({ own: { id }, has: true, list: [{ id }, null], counted: 1 });

    for (const [action, where] of [
      ['work', 'at module scope'],
      ['inHandler', 'made in the handler'],
    ]) {
      test(`${where}: three requests one after another`, async () => {
        for (const name of ['a', 'b', 'c']) {
          const id = `${action}-${name}`;
          assert.deepEqual(await ask(worker, action, { id }), own(id));
        }
      });

      test(`${where}: 200 requests at once, each with its own answers`, async () => {
        const ids = Array.from({ length: 200 }, (_, index) => `${action}-${index}`);
        const answers = await Promise.all(ids.map((id) => ask(worker, action, { id })));
        assert.deepEqual(answers, ids.map(own));
        assert.doesNotMatch(worker.log(), ERROR_PATTERN);
      });
    }

    test('a request uses one connection for all its calls', async () => {
      const { connections } = proxy.counters;
      await ask(worker, 'work', { id: 'one' });
      assert.equal(proxy.counters.connections - connections, 1);
      await ask(worker, 'slowly', { id: 'one', wait: 500 });
      assert.equal(proxy.counters.connections - connections, 2);
    });

    test('requests that pause between calls, while others come and go', async () => {
      const slow = Array.from({ length: 20 }, (_, index) =>
        ask(worker, 'slowly', { id: index, wait: 50 * index }),
      );
      for (let index = 0; index < 50; index++) {
        const id = `meanwhile-${index}`;
        assert.deepEqual(await ask(worker, 'work', { id }), own(id));
      }
      for (const answer of await Promise.all(slow)) assert.deepEqual(answer, [1, 2]);
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });

    for (const [action, count] of /** @type {[string, number][]} */ ([
      ['found', 20],
      ['found', 100],
      ['mixed', 100],
      ['inSpans', 100],
      ['given', 1000],
    ])) {
      test(`${count} requests at once that pause between their calls use one connection each (${action})`, async () => {
        assert.equal(await connectionsFor(count, (id) => ask(worker, action, { id })), count);
      });
    }

    test("another request's context is refused, and changes nothing for both", async () => {
      const kept = ask(worker, 'keepContext', { wait: 300 });
      await pause(100);
      assert.deepEqual(await ask(worker, 'useContext'), ['WRONG_CONTEXT', 1]);
      assert.equal(await kept, 1);
    });

    for (const action of ['forget', 'forgetAtOnce']) {
      test(`a write that nobody waits for arrives (${action})`, async () => {
        const ids = Array.from({ length: 20 }, (_, index) => `${action}-${index}`);
        await Promise.all(ids.map((id) => ask(worker, action, { id })));
        for (const id of ids) {
          assert.equal(await ask(worker, 'read', { id: `forgotten:${id}` }), id);
        }
      });
    }

    test('a call at global scope is refused with advice; the clock is right afterwards', async () => {
      const { forbidden, clock, code } = await ask(worker, 'early');
      assert.equal(forbidden, 'GLOBAL_SCOPE');
      assert.ok(clock === 0, `the clock read ${clock}`);
      // With a deadline computed from 0 it would be TIMEOUT.
      assert.match(code, /CONNECTION_FAILED|CONNECTION_REFUSED/);
    });

    test('an error that is caught is not reported as unhandled', async () => {
      const { codes, unhandled } = await ask(worker, 'caught');
      assert.equal(codes.length, 3);
      assert.deepEqual(unhandled, []);
    });

    test('the first request after an outage finds the server, though no timer of those before is left', async () => {
      for (let request = 0; request < 3; request++) {
        assert.match(await ask(worker, 'down'), /^CONNECTION_(FAILED|REFUSED)$/);
        await pause(FORGOTTEN);
      }
      const back = await startRedis({ port: downPort });
      try {
        // Longer than the pause after so many attempts.
        await pause(500);
        assert.equal(await ask(worker, 'down'), 'answered');
      } finally {
        await back.stop();
      }
    });

    test('a Durable Object as connector, without the pool, says what to export', async () => {
      assert.match(await ask(worker, 'noPool'), /^POOL_MISSING .*export { RedisPool }/);
    });

    test('a signal that another request aborts touches nothing of this one', async () => {
      const stuck = ask(worker, 'stuck');
      await pause(200);
      await ask(worker, 'abort');
      assert.equal(await stuck, 'CONNECT_TIMEOUT');
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });

    test('requests that their clients give up leave nothing behind and disturb no others', async () => {
      const given = Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          ask(
            worker,
            'slowly',
            { id: `gone-${index}`, wait: 1500 },
            { signal: AbortSignal.timeout(200) },
          ),
        ),
      );
      const ids = Array.from({ length: 20 }, (_, index) => `stay-${index}`);
      const answers = await Promise.all(ids.map((id) => ask(worker, 'work', { id })));
      assert.deepEqual(answers, ids.map(own));
      for (const { status } of await given) assert.equal(status, 'rejected');
      // The new workerd lets them run to their end.
      await pause(1500 + FORGOTTEN);
      assert.equal((await connectionsOf(redis)).length, 0);
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });

    test('thousands of requests leave no connection and take no more memory', async () => {
      const load = async (/** @type {number} */ requests) => {
        let left = requests;
        const client = async () => {
          while (left-- > 0) assert.equal(await ask(worker, 'read', { id: 'stored' }), 'here');
        };
        await Promise.all(Array.from({ length: 16 }, client));
      };
      await ask(worker, 'store', { id: 'stored', value: 'here' });
      await load(1000);
      // How many cores there are at once, until their requests are known to have ended, differs from run to run: the memory
      // is that of the most there ever were. What a request left behind would grow it in each run, by a page for 66 bytes.
      const grown = [];
      do {
        const memory = await ask(worker, 'memory');
        await load(1000);
        grown.push((await ask(worker, 'memory')) - memory);
      } while (grown.at(-1) > 0 && grown.length < 5);
      assert.equal(grown.at(-1), 0, `bytes more after each 1,000 requests: ${grown}`);
      await pause(FORGOTTEN);
      assert.equal((await connectionsOf(redis)).length, 0);
      assert.doesNotMatch(worker.log(), ERROR_PATTERN);
    });

    test('a Durable Object keeps its connection, whatever requests come in between', async () => {
      const object = (/** @type {string} */ id) => ask(worker, 'object', { name: 'warm', id });
      assert.equal(await object('first'), 'first');
      await pause(FORGOTTEN);
      const connections = await connectionsOf(redis);
      assert.equal(connections.length, 1);
      for (const id of ['second', 'third', 'fourth']) {
        for (let index = 0; index < 30; index++) await ask(worker, 'read', { id: 'nothing' });
        await pause(FORGOTTEN);
        assert.equal(await object(id), id);
      }
      assert.deepEqual(await connectionsOf(redis), connections);
    });

    test('many Durable Objects keep few idle connections', async () => {
      const names = Array.from({ length: 40 }, (_, index) => `crowd-${index}`);
      for (const name of names) await ask(worker, 'object', { name, id: name });
      await pause(7000);
      const { length } = await connectionsOf(redis);
      assert.ok(length <= 17, `${length} are open`);
      for (const name of names) assert.equal(await ask(worker, 'object', { name, id: name }), name);
    });

    for (const pauses of ['found', 'given']) {
      test(`100 requests at once to four Durable Objects use one connection for each object (${pauses})`, async () => {
        const used = await connectionsFor(100, (id) =>
          ask(worker, 'object', { name: `${pauses}-${Number(id.split('-')[1]) % 4}`, id, pauses }),
        );
        assert.equal(used, 4);
      });
    }

    test('12 s of steady load, Redis restarted in the middle: no call hangs, no reply goes to another call', async () => {
      const end = Date.now() + 12_000;
      /** When Redis, which is empty after it, was last restarted. */
      let lastDown = 0;
      const restarted = pause(6_000)
        .then(() => redis.restart())
        .then(() => (lastDown = Date.now()));
      /** When the requests began that found nothing of what they had stored. @type {number[]} */
      const emptied = [];
      let answered = 0;
      let failed = 0;
      const client = async (/** @type {number} */ number) => {
        for (let count = 0; Date.now() < end; count++) {
          const id = `steady-${number}-${count}`;
          const start = Date.now();
          try {
            const answers = await ask(worker, 'work', { id });
            // A restarted Redis is empty: what was stored just before is missing then.
            if (answers.own === null) emptied.push(start);
            else assert.deepEqual(answers.own, { id });
            assert.ok([id, undefined].includes(answers.list[0]?.id), answers.list);
            answered++;
          } catch (error) {
            // What was lost is told by an error of this package.
            assert.match(String(error), /connection|redis at/, String(error));
            failed++;
          }
          assert.ok(Date.now() - start < 6000, `${id} took ${Date.now() - start} ms`);
          await pause(20);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
      await restarted;
      assert.ok(emptied.every((start) => start < lastDown));
      assert.ok(answered > 2 * failed, `${answered} answered, ${failed} failed`);
      assert.deepEqual(await ask(worker, 'work', { id: 'afterwards' }), own('afterwards'));
      assert.doesNotMatch(worker.log(), /hung|different request|uncaught/i);
    });
  });
}
