/**
 * getOrSet and memoize: what is computed, when, and how often.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet');

/** A factory that counts its runs, and what it was called with. */
export function counting(/** @type {(run: number, context: any) => any} */ compute) {
  const factory = (/** @type {any} */ context) => {
    factory.contexts.push(context);
    return compute(++factory.runs, context);
  };
  factory.runs = 0;
  factory.contexts = /** @type {any[]} */ ([]);
  return factory;
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} condition
 */
export async function until(condition) {
  for (let left = 200; left > 0; left--) {
    if (await condition()) return;
    await pause(20);
  }
  throw new Error(`it never came to be: ${condition}`);
}

test('a missing value is computed and stored, a stored one is not computed', async ({
  makeCache,
  raw,
}) => {
  const cache = makeCache({ keyPrefix: '{p}:' });
  const factory = counting((run) => ({ run }));
  equal(await cache.getOrSet('k', factory, 60), { run: 1 });
  equal(await cache.get_or_set('k', factory, 60), { run: 1 });
  equal(await cache.get('k'), { run: 1 });
  const left = await raw('PTTL', '{p}:k');
  ok(left > 58_000 && left <= 60_000, `${left} ms`);
  equal(await raw('EXISTS', '{p}:k~lock'), 0);
  equal(factory.contexts[0].stale, null);
  equal(factory.contexts[0].background, false);
});

test('a value is stored as set stores it, and the key lives for timeout and grace', async ({
  makeCache,
  raw,
  stored,
}) => {
  const cache = makeCache();
  await cache.set('plain', { a: [1, 'two'] });
  await cache.getOrSet('k', () => ({ a: [1, 'two'] }), { timeout: 10, grace: 20 });
  equal(await stored('k'), await stored('plain'));
  const left = await raw('PTTL', 'k');
  ok(left > 28_000 && left <= 30_000, `${left} ms`);
});

test('the timeout: default, function, never', async ({ makeCache }) => {
  const cache = makeCache({ defaultTimeout: 77 });
  const isAbout = async (/** @type {string} */ key, /** @type {number} */ seconds) => {
    const ttl = await cache.ttl(key);
    ok(ttl > seconds - 2 && ttl <= seconds, `${key} lives for ${ttl} s`);
  };
  await cache.getOrSet('a', () => 1);
  await isAbout('a', 77);
  await cache.getOrSet('b', () => 1, null);
  await isAbout('b', 77);
  await cache.getOrSet('c', () => 40, {
    timeout: (/** @type {number} */ value) => value,
    grace: 5,
  });
  await isAbout('c', 45);
  await cache.getOrSet('d', () => 1, { timeout: () => undefined });
  await isAbout('d', 77);
  for (const never of [0, -1, Infinity]) {
    await cache.getOrSet(`never ${never}`, () => 1, { timeout: never, grace: 5 });
    equal(await cache.ttl(`never ${never}`), Infinity);
  }
});

test('a stored None is a hit, undefined is not stored', async ({ makeCache }) => {
  const cache = makeCache();
  const none = counting(() => null);
  equal(await cache.getOrSet('none', none), null);
  equal(await cache.getOrSet('none', none), null);
  equal(await cache.getOrSet('none', none, { grace: 10 }), null);
  equal(none.runs, 1);
  const nothing = counting(() => undefined);
  equal(await cache.getOrSet('nothing', nothing), null);
  equal(await cache.getOrSet('nothing', nothing), null);
  equal(nothing.runs, 2);
  equal(await cache.has('nothing'), false);
  equal(await cache.has('nothing~lock'), false);
});

test('a thousand callers of a missing key run the factory once', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting(async (run) => {
    await pause(50);
    return run;
  });
  const values = await Promise.all(
    Array.from({ length: 1000 }, () => cache.getOrSet('k', factory, 60)),
  );
  ok(values.every((value) => value === 1));
  equal(factory.runs, 1);
});

// https://github.com/laravel/framework/pull/60920
test('callers of several caches run it once, as processes do', async ({ makeCache }) => {
  const caches = [makeCache(), makeCache(), makeCache()];
  const factory = counting(async (run) => {
    await pause(300);
    return run;
  });
  const values = await Promise.all(caches.map((cache) => cache.getOrSet('k', factory, 60)));
  equal(values, [1, 1, 1]);
  equal(factory.runs, 1);
});

test('without a lock each cache computes by itself', async ({ makeCache }) => {
  const factory = counting(async (run) => {
    await pause(100);
    return run;
  });
  const options = { timeout: 60, lock: false };
  await Promise.all([makeCache(), makeCache()].map((each) => each.getOrSet('k', factory, options)));
  equal(factory.runs, 2);
});

