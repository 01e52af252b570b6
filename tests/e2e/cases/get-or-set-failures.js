/**
 * getOrSet when something fails: the factory, Redis, the value, the caller.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { counting, until } from '../../support/factory.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet failures');

const fails = () => {
  throw new Error('the source is down');
};

test('a factory that fails rejects, and the next caller may try at once', async ({
  makeCache,
  raw,
  codes,
}) => {
  const cache = makeCache();
  const failing = counting(async () => fails());
  for (const factory of [failing, fails]) {
    await rejects(cache.getOrSet('k', factory), (error) =>
      equal(error.message, 'the source is down'),
    );
  }
  equal(await raw('DBSIZE'), 0);
  equal(await cache.getOrSet('k', () => 1), 1);
  equal(codes(), []);
});

test('a value that cannot be stored rejects, and the lease is given up', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const cyclic = /** @type {any[]} */ ([]);
  cyclic.push(cyclic);
  for (const value of [() => {}, cyclic, Symbol('s')]) {
    await rejects(
      cache.getOrSet('k', () => value),
      (error) => equal(error.code, 'UNSERIALIZABLE'),
    );
  }
  for (const timeout of [NaN, -5, '60', {}]) {
    const options = { timeout: () => timeout };
    await rejects(
      cache.getOrSet('k', () => 1, options),
      (error) => equal(error.code, 'INVALID_TIMEOUT'),
    );
  }
  equal(await raw('DBSIZE'), 0);
});

test('while Redis is down the factory answers, at once', async ({ makeCache, refusedUrl }) => {
  for (const options of [{}, { throwOnError: true }]) {
    const cache = makeCache(options, refusedUrl);
    const factory = counting((run) => run);
    equal(await cache.getOrSet('k', factory, { timeout: 60, grace: 5 }), 1);
    const before = Date.now();
    for (let run = 2; run < 20; run++) equal(await cache.getOrSet('k', factory), run);
    ok(Date.now() - before < 2000, 'it waits for nothing');
  }
});

test('without the right to run scripts it works, and says once that it is unfenced', async ({
  makeCache,
  raw,
  url,
  codes,
}) => {
  await raw('ACL', 'SETUSER', 'plain', 'on', '>pw', '~*', '+@all', '-@scripting');
  const cache = makeCache({ username: 'plain', password: 'pw' }, url);
  const factory = counting((run) => run);
  equal(await cache.getOrSet('a', factory, 60), 1);
  equal(await cache.getOrSet('a', factory, 60), 1);
  equal(await cache.getOrSet('b', factory, { timeout: 60, grace: 60 }), 2);
  await cache.touch('b', 50);
  equal(await cache.getOrSet('b', factory, { timeout: 60, grace: 60, softTimeout: 5 }), 3);
  equal(await cache.getMany('a', 'b'), [1, 3]);
  equal(codes(), ['UNFENCED']);
  equal(await raw('DBSIZE'), 2, 'no lock is left');
  await raw('ACL', 'DELUSER', 'plain');
});

test('without the right to run scripts a failure is not tried again for as long as is said', async ({
  makeCache,
  raw,
  url,
}) => {
  await raw('ACL', 'SETUSER', 'plain', 'on', '>pw', '~*', '+@all', '-@scripting');
  const cache = makeCache({ username: 'plain', password: 'pw' }, url);
  await cache.set('{k}', 'old', 15);
  const options = { grace: 20, softTimeout: 5, retryAfter: 4 };
  const failing = counting(fails);
  for (const key of ['{k}', '{k}']) equal(await cache.getOrSet(key, failing, options), 'old');
  equal(failing.runs, 1);
  equal((await raw('GET', '{k}~lock')).length, 0);
  const left = await raw('PTTL', '{k}~lock');
  ok(left > 2000 && left <= 4000, `${left} ms`);
  await cache.delete('{k}');
  equal(await cache.getOrSet('{k}', () => 'new', options), 'new');
  await raw('ACL', 'DELUSER', 'plain');
});

test('a server that hangs once the factory has ended does not cost its value', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const hanging = (/** @type {() => any} */ end) => () =>
    raw('CLIENT', 'PAUSE', '900', 'ALL').then(end);
  const terms = { timeout: 60, hardTimeout: 0.4 };
  await cache.get('k');
  equal(
    await cache.getOrSet(
      'k',
      hanging(() => 'new'),
      terms,
    ),
    'new',
  );
  await pause(900);
  equal(await cache.get('k'), 'new', 'it is stored later');
  await rejects(cache.getOrSet('l', hanging(fails), terms), ({ message }) =>
    equal(message, 'the source is down'),
  );
  await pause(900);
  await cache.set('m', 'old', 15);
  const soft = { timeout: 60, grace: 20, softTimeout: 0.4 };
  equal(
    await cache.getOrSet(
      'm',
      hanging(() => 'new'),
      soft,
    ),
    'new',
  );
});

