/**
 * How many round trips a first call takes, counted by a proxy that delays; and that nothing is written by the wrong user, or
 * to the wrong database, for their sake.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';
import { ask, startIn } from './workerds.js';

/** Milliseconds in each direction. */
const DELAY = 10;
const USER = 'ada';
const PASSWORD = 'correct';

/** @param {import('./workerds.js').Version} version */
export function roundTrips(version) {
  describe(`round trips, ${version.name}`, () => {
    /** Whoever says no password is its default user, who may do anything. @type {import('../support/redis.js').RedisServer} */
    let redis;
    /** @type {import('../support/proxy.js').Proxy} */
    let proxy;
    /** @type {import('./workerds.js').Worker} */
    let worker;
    /** @type {Awaited<ReturnType<import('../support/redis.js').RedisServer['client']>>} */
    let client;

    before(async () => {
      redis = await startRedis({ users: { [USER]: `on >${PASSWORD} ~* +@all` } });
      client = await redis.client();
    });
    after(async () => {
      client?.close();
      await redis?.stop();
    });
    // A cold isolate for each test.
    beforeEach(async () => {
      await client.send('FLUSHALL');
      proxy = await startProxy({ port: redis.port, delay: DELAY });
      worker = await startIn(version, 'round-trips.js');
    });
    afterEach(async () => {
      await worker?.dispose();
      await proxy?.stop();
    });

    /**
     * @param {string} password
     * @param {number} db
     */
    const urlOf = (password, db) => `redis://${USER}:${password}@127.0.0.1:${proxy.port}/${db}`;

    /** How many of the databases hold keys. */
    const written = async () => {
      const databases = new TextDecoder().decode(await client.send('INFO', 'keyspace'));
      return databases.match(/^db\d+/gm) ?? [];
    };

    test('with user, password and database the first get takes one round trip, in one write', async () => {
      await client.send('SELECT', 2);
      await client.send('SET', 'k', '42');
      assert.equal(await ask(worker, 'get', { url: urlOf(PASSWORD, 2), key: 'k' }), 42);
      const { connections, roundTrips: counted, writes } = proxy.counters;
      assert.deepEqual({ connections, counted, writes }, { connections: 1, counted: 1, writes: 1 });
    });

    test('a write without user and database takes one round trip', async () => {
      const url = `redis://127.0.0.1:${proxy.port}`;
      assert.equal(await ask(worker, 'set', { url, key: 'k' }), true);
      assert.equal(proxy.counters.roundTrips, 1);
    });

    test('a write with user and database waits for the handshake', async () => {
      assert.equal(await ask(worker, 'set', { url: urlOf(PASSWORD, 2), key: 'k' }), true);
      assert.equal(proxy.counters.roundTrips, 2);
      assert.deepEqual(await written(), ['db2']);
    });

    for (const [what, password, db, code] of /** @type {[string, string, number, string][]} */ ([
      ['a wrong password', 'wrong', 0, 'WRONGPASS'],
      ['a wrong password and a database', 'wrong', 2, 'WRONGPASS'],
      ['a database that is not there', PASSWORD, 99, 'INVALID_DB'],
    ])) {
      test(`with ${what} nothing is written or removed anywhere`, async () => {
        await client.send('SELECT', 0);
        await client.send('SET', 'kept', 'here');
        const url = urlOf(password, db);
        const calls = [
          ask(worker, 'set', { url, key: 'set' }),
          ask(worker, 'add', { url, key: 'added' }),
          ask(worker, 'inc', { url, key: 'counted' }),
          ask(worker, 'delete', { url, key: 'kept' }),
          ask(worker, 'get', { url, key: 'kept' }),
        ];
        assert.deepEqual(await Promise.all(calls), Array(calls.length).fill(code));
        assert.deepEqual(await written(), ['db0']);
        assert.equal(await client.send('DBSIZE'), 1);
      });
    }
  });
}
