/**
 * How nodes are reached: by the address that the cluster tells, by that of the seed, through a map, by a name, with TLS.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { makeCertificates } from '../support/certificates.js';
import { startCluster } from '../support/cluster.js';
import { startProxy } from '../support/proxy.js';
import { keysOf, listKeys, makeCache } from './support.js';

/** @import { Cluster } from '../support/cluster.js' */

const PASSWORD = 'p@ss/örd:?#%&';
const keys = keysOf(60);

/**
 * All calls are answered, by all nodes.
 *
 * @param {import('../../js/entries/node.js').RedisCache} cache
 */
async function works(cache) {
  const strict = cache.with({ throwOnError: true });
  assert.deepEqual(await strict.setMany(keys.map((key) => [key, 1])), keys);
  assert.deepEqual(await strict.getMany(keys), Array(60).fill(1));
  assert.equal(await strict.inc('key-1'), 2);
  assert.equal(await strict.clear(), true);
}

describe('the addresses of nodes', () => {
  /** @type {Cluster} */
  let cluster;
  before(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  after(() => cluster?.stop());
  beforeEach(() =>
    configure({ 'cluster-preferred-endpoint-type': 'ip', 'cluster-announce-hostname': '' }),
  );

  /** @param {Record<string, string>} settings */
  async function configure(settings) {
    for (const [name, value] of Object.entries(settings)) {
      await cluster.onPrimaries('CONFIG', 'SET', name, value);
    }
    const name = settings['cluster-announce-hostname'];
    if (!name) return;
    await cluster.until(async () => {
      const views = await cluster.onPrimaries('CLUSTER', 'NODES');
      return views.every((view) => String(view).split(`,${name}`).length === 4);
    });
  }

  test('a host name', async (t) => {
    await configure({ 'cluster-announce-hostname': 'localhost' });
    await configure({ 'cluster-preferred-endpoint-type': 'hostname' });
    const { cache, traffic } = makeCache(t, cluster.url);
    await works(cache);
    assert.ok(traffic.addresses.some(({ hostname }) => hostname === 'localhost'));
  });

  test('no host: that of the node which was asked', async (t) => {
    await configure({ 'cluster-preferred-endpoint-type': 'unknown-endpoint' });
    const hosts = cluster.seeds.map(({ port }) => `localhost:${port}`);
    const { cache, traffic } = makeCache(t, hosts.slice(0, 1), { cluster: true });
    await works(cache);
    assert.deepEqual(
      new Set(traffic.addresses.map(({ hostname }) => hostname)),
      new Set(['localhost']),
    );
  });

  test('a name that is not set, which Redis tells as "?": the seeds that are known serve', async (t) => {
    await configure({ 'cluster-preferred-endpoint-type': 'hostname' });
    const { cache, codes } = makeCache(t, cluster.url, { operationTimeout: 1 });
    const outcomes = await Promise.all(keys.map((key) => cache.set(key, 1)));
    assert.ok(outcomes.some(Boolean), codes().join());
  });

  test('nodeAddressMap maps every address, in SLOTS and MOVED alike (https://github.com/redis/redis-py/issues/3382)', async (t) => {
    const proxies = await Promise.all(cluster.nodes.map(({ port }) => startProxy({ port })));
    t.after(() => Promise.all(proxies.map((proxy) => proxy.stop())));
    const map = Object.fromEntries(
      cluster.nodes.map(({ address }, index) => [address, `localhost:${proxies[index]?.port}`]),
    );
    const first = proxies[0] ?? assert.fail();
    for (const nodeAddressMap of [map, (/** @type {string} */ address) => map[address]]) {
      for (const proxy of proxies) proxy.counters.connections = 0;
      const host = `redis+cluster://127.0.0.1:${first.port}`;
      const { cache, traffic, codes } = makeCache(t, host, { nodeAddressMap });
      const { slot, from, to } = await elsewhere('moved');
      await works(cache);
      await cluster.move(slot, to);
      assert.equal(await cache.set('moved', 1), true);
      await cluster.move(slot, from);
      const ports = proxies.map(({ port }) => port);
      assert.ok(
        traffic.ports.every((port) => ports.includes(port)),
        String(traffic.ports),
      );
      assert.ok(proxies.every(({ counters }) => counters.connections > 0));
      assert.deepEqual(codes(), []);
    }
  });

  /** @param {string} key */
  async function elsewhere(key) {
    const slot = await cluster.slotOf(key);
    const from = await cluster.ownerOf(slot);
    return { slot, from, to: cluster.nodes.find((node) => node !== from) ?? from };
  }

  for (const [what, nodeAddressMap] of /** @type {[string, any][]} */ ([
    ['is no address', () => 'nowhere'],
    ['has no port that is one', () => 'localhost:99999'],
    ['has port 0', () => 'localhost:0'],
    ['has a fraction of a port', () => 'localhost:63.79'],
    ['has spaces', () => 'local host:6379'],
    ['is too long', () => `${'h'.repeat(256)}:6379`],
    ['is a promise', async () => 'localhost:6379'],
    ['is null', () => null],
    ['is an exception', () => assert.fail('unmapped')],
  ])) {
    test(`a nodeAddressMap whose answer ${what} is told of`, async (t) => {
      const { cache, errors, codes } = makeCache(t, cluster.url, { nodeAddressMap });
      assert.equal(await cache.get('key'), null);
      assert.deepEqual(codes(), ['INVALID_ADDRESS']);
      assert.match(errors[0].message, /nodeAddressMap/);
    });
  }
});

describe('a cluster of IPv6 addresses', () => {
  test('is found by one of them', async (t) => {
    const more = ['--bind', '127.0.0.1', '::1', '--cluster-announce-ip', '::1'];
    const cluster = await startCluster({ replicas: 0, node: { more } });
    t.after(() => cluster.stop());
    const url = `redis+cluster://[::1]:${cluster.seeds[0].port}`;
    const { cache, traffic, codes } = makeCache(t, url);
    await works(cache);
    assert.deepEqual(new Set(traffic.addresses.map(({ hostname }) => hostname)), new Set(['::1']));
    assert.equal(new Set(traffic.addresses.map(({ port }) => port)).size, cluster.seeds.length);
    assert.deepEqual(codes(), []);
  });
});

describe('a cluster with TLS and users', () => {
  /** @type {Awaited<ReturnType<typeof makeCertificates>>} */
  let certificates;
  before(async () => {
    certificates = await makeCertificates();
  });
  after(() => certificates?.remove());

  /** @param {'server' | 'nameOnly'} name */
  async function startSecure(name) {
    const { authority, [name]: server } = certificates;
    const { certFile, keyFile } = server;
    return startCluster({
      replicas: 0,
      node: {
        tls: { ca: authority.certFile, cert: certFile, key: keyFile },
        users: { edge: `on >${PASSWORD} ~* +@all`, limited: `on >${PASSWORD} ~* +@all -cluster` },
        more: ['--cluster-announce-hostname', 'localhost'],
      },
    });
  }

  /**
   * @param {Pick<Cluster, 'seeds'>} cluster
   * @param {string} [user]
   */
  const secureUrl = ({ seeds }, user = 'edge') => {
    const hosts = seeds.map(({ server }) => `localhost:${server.tlsPort}`).join();
    return `rediss+cluster://${user}:${encodeURIComponent(PASSWORD)}@${hosts}`;
  };

  test('TLS, with a user, for every node (https://github.com/redis/ioredis/issues/1902, https://github.com/redis/ioredis/issues/1941)', async (t) => {
    const cluster = await startSecure('server');
    t.after(() => cluster.stop());
    const tls = { ca: certificates.authority.cert };
    const { cache, traffic, codes } = makeCache(t, secureUrl(cluster), { tls });
    await works(cache);
    assert.ok(traffic.addresses.every((address) => address.tls !== false));
    assert.deepEqual(codes(), []);

    const limited = makeCache(t, secureUrl(cluster, 'limited'), { tls });
    assert.deepEqual(await limited.cache.setMany(keys.map((key) => [key, 1])), keys);
    assert.deepEqual(await limited.cache.getMany(keys), Array(60).fill(1));
    assert.equal(await limited.cache.clear(), false);
    assert.deepEqual(new Set(limited.codes()), new Set(['INCOMPLETE_TOPOLOGY']));
    assert.match(limited.errors[0].message, /\+cluster\|slots/);
    assert.deepEqual(await listKeys(limited.cache), []);
    assert.deepEqual(new Set(limited.codes()), new Set(['INCOMPLETE_TOPOLOGY']));
  });

  test('certificates that hold for a name alone, where the cluster tells IP addresses', async (t) => {
    const cluster = await startSecure('nameOnly');
    t.after(() => cluster.stop());
    const tls = { ca: certificates.authority.cert };
    const { cache, codes } = makeCache(t, secureUrl(cluster), { tls });
    await works(cache);
    assert.deepEqual(codes(), []);

    await cluster.onPrimaries('CONFIG', 'SET', 'cluster-announce-hostname', '');
    const named = makeCache(t, secureUrl(cluster), { tls: { ...tls, servername: 'localhost' } });
    await works(named.cache);
    assert.deepEqual(named.codes(), []);
  });

  test('a certificate for each node, by the name that nodeAddressMap gives it', async (t) => {
    const cluster = await startSecure('nameOnly');
    t.after(() => cluster.stop());
    const [seed = assert.fail(), other = assert.fail()] = cluster.seeds;
    const { certFile, keyFile } = certificates.addressOnly;
    const files = ['tls-cert-file', certFile, 'tls-key-file', keyFile];
    assert.equal(await other.send('CONFIG', 'SET', ...files), 'OK');
    const port = other.server.tlsPort;
    const options = { tls: { ca: certificates.authority.cert } };
    const url = secureUrl({ seeds: [seed] });
    const byName = makeCache(t, url, options);
    await byName.cache.getMany(keys);
    assert.deepEqual(new Set(byName.codes()), new Set(['TLS_WRONG_HOST']));
    const nodeAddressMap = { [`localhost:${port}`]: `127.0.0.1:${port}` };
    const { cache, traffic, codes } = makeCache(t, url, { ...options, nodeAddressMap });
    await works(cache);
    const hosts = new Set(traffic.addresses.map(({ hostname }) => hostname));
    assert.deepEqual(hosts, new Set(['localhost', '127.0.0.1']));
    assert.deepEqual(codes(), []);
  });
});

describe('a node that is replaced behind its name', () => {
  /**
   * A primary that is reached through a proxy, and its replica.
   *
   * @param {import('node:test').TestContext} t
   */
  async function startPairBehindProxy(t) {
    const cluster = await startCluster({ primaries: 1, replicas: 1 });
    t.after(() => cluster.stop());
    const [former, next] = cluster.nodes;
    if (!former || !next) throw new Error('two nodes were started');
    const proxy = await startProxy({ port: former.port });
    t.after(() => proxy.stop());
    return { cluster, former, next, proxy };
  }

  test('one address whose backend is lost and swapped (https://github.com/redis/ioredis/issues/1865)', async (t) => {
    const { cluster, former, next, proxy } = await startPairBehindProxy(t);
    for (const node of cluster.nodes) {
      await node.send('CONFIG', 'SET', 'cluster-announce-port', proxy.port);
    }
    const { cache } = makeCache(t, `redis+cluster://127.0.0.1:${proxy.port}`);
    assert.equal(await cache.set('key', 1), true);
    await former.send('WAIT', 1, 1000);
    await next.send('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await former.kill();
    proxy.change({ port: next.port });
    proxy.reset();
    await cluster.until(() => cache.set('key', 2), 5000);
    assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
  });

  test('MOVED to the same address: a new connection finds the new node (https://github.com/redis/lettuce/issues/3910)', async (t) => {
    const { cluster, former, next, proxy } = await startPairBehindProxy(t);
    await former.send('CONFIG', 'SET', 'cluster-announce-port', proxy.port);
    await cluster.until(async () =>
      (await next.text('CLUSTER', 'NODES')).includes(`:${proxy.port}@`),
    );
    const { cache, codes } = makeCache(t, `redis+cluster://127.0.0.1:${proxy.port}`);
    assert.equal(await cache.set('key', 1), true);

    proxy.change({ port: next.port });
    await next.send('CONFIG', 'SET', 'cluster-announce-port', proxy.port);
    await former.send('CONFIG', 'SET', 'cluster-announce-port', former.port);
    await next.send('CLUSTER', 'FAILOVER', 'TAKEOVER');
    await cluster.until(async () =>
      (await former.text('CLUSTER', 'NODES')).includes('myself,slave'),
    );
    const calls = keys.flatMap((key) => [cache.set(key, 1), cache.inc(`${key}-count`)]);
    assert.deepEqual(
      await Promise.all(calls),
      keys.flatMap(() => [true, 1]),
    );
    assert.deepEqual(codes(), []);
  });
});
