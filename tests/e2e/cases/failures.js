/**
 * A backend that fails: the documented answer or a typed error, in bounded time, and a cache that works again.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

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
    equal(new Set(codes()), new Set(['READONLY']));
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

/** Faulty servers, and the codes that may tell of them. @type {[string, string[]][]} */
const FAULTY = [
  ['garbage', ['PROTOCOL']],
  ['noise', ['PROTOCOL']],
  ['nested', ['PROTOCOL']],
  ['oversized', ['PROTOCOL']],
  ['endless', ['PROTOCOL']],
  ['badLength', ['PROTOCOL']],
  ['badTerminator', ['PROTOCOL']],
  ['chatty', ['PROTOCOL', 'CONNECTION_LOST', 'SERVER_ERROR']],
  ['halfReply', ['PROTOCOL', 'CONNECTION_LOST', 'CONNECTION_FAILED']],
  ['closing', ['CONNECTION_LOST', 'CONNECTION_FAILED']],
  ['resetting', ['CONNECTION_LOST', 'CONNECTION_FAILED']],
  ['silent', ['TIMEOUT', 'CONNECT_TIMEOUT']],
];

for (const [kind, expected] of FAULTY) {
  test(`a ${kind} server: an answer in bounded time`, async ({
    makeCache,
    fixtures,
    codes,
    library,
    reported,
  }) => {
    const faulty = await fixtures.ask('faulty', kind);
    const cache = makeCache({ operationTimeout: 1, connectTimeout: 0.5 }, faulty.url);
    const start = Date.now();
    const answers = await Promise.all([
      cache.get('k'),
      cache.set('k', 1),
      cache.inc('n'),
      cache.getMany('a', 'b'),
    ]);
    ok(Date.now() - start < 3000, `took ${Date.now() - start} ms`);
    equal(answers[0], null);
    ok(
      codes().every((/** @type {string} */ code) => expected.includes(code)),
      codes().join(),
    );
    ok(reported.every((/** @type {any} */ { error }) => error instanceof library.CacheError));
    // Misuse is still told apart, and another call still ends.
    await rejects(
      () => cache.get(undefined),
      (error) => ok(error instanceof TypeError),
    );
    equal(await cache.get('k'), null);
  });
}

test('a server that never answers: no connection within the operation timeout, whatever else waits', async ({
  makeCache,
  fixtures,
  codes,
}) => {
  const faulty = await fixtures.ask('faulty', 'silent');
  const cache = makeCache({ operationTimeout: 0.2 }, faulty.url);
  const start = Date.now();
  equal(
    await Promise.all(Array.from({ length: 50 }, (_, index) => cache.get(`k${index}`))),
    Array(50).fill(null),
  );
  const took = Date.now() - start;
  ok(took >= 150 && took < 2500, `took ${took} ms`);
  ok(
    codes().every((/** @type {string} */ code) => code === 'CONNECT_TIMEOUT'),
    codes().join(),
  );
});

test(
  'a large value over a slow network: while its bytes move the server is not taken for unresponsive',
  async ({ makeCache, fixtures, codes }) => {
    const proxy = await fixtures.ask('proxy', 'open', { bytesPerSecond: 4_000_000 });
    const cache = makeCache({ connectTimeout: 6, operationTimeout: 40 }, proxy.url);
    const stored = cache.set('large', new Uint8Array(20_000_000));
    equal(await cache.with({ operationTimeout: 3.5 }).get('k'), null);
    equal(await stored, true);
    equal(codes(), ['TIMEOUT']);
    equal((await fixtures.ask('counters', proxy.id)).connections, 1);
  },
  { except: ['browser'] }, // whose bytes wait in the bridge
);

test('calls for a server that does not answer: their bytes are bounded', async ({
  makeCache,
  fixtures,
  codes,
  reported,
  library,
}) => {
  const silent = await fixtures.ask('faulty', 'silent');
  const cache = makeCache({ maxQueuedBytes: 1_000_000, operationTimeout: 0.3 }, silent.url);
  const value = new Uint8Array(100_000);
  const answers = await Promise.all([
    ...Array.from({ length: 40 }, (_, index) => cache.set(`k${index}`, value)),
    cache.get('k'),
  ]);
  ok(answers.every((answer) => !answer));
  equal(codes().filter((/** @type {string} */ code) => code === 'QUEUE_FULL').length, 31);
  ok(reported[0].error instanceof library.ConnectionError);
  equal(reported[0].operation, 'set');
});

