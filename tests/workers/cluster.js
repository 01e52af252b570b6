/**
 * A cluster in Workers: an isolate that knows the cluster spares its next requests the question, no request has more sockets than
 * the platform grants, and a pool has one object for each node.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { ask, connectionsOf, pause, startIn } from './workerds.js';

/** One more than a request may have sockets. */
const PRIMARIES = 7;
const MAX_SOCKETS = 6;

/** @param {import('./workerds.js').Version} version */
export function cluster(version) {
  describe(`a cluster, ${version.name}`, () => {
    /** @type {import('../support/cluster.js').Cluster} */
    let nodes;
    /** @type {import('./workerds.js').Worker} */
    let worker;
    before(async () => {
      nodes = await startCluster({ primaries: PRIMARIES, replicas: 0 });
      worker = await startIn(version, 'cluster.js', {
        bindings: { REDIS_URL: nodes.url },
        durableObjects: { REDIS: 'RedisPool' },
      });
    });
    after(async () => {
      await worker?.dispose();
      await nodes?.stop();
    });

    /** How many connections of the package each node has now. */
    const connections = async () =>
      Promise.all(nodes.nodes.map(async ({ server }) => (await connectionsOf(server)).length));

    /** How many connections were ever opened, and how often the map was asked for. */
    async function totals() {
      const stats = await nodes.onPrimaries('INFO', 'stats');
      const opened = stats.reduce(
        (sum, text) => sum + Number(/total_connections_received:(\d+)/.exec(String(text))?.[1]),
        0,
      );
      return { opened, slots: await nodes.calls('cluster|slots') };
    }

    /**
     * What an action adds to the totals.
     *
     * @param {() => Promise<unknown>} action
     */
    async function costOf(action) {
      const earlier = await totals();
      await action();
      const { opened, slots } = await totals();
      return { opened: opened - earlier.opened, slots: slots - earlier.slots };
    }

    test('the first request asks for the map, and the next ones go straight to the owner', async () => {
      const key = (/** @type {number} */ index) => ({ through: 'sockets', key: `cold-${index}` });
      const cold = await costOf(() => ask(worker, 'get', key(0)));
      assert.ok(cold.opened <= 2, `${cold.opened} connections`);
      assert.equal(cold.slots, 1);
      for (let index = 1; index < 5; index++) {
        const warm = await costOf(() => ask(worker, 'set', key(index)));
        assert.deepEqual(warm, { opened: 1, slots: 0 });
      }
    });

    test('no request has more than six sockets, and all of its calls are answered', async () => {
      const request = ask(worker, 'many', { through: 'sockets', rest: 1000 });
      let isDone = false;
      void request.finally(() => (isDone = true));
      /** @type {Map<string, { from: number, to: number }>} When each connection was open for certain. */
      const open = new Map();
      const watch = async (/** @type {import('../support/cluster.js').Node} */ node) => {
        while (!isDone) {
          const asked = performance.now();
          for (const id of await connectionsOf(node.server)) {
            const connection = `${node.id} ${id}`;
            const from = open.get(connection)?.from ?? performance.now();
            open.set(connection, { from, to: asked });
          }
          await pause(5);
        }
      };
      await Promise.all(nodes.nodes.map(watch));
      assert.equal(await request, true);
      const at = (/** @type {number} */ time) =>
        [...open.values()].filter(({ from, to }) => from <= time && time <= to).length;
      const most = Math.max(...[...open.values()].map(({ from }) => at(from)));
      assert.ok(most > 0 && most <= MAX_SOCKETS, `${most} connections`);
    });

    test('a pool has one connection to each node, for all requests', async () => {
      await pause(300);
      const requests = Array.from({ length: 20 }, () =>
        ask(worker, 'many', { through: 'pool', rest: 0 }),
      );
      assert.deepEqual(await Promise.all(requests), Array(20).fill(true));
      assert.deepEqual(await connections(), Array(PRIMARIES).fill(1));
      const counts = Array.from({ length: 30 }, () =>
        ask(worker, 'inc', { through: 'pool', key: 'n' }),
      );
      const numbers = await Promise.all(counts);
      assert.deepEqual(
        numbers.toSorted((a, b) => a - b),
        [...counts.keys()].map((index) => index + 1),
      );
    });

    test('many isolates that do not know the cluster: a pool asks for the map but once at a time', async (context) => {
      const caches = 50;
      const { slots } = await costOf(async () => {
        assert.equal(await ask(worker, 'cold', { caches }), true);
      });
      context.diagnostic(`${slots} CLUSTER SLOTS for ${caches} caches`);
      assert.ok(slots >= 1 && slots <= caches / 5, `${slots} CLUSTER SLOTS for ${caches} caches`);
    });

    test('a slot that moves, through the pool', async () => {
      const slot = await nodes.slotOf('moved');
      const from = await nodes.ownerOf(slot);
      const to = nodes.nodes.find((node) => node !== from) ?? from;
      const call = (/** @type {string} */ action) =>
        ask(worker, action, { through: 'pool', key: 'moved' });
      assert.equal(await call('inc'), 1);
      await nodes.beginMove(slot, from, to);
      await nodes.moveKeys(slot, from, to);
      assert.equal(await call('inc'), 2);
      await nodes.endMove(slot, from, to);
      assert.equal(await call('inc'), 3);
    });

    test('one object has not the sockets for so many nodes', async () => {
      assert.equal(await ask(worker, 'stub'), 'POOL_NODES');
    });
  });
}

/** @param {import('./workerds.js').Version} version */
export function failover(version) {
  test(`a primary that is killed is replaced by its replica, ${version.name}`, async (t) => {
    const nodes = await startCluster();
    t.after(() => nodes.stop());
    const worker = await startIn(version, 'cluster.js', {
      bindings: { REDIS_URL: nodes.url },
      durableObjects: { REDIS: 'RedisPool' },
    });
    t.after(() => worker.dispose());
    const store = (/** @type {string} */ through) => ask(worker, 'set', { through, key: 'lost' });
    const ways = ['sockets', 'pool'];
    assert.deepEqual(await Promise.all(ways.map(store)), [true, true]);
    const owner = await nodes.ownerOf(await nodes.slotOf('lost'));
    const replica = await nodes.replicaOf(owner);
    await owner.kill();
    await nodes.until(async () => (await replica.text('ROLE')).startsWith('master'));
    for (const way of ways) {
      await nodes.until(() => store(way), 5000);
      for (let count = 0; count < 20; count++) assert.equal(await store(way), true);
    }
    // With its replica the shard is lost: only the map tells where the slot is from then on.
    await replica.kill();
    await assert.rejects(store('sockets'));
    const slot = await nodes.slotOf('lost');
    const [heir, ...others] = await nodes.primaries();
    for (const node of [heir, ...others]) {
      await node?.send('CLUSTER', 'SETSLOT', slot, 'NODE', heir?.id ?? '');
    }
    // It is asked for after 1, 2, 4 and 8 s, and as much more by chance: the first answers may be of before.
    await nodes.until(() => store('sockets'), 40_000);
  });
}
