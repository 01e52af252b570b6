/**
 * Servers that answer wrongly, late or not at all, and connections that are lost: an answer in bounded time, no reply for another
 * call, nothing counted twice.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('faulty servers');

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

test(
  'replies that came while the process was busy count, however long that was',
  async ({ makeCache, fixtures, raw, codes }) => {
    await raw('MSET', 'a', '1', 'b', '2');
    const proxy = await fixtures.ask('proxy', 'open');
    const cache = makeCache({ operationTimeout: 0.3 }, proxy.url);
    equal(await cache.get('a'), 1);
    await fixtures.ask('changeProxy', proxy.id, { delay: 50 });
    const values = cache.getMany('a', 'b');
    await fixtures.ask('counters', proxy.id);
    for (const end = Date.now() + 800; Date.now() < end;);
    equal(await values, [1, 2]);
    equal(codes(), []);
  },
  { except: ['workerd'] }, // whose clock stands still meanwhile
);

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
