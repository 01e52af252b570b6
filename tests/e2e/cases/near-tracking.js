/**
 * The near cache with server-assisted invalidation: Redis tells which keys change, whoever changes them.
 */
import { equal, ok, throws } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';
import { until } from '../../support/factory.js';

export const { cases, test: anywhere } = collect('near, tracking');

/** Where it would have to be imported. */
const WITHOUT = ['browser'];
/** Longer than any case takes. */
const TRACKING = { timeout: 3600, tracking: true };

/** @type {(name: string, run: (context: any) => Promise<void>) => void} */
const test = (name, run) => anywhere(name, run, { except: WITHOUT });

/**
 * Reads a key until it is answered from memory.
 *
 * @param {any} cache
 * @param {string} key
 */
async function untilNear(cache, key) {
  let value;
  await until(async () => {
    const { nearHits } = cache.stats();
    value = await cache.get(key);
    return cache.stats().nearHits > nearHits;
  });
  return value;
}

test("others' writes, deletions and expiry are seen at once", async ({ makeCache, raw }) => {
  const cache = makeCache({ near: TRACKING, keyPrefix: 'p:' });
  await raw('SET', 'p:k', 1);
  equal(await untilNear(cache, 'k'), 1);
  for (const [value, ...command] of [
    [2, 'SET', 'p:k', 2],
    [3, 'INCR', 'p:k'],
    [null, 'DEL', 'p:k'],
    [4, 'SET', 'p:k', 4, 'PX', 1000],
    [null, 'PEXPIRE', 'p:k', 1],
  ]) {
    await raw(...command);
    await until(async () => (await cache.get('k')) === value);
    if (value !== null) equal(await untilNear(cache, 'k'), value);
  }
});

test('keys may begin with any character', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: TRACKING });
  for (const key of ['\ufeffk', '\0k', '\r\nk']) {
    await raw('SET', key, 1);
    equal(await untilNear(cache, key), 1);
    await raw('SET', key, 2);
    await until(async () => (await cache.get(key)) === 2);
  }
});

test('what empties the database empties it', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: TRACKING });
  for (const command of ['FLUSHDB', 'FLUSHALL']) {
    await raw('SET', 'k', 1);
    equal(await untilNear(cache, 'k'), 1);
    await raw(command);
    await until(async () => (await cache.get('k')) === null);
  }
});

