/**
 * getOrSet's callers: who shares a run, how long they wait, and how they give up.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { counting, until } from '../../support/factory.js';
import { countListeners } from '../../support/signal.js';
import { pause } from '../context.js';

export const { cases, test } = collect('getOrSet waiting');

const fails = () => {
  throw new Error('the source is down');
};

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

test('a signal of many callers has one listener for them', async ({ makeCache }) => {
  const { signal } = new AbortController();
  const listeners = countListeners(signal);
  const cache = makeCache({ signal });
  const calls = Array.from({ length: 20 }, (_, index) => cache.getOrSet(index, () => index));
  await pause(0);
  ok(listeners() <= 2, `${listeners()}`);
  equal((await Promise.all(calls)).length, 20);
  await until(() => listeners() === 0);
});

test('close() waits for the run of a factory, whose value is stored', async ({
  makeCache,
  raw,
}) => {
  for (const options of [{}, { tags: ['{k}'] }, { lock: false }]) {
    await raw('FLUSHALL');
    const cache = makeCache();
    const factory = counting(() => pause(100).then(() => 1));
    const call = cache.getOrSet('{k}', factory, options);
    await until(() => factory.runs === 1);
    await cache.close();
    equal(await call, 1);
    equal(await raw('EXISTS', '{k}'), 1, JSON.stringify(options));
    equal(await raw('EXISTS', '{k}~lock'), 0);
  }
});

test('close() waits for a factory that fails, and leaves no lock', async ({ makeCache, raw }) => {
  const cache = makeCache();
  const factory = counting(() => pause(100).then(fails));
  const call = cache.getOrSet('{k}', factory);
  await until(() => factory.runs === 1);
  const closing = cache.close();
  await rejects(call, ({ message }) => equal(message, 'the source is down'));
  await closing;
  equal(await raw('EXISTS', '{k}~lock'), 0);
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

test('a caller that gives up while another holds the lease begins no run', async ({
  makeCache,
  raw,
}) => {
  const [cache, other] = [makeCache(), makeCache()];
  const lock = await other.lock('{k}', { timeout: 5 });
  const controller = new AbortController();
  const factory = counting(() => 1);
  const given = cache.with({ signal: controller.signal }).getOrSet('{k}', factory);
  given.catch(() => {});
  await pause(150);
  controller.abort();
  await rejects(given, () => {});
  await lock?.release();
  await until(async () => (await raw('EXISTS', '{k}~lock')) === 0);
  await pause(700);
  equal(await raw('EXISTS', '{k}~lock', '{k}'), 0);
  equal(factory.runs, 0);
  equal(await cache.getOrSet('{k}', factory), 1);
});

test('whoever joins a run whose caller has given up gets its value', async ({ makeCache }) => {
  const [cache, other] = [makeCache(), makeCache()];
  const lock = await other.lock('k', { timeout: 5 });
  const controller = new AbortController();
  const factory = counting(() => 1);
  const given = cache.with({ signal: controller.signal }).getOrSet('k', factory);
  given.catch(() => {});
  await pause(50);
  controller.abort();
  const joined = cache.getOrSet('k', factory);
  await lock?.release();
  equal(await joined, 1);
  equal(factory.runs, 1);
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

/**
 * A serializer that waits before it has dumped one value.
 *
 * @param {unknown} slow
 */
function waiting(slow) {
  let has = false;
  let finish = () => {};
  const finished = /** @type {Promise<void>} */ (new Promise((resolve) => (finish = resolve)));
  const serializer = {
    /** @param {unknown} value */
    dumps(value) {
      if (value !== slow) return JSON.stringify(value);
      has = true;
      return finished.then(() => JSON.stringify(value));
    },
    /** @param {Uint8Array} bytes */
    loads: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  };
  return { serializer, hasBegun: () => has, finish };
}

for (const [method, change] of CHANGES) {
  test(`nobody shares a run that began before ${method}`, async ({ makeCache }) => {
    const cache = makeCache();
    const factory = counting(() => pause(200).then(() => 'old'));
    const slow = cache.getOrSet('k', factory, { lock: false });
    await until(() => factory.runs);
    await change(cache);
    equal(await cache.getOrSet('k', () => 'new', { lock: false }), 'new');
    equal(await slow, 'old');
    equal(await cache.get('k'), 'new');
  });

  test(`what began before ${method}, without a lease, is not stored after it`, async ({
    makeCache,
  }) => {
    const cache = makeCache();
    const slow = cache.getOrSet('k', () => change(cache).then(() => 'old'), { lock: false });
    equal(await slow, 'old');
    equal(await cache.get('k'), null);
  });

  test(`what is being serialized at ${method}, without a lease, is not stored after it`, async ({
    makeCache,
  }) => {
    for (const options of [{}, { tags: ['{k}'] }]) {
      const { serializer, hasBegun, finish } = waiting('old');
      const cache = makeCache({ serializer });
      const slow = cache.getOrSet('k', () => 'old', { lock: false, ...options });
      await until(hasBegun);
      await change(cache);
      finish();
      equal(await slow, 'old');
      equal(await cache.get('k'), null);
    }
  });
}

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

test('whoever shares the run of a factory that never returns takes over after six leases', async ({
  makeCache,
}) => {
  const cache = makeCache();
  const options = { lock: 0.3, timeout: 60 };
  const hanging = counting(() => new Promise(() => {}));
  void cache.getOrSet('k', hanging, options);
  await until(() => hanging.runs);
  const factory = counting(() => 'second');
  const others = [1, 2, 3].map(() => cache.getOrSet('k', factory, options));
  equal(await Promise.all(others), ['second', 'second', 'second']);
  equal([hanging.runs, factory.runs], [1, 1]);
  equal(await cache.get('k'), 'second');
});

test('other processes take over before whoever shares the run of a factory that never returns', async ({
  makeCache,
}) => {
  const [cache, other] = [makeCache(), makeCache()];
  const options = { lock: 0.3, timeout: 60 };
  const hanging = counting(() => new Promise(() => {}));
  void cache.getOrSet('k', hanging, options);
  await until(() => hanging.runs);
  const shared = [1, 2].map(() => cache.getOrSet('k', hanging, options));
  equal(await other.getOrSet('k', () => 'healthy', options), 'healthy');
  equal(await Promise.all(shared), ['healthy', 'healthy']);
  equal(hanging.runs, 1);
});