// https://github.com/Julien-R44/bentocache/issues/103 and /115
test('a stale value is answered at once, and computed anew in the background', async ({
  makeCache,
}) => {
  const cache = makeCache();
  await cache.set('k', 'old', 30);
  const factory = counting(async () => {
    await pause(100);
    return 'new';
  });
  const options = { timeout: 60, grace: 30 };
  const answers = [1, 2, 3].map(() => cache.getOrSet('k', factory, options));
  equal(await Promise.all(answers), ['old', 'old', 'old']);
  equal(await makeCache().getOrSet('k', factory, options), 'old', 'no other waits for the lease');
  await until(async () => (await cache.get('k')) === 'new');
  equal(await cache.getOrSet('k', factory, options), 'new');
  equal(factory.runs, 1);
  equal(factory.contexts[0].stale, 'old');
  equal(factory.contexts[0].background, true);
});

test('with a soft timeout callers wait for a quick factory, and not for a slow one', async ({
  makeCache,
}) => {
  const cache = makeCache();
  const options = { timeout: 60, grace: 30, softTimeout: 0.5 };
  await cache.set('quick', 'old', 30);
  await cache.set('slow', 'old', 30);
  equal(await cache.getOrSet('quick', async () => 'new', options), 'new');
  const slow = async () => {
    await pause(1000);
    return 'new';
  };
  equal(await cache.getOrSet('slow', slow, options), 'old');
  await until(async () => (await cache.get('slow')) === 'new');
});

test('with a hard timeout callers give up, and the factory goes on', async ({
  makeCache,
  library,
  codes,
}) => {
  const cache = makeCache();
  const slow = async () => {
    await pause(300);
    return 'new';
  };
  await rejects(
    () => cache.getOrSet('k', slow, { hardTimeout: 0.1 }),
    (error) => {
      ok(error instanceof library.TimeoutError, String(error));
      equal(error.code, 'FACTORY_TIMEOUT');
    },
  );
  await until(async () => (await cache.get('k')) === 'new');
  equal(codes(), []);
});

test('a value may be computed early, in the background', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  await cache.getOrSet('k', factory, { timeout: 60, early: 1e-9 });
  equal(await cache.getOrSet('k', factory, { timeout: 60, early: 1e-9 }), 1);
  equal(factory.runs, 1);
  // As if it took weeks: by chance it is hardly ever not yet time.
  equal(await cache.getOrSet('k', factory, { timeout: 60, early: 1e7, softTimeout: 5 }), 1);
  await until(async () => (await cache.get('k')) === 2);
});

test('a fresh value can be computed in any case', async ({ makeCache }) => {
  const cache = makeCache();
  const other = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 60, fresh: true };
  equal(await cache.getOrSet('k', factory, options), 1);
  equal(await cache.getOrSet('k', factory, options), 2);
  equal(factory.contexts[1].stale, 1);
  const slow = other.getOrSet(
    'k',
    async () => {
      await pause(300);
      return 'begun before';
    },
    options,
  );
  await pause(100);
  equal(await cache.getOrSet('k', factory, options), 3, 'it does not wait for the other');
  equal(await slow, 'begun before');
  equal(await cache.get('k'), 3);
});

test('expire makes a value stale, delete makes it gone', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting((run) => run);
  const options = { timeout: 60, grace: 30 };
  await cache.getOrSet('k', factory, options);
  await cache.expire('k', 30);
  equal(await cache.getOrSet('k', factory, options), 1);
  await until(async () => (await cache.get('k')) === 2);
  await cache.delete('k');
  equal(await cache.getOrSet('k', factory, options), 3);
});

test('one caller may give up by a signal, and the others get the value', async ({
  makeCache,
  library,
}) => {
  const cache = makeCache();
  const controller = new AbortController();
  const factory = counting(async (_, { signal }) => {
    await pause(150);
    return signal.aborted;
  });
  const given = cache.with({ signal: controller.signal }).getOrSet('k', factory);
  const kept = cache.getOrSet('k', factory);
  setTimeout(() => controller.abort(), 50);
  await rejects(given, (error) => ok(error instanceof library.AbortError, String(error)));
  equal(await kept, false);
  equal(factory.runs, 1);
});

test('when all callers have given up the factory is told', async ({ makeCache }) => {
  const cache = makeCache();
  const controller = new AbortController();
  /** @type {AbortSignal | undefined} */
  let told;
  const factory = (/** @type {any} */ { signal }) =>
    new Promise((resolve) => {
      told = signal;
      signal.addEventListener('abort', () => resolve(undefined));
    });
  const given = cache.with({ signal: controller.signal }).getOrSet('k', factory);
  given.catch(() => {});
  await until(() => told);
  equal(told?.aborted, false);
  controller.abort();
  await rejects(given, () => {});
  equal(told?.aborted, true);
});

