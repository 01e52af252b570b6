/**
 * A backend that fails: the documented answer or a typed error, in bounded time, and a cache that works again.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('failures');

const REFUSED = ['CONNECTION_REFUSED', 'CONNECTION_FAILED']; // workerd tells no reason

/** Every method with what it answers when the backend fails. @type {[string, (cache: any) => Promise<any>, any][]} */
const FALLBACKS = [
  ['get', (cache) => cache.get('k'), null],
  ['getMany', (cache) => cache.getMany('a', 'b'), [null, null]],
  ['getDict', (cache) => cache.getDict('a'), { a: null }],
  ['set', (cache) => cache.set('k', 1), false],
  ['add', (cache) => cache.add('k', 1), false],
  ['setMany', (cache) => cache.setMany({ a: 1 }), []],
  ['delete', (cache) => cache.delete('k'), false],
  ['deleteMany', (cache) => cache.deleteMany('a', 'b'), []],
  ['has', (cache) => cache.has('k'), false],
  ['inc', (cache) => cache.inc('k'), null],
  ['dec', (cache) => cache.dec('k'), null],
  ['clear', (cache) => cache.clear(), false],
];

for (const [operation, call, fallback] of FALLBACKS) {
  test(`${operation} with a server that is down`, async ({
    makeCache,
    refusedUrl,
    reported,
    library,
  }) => {
    equal(await call(makeCache({}, refusedUrl)), fallback);
    equal(reported.length, 1);
    const [{ error, ...about }] = reported;
    ok(error instanceof library.ConnectionError && error instanceof library.CacheError);
    ok(REFUSED.includes(error.code), error.code);
    equal(about.operation, operation);

    await rejects(call(makeCache({ throwOnError: true }, refusedUrl)), (thrown) => {
      ok(thrown instanceof library.ConnectionError);
      ok(REFUSED.includes(thrown.code), thrown.code);
    });
    equal(reported.length, 1);
  });
}

test('an unknown host', async ({ makeCache, codes, runtime }) => {
  equal(await makeCache({}, 'redis://no-such-host.invalid').get('k'), null);
  // workerd and a bridge tell no reason, Bun 1.1 another one.
  const less = { workerd: 'CONNECTION_FAILED', browser: 'CONNECTION_REFUSED' };
  const { Bun } = /** @type {any} */ (globalThis);
  const told = Bun?.version.startsWith('1.1.') ? 'CONNECTION_REFUSED' : 'HOST_NOT_FOUND';
  equal(codes(), [/** @type {any} */ (less)[runtime] ?? told]);
});

test('console.warn once for each code, when there is no onError', async ({
  makeCache,
  refusedUrl,
}) => {
  const warnings = await recordWarnings(async () => {
    const cache = makeCache({ onError: undefined }, refusedUrl);
    await Promise.all([cache.get('a'), cache.set('b', 1)]);
    await cache.get('c');
  });
  equal(warnings.length, 1);
  ok(
    REFUSED.some((code) => warnings[0]?.includes(code)),
    warnings[0],
  );
});

test('a second code is warned of too', async ({ makeCache, raw }) => {
  await raw('LPUSH', 'list', 'item');
  await raw('SET', 'text', 'abc');
  const warnings = await recordWarnings(async () => {
    const cache = makeCache({ onError: undefined });
    await cache.get('list');
    await cache.inc('text');
    await cache.get('list');
  });
  equal(warnings.length, 2);
});

test('an onError that throws does no harm', async ({ makeCache, refusedUrl }) => {
  const cache = makeCache(
    {
      onError() {
        throw new Error('the logger is down');
      },
    },
    refusedUrl,
  );
  const [first] = await Promise.allSettled([cache.get('a')]);
  ok(['fulfilled', 'rejected'].includes(first?.status ?? ''));
  const [second] = await Promise.allSettled([cache.get('b')]);
  ok(['fulfilled', 'rejected'].includes(second?.status ?? ''));
});

test('a key of another type: WRONGTYPE', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  await raw('LPUSH', 'list', 'item');
  equal(await Promise.all([cache.get('list'), cache.inc('list')]), [null, null]);
  equal(codes(), ['WRONGTYPE', 'WRONGTYPE']);
  equal(await cache.delete('list'), true);
});

test('inc of a value that is not an integer, and beyond 64 bits', async ({
  makeCache,
  codes,
  reported,
}) => {
  const cache = makeCache();
  await cache.set('text', 'secret-value');
  equal(await cache.inc('text'), null);
  await cache.set('high', 2n ** 63n - 1n);
  equal(await cache.inc('high'), null);
  equal(codes(), ['NOT_AN_INTEGER', 'OVERFLOW']);
  ok(!reported[0].error.message.includes('secret-value'));
  equal(await cache.get('high'), 2n ** 63n - 1n);
});

test('a replica: READONLY', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  await raw('REPLICAOF', '127.0.0.1', '1');
  try {
    equal(await cache.set('k', 1), false);
    equal(await cache.setMany({ a: 1, b: 2 }), []);
    const told = codes();
    ok(told.includes('READONLY'));
    // Whether the last attempt was executed is not known where the deadline falls before its reply.
    ok(told.every((code) => code === 'READONLY' || code === 'TIMEOUT'));
  } finally {
    await raw('REPLICAOF', 'NO', 'ONE');
  }
  equal(await cache.set('k', 1), true);
});

test('a server without memory: OOM', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  await raw('CONFIG', 'SET', 'maxmemory', '1');
  try {
    equal(await cache.set('k', 1), false);
    equal(await cache.get('k'), null);
    equal(codes(), ['OOM']);
  } finally {
    await raw('CONFIG', 'SET', 'maxmemory', '0');
  }
  equal(await cache.set('k', 1), true);
});

/** @param {() => Promise<void>} action */
async function recordWarnings(action) {
  /** @type {string[]} */
  const warnings = [];
  const { warn } = console;
  console.warn = (...words) => void warnings.push(words.join(' '));
  try {
    await action();
  } finally {
    console.warn = warn;
  }
  return warnings;
}
