/**
 * Reads from a replica that real Sentinels name: what each server executes, by its own statistics.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startSentinels } from '../support/sentinel.js';
import { keysOf, makeCache } from './support.js';

/** @import { RedisServer } from '../support/redis.js' */

const PASSWORD = 'p@ss w/örd:?#%&';
const READS = ['get', 'mget', 'exists', 'pttl'];
const options = /** @type {const} */ ({ password: PASSWORD, readFrom: 'preferReplica' });

describe('reads from replicas behind Sentinels', () => {
  /** @type {import('../support/sentinel.js').Sentinels} */
  let group;
  before(async () => {
    group = await startSentinels({ password: PASSWORD });
  });
  after(() => group?.stop());
  beforeEach(() => group.until(() => group.isSteady()));

  async function servers() {
    const primary = await group.primary();
    const replica = group.servers.find((server) => server !== primary) ?? assert.fail();
    await group.until(() => group.isHealthy(replica));
    return { primary, replica };
  }

  test('the replica executes reads, the primary all else', async (t) => {
    const { primary, replica } = await servers();
    const { cache, traffic, codes } = makeCache(t, group.url, options);
    assert.equal(await cache.set('key', 1), true);
    await send(primary, 'WAIT', 1, 1000);
    await Promise.all([primary, replica].map((server) => send(server, 'CONFIG', 'RESETSTAT')));

    for (let turn = 0; turn < 10; turn++) assert.equal(await cache.get('key'), 1);
    assert.deepEqual(await cache.getMany('key', 'none'), [1, null]);
    assert.deepEqual(await cache.getDict('key', 'none'), { key: 1, none: null });
    assert.equal(await cache.has('key'), true);
    assert.ok(Number(await cache.ttl('key')) > 200);
    assert.deepEqual(await executed(replica), { get: 10, mget: 2, exists: 1, pttl: 1 });
    assert.deepEqual(await executed(primary), { get: 0, mget: 0, exists: 0, pttl: 0 });

    const [sentinel, ...others] = traffic.addresses;
    assert.equal(sentinel?.role, 'sentinel');
    assert.deepEqual(
      others.map(({ port }) => port),
      [primary.port, replica.port],
    );
    assert.equal(await cache.inc('count'), 1);
    assert.deepEqual(await cache.setMany({ a: 1, b: 2 }), ['a', 'b']);
    assert.equal(await cache.clear(), true);
    assert.deepEqual(codes(), []);
  });

  test('kill -9 of the replica fails no read; it is read again when it is back', async (t) => {
    const { primary, replica } = await servers();
    const { cache, codes } = makeCache(t, group.url, options);
    assert.equal(await cache.set('key', 1), true);
    await send(primary, 'WAIT', 1, 1000);
    assert.equal(await cache.get('key'), 1);
    const reads = keysOf(100).map(() => cache.get('key'));
    await replica.kill();
    try {
      assert.deepEqual(await Promise.all(reads), Array(100).fill(1));
      assert.equal(await cache.get('key'), 1);
      assert.ok((await executed(primary)).get > 0);
    } finally {
      await replica.start();
    }
    await group.until(async () => {
      await cache.get('key');
      return (await executed(replica)).get > 0;
    });
    assert.deepEqual(codes(), []);
  });

  test('a failover: reads go on, and find the replica that there is then', async (t) => {
    const { primary } = await servers();
    const { cache } = makeCache(t, group.url, options);
    assert.equal(await cache.set('key', 1), true);
    await send(primary, 'WAIT', 1, 1000);
    await group.failover();
    await group.until(() => cache.set('key', 1));
    await group.until(() => group.isSteady());
    await group.until(async () => {
      assert.equal(await cache.get('key'), 1);
      return (await executed(primary)).get > 0;
    });
    assert.equal((await group.primary()) === primary, false);
  });
});

/**
 * @param {RedisServer} server
 * @param {...(string | number)} args
 */
async function send(server, ...args) {
  const client = await server.client();
  try {
    return await client.send(...args);
  } finally {
    client.close();
  }
}

/**
 * How often a server has executed each of the reads.
 *
 * @param {RedisServer} server
 * @returns {Promise<any>}
 */
async function executed(server) {
  const stats = String(await send(server, 'INFO', 'commandstats'));
  const calls = (/** @type {string} */ name) =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  return Object.fromEntries(READS.map((name) => [name, calls(name)]));
}
