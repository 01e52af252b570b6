/**
 * The connection of `near.tracking` when it is cut in pieces, goes silent, hangs or carries nonsense: a real one, which the tests
 * get between.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisCache } from '../../js/entries/node.js';
import { connect } from '../../js/transports/node.js';
import { startRedis } from '../support/redis.js';

/** @import { Connection, Events } from '../../js/transports/types.js' */

/** Longer than any test takes, in seconds. */
const LONG = 3600;

describe('the connection of near.tracking', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {Awaited<ReturnType<import('../support/redis.js').RedisServer['client']>>} */
  let client;
  /** What is done with a chunk that comes over it. @type {(chunk: Uint8Array, events: Events) => void} */
  let receive;
  let opened = 0;

  before(async () => {
    redis = await startRedis();
    client = await redis.client();
  });
  after(async () => {
    client?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    opened = 0;
    receive = (chunk, events) => events.received(chunk);
    await client.send('FLUSHALL');
    await client.send('SET', 'k', 1);
  });

  /** A cache whose connections for data are left alone. It names itself first on the other. */
  function makeCache(options = {}) {
    const connector = (/** @type {any} */ _address, /** @type {Events} */ events) => {
      let isData = true;
      const received = (/** @type {Uint8Array} */ chunk) =>
        isData ? events.received(chunk) : receive(chunk, events);
      const address = { hostname: '127.0.0.1', port: redis.port, tls: false };
      const connection = connect(address, { ...events, received });
      const write = (/** @type {Uint8Array} */ bytes) => {
        // The data's connection needs no id.
        if (isData && new TextDecoder().decode(bytes).includes('\r\nID\r\n')) {
          isData = false;
          opened++;
        }
        connection.write(bytes);
      };
      return /** @type {Connection} */ ({ ...connection, write });
    };
    const near = { timeout: LONG, tracking: true };
    return new RedisCache('redis://test', { connector, near, clientName: null, ...options });
  }

  /**
   * Reads until a read is answered from memory, or otherwise.
   *
   * @param {RedisCache} cache
   * @param {boolean} isNear
   */
  async function untilNear(cache, isNear = true) {
    for (let left = 500; left > 0; left--) {
      const { nearHits } = cache.stats();
      const value = await cache.get('k');
      if (cache.stats().nearHits > nearHits === isNear) return value;
      await sleep(20);
    }
    throw new Error('it never came to be');
  }

  /** @param {RedisCache} cache @param {unknown} value */
  async function untilValue(cache, value) {
    for (let left = 500; left > 0; left--) {
      if ((await cache.get('k')) === value) return;
      await sleep(20);
    }
    throw new Error(`it never was ${value}`);
  }

  test('what it tells may be cut anywhere', async () => {
    receive = (chunk, events) => {
      for (let at = 0; at < chunk.length; at++) events.received(chunk.subarray(at, at + 1));
    };
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    for (const value of [2, 3]) {
      await client.send('MSET', 'other', 1, 'k', value, 'x'.repeat(500), 1);
      await untilValue(cache, value);
      assert.equal(await untilNear(cache), value);
    }
    assert.equal(opened, 1);
    await cache.close();
  });

  test('many messages in one chunk', async () => {
    /** @type {Uint8Array[]} */
    let held = [];
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    receive = (chunk) => void held.push(chunk.slice());
    for (let value = 2; value < 50; value++) await client.send('SET', 'k', value);
    receive = (chunk, events) => {
      events.received(new Uint8Array(Buffer.concat([...held, chunk])));
      held = [];
    };
    await client.send('SET', 'k', 50);
    await untilValue(cache, 50);
    assert.equal(await untilNear(cache), 50);
    await cache.close();
  });

  test('one that goes silent is trusted for no more than 3 s, and replaced', async () => {
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    receive = () => {};
    await client.send('SET', 'k', 2);
    assert.equal(await untilNear(cache, false), 2);
    receive = (chunk, events) => events.received(chunk);
    assert.equal(await untilNear(cache), 2);
    assert.equal(opened, 2);
    await cache.close();
  });

  test('one that lags ever more behind is trusted for no more than 3 s', async () => {
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    const start = performance.now();
    receive = (chunk, events) => {
      const copy = chunk.slice();
      const lag = Math.min(0.8 * (performance.now() - start), 5000);
      setTimeout(() => events.received(copy), lag);
    };
    // There is always something that has just come.
    const writing = setInterval(() => client.send('SET', 'other', 1), 20);
    const reading = setInterval(() => cache.get('k'), 20);
    await sleep(6500);
    await client.send('SET', 'k', 2);
    await sleep(3100);
    assert.equal(await cache.get('k'), 2);
    for (const timer of [writing, reading]) clearInterval(timer);
    await cache.close();
  });

  test('a message of 200,000 keys', async () => {
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    const script =
      "for i = 1, 200000 do redis.call('SET', 'n' .. i, i) end return redis.call('SET', 'k', 2)";
    await client.send('EVAL', script, 0);
    await untilValue(cache, 2);
    assert.equal(await untilNear(cache), 2);
    assert.equal(opened, 1);
    await cache.close();
  });

  test('one beside a connection that was lost stays, until another one reads', async () => {
    const cache = makeCache();
    assert.equal(await untilNear(cache), 1);
    await client.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await sleep(200);
    const { nearHits } = cache.stats();
    assert.equal(await cache.get('k'), 1);
    assert.equal(cache.stats().nearHits, nearHits + 1);
    assert.equal(opened, 1);
    // The server behind a name may be another one by now.
    assert.equal(await cache.get('other'), null);
    assert.equal(await cache.get('k'), 1);
    assert.equal(cache.stats().nearHits, nearHits + 1);
    assert.equal(await untilNear(cache), 1);
    assert.equal(opened, 2);
    await cache.close();
  });

  test('one whose handshake hangs is given up after connectTimeout', async () => {
    receive = () => {};
    const cache = makeCache({ connectTimeout: 2 });
    while (opened < 2) {
      assert.equal(await cache.get('k'), 1);
      await sleep(20);
    }
    assert.equal(cache.stats().nearHits, 0);
    receive = (chunk, events) => events.received(chunk);
    assert.equal(await untilNear(cache), 1);
    await cache.close();
  });

  for (const [what, bytes] of /** @type {[string, string][]} */ ([
    ['what is no RESP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a length that cannot be', '*3\r\n$99999999999\r\n'],
  ])) {
    test(`${what} ends it, and empties the cache`, async () => {
      const cache = makeCache();
      assert.equal(await untilNear(cache), 1);
      receive = (_, events) => events.received(new TextEncoder().encode(bytes));
      await client.send('SET', 'k', 2);
      await untilValue(cache, 2);
      receive = (chunk, events) => events.received(chunk);
      assert.equal(await untilNear(cache), 2);
      assert.equal(opened, 2);
      await cache.close();
    });
  }

  test('no error repeats the password, though the server does', async (t) => {
    const locked = await startRedis({ password: 'SECRET' });
    t.after(() => locked.stop());
    let connections = 0;
    /** @type {string[]} */
    const replies = [];
    /** @type {import('../../js/transports/types.js').Connector} */
    const connector = (_, events) => {
      const isData = ++connections === 1;
      const address = { hostname: '127.0.0.1', port: locked.port, tls: false };
      const received = (/** @type {Uint8Array} */ chunk) => {
        if (!isData) replies.push(Buffer.from(chunk).toString());
        events.received(chunk);
      };
      const connection = connect(address, { ...events, received });
      // The server does not know this command, and says what came with it.
      const write = (/** @type {Uint8Array} */ bytes) =>
        connection.write(
          isData ? bytes : Buffer.from(Buffer.from(bytes).toString().replace('AUTH', 'AUTX')),
        );
      return { ...connection, write };
    };
    /** @type {any[]} */
    const errors = [];
    const cache = new RedisCache('redis://test', {
      connector,
      password: 'SECRET',
      near: { timeout: LONG, tracking: true },
      onError: (error, { operation }) => errors.push({ error, operation }),
    });
    while (errors.length === 0) {
      assert.equal(await cache.get('k'), null);
      await sleep(10);
    }
    assert.match(replies.join(''), /SECRET/);
    assert.deepEqual(
      errors.map(({ error, operation }) => [error.code, operation]),
      [['SERVER_ERROR', 'near']],
    );
    for (const { error } of errors) {
      assert.doesNotMatch(`${error.message} ${error.cause} ${error.stack}`, /SECRET/);
    }
    assert.equal(cache.stats().nearHits, 0);
    await cache.close();
  });

  test('what was kept before it stood is not trusted', async () => {
    /** @type {(() => void)[]} */
    const held = [];
    receive = (chunk, events) => {
      const copy = chunk.slice();
      held.push(() => events.received(copy));
    };
    const cache = makeCache();
    const untold = cache.with({ near: { tracking: false } });
    // The second read opens it.
    for (let reads = 0; reads < 2; reads++) assert.equal(await cache.get('k'), 1);
    assert.equal(await untold.get('k'), 1);
    await client.send('SET', 'k', 2);
    assert.equal(await untold.get('k'), 1);
    receive = (chunk, events) => events.received(chunk);
    while (held.length === 0) await sleep(10);
    for (const action of held) action();
    assert.equal(await untilNear(cache), 2);
    await cache.close();
  });
});
