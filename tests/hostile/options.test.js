/**
 * Options that say what is sent to a server, and how often, against servers that mind.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RedisCache } from '../../js/entries/node.js';
import { startHostileServer } from './server.js';

/** What a good server answers. @type {Record<string, string>} */
const ANSWERS = {
  CLIENT: '+OK\r\n',
  SET: '+OK\r\n',
  DEL: ':1\r\n',
  GET: '$-1\r\n',
  INCRBY: ':1\r\n',
};

/** A delete takes the key's lock along, by a command of its own. @param {string[]} command */
const isOfLock = ([, key]) => key?.endsWith('~lock');

/**
 * A server that closes each connection on a command of `poison`, up to the `last` of them, and answers all others.
 *
 * @param {string} poison
 * @param {number} last
 */
async function startClosing(poison, last = Infinity) {
  /** @type {string[][]} */
  const received = [];
  const server = await startHostileServer((socket, commands, connection) => {
    for (const command of commands) {
      const [name = ''] = command;
      received.push(command);
      if (name === poison && !isOfLock(command) && connection <= last) return socket.destroy();
      socket.write(ANSWERS[name] ?? '-ERR unknown command\r\n');
    }
  });
  return {
    ...server,
    times: (/** @type {string} */ name) =>
      received.filter((command) => command[0] === name && !isOfLock(command)).length,
  };
}

/** @param {string} url @param {object} options */
function makeCache(url, options) {
  /** @type {string[]} */
  const codes = [];
  const onError = (/** @type {any} */ error) => codes.push(error.code);
  return { cache: new RedisCache(url, { onError, ...options }), codes };
}

describe('a proxy that closes on CLIENT SETNAME', () => {
  test('serves a cache without a name', async (t) => {
    const server = await startClosing('CLIENT');
    t.after(server.stop);
    const { cache, codes } = makeCache(server.url, { clientName: null });
    assert.equal(await cache.set('k', 1), true);
    assert.equal(await cache.get('k'), null);
    assert.deepEqual(codes, []);
    assert.equal(server.times('CLIENT'), 0);
    await cache.close();
  });

  test('is told apart from one that is down', async (t) => {
    const server = await startClosing('CLIENT');
    t.after(server.stop);
    const { cache, codes } = makeCache(server.url, { maxRetries: 0 });
    assert.equal(await cache.get('k'), null);
    assert.match(codes.join(), /^CONNECTION_(LOST|FAILED)$/);
    await cache.close();
  });
});

describe('a write whose connection is lost before its reply', () => {
  /** @type {[method: string, command: string, call: (cache: RedisCache) => Promise<unknown>, failed: unknown, done: unknown][]} */
  const writes = [
    ['set', 'SET', (cache) => cache.set('k', 1), false, true],
    ['delete', 'DEL', (cache) => cache.delete('k'), false, true],
  ];
  for (const [method, command, call, failed, done] of writes) {
    test(`${method} is not sent again`, async (t) => {
      const server = await startClosing(command, 1);
      t.after(server.stop);
      const { cache, codes } = makeCache(server.url, {});
      assert.equal(await call(cache), failed);
      assert.deepEqual(codes, ['CONNECTION_LOST']);
      assert.equal(server.times(command), 1);
      await cache.close();
    });

    test(`${method} is sent again with retryWrites`, async (t) => {
      const server = await startClosing(command, 1);
      t.after(server.stop);
      const { cache, codes } = makeCache(server.url, { retryWrites: true });
      assert.equal(await call(cache), done);
      assert.deepEqual(codes, []);
      assert.equal(server.times(command), 2);
      await cache.close();
    });
  }

  test('inc and add are never sent again', async (t) => {
    for (const [command, call] of /** @type {const} */ ([
      ['INCRBY', (/** @type {RedisCache} */ cache) => cache.inc('k')],
      ['SET', (/** @type {RedisCache} */ cache) => cache.add('k', 1)],
    ])) {
      const server = await startClosing(command, 1);
      t.after(server.stop);
      const { cache, codes } = makeCache(server.url, { retryWrites: true });
      assert.ok(!(await call(cache)));
      assert.deepEqual(codes, ['CONNECTION_LOST']);
      assert.equal(server.times(command), 1);
      await cache.close();
    }
  });
});

describe('the stack of an error', () => {
  test('leads to the line of the call, where the caller awaits it', async (t) => {
    const server = await startClosing('GET');
    t.after(server.stop);
    const { cache } = makeCache(server.url, { throwOnError: true, maxRetries: 0 });
    /** @type {any} */
    const one = await readOne(cache).catch((error) => error);
    assert.match(one.stack, /at async readOne \(/);
    /** @type {any} */
    const many = await readMany(cache).catch((error) => error);
    assert.match(many.stack, /at async readMany \(/);
    await cache.close();
  });
});

/** @param {RedisCache} cache */
async function readOne(cache) {
  return await cache.get('k');
}

/** @param {RedisCache} cache */
async function readMany(cache) {
  return await cache.getMany('a', 'b');
}
