/**
 * Connectors that break the contract, and user code that calls the cache from unexpected places.
 */
import { equal, ok } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { pause } from '../context.js';

export const { cases, test } = collect('connectors');

/** @import { Connector, Events } from '../../../js/transports/types.js' */

const encoder = new TextEncoder();

/**
 * A server in a connector: it answers each write with `+PONG` for each command.
 *
 * @param {(events: Events) => Partial<import('../../../js/transports/types.js').Connection>} [overrides]
 * @returns {Connector}
 */
function echoing(overrides = () => ({})) {
  return (_, events) => {
    queueMicrotask(() => events.opened());
    const answer = (/** @type {Uint8Array} */ bytes) =>
      encoder.encode('+OK\r\n'.repeat(count(bytes)));
    return {
      write: (bytes) => {
        const reply = answer(bytes);
        queueMicrotask(() => events.received(reply));
      },
      close() {},
      ...overrides(events),
    };
  };
}

/** @param {Uint8Array} bytes commands */
function count(bytes) {
  return new TextDecoder('latin1').decode(bytes).match(/\*\d+\r\n/g)?.length ?? 0;
}

/** @type {[string, any, string[]][]} */
const BROKEN = [
  ['returns nothing', () => undefined, ['INVALID_CONNECTOR']],
  ['returns a promise', async () => ({ write() {}, close() {} }), ['INVALID_CONNECTOR']],
  ['returns nonsense', () => 5, ['INVALID_CONNECTOR']],
  [
    'throws from write()',
    echoing(() => ({
      write() {
        throw new Error('no');
      },
    })),
    ['CONNECTION_LOST', 'CONNECTION_FAILED'],
  ],
  [
    'rejects from write()',
    echoing(() => ({ write: () => /** @type {any} */ (Promise.reject(new Error('no'))) })),
    ['CONNECTION_LOST', 'CONNECTION_FAILED'],
  ],
  [
    'hands over text',
    echoing((events) => ({ write: () => events.received(/** @type {any} */ ('+OK\r\n')) })),
    ['INVALID_CONNECTOR'],
  ],
  [
    'emits closed from write(), again and again',
    echoing((events) => ({
      write() {
        for (let index = 0; index < 3; index++) events.closed(new Error('no'));
      },
    })),
    ['CONNECTION_LOST', 'CONNECTION_FAILED'],
  ],
  [
    'emits closed from close(), which throws',
    echoing((events) => ({
      write: () => events.received(encoder.encode('HTTP/1.1 400\r\n')),
      close() {
        events.closed(new Error('no'));
        events.received(encoder.encode('+OK\r\n'));
        throw new Error('no');
      },
    })),
    ['PROTOCOL'],
  ],
];

for (const [name, connector, expected] of BROKEN) {
  test(`a connector that ${name}`, async ({ makeCache, codes }) => {
    const cache = makeCache({ connector, operationTimeout: 2, maxRetries: 1 });
    equal(await cache.set('k', 1), false);
    ok(expected.includes(codes()[0]), codes().join());
    equal(await cache.get('k'), null);
    await cache.close();
  });
}

test('a connector that emits everything at once and twice', async ({ makeCache, codes }) => {
  const connector = echoing((events) => ({
    write(bytes) {
      events.opened();
      events.received(encoder.encode('+OK\r\n'.repeat(count(bytes))));
    },
  }));
  const cache = makeCache({ connector, throwOnError: true });
  for (let index = 0; index < 3; index++) {
    equal(await Promise.all([cache.set('a', 1), cache.set('b', 2)]), [true, true]);
  }
  equal(codes(), []);
});

test('a connector whose write() calls the cache', async ({ makeCache }) => {
  /** @type {Promise<unknown>[]} */
  const inner = [];
  let wrote = 0;
  const connector = echoing((events) => ({
    write(bytes) {
      if (wrote++ < 3) inner.push(cache.set('inner', 'x'.repeat(100_000)));
      events.received(encoder.encode('+OK\r\n'.repeat(count(bytes))));
    },
  }));
  const cache = makeCache({ connector, throwOnError: true });
  equal(await cache.set('k', 1), true);
  await pause(20);
  ok((await Promise.all(inner)).every((stored) => stored === true));
});

test('late events of a connection that has ended are ignored', async ({ makeCache }) => {
  /** @type {Events[]} */
  const all = [];
  const connector = echoing((events) => {
    all.push(events);
    return {};
  });
  const cache = makeCache({ connector, throwOnError: true });
  equal(await cache.set('k', 1), true);
  await cache.close();
  for (const events of all) {
    events.received(encoder.encode('-ERR late\r\n'));
    events.closed(new Error('late'));
    events.opened();
  }
  equal(await cache.set('k', 1), true);
});

test('close() and calls inside toJSON() and dumps()', async ({ makeCache }) => {
  const cache = makeCache({ throwOnError: true });
  /** @type {Promise<unknown>[]} */
  const inner = [];
  const value = {
    toJSON() {
      inner.push(cache.close(), cache.set('inner', 1), cache.close());
      return 'outer';
    },
  };
  equal(await cache.set('outer', value), true);
  await Promise.all(inner);
  equal(await cache.getMany('outer', 'inner'), ['outer', 1]);
  const serializer = {
    dumps(/** @type {unknown} */ item) {
      inner.push(cache.close());
      return String(item);
    },
    loads: (/** @type {Uint8Array} */ bytes) => {
      inner.push(cache.close());
      return new TextDecoder().decode(bytes);
    },
  };
  const view = cache.with({ serializer });
  equal(await view.set('k', 'v'), true);
  equal(await view.get('k'), 'v');
  await Promise.all(inner);
});

for (const timeout of [Infinity, 2 ** 31 / 1000, 1e9]) {
  test(`operationTimeout ${timeout} waits without spinning`, async ({ makeCache, fixtures }) => {
    const proxy = await fixtures.ask('proxy', 'open', { delay: 50 });
    const cache = makeCache({ operationTimeout: timeout, connectTimeout: timeout }, proxy.url);
    const timers = countTimers();
    equal(await cache.set('k', 1), true);
    ok(timers.count() < 20, `${timers.count()} timers`);
    timers.restore();
  });
}

/** Counts the timers that are started, as a loop of timers that fire at once would show. */
function countTimers() {
  const { setTimeout: original } = globalThis;
  let started = 0;
  globalThis.setTimeout = /** @type {any} */ (
    (/** @type {() => void} */ callback, /** @type {number} */ delay) => {
      started++;
      return original(callback, delay);
    }
  );
  return { count: () => started, restore: () => void (globalThis.setTimeout = original) };
}
