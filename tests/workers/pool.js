/**
 * The pool in a Durable Object.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startFaultyServer } from '../support/faulty.js';
import { startProxy } from '../support/proxy.js';
import { freePort, startRedis } from '../support/redis.js';
import { command, HOSTILE } from './pool-bytes.js';
import { ask, connectionsOf, pause, startIn } from './workerds.js';

const PASSWORD = 'p@ss w/örd';

/** @param {import('./workerds.js').Version} version */
export function pool(version) {
  describe(`the pool, ${version.name}`, () => {
    /** @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {import('../support/redis.js').RedisServer} */
    let locked;
    /** @type {import('../support/proxy.js').Proxy} */
    let proxy;
    /** @type {import('./workerds.js').Worker} */
    let worker;

    before(async () => {
      redis = await startRedis();
      locked = await startRedis({ password: PASSWORD });
      proxy = await startProxy({ port: redis.port });
      worker = await startIn(version, 'pool.js', {
        bindings: { REDIS_URL: proxy.url },
        durableObjects: {
          REDIS: 'RedisPool',
          OTHER: 'Other',
          PLAIN: 'Plain',
          THROWING: 'Throwing',
        },
      });
    });
    after(async () => {
      await worker?.dispose();
      for (const server of [proxy, locked, redis]) await server?.stop();
    });

    /** @param {string} id */
    const own = (id) => ({ own: { id }, has: true, list: [{ id }, null], counted: 1 });

    test('every method, as without it', async () => {
      assert.deepEqual(await ask(worker, 'methods'), [
        ['a', 'b'],
        [1, {}, null],
        { a: 1, c: null },
        false,
        true,
        6,
        5,
        true,
        true,
        ['b', 'c'],
        true,
        true,
        null,
        { d: 1 },
        { d: 1 },
        true,
        null, // Infinity has no form in JSON
        true,
        true,
        2,
        2,
        null,
        true,
        [],
      ]);
    });

    test('200 requests at once over one connection, each with its own answers', async () => {
      const ids = Array.from({ length: 200 }, (_, index) => `many-${index}`);
      const answers = await Promise.all(ids.map((id) => ask(worker, 'work', { id })));
      assert.deepEqual(answers, ids.map(own));
      assert.equal((await connectionsOf(redis)).length, 1);
    });

    test('100 requests at once for one key: Redis is asked for it once a tick', async (context) => {
      await ask(worker, 'set', { id: 'hot' });
      const client = await redis.client();
      const calls = async () => {
        const stats = String(await client.send('INFO', 'commandstats'));
        return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
      };
      const earlier = await calls();
      const requests = Array.from({ length: 100 }, () => ask(worker, 'get', { id: 'hot' }));
      assert.deepEqual(await Promise.all(requests), Array(100).fill('hot'));
      const sent = (await calls()) - earlier;
      client.close();
      context.diagnostic(`${sent} GET for 100 requests`);
      assert.ok(sent < 80, `${sent} GET for 100 requests`);
    });

    test('the connection stays, from request to request', async () => {
      const { connections } = proxy.counters;
      const ids = await connectionsOf(redis);
      for (let index = 0; index < 5; index++) {
        await ask(worker, 'get', { id: 'nothing' });
        await pause(200);
      }
      assert.deepEqual(await connectionsOf(redis), ids);
      assert.equal(proxy.counters.connections, connections);
    });

    test('a thousand calls of one tick are one call of the pool', async () => {
      await ask(worker, 'tick', { count: 1 });
      const { roundTrips } = proxy.counters;
      proxy.change({ delay: 20 });
      assert.equal(await ask(worker, 'tick', { count: 1000 }), true);
      proxy.change({ delay: 0 });
      assert.equal(proxy.counters.roundTrips - roundTrips, 2);
    });

    test('a primary that is demoted behind its address: writes go to the new one', async () => {
      const [former, next] = [await startRedis(), await startRedis()];
      const moving = await startProxy({ port: former.port });
      try {
        assert.equal(await ask(worker, 'setAt', { url: moving.url }), true);
        const { send, close } = await former.client();
        await send('REPLICAOF', '127.0.0.1', String(next.port));
        close();
        moving.change({ port: next.port });
        for (let count = 0; count < 10; count++) {
          assert.equal(await ask(worker, 'setAt', { url: moving.url }), true);
        }
      } finally {
        for (const server of [moving, former, next]) await server.stop();
      }
    });

    test('a write that nobody waits for arrives', async () => {
      await ask(worker, 'forget', { id: 'forgotten' });
      assert.equal(await ask(worker, 'get', { id: 'forgotten' }), 'forgotten');
    });

    for (const bytes of [0, 100_000, 40_000_000]) {
      test(`a value of ${bytes} bytes, between other calls of its tick`, async () => {
        assert.equal(await ask(worker, 'large', { bytes }), true);
      });
    }

    describe('what no cache sends', () => {
      /**
       * While somebody else makes calls.
       *
       * @param {Record<string, string>} parameters
       */
      async function refused(parameters) {
        const { connections } = proxy.counters;
        const ids = Array.from(
          { length: 10 },
          (_, index) => `bystander-${crypto.randomUUID()}-${index}`,
        );
        const calls = ids.map((id) => ask(worker, 'work', { id }));
        const answer = await ask(worker, 'hostile', parameters).catch(String);
        calls.push(ask(worker, 'work', { id: 'afterwards' }));
        assert.deepEqual((await Promise.all(calls)).slice(0, -1), ids.map(own));
        assert.equal(proxy.counters.connections, connections);
        return answer;
      }

      for (const [what, text] of Object.entries(HOSTILE)) {
        test(what, async () => assert.equal(await refused({ text }), 'POOL_REFUSED'));
      }

      for (const payload of [
        'nothing',
        'null',
        'text',
        'number',
        'object',
        'buffer',
        'half a stream',
      ]) {
        test(`in place of bytes: ${payload}`, async () =>
          assert.equal(await refused({ payload }), 'POOL_REFUSED'));
      }

      test('a stream that fails', async () => {
        assert.match(
          await refused({ payload: 'a stream that fails' }),
          /no more|disconnected|error/i,
        );
      });

      for (const target of [
        'nothing',
        'no address',
        'no host',
        'a port of text',
        'a password that is no text',
        'a database of text',
        'no time',
      ]) {
        test(`for a server that is ${target}`, async () =>
          assert.equal(await refused({ target, text: command('PING') }), 'POOL_REFUSED'));
      }

      test('what a cache sends is answered, over the same connection', async () => {
        assert.equal(
          await refused({ text: command('PING') + command('GET', 'none') }),
          '+PONG\r\n$-1\r\n',
        );
      });
    });

    test('caches that wait differently share a connection', async () => {
      const ids = await connectionsOf(redis);
      assert.equal(await ask(worker, 'patient', { connectTimeout: 3 }), 'resolved');
      assert.equal(await ask(worker, 'patient', { connectTimeout: 4 }), 'resolved');
      assert.deepEqual(await connectionsOf(redis), ids);
    });

    test('a restart of Redis costs one connection', async () => {
      await ask(worker, 'set', { id: 'before' });
      await redis.restart();
      assert.equal(await ask(worker, 'set', { id: 'after' }), true);
      assert.equal(await ask(worker, 'get', { id: 'after' }), 'after');
      assert.equal((await connectionsOf(redis)).length, 1);
    });

    test('a connection lost in the middle: reads are repeated, increments are not', async () => {
      proxy.change({ delay: 200 });
      const read = ask(worker, 'get', { id: 'after' });
      const counted = ask(worker, 'inc', { id: 'counter' }).catch(String);
      await pause(100);
      proxy.reset();
      assert.equal(await read, 'after');
      assert.match(await counted, /the connection to redis at .* was lost/);
      proxy.change({ delay: 0 });
      assert.equal(await ask(worker, 'get', { id: 'counter' }), null);
    });

    test('with password and database nothing is written elsewhere', async () => {
      const url = locked.url.replace('//', `//:${encodeURIComponent(PASSWORD)}@`);
      assert.equal(await ask(worker, 'locked', { url, db: 3 }), 'resolved');
      assert.match(await ask(worker, 'locked', { url: locked.url, db: 3 }), /^NOAUTH /);
      const wrong = locked.url.replace('//', '//:wrong@');
      assert.match(await ask(worker, 'locked', { url: wrong, db: 0 }), /^WRONGPASS /);
      assert.match(await ask(worker, 'locked', { url, db: 99 }), /^INVALID_DB /);
      const client = await locked.client();
      for (const [db, found] of [
        [0, 0],
        [3, 1],
      ]) {
        // prettier-ignore
        await client.send('SELECT', /** @type {number} */ (db));
        assert.equal(await client.send('EXISTS', 'pool:k'), found);
      }
      client.close();
    });

    for (const db of [0, 1]) {
      test(`a server that takes no more clients, database ${db}`, async () => {
        const client = await redis.client();
        await client.send('CONFIG', 'SET', 'maxclients', 1);
        // Redis closes at once, and what it said is lost when the handshake arrives after that.
        let answer = 'CONNECTION_LOST';
        for (let left = 10; left > 0 && answer.startsWith('CONNECTION_LOST'); left--) {
          answer = await ask(worker, 'locked', { url: redis.url, db });
        }
        await client.send('CONFIG', 'SET', 'maxclients', 1000);
        client.close();
        assert.match(answer, /^MAX_CLIENTS /);
        assert.equal(await ask(worker, 'locked', { url: redis.url, db }), 'resolved');
      });
    }

    test('a server that is down, silent, or not Redis', async () => {
      const url = `redis://127.0.0.1:${await freePort()}`;
      assert.match(
        await ask(worker, 'unreachable', { url }),
        /^CONNECTION_(FAILED|REFUSED) redis at/,
      );
      for (const [kind, code] of [
        ['garbage', /^PROTOCOL /],
        ['silent', /^TIMEOUT /],
      ]) {
        // prettier-ignore
        const server = await startFaultyServer(/** @type {string} */ (kind));
        const answer = await ask(worker, 'unreachable', { url: server.url });
        await server.stop();
        assert.match(answer, /** @type {RegExp} */ (code));
      }
    });

    test('a pool that is not set up says what to change', async () => {
      const { url } = redis;
      for (const binding of ['OTHER', 'PLAIN']) {
        const answer = await ask(worker, 'wrongClass', { url, binding });
        assert.match(answer, /^POOL_CLASS .*export { RedisPool }/);
      }
      assert.match(await ask(worker, 'throwing', { url }), /^POOL_FAILED .*wrangler\.toml/);
      assert.match(await ask(worker, 'forgotten', { url }), /^INVALID_OPTION .*wrangler\.toml/);
      await ask(worker, 'keepStub', { url });
      assert.match(await ask(worker, 'useStub'), /^POOL_STUB .*give the binding itself/);
    });

    test('a connection that nobody uses is closed', async () => {
      await ask(worker, 'get', { id: 'nothing' });
      assert.notEqual((await connectionsOf(redis)).length, 0);
      await pause(31_000);
      assert.deepEqual(await connectionsOf(redis), []);
      assert.equal(await ask(worker, 'set', { id: 'idle' }), true);
      assert.equal((await connectionsOf(redis)).length, 1);
    });

    test('nothing in the log', () => {
      assert.doesNotMatch(worker.log(), /hung|different request|uncaught/i);
    });
  });
}
