/**
 * getOrSet when something fails: the factory, Redis, the value, the caller.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';
import { counting, until } from './get-or-set.js';

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

test('with a stale value a failing factory is reported, and not tried again for a while', async ({
  makeCache,
  reported,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const factory = counting(fails);
  const options = { timeout: 60, grace: 30, softTimeout: 1, retryAfter: 0.5 };
  equal(await cache.getOrSet('k', factory, options), 'old');
  equal(await makeCache().getOrSet('k', factory, options), 'old');
  equal(factory.runs, 1);
  equal(
    reported.map(({ error, operation, key }) => [error.message, operation, key]),
    [['the source is down', 'getOrSet', 'k']],
  );
  await pause(600);
  equal(await cache.getOrSet('k', () => 'new', options), 'new');
});

// https://github.com/jaredwray/cacheable/pull/637
test('a factory that fails in the background is reported, and harms nothing', async ({
  makeCache,
  reported,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const failing = async () => {
    await pause(20);
    fails();
  };
  equal(await cache.getOrSet('k', failing, { grace: 30 }), 'old');
  await until(() => reported.length > 0);
  equal(reported[0].error.message, 'the source is down');
  equal(await cache.get('k'), 'old');
});

test('a factory that fails after its callers have given up is reported', async ({
  makeCache,
  reported,
}) => {
  const cache = makeCache();
  const failing = async () => {
    await pause(150);
    fails();
  };
  await rejects(cache.getOrSet('k', failing, { hardTimeout: 0.05 }), () => {});
  await until(() => reported.length > 0);
  equal(reported[0].error.message, 'the source is down');
});

test('a factory that never returns keeps nobody else waiting for ever', async ({ makeCache }) => {
  const options = { lock: 0.2, timeout: 60 };
  const never = makeCache().getOrSet('k', () => new Promise(() => {}), {
    ...options,
    hardTimeout: 0.1,
  });
  await rejects(never, (error) => equal(error.code, 'FACTORY_TIMEOUT'));
  equal(await makeCache().getOrSet('k', () => 'second', options), 'second');
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

/** @param {any} error */
function isRecursive(error) {
  equal(error.code, 'RECURSIVE_FACTORY', String(error));
  ok(error.message.includes("'k'"), error.message);
}

test('a factory that asks for its own key is told so', async ({ makeCache }) => {
  const cache = makeCache();
  const recursive = () => cache.getOrSet('k', () => 1);
  await rejects(cache.getOrSet('k', recursive), isRecursive);
  equal(await cache.getOrSet('k', () => cache.getOrSet('other', () => 1)), 1);
  await cache.set('k', 'stale', 20);
  const options = { grace: 20, softTimeout: 5 };
  equal(await cache.getOrSet('k', recursive, options), 'stale');
});

test(
  'a factory that asks for its own key later, or by way of another, is told so',
  async ({ makeCache }) => {
    const cache = makeCache();
    const recursive = () => cache.getOrSet('k', () => 1);
    const later = async () => {
      await pause(10);
      return recursive();
    };
    const around = () => cache.getOrSet('other', recursive);
    for (const factory of [later, around]) await rejects(cache.getOrSet('k', factory), isRecursive);
  },
  { except: ['workerd', 'browser'] },
);

test('what somebody else has stored is reported and never overwritten', async ({
  makeCache,
  raw,
  codes,
  stored,
}) => {
  const cache = makeCache();
  await raw('SET', 'k', '!\x80\x05garbage');
  await raw('LPUSH', 'list', 'item');
  const before = await stored('k');
  for (const options of [60, { timeout: 60, grace: 30 }, { timeout: 60, fresh: true }]) {
    equal(await cache.getOrSet('k', () => 'mine', options), 'mine');
    equal(await cache.getOrSet('list', () => 'mine', options), 'mine');
  }
  equal(await stored('k'), before);
  equal(await raw('TYPE', 'list'), 'list');
  equal(codes().filter((code) => code === 'UNREADABLE').length, 3);
  equal(codes().filter((code) => code === 'WRONGTYPE').length, 3);
  equal(await raw('DBSIZE'), 2);
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

test('a lock key that holds something else is left alone', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await raw('SET', '{a}~lock', 'mine');
  await raw('LPUSH', '{b}~lock', 'mine');
  for (const key of ['{a}', '{b}']) {
    equal(await cache.getOrSet(key, () => 1, 60), 1);
    equal(await cache.get(key), 1);
  }
  for (const lock of ['{a}~lock', '{b}~lock']) equal(await raw('EXISTS', lock), 1);
  equal(await cache.getOrSet('c~lock', () => 1, 60), 1);
  equal(await cache.getOrSet('c~lock', () => 2, 60), 1);
});

// https://github.com/redis/redis-py/issues/623
test('a lease whose holder has died lapses, and one that was lost stores nothing', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  await raw('SET', '{k}~lock', '0123456789abcdef', 'PX', '300');
  const before = Date.now();
  equal(await cache.getOrSet('{k}', () => 'second', 60), 'second');
  ok(Date.now() - before < 2000);
  const value = await cache.getOrSet('{l}', async () => {
    await raw('SET', '{l}~lock', 'fedcba9876543210', 'PX', '300');
    return 'lost';
  });
  equal(value, 'lost', 'its caller gets it all the same');
  equal(await cache.get('{l}'), null);
});

// https://github.com/ZiggyCreatures/FusionCache/issues/535
test('a deletion or another value in the middle wins over what was computed', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache();
  const other = makeCache();
  for (const action of [
    () => other.delete('k'),
    () => other.deleteMany('k'),
    () => cache.delete('k'),
  ]) {
    for (const isStale of [false, true]) {
      if (isStale) await cache.set('k', 'stale', 20);
      const options = { timeout: 60, grace: 20, softTimeout: 5 };
      const factory = async () => {
        await action();
        return 'old';
      };
      equal(await cache.getOrSet('k', factory, options), 'old');
      equal(await raw('DBSIZE'), 0);
    }
  }
  const overwritten = async () => {
    await raw('SET', 'k', '42', 'PX', '300000');
    return 'old';
  };
  equal(await cache.getOrSet('k', overwritten, 60), 'old');
  equal(await cache.get('k'), 42);
});

test('after a deletion callers do not share what began before it', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting(async (run) => {
    await pause(200);
    return run;
  });
  const first = cache.getOrSet('k', factory);
  await until(() => factory.runs);
  await cache.delete('k');
  equal(await Promise.all([first, cache.getOrSet('k', factory)]), [1, 2]);
  equal(await cache.get('k'), 2);
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

test('a grace that is longer than the timeout', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 1, grace: 60 };
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(factory.runs, 1);
});