test('options and factories that are none are refused', async ({ makeCache, library, raw }) => {
  const cache = makeCache();
  const wrong = [
    [{ grace: -1 }, () => 1],
    [{ grace: NaN }, () => 1],
    [{ grace: Infinity }, () => 1],
    [{ grace: '5' }, () => 1],
    [{ timeout: -5 }, () => 1],
    [{ timeout: '5' }, () => 1],
    [{ softTimeout: -1 }, () => 1],
    [{ hardTimeout: NaN }, () => 1],
    [{ retryAfter: null }, () => 1],
    [{ early: -1 }, () => 1],
    [{ lock: 0 }, () => 1],
    [{ lock: -1 }, () => 1],
    [{ lock: 'yes' }, () => 1],
    [{ fresh: 1 }, () => 1],
    [{ tags: 'a' }, () => 1],
    [{ ttl: 5 }, () => 1],
    [{ ttl: undefined }, () => 1],
    [{ toString: undefined }, () => 1],
    [Object.create({ grace: -1 }), () => 1],
    [Object.assign(Object.create(null), { grace: -1 }), () => 1],
    ['60', () => 1],
    [60, 'value'],
    [60, undefined],
  ];
  for (const [options, factory] of wrong) {
    await rejects(cache.getOrSet('k', factory, options), (error) => {
      ok(error instanceof library.CacheError, `${JSON.stringify(options)}: ${error}`);
    });
  }
  for (const key of [null, {}, undefined, 'a\ud800']) {
    await rejects(
      cache.getOrSet(key, () => 1),
      (error) => equal(error.code, 'INVALID_KEY'),
    );
  }
  equal(await raw('DBSIZE'), 0);
});

test('a factory may throw anything', async ({ makeCache }) => {
  const cache = makeCache({ onError: undefined });
  await cache.set('k', 'old', 20);
  const warned = /** @type {string[]} */ ([]);
  const { warn } = console;
  console.warn = (text) => warned.push(text);
  try {
    for (const thrown of [null, undefined, 'text', Symbol('s'), Object.create(null), 0n]) {
      const throwing = () => {
        throw thrown;
      };
      await rejects(cache.getOrSet('missing', throwing), (error) => equal(error, thrown));
      const options = { grace: 20, softTimeout: 5, retryAfter: 0 };
      equal(await cache.getOrSet('k', throwing, options), 'old', String(typeof thrown));
    }
  } finally {
    console.warn = warn;
  }
  equal(warned, ['cachelib-edge: null [FACTORY]']);
});

test('a timeout that is none is refused, whatever the grace', async ({ makeCache, raw }) => {
  const cache = makeCache();
  for (const timeout of [-5, NaN, '60', 60n, {}]) {
    await rejects(
      cache.getOrSet('k', () => 1, { timeout: () => timeout, grace: 10 }),
      ({ code }) => equal(code, 'INVALID_TIMEOUT'),
    );
  }
  equal(await raw('DBSIZE'), 0);
});

test('a timeout that throws is a factory that fails', async ({ makeCache, raw, reported }) => {
  const cache = makeCache();
  const options = { timeout: fails };
  await rejects(
    cache.getOrSet('k', () => 1, options),
    (error) => equal(error.message, 'the source is down'),
  );
  equal(await raw('DBSIZE'), 0);
  await cache.set('k', 'old', 20);
  equal(await cache.getOrSet('k', () => 1, { ...options, grace: 20, softTimeout: 5 }), 'old');
  equal(reported.length, 1);
});

/** A factory that fails some time after its signal. */
const failsBySignal = () =>
  counting(
    (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => pause(50).then(() => reject(signal.reason)));
      }),
  );

test('whoever joins a run that fails by the signals of others has the value computed', async ({
  makeCache,
}) => {
  for (const options of [{}, { lock: false }]) {
    const cache = makeCache();
    await cache.delete('k');
    const controller = new AbortController();
    const aborted = failsBySignal();
    const given = cache.with({ signal: controller.signal }).getOrSet('k', aborted, options);
    given.catch(() => {});
    await until(() => aborted.runs === 1);
    controller.abort();
    const factory = counting(() => pause(50).then(() => 'new'));
    const joined = Array.from({ length: 3 }, () => cache.getOrSet('k', factory, options));
    equal(await Promise.all(joined), ['new', 'new', 'new']);
    equal([aborted.runs, factory.runs], [1, 1]);
    await rejects(given, ({ name }) => equal(name, 'AbortError'));
  }
});

test('a run that fails by the signals of its callers keeps nobody from trying again', async ({
  makeCache,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 20);
  const stale = { timeout: 60, grace: 60, softTimeout: 10 };
  const controller = new AbortController();
  const aborted = failsBySignal();
  const given = cache.with({ signal: controller.signal }).getOrSet('k', aborted, stale);
  given.catch(() => {});
  await until(() => aborted.runs === 1);
  controller.abort();
  await until(async () => (await cache.getOrSet('k', () => 'new', stale)) === 'new');
  await rejects(given, ({ name }) => equal(name, 'AbortError'));
});
