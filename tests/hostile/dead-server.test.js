/**
 * A Redis that is down costs milliseconds: after the first failed attempt calls are answered at once, with its cause, while one
 * attempt at a time finds out when the server is back.
 *
 * Nothing here is timed: where a call must not wait, the attempt that it could wait for never ends.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisCache } from '../../js/entries/node.js';
import { startHostileServer } from './server.js';
import { freePort, startRedis } from '../support/redis.js';

/** Far more than a test takes: what waits for it has waited for a connection. In seconds. */
const LONG = 60;
/** A call that does not wait has ended after so many milliseconds, however slow this machine is. */
const AT_ONCE = 3000;
const CALLS = 20;

/** @param {Promise<unknown>} call @returns {Promise<any>} the code of its error, its answer, or that it waits */
const outcome = (call) =>
  Promise.race([
    call.catch((/** @type {any} */ error) => error.code ?? String(error)),
    sleep(AT_ONCE, 'it waits', { ref: false }),
  ]);

describe('a server that is down', () => {
  /** What became of each attempt to connect: it is refused, or never ends. */
  let attempts = /** @type {string[]} */ ([]);
  /** @type {RedisCache[]} */
  let caches = [];

  beforeEach(() => {
    attempts = [];
    caches = [];
  });
  afterEach(async () => {
    for (const cache of caches) {
      await Promise.race([cache.close(), sleep(100, null, { ref: false })]);
    }
  });

  /** @param {(attempt: number) => 'refused' | 'waits'} fate @param {object} [options] */
  function cacheWith(fate, options) {
    /** @type {import('../../js/transports/types.js').Connector} */
    const connector = (_, events) => {
      const become = fate(attempts.length);
      attempts.push(become);
      const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      if (become === 'refused') queueMicrotask(() => events.closed(error));
      return { write() {}, close() {} };
    };
    const limits = { connectTimeout: LONG, operationTimeout: LONG, maxRetries: 0 };
    const cache = new RedisCache('localhost', {
      connector,
      throwOnError: true,
      ...limits,
      ...options,
    });
    caches.push(cache);
    return cache;
  }

  test('answers the first call with its cause', async () => {
    assert.equal(await outcome(cacheWith(() => 'refused').get('k')), 'CONNECTION_REFUSED');
  });

  test('answers later calls at once with its cause, while an attempt goes on', async () => {
    const cache = cacheWith((attempt) => (attempt === 0 ? 'refused' : 'waits'));
    await outcome(cache.get('k'));
    for (let call = 0; call < CALLS; call++) {
      assert.equal(await outcome(cache.get('k')), 'CONNECTION_REFUSED');
      assert.equal(await outcome(cache.set('k', 1)), 'CONNECTION_REFUSED');
    }
    assert.ok(attempts.length <= 2, `${attempts.length} attempts`);
  });

  test('answers as cachelib does, and tells the cause', async () => {
    const codes = /** @type {string[]} */ ([]);
    const cache = cacheWith((attempt) => (attempt === 0 ? 'refused' : 'waits'), {
      throwOnError: false,
      onError: (/** @type {any} */ { code }) => codes.push(code),
    });
    await outcome(cache.get('k'));
    assert.deepEqual(
      await outcome(Promise.all([cache.get('k'), cache.set('k', 1), cache.getMany('a', 'b')])),
      [null, false, [null, null]],
    );
    assert.deepEqual(new Set(codes), new Set(['CONNECTION_REFUSED']));
  });

  test('is tried again by one attempt at a time, ever more seldom', async () => {
    const cache = cacheWith(() => 'refused');
    const end = Date.now() + 1000;
    while (Date.now() < end) {
      assert.equal(await outcome(cache.get('k')), 'CONNECTION_REFUSED');
      await sleep(1);
    }
    assert.ok(attempts.length < 20, `${attempts.length} attempts in a second`);
    assert.ok(attempts.length > 1, 'there was no other attempt');
  });

  test('is waited for with failFast: false', async () => {
    const cache = cacheWith((attempt) => (attempt === 0 ? 'refused' : 'waits'), {
      failFast: false,
      maxRetries: 2,
      connectTimeout: 0.3,
      operationTimeout: 0.5,
    });
    assert.match(await outcome(cache.get('k')), /^(CONNECT_)?TIMEOUT$/);
    assert.ok(attempts.includes('waits'));
  });

  test('lets the first call wait for connectTimeout, not for operationTimeout', async () => {
    const cache = cacheWith(() => 'waits', { connectTimeout: 0.2 });
    assert.equal(await outcome(cache.get('k')), 'CONNECT_TIMEOUT');
  });

  test('is used again when it is back', async () => {
    const port = await freePort();
    const cache = new RedisCache(`redis://127.0.0.1:${port}`, { throwOnError: true });
    caches.push(cache);
    assert.equal(await outcome(cache.set('k', 1)), 'CONNECTION_REFUSED');
    const redis = await startRedis({ port });
    try {
      let last;
      for (const end = Date.now() + 10_000; Date.now() < end && last !== true; await sleep(10)) {
        last = await outcome(cache.set('k', 1));
      }
      assert.equal(last, true);
    } finally {
      await redis.stop();
    }
  });
});

describe('a server that', () => {
  /** @type {[what: string, behave: import('./server.js').Behaviour, codes: RegExp][]} */
  const SERVERS = [
    ['answers once and closes', (socket) => socket.end('+OK\r\n$-1\r\n'), /^(null|CONNECTION_(LOST|FAILED))$/],
    ['closes when it is asked', (socket) => socket.end(), /^CONNECTION_(LOST|FAILED)$/],
    ['refuses the password', (socket) => socket.end('-WRONGPASS invalid username-password pair\r\n'), /^WRONGPASS$/],
    ['has too many clients', (socket) => socket.end('-ERR max number of clients reached\r\n'), /^MAX_CLIENTS$/],
    ['is no Redis', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /^PROTOCOL$/],
  ]; // prettier-ignore

  for (const [what, behave, codes] of SERVERS) {
    test(`${what}: the cause is told, and connections are few`, async () => {
      const server = await startHostileServer(behave);
      const url = server.url.replace('//', '//:secret@');
      const cache = new RedisCache(url, { throwOnError: true, operationTimeout: 2 });
      try {
        const end = Date.now() + 1000;
        while (Date.now() < end) {
          assert.match(String(await outcome(cache.get('k'))), codes);
          await sleep(1);
        }
        const { connections } = server.counters;
        assert.ok(connections < 30, `${connections} connections in a second`);
      } finally {
        await cache.close();
        await server.stop();
      }
    });
  }
});
