/**
 * What is wrong with hosts and options, and servers of another kind than they say: typed errors, with advice, without secrets.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CacheError, RedisCache } from '../../js/entries/node.js';
import { startCluster } from '../support/cluster.js';
import { freePort, startRedis } from '../support/redis.js';
import { keysOf, makeCache } from './support.js';

/** @type {[what: string, host: any, options: any, message: RegExp][]} */
const REFUSED = [
  ['a list of hosts alone', ['a', 'b'], {}, /cluster: true, or sentinel/],
  ['an empty list', [], { cluster: true }, /from 1 to 64/],
  ['too long a list', Array(65).fill('a'), { cluster: true }, /from 1 to 64/],
  ['a list of numbers', [6379], { cluster: true }, /each host of a list/],
  ['a list with a password', ['u:s3cret@a'], { cluster: true }, /each host of a list/],
  ['a port that is a word', 'redis+cluster://:s3cret@a:port,b', {}, /each host of a list/],
  ['port 0', 'redis+cluster://:s3cret@a:0', {}, /from 1 to 65535/],
  ['port 99999', 'redis+cluster://:s3cret@a:99999', {}, /cannot be parsed/],
  ['no host', 'redis+cluster://:s3cret@', {}, /each host of a list/],
  ['a database that is a word', 'redis+cluster://:s3cret@a/zero', {}, /is a number/],
  ['several hosts of a plain URL', 'redis://:s3cret@a:1,b:2', {}, /redis\+cluster:\/\//],
  ['several hosts as one text', 'a:1,b:2', { cluster: true }, /are a list/],
  ['several hosts of a plain URL without ports', 'redis://:s3cret@a,b', {}, /are a list/],
  ['another scheme', 'redis+ring://:s3cret@a', {}, /redis\+cluster:/],
  ['a cluster that is none', 'redis+cluster://a', { cluster: false }, /'cluster' is false/],
  ['Sentinels that are a cluster', 'redis+sentinel://a/m', { cluster: true }, /'cluster' is true/],
  ['a cluster with Sentinels', 'redis+cluster://a', { sentinel: { name: 'm' } }, /no Sentinels/],
  ['both', 'a', { cluster: true, sentinel: { name: 'm' } }, /no Sentinels/],
  ['Sentinels without a name', 'redis+sentinel://:s3cret@a/0', {}, /the primary's name/],
  ['an option of Sentinels', 'a', { sentinel: { nane: 'm' } }, /name, username, password, tls/],
  ['a port for several hosts', 'redis+cluster://a,b', { port: 1 }, /'port' is for one host/],
  ['a Unix socket', 'unix:///tmp/s3cret', { cluster: true }, /Unix socket/],
  ['replicas of one server', 'a', { readFrom: 'preferReplica' }, /several servers/],
  ['an unknown place to read from', 'redis+cluster://a', { readFrom: 'replica' }, /preferReplica/],
  ['a map for one server', 'a', { nodeAddressMap: {} }, /several servers/],
  ['a map that is text', 'redis+cluster://a', { nodeAddressMap: 'a' }, /nodeAddressMap/],
  ['no connections', 'redis+cluster://a', { maxConnections: 0 }, /maxConnections/],
  ['cluster: true for a client', { sendCommand() {} }, { cluster: true }, /up to the client/],
];

describe('the constructor refuses', () => {
  for (const [what, host, options, message] of REFUSED) {
    test(what, () => {
      assert.throws(
        () => new RedisCache(host, options),
        (/** @type {any} */ error) => {
          assert.ok(error instanceof CacheError);
          assert.ok(error instanceof TypeError || error instanceof RangeError);
          assert.match(error.message, message);
          assert.doesNotMatch(`${error.message}${error.stack}`, /s3cret/);
          return true;
        },
      );
    });
  }
});

describe('servers of another kind', () => {
  /** @type {import('../support/cluster.js').Cluster} */
  let cluster;
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  before(async () => {
    [cluster, redis] = await Promise.all([startCluster({ replicas: 0 }), startRedis()]);
  });
  after(() => Promise.all([cluster?.stop(), redis?.stop()]));

  test('a plain URL to a node of a cluster: the error says what to write', async (t) => {
    const { port } = cluster.seeds[0] ?? assert.fail();
    const { cache, errors, codes } = makeCache(t, `redis://127.0.0.1:${port}`);
    await Promise.all(keysOf(20).map((key) => cache.get(key)));
    assert.deepEqual(new Set(codes()), new Set(['CLUSTER']));
    assert.match(errors[0].message, /cluster: true/);
  });

  test('a cluster URL to a plain server works', async (t) => {
    const { cache, codes } = makeCache(t, `redis+cluster://127.0.0.1:${redis.port}`);
    const keys = keysOf(20);
    assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
    assert.deepEqual(await cache.getMany(keys), Array(20).fill(1));
    assert.deepEqual(codes(), []);
  });

  test('clear by a cluster URL to a plain server: the error says what to write', async (t) => {
    for (const keyPrefix of ['', 'shop:']) {
      const host = `redis+cluster://127.0.0.1:${redis.port}`;
      const { cache, errors, codes } = makeCache(t, host, { keyPrefix });
      assert.equal(await cache.clear(), false);
      assert.deepEqual(codes(), ['SERVER_ERROR']);
      assert.match(errors[0].message, /no node of a cluster: say redis:\/\//);
    }
  });

  test('a database that a cluster does not have', async (t) => {
    const { cache, errors, codes } = makeCache(t, cluster.url, { db: 3 });
    assert.deepEqual(await Promise.all([cache.get('key'), cache.set('key', 1)]), [null, false]);
    assert.deepEqual(new Set(codes()), new Set(['INVALID_DB']));
    assert.match(errors[0].message, /cluster has only 0/);
  });

  test('seeds of which none answers', async (t) => {
    const host = `redis+cluster://127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}`;
    const { cache, codes } = makeCache(t, host);
    assert.equal(await cache.get('key'), null);
    assert.deepEqual(codes(), ['CONNECTION_REFUSED']);
  });

  test('a wrong password', async (t) => {
    const { cache, errors } = makeCache(t, cluster.url.replace('://', '://edge:guessed-secret@'));
    assert.deepEqual(await cache.getMany(keysOf(20)), Array(20).fill(null));
    assert.equal(errors[0].code, 'WRONGPASS');
    assert.doesNotMatch(errors[0].message, /guessed-secret/);
  });

  test('a connection for every node is too many for maxConnections: they take turns', async (t) => {
    const { cache, codes } = makeCache(t, cluster.url, { maxConnections: 1 });
    const keys = keysOf(60);
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await cache.setMany(keys.map((key) => [key, round])), keys);
      assert.deepEqual(await cache.getMany(keys), Array(60).fill(round));
    }
    assert.deepEqual(codes(), []);
  });
});

test('a primary that refuses the password, alone: its keys fail at once, and the error says why', async (t) => {
  const password = 'of-before';
  const cluster = await startCluster({ node: { users: { edge: `on >${password} ~* +@all` } } });
  t.after(() => cluster.stop());
  const { cache, errors } = makeCache(t, cluster.url, { username: 'edge', password });
  const keys = keysOf(20);
  assert.deepEqual(await cache.setMany(keys.map((key) => [key, 1])), keys);
  const [primary] = cluster.seeds;
  await primary?.send('ACL', 'SETUSER', 'edge', `<${password}`);
  await primary?.send('CLIENT', 'KILL', 'USER', 'edge');
  const { port } = /** @type {import('../support/cluster.js').Node} */ (primary);
  await cluster.until(async () => (await cache.getMany(keys)).includes(null));
  for (let attempt = 0; attempt < 10; attempt++) {
    errors.length = 0;
    await cache.with({ operationTimeout: 60 }).getMany(keys);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['WRONGPASS'],
    );
    assert.ok(errors[0].message.includes(`:${port}`), errors[0].message);
  }
  await primary?.send('ACL', 'SETUSER', 'edge', `>${password}`);
  await cluster.until(async () => !(await cache.getMany(keys)).includes(null));
});

test('a primary that is lost and not replaced: the error says that it does not work', async (t) => {
  // Others would have to vote for its replica.
  const cluster = await startCluster({ primaries: 1 });
  t.after(() => cluster.stop());
  const { cache, errors, codes } = makeCache(t, cluster.url, { operationTimeout: 1 });
  assert.equal(await cache.set('key', 1), true);
  await cluster.seeds[0]?.kill();
  await cluster.until(async () => {
    assert.equal(await cache.set('key', 2), false);
    return codes().includes('CLUSTER');
  });
  assert.match(errors.find(({ code }) => code === 'CLUSTER').message, /that does not work/);
});