test('when its connection is lost nothing is answered from memory until it stands again', async ({
  makeCache,
  raw,
  codes,
}) => {
  const cache = makeCache({ near: TRACKING });
  await raw('SET', 'k', 1);
  equal(await untilNear(cache, 'k'), 1);
  for (let value = 2; value <= 3; value++) {
    await raw('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await raw('SET', 'k', value);
    await until(async () => (await cache.get('k')) === value);
    const { nearHits } = cache.stats();
    equal(
      [await cache.get('k'), await cache.getMany('k'), await cache.has('k')],
      [value, [value], true],
    );
    equal(cache.stats().nearHits, nearHits);
    equal(await untilNear(cache, 'k'), value);
  }
  equal(codes(), []);
});

test('a server that starts anew', async ({ makeCache, raw, fixtures }) => {
  const cache = makeCache({ near: TRACKING });
  await raw('SET', 'k', 1);
  equal(await untilNear(cache, 'k'), 1);
  await fixtures.ask('restart', 'open');
  await until(async () => (await cache.get('k')) === null);
  await raw('SET', 'k', 2);
  equal(await untilNear(cache, 'k'), 2);
});

test('its handshake is that of other connections: password, TLS, name', async ({
  makeCache,
  fixtures,
  addresses,
  urlWithPassword,
  runtime,
  codes,
}) => {
  const url = `rediss://localhost:${addresses.tls.tlsPort}/0`;
  const options = { near: TRACKING, clientName: 'near-test' };
  const caches = {
    locked: makeCache(options, urlWithPassword),
    // workerd is told by its environment what to trust.
    tls: makeCache(
      runtime === 'workerd' ? options : { ...options, tls: { ca: addresses.pem.ca } },
      url,
    ),
  };
  for (const [server, cache] of Object.entries(caches)) {
    await cache.set('k', 1);
    equal(await untilNear(cache, 'k'), 1);
    await fixtures.ask('raw', server, 'SET', 'k', 2);
    await until(async () => (await cache.get('k')) === 2);
    const clients = await fixtures.ask('raw', server, 'CLIENT', 'LIST', 'TYPE', 'pubsub');
    ok(new TextDecoder().decode(clients).includes(' name=near-test '));
    await fixtures.ask('raw', server, 'FLUSHALL');
  }
  equal(codes(), []);
});

test('where the user has no right to it, the timeout alone decides, and that is told once', async ({
  makeCache,
  fixtures,
  urlWithAclUser,
  reported,
}) => {
  const cache = makeCache({ near: { timeout: 0.3, tracking: true } }, urlWithAclUser);
  await cache.set('k', 1);
  equal(await untilNear(cache, 'k'), 1);
  await fixtures.ask('raw', 'locked', 'SET', 'k', 2);
  await until(async () => (await cache.get('k')) === 2);
  await cache.close();
  equal(await untilNear(cache, 'k'), 2);
  equal(
    reported.map((/** @type {any} */ { error, operation }) => [error.code, operation]),
    [['UNTRACKED', 'near']],
  );
  ok(reported[0].error.message.includes('__redis__:invalidate'), reported[0].error.message);
});

test('a wrong password is told, and nothing is answered from memory', async ({
  makeCache,
  addresses,
  codes,
}) => {
  const cache = makeCache({ near: TRACKING }, `redis://:wrong@127.0.0.1:${addresses.locked.port}`);
  for (let reads = 0; reads < 3; reads++) equal(await cache.get('k'), null);
  equal([...new Set(codes())], ['WRONGPASS']);
  equal(cache.stats().nearHits, 0);
});

test('keys that are not told of are not kept', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: TRACKING, keyPrefix: 'p:' });
  await raw('SET', 'p:k', 1);
  await untilNear(cache, 'k');
  const other = cache.with({ keyPrefix: 'q:' });
  await raw('SET', 'q:k', 1);
  for (let reads = 0; reads < 2; reads++) {
    equal([await other.get('k'), await other.getMany('k')], [1, [1]]);
  }
  await raw('SET', 'q:k', 2);
  equal([await other.get('k'), await other.getMany('k')], [2, [2]]);
  // A view without it keeps them, for its own short time.
  equal(await untilNear(other.with({ near: { tracking: false } }), 'k'), 2);
  await raw('SET', 'q:k', 3);
  equal(await other.get('k'), 3);
});

test('close ends its connection, and a later call opens another', async ({ makeCache, raw }) => {
  const cache = makeCache({ near: TRACKING });
  const listening = async () =>
    new TextDecoder().decode(await raw('CLIENT', 'LIST', 'TYPE', 'pubsub')).includes('id=');
  await raw('SET', 'k', 1);
  await untilNear(cache, 'k');
  equal(await listening(), true);
  await cache.close();
  await until(async () => !(await listening()));
  equal(await untilNear(cache, 'k'), 1);
});

test('an idle cache goes on with what it has, once it has heard that it may', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ near: TRACKING });
  await raw('SET', 'k', 1);
  await untilNear(cache, 'k');
  await pause(3200);
  const { nearHits } = cache.stats();
  equal(await cache.get('k'), 1);
  equal(cache.stats().nearHits, nearHits);
  equal(await untilNear(cache, 'k'), 1);
});

anywhere('where it cannot be, it is refused', async ({ library, url, runtime }) => {
  const check = (/** @type {any} */ error) => {
    equal(error.code, 'INVALID_OPTION');
    ok(error.message.includes("'near.tracking'"), error.message);
  };
  const hosts = [{ sendCommand: () => {} }, ...(WITHOUT.includes(runtime) ? [url] : [])];
  for (const host of hosts) {
    throws(() => new library.RedisCache(host, { near: TRACKING }), check);
  }
});
