/**
 * A primary that Sentinels watch.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startProxy } from '../support/proxy.js';
import { freePort, startRedis } from '../support/redis.js';
import { startSentinels } from '../support/sentinel.js';
import { keysOf, Load, makeCache, pause } from './support.js';

const PASSWORD = 'p@ss w/örd:?#%&';
const SENTINEL_PASSWORD = 'watch:me';
const keys = keysOf(10);

describe('behind Sentinels', () => {
  /** @type {import('../support/sentinel.js').Sentinels} */
  let group;
  /** @type {string} */
  let url;
  const sentinel = { password: SENTINEL_PASSWORD };
  before(async () => {
    group = await startSentinels({ password: PASSWORD, sentinelPassword: SENTINEL_PASSWORD });
    url = `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${group.addresses}/mymaster/0`;
  });
  after(() => group?.stop());
  beforeEach(() => group.until(() => group.isSteady()));

  test('the primary is found, and its calls are answered', async (t) => {
    const { cache, codes, traffic } = makeCache(t, url, { sentinel });
    assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
    assert.deepEqual(await cache.getMany(keys), Array(10).fill(1));
    assert.equal(await cache.clear(), true);
    const { port } = await group.primary();
    assert.equal(traffic.ports.length, 2);
    assert.equal(traffic.ports[1], port);
    assert.equal(traffic.addresses[0]?.role, 'sentinel');
    assert.deepEqual(codes(), []);
  });

  test('the forms of the URL, and a list of hosts', async (t) => {
    const credentials = `:${encodeURIComponent(PASSWORD)}@`;
    const hosts = group.addresses;
    const options = { sentinel };
    /** @type {[any, import('../../js/options/types.js').CacheOptions][]} */
    const forms = [
      [`redis-sentinel://${credentials}${hosts}/3?sentinelMasterId=mymaster`, options],
      [`redis-sentinel://${credentials}${hosts}#mymaster`, options],
      [`redis+sentinel://${credentials}${hosts}/mymaster?db=3`, options],
      [hosts.split(','), { password: PASSWORD, sentinel: { ...sentinel, name: 'mymaster' } }],
    ];
    for (const [host, given] of forms) {
      const { cache, codes } = makeCache(t, host, given);
      assert.equal(await cache.set('key', 1), true, codes().join());
    }
  });

  test('a name of digits, with the database behind it', async (t) => {
    const { hostname, port } = await group.primary();
    await group.ask(0, 'SENTINEL', 'MONITOR', '2024', hostname, port, 1);
    t.after(() => group.ask(0, 'SENTINEL', 'REMOVE', '2024'));
    await group.ask(0, 'SENTINEL', 'SET', '2024', 'auth-pass', PASSWORD);
    const [first = ''] = group.addresses.split(',');
    const host = url.replace(group.addresses, first).replace('/mymaster/0', '/2024/0');
    const { cache, codes } = makeCache(t, host, { sentinel });
    assert.equal(await cache.set('key', 1), true, codes().join());
  });

  test('Sentinels that are dead are passed over', async (t) => {
    const dead = await freePort();
    const { cache, codes } = makeCache(t, url.replace('@', `@127.0.0.1:${dead},`), { sentinel });
    assert.equal(await cache.set('key', 1), true);
    assert.deepEqual(codes(), []);
  });

  test('no Sentinel answers', async (t) => {
    const ports = [await freePort(), await freePort()];
    const host = `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join()}/mymaster`;
    const { cache, errors, codes } = makeCache(t, host);
    assert.equal(await cache.get('key'), null);
    assert.deepEqual(codes(), ['CONNECTION_REFUSED']);
    assert.match(errors[0].message, /^sentinel at 127\.0\.0\.1:/);
  });

  test('a name that the Sentinels do not know', async (t) => {
    const { cache, errors, codes } = makeCache(t, url.replace('mymaster', 'yours'), { sentinel });
    assert.equal(await cache.get('key'), null);
    assert.deepEqual(codes(), ['UNKNOWN_MASTER']);
    assert.match(errors[0].message, /sentinel\.name/);
  });

  test("the Sentinels' password is missing or wrong, and is not shown", async (t) => {
    for (const [given, code] of /** @type {const} */ ([
      [{}, 'NOAUTH'],
      [{ password: 'guessed-secret' }, 'WRONGPASS'],
    ])) {
      const { cache, errors, codes } = makeCache(t, url, { sentinel: given });
      assert.equal(await cache.get('key'), null);
      assert.deepEqual(codes(), [code]);
      assert.match(errors[0].message, /^sentinel at .*option 'sentinel'/);
      assert.doesNotMatch(errors[0].message, /guessed-secret|p@ss/);
    }
  });

  test('a plain server that is taken for a Sentinel', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const host = `redis+sentinel://127.0.0.1:${redis.port}/mymaster`;
    const { cache, errors, codes } = makeCache(t, host);
    assert.equal(await cache.get('key'), null);
    assert.deepEqual(codes(), ['UNKNOWN_COMMAND']);
    assert.match(errors[0].message, /^sentinel at .*: it is no Sentinel/);
  });

  for (const scheme of ['redis', 'redis+cluster']) {
    test(`a Sentinel that is taken for ${scheme === 'redis' ? 'a server' : 'a cluster'}`, async (t) => {
      const [address] = group.addresses.split(',');
      const host = `${scheme}://:${encodeURIComponent(SENTINEL_PASSWORD)}@${address}`;
      const { cache, errors, codes } = makeCache(t, host);
      assert.deepEqual(await Promise.all([cache.get('key'), cache.set('key', 1)]), [null, false]);
      assert.deepEqual(codes(), ['UNKNOWN_COMMAND', 'UNKNOWN_COMMAND']);
      assert.match(errors[0].message, /redis\+sentinel:/);
    });
  }

  test('a failover: the calls after it reach the new primary, and counters are right', async (t) => {
    const { cache } = makeCache(t, url, { sentinel, throwOnError: true, retryWrites: true });
    const load = new Load(cache, keys).start(t);
    await pause(100);
    await group.failover();
    await group.until(() => cache.set('after', 1), 10_000);
    await load.stop();
    assert.equal(await cache.get('after'), 1);
    // Only what was under way when the connection closed may have failed.
    assert.ok(load.failures.every(({ error }) => error.code === 'CONNECTION_LOST'));
  });

  test('a primary that was demoted and keeps its connections is left (https://github.com/redis/rueidis/issues/1016)', async (t) => {
    const { cache, traffic, codes } = makeCache(t, url, { sentinel });
    assert.equal(await cache.set('key', 1), true);
    const demoted = await group.primary();
    await group.failover();
    const primary = await group.primary();
    // Before the Sentinels do it, who close its connections.
    const client = await demoted.client();
    t.after(() => client.close());
    await client.send('REPLICAOF', primary.hostname, primary.port);
    assert.deepEqual(traffic.ports.slice(1), [demoted.port]);

    assert.equal(await cache.set('key', 2), true);
    assert.equal(await cache.inc('count'), 1);
    assert.match(String(await client.send('INFO', 'errorstats')), /errorstat_READONLY:count=1\b/);
    assert.equal(traffic.ports.at(-1), primary.port);
    assert.deepEqual(codes(), []);
  });

  test('a primary that is stopped and keeps its connections', async (t) => {
    const { cache } = makeCache(t, url, { sentinel, operationTimeout: 1 });
    assert.equal(await cache.set('key', 1), true);
    const stopped = await group.primary();
    stopped.signal('SIGSTOP');
    t.after(() => stopped.signal('SIGCONT'));
    await group.until(async () => (await group.primary()) !== stopped);
    await group.until(() => cache.set('key', 2), 5000);
    assert.equal(await cache.get('key'), 2);
  });

  test('nodeAddressMap maps what the Sentinels name, and not the Sentinels', async (t) => {
    const primary = await group.primary();
    const replica = group.servers.find((server) => server !== primary) ?? assert.fail();
    await group.until(() => group.isHealthy(replica));
    const proxies = await Promise.all(group.servers.map(({ port }) => startProxy({ port })));
    t.after(() => Promise.all(proxies.map((proxy) => proxy.stop())));
    const map = Object.fromEntries(
      group.servers.map(({ port }, index) => [
        `127.0.0.1:${port}`,
        `localhost:${proxies[index]?.port}`,
      ]),
    );
    for (const nodeAddressMap of [map, (/** @type {string} */ address) => map[address]]) {
      const options = /** @type {const} */ ({
        sentinel,
        nodeAddressMap,
        readFrom: 'preferReplica',
      });
      const { cache, traffic, codes } = makeCache(t, url, options);
      assert.equal(await cache.set('key', 1), true);
      await group.until(async () => (await cache.get('key')) === 1);
      const [first, ...others] = traffic.addresses;
      assert.equal(first?.hostname, '127.0.0.1');
      assert.deepEqual(
        new Set(others.map(({ hostname, port }) => `${hostname}:${port}`)),
        new Set(Object.values(map)),
      );
      assert.deepEqual(codes(), []);
    }
  });

  test('kill -9 of the primary', async (t) => {
    const { cache } = makeCache(t, url, { sentinel, operationTimeout: 1 });
    assert.equal(await cache.set('key', 1), true);
    const killed = await group.primary();
    await killed.kill();
    try {
      await group.until(async () => (await group.primary()) !== killed);
      await group.until(() => cache.set('key', 2), 10_000);
      assert.equal(await cache.get('key'), 2);
    } finally {
      await killed.start();
    }
  });
});