test('a caller that gives up before the value was read begins no run', async ({ makeCache }) => {
  const cache = makeCache();
  const controller = new AbortController();
  const factory = counting(() => 1);
  const given = cache.with({ signal: controller.signal }).getOrSet('k', factory);
  controller.abort();
  await rejects(given, () => {});
  await cache.get('k');
  await pause(50);
  equal(factory.runs, 0);
  equal(await cache.getOrSet('k', factory), 1);
});

/** What makes a run that began before it one that later callers do not share. @type {[string, (cache: any) => Promise<any>][]} */
const CHANGES = [
  ['delete', (cache) => cache.delete('k')],
  ['pop', (cache) => cache.pop('k')],
  ['expire', (cache) => cache.expire('k', 60)],
  [
    'set with tags',
    (cache) => cache.set('k', 'set', 60, { tags: ['{k}'] }).then(() => cache.delete('k')),
  ],
];

for (const [method, change] of CHANGES) {
  test(`nobody shares a run that began before ${method}`, async ({ makeCache }) => {
    const cache = makeCache();
    const factory = counting(() => pause(200).then(() => 'old'));
    const slow = cache.getOrSet('k', factory, { lock: false });
    await until(() => factory.runs);
    await change(cache);
    equal(await cache.getOrSet('k', () => 'new', { lock: false }), 'new');
    equal(await slow, 'old');
  });
}

test('memoize keeps results by their keys', async ({ makeCache }) => {
  const cache = makeCache();
  let runs = 0;
  const load = cache.memoize(
    async (/** @type {number} */ id, /** @type {string} */ name) => {
      runs++;
      return `${id} ${name}`;
    },
    { key: (/** @type {number} */ id) => `user:${id}`, timeout: 60 },
  );
  equal(await load(1, 'a'), '1 a');
  equal(await load(1, 'b'), '1 a');
  equal(await load(2, 'b'), '2 b');
  equal(await load.delete(1, 'any'), true);
  equal(await load(1, 'c'), '1 c');
  equal(runs, 3);
});

test('each serializer has its own run', async ({ makeCache }) => {
  const cache = makeCache();
  const factory = counting(() => new Uint8Array([1, 2]));
  const [bytes, other] = await Promise.all([
    cache.with({ serializer: 'raw' }).getOrSet('k', factory, { lock: false }),
    cache.getOrSet('k', factory, { lock: false }),
  ]);
  equal([...bytes], [1, 2]);
  equal([...other], [1, 2]);
  equal(factory.runs, 2);
});

test('a key prefix that is a function is asked once', async ({ makeCache, raw }) => {
  let asked = 0;
  const cache = makeCache({ keyPrefix: () => `p${asked++}:` });
  await cache.getOrSet('k', () => 1, 60);
  equal(asked, 1);
  equal(await raw('EXISTS', 'p0:k'), 1);
});

test('a serializer may be asynchronous', async ({ makeCache, raw, codes }) => {
  const text = new TextEncoder();
  const serializer = {
    /** @param {unknown} value */
    async dumps(value) {
      await pause(5);
      if (value === 'bad') throw new Error('no');
      return `:${JSON.stringify(value)}`;
    },
    /** @param {Uint8Array} bytes */
    async loads(bytes) {
      await pause(5);
      return JSON.parse(new TextDecoder().decode(bytes).slice(1));
    },
  };
  const cache = makeCache({ serializer });
  equal(await cache.set('a', { x: 1 }), true);
  equal(await cache.setMany({ b: 2, c: 3 }), ['b', 'c']);
  equal(await cache.set('t', 4, 60, { tags: ['{t}'] }), true);
  equal(await cache.getMany('a', 'b', 'c', 'none', 't'), [{ x: 1 }, 2, 3, null, 4]);
  equal(await cache.get('a'), { x: 1 });
  equal(await cache.getOrSet('d', () => 5, { grace: 10 }), 5);
  equal(await cache.getOrSet('d', () => 6, { grace: 10 }), 5);
  equal(await cache.getOrSet('d', () => 6, { grace: 1000 }), 5);
  await until(async () => (await cache.get('d')) === 6);
  await rejects(cache.set('e', 'bad'), (error) => equal(error.code, 'UNSERIALIZABLE'));
  await raw('SET', 'broken', text.encode(':{'));
  equal(await cache.get('broken'), null);
  equal(await cache.getMany('broken', 'b'), [null, 2]);
  equal(codes(), ['UNREADABLE', 'UNREADABLE']);
});