test('calls for a server that is down, when they wait for it: their bytes are bounded', async ({
  makeCache,
  refusedUrl,
  codes,
}) => {
  const options = { maxQueuedBytes: 1_000_000, failFast: false, operationTimeout: 0.3 };
  const cache = makeCache(options, refusedUrl);
  const value = new Uint8Array(100_000);
  await Promise.all(Array.from({ length: 40 }, (_, index) => cache.set(`k${index}`, value)));
  equal(codes().filter((/** @type {string} */ code) => code === 'QUEUE_FULL').length, 30);
});

test('a late reply is not delivered to another call', async ({ makeCache, fixtures, raw }) => {
  await raw('MSET', 'a', '1', 'b', '2');
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache({ maxRetries: 0 }, proxy.url);
  equal(await cache.get('a'), 1);
  await fixtures.ask('changeProxy', proxy.id, { delay: 400 });
  const hasty = cache.with({ operationTimeout: 0.05 });
  equal(await Promise.all([hasty.get('a'), cache.get('b'), hasty.get('a'), cache.get('b')]), [
    null,
    2,
    null,
    2,
  ]);
  await fixtures.ask('changeProxy', proxy.id, { delay: 0 });
  equal(await Promise.all([cache.get('a'), cache.get('b')]), [1, 2]);
});

test('a connection that is cut in mid-reply: the call is repeated', async ({
  makeCache,
  fixtures,
  raw,
  codes,
}) => {
  await raw('SET', 'k', 'x'.repeat(100_000));
  const proxy = await fixtures.ask('proxy', 'open', { cutAfter: 50_000, cuts: 1 });
  const cache = makeCache({}, proxy.url);
  equal(await cache.get('k'), new TextEncoder().encode('x'.repeat(100_000)));
  equal(codes(), []);
  equal((await fixtures.ask('counters', proxy.id)).connections, 2);
});

test('without retries the cut is reported, and the next call works', async ({
  makeCache,
  fixtures,
  raw,
  codes,
}) => {
  await raw('SET', 'k', 'x'.repeat(100_000));
  const proxy = await fixtures.ask('proxy', 'open', { cutAfter: 50_000, cuts: 1 });
  const cache = makeCache({ maxRetries: 0 }, proxy.url);
  equal(await cache.get('k'), null);
  equal(codes(), ['CONNECTION_LOST']);
  equal((await cache.get('k')).length, 100_000);
});

test('inc, dec and add are never repeated once they may have been sent', async ({
  makeCache,
  fixtures,
  raw,
  codes,
}) => {
  const proxy = await fixtures.ask('proxy', 'open');
  const cache = makeCache({}, proxy.url);
  await cache.set('warm', 1);
  await fixtures.ask('changeProxy', proxy.id, { cutReplies: true });
  const answers = await Promise.all([cache.inc('n'), cache.dec('m'), cache.add('once', 'first')]);
  await fixtures.ask('changeProxy', proxy.id, { cutReplies: false });
  equal(answers, [null, null, false]);
  equal(codes(), ['CONNECTION_LOST', 'CONNECTION_LOST', 'CONNECTION_LOST']);
  const counts = await Promise.all([raw('GET', 'n'), raw('GET', 'm')]);
  equal(
    counts.map((bytes) => new TextDecoder().decode(bytes)),
    ['1', '-1'],
  );
  equal(await cache.inc('n'), 2);
});

test('a server that is killed and started again', async ({ makeCache, fixtures, codes }) => {
  const cache = makeCache();
  await cache.set('k', 1);
  await fixtures.ask('restart', 'open');
  equal(await cache.get('k'), null);
  equal(codes(), []);
  equal(await cache.set('k', 2), true);
  equal(await cache.get('k'), 2);
});

test('connections that are reset under many calls', async ({ makeCache, fixtures, codes }) => {
  const proxy = await fixtures.ask('proxy', 'open', { delay: 5 });
  const cache = makeCache({}, proxy.url);
  await cache.setMany(Array.from({ length: 50 }, (_, index) => [`k${index}`, index]));
  const rounds = Array.from({ length: 50 }, (_, index) => cache.get(`k${index}`));
  await pause(2);
  await fixtures.ask('resetConnections', proxy.id);
  const found = await Promise.all(rounds);
  ok(
    found.every((value, index) => value === index),
    'an answer went to another call',
  );
  equal(codes(), []);
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
