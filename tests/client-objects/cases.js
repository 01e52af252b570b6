/**
 * What of the suite is about calls and values, and not about how a connection is made, plus what only clients can do wrong.
 */
import { equal, ok, rejects } from '../support/assert.js';
import { cases as suite } from '../e2e/suite.js';
import { collect } from '../support/collect.js';

const { cases: own, test } = collect('client');

const GROUPS =
  /^(methods|values|keys|timeouts|many|lifecycle|small methods|getOrSet[\w ]*|memoize|tags): /;

/** What a client decides for itself. */
const CLIENTS_OWN = [
  'methods: clear without a prefix empties the database, and no other', // by the option `db`
  'many: calls that follow each other on one connection use one round trip each', // ioredis asks for INFO first
  'lifecycle: close() waits for the calls that were made, and closes the connection',
  'lifecycle: await using',
  'getOrSet failures: without the right to run scripts it works, and says once that it is unfenced', // by a user
  'getOrSet failures: without the right to run scripts a failure is not tried again for as long as is said',
  'getOrSet recursion: another database is another cache', // by the option `db`
];

/** Failures that pass through a client to the cache, and back. */
const FAILURES = [
  'failures: a second code is warned of too',
  'failures: a key of another type: WRONGTYPE',
  'failures: a replica: READONLY',
  'failures: a server without memory: OOM',
  'faulty servers: a silent server: an answer in bounded time',
  'faulty servers: a server that never answers: no connection within the operation timeout, whatever else waits',
  'faulty servers: a late reply is not delivered to another call',
  'faulty servers: a connection that is cut in mid-reply: the call is repeated',
  'faulty servers: a server that is killed and started again',
  'faulty servers: connections that are reset under many calls',
];

test('it is not closed with the cache', async ({ makeCache, clients }) => {
  const cache = makeCache();
  await cache.set('k', 1);
  await cache.close();
  equal(clients.size, 1);
  equal(await makeCache().get('k'), 1);
  equal(await cache.get('k'), 1);
});

test('200 calls of one tick are handed over together', async ({ makeCache, fixtures }) => {
  const proxy = await fixtures.ask('proxy', 'open', { delay: 5 });
  const cache = makeCache({}, proxy.url);
  await cache.get('warm');
  const before = (await fixtures.ask('counters', proxy.id)).roundTrips;
  const counted = Array.from({ length: 100 }, () => cache.inc('n'));
  const read = Array.from({ length: 100 }, () => cache.get('n'));
  equal(
    await Promise.all(counted),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  equal(await Promise.all(read), Array(100).fill(100));
  equal((await fixtures.ask('counters', proxy.id)).roundTrips - before, 1);
});

test('a megabyte of every byte', async ({ makeCache }) => {
  const cache = makeCache({ serializer: 'raw' });
  const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => index ^ (index >> 8));
  equal(await cache.setMany({ a: bytes, b: new Uint8Array() }), ['a', 'b']);
  equal(await cache.get('a'), bytes);
  equal(await cache.getMany('a', 'none', 'b'), [bytes, null, new Uint8Array()]);
});

test('a client that is closed by its owner', async ({ makeCache, clients, library }) => {
  const cache = makeCache({ throwOnError: true, operationTimeout: 1 });
  await cache.set('k', 1);
  await [...clients.values()][0].close();
  await rejects(cache.get('k'), (error) => {
    ok(error instanceof library.CacheError, String(error));
    ok(error.message.includes('the Redis client given as host'), error.message);
  });
});

test(
  'an integer that the client rounds is an error',
  async ({ makeCache, raw, codes }) => {
    await raw('SET', 'n', String(2 ** 53));
    equal(await makeCache().inc('n'), null);
    equal(codes(), ['ROUNDED']);
  },
  { except: ['node'] }, // where ioredis is told not to, and node-redis never does
);

export const cases = [
  ...own,
  ...suite.filter(
    ({ name }) => FAILURES.includes(name) || (GROUPS.test(name) && !CLIENTS_OWN.includes(name)),
  ),
];

/** @param {...string} names cases that ask too much of a client */
export function casesBut(...names) {
  known(names, cases);
  return cases.filter(({ name }) => !names.includes(name));
}

known([...CLIENTS_OWN, ...FAILURES], suite);

/**
 * A case that has been renamed must not go missing.
 *
 * @param {string[]} names
 * @param {import('../support/cases.js').Case[]} among
 */
function known(names, among) {
  const missing = names.find((name) => !among.some((item) => item.name === name));
  if (missing !== undefined) throw new Error(`no case is called '${missing}'`);
}
