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
    const ignorant = await startRedis({ more: ['--rename-command', 'AUTH', ''] });
    t.after(() => ignorant.stop());
    /** @type {any[]} */
    const errors = [];
    const cache = new RedisCache(ignorant.url, {
      password: 'SECRET',
      near: { timeout: LONG, tracking: true },
      onError: (error, { operation }) => errors.push({ error, operation }),
    });
    while (!errors.some(({ operation }) => operation === 'near')) {
      assert.equal(await cache.get('k'), null);
      await sleep(10);
    }
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
    assert.equal(await cache.get('k'), 1);
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
