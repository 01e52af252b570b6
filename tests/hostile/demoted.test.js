/**
 * A primary that is demoted behind an address that then stands for the new one, as a DNS name or a proxy does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RedisCache } from '../../js/entries/node.js';
import { startProxy } from '../support/proxy.js';
import { startRedis } from '../support/redis.js';

test('every write arrives at the new primary, and none is counted twice', async (t) => {
  const [former, next] = [await startRedis(), await startRedis()];
  const proxy = await startProxy({ port: former.port });
  t.after(() => Promise.all([proxy, former, next].map((server) => server.stop())));
  const cache = new RedisCache(proxy.url, { throwOnError: true });
  t.after(() => cache.close());
  assert.equal(await cache.set('k', 0), true);

  const direct = await former.client();
  await direct.send('REPLICAOF', '127.0.0.1', String(next.port));
  direct.close();
  proxy.change({ port: next.port });
  const writes = Array.from({ length: 30 }, (_, index) =>
    index % 3 === 0 ? cache.inc('n') : cache.set(`k${index}`, index),
  );
  await Promise.all(writes);
  assert.equal(await cache.get('n'), 10);
  assert.equal(await cache.get('k29'), 29);
  assert.equal(proxy.counters.connections, 2);
});

test('keys() lists all keys where another server takes over between two steps', async (t) => {
  const servers = [await startRedis(), await startRedis()];
  const [former, next] = /** @type {[typeof servers[0], typeof servers[0]]} */ (servers);
  const proxy = await startProxy({ port: former.port });
  t.after(() => Promise.all([proxy, former, next].map((server) => server.stop())));
  const entries = Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index]);
  for (const { url } of servers) {
    const direct = new RedisCache(url);
    assert.equal(
      (await direct.setMany(/** @type {[string, number][]} */ (entries))).length,
      20_000,
    );
    await direct.close();
  }
  const cache = new RedisCache(proxy.url, { throwOnError: true });
  t.after(() => cache.close());
  const listed = new Set();
  for await (const key of cache.keys()) {
    if (listed.size === 0) {
      proxy.change({ port: next.port });
      proxy.reset();
    }
    listed.add(key);
  }
  assert.equal(listed.size, 20_000);
  assert.equal(proxy.counters.connections, 2);
});
