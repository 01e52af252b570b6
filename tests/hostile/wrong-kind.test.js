/**
 * A reply of the wrong kind ends the connection at once: what is pipelined behind it would go to the wrong calls.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RedisCache } from '../../js/entries/node.js';
import { startHostileServer } from './server.js';

/** What a server of good will answers, on a connection after the first. @type {Record<string, (key: string) => string>} */
const RIGHT = {
  CLIENT: () => '+OK\r\n',
  GET: (key) => `$${key.length + 1}\r\n!${key}\r\n`,
  SCAN: () => '*2\r\n$1\r\n0\r\n*2\r\n$3\r\np:1\r\n$5\r\nother\r\n',
};

/** What would be the answer to another call. */
const STRANGE = '$7\r\nanother\r\n';

/** @type {[call: string, command: string, replies: string[], make: (cache: RedisCache) => Promise<unknown>][]} */
const CASES = [
  ['get', 'GET', ['+OK', ':1', '*0', '*1\r\n:1'], (cache) => cache.get('first')],
  ['set', 'SET', [':1', '$2\r\nOK', '+QUEUED', '*0'], (cache) => cache.set('first', 1)],
  ['add', 'SET', [':1', '$2\r\nOK', '+QUEUED'], (cache) => cache.add('first', 1)],
  ['has', 'EXISTS', ['+OK', '$1\r\n1', '$-1'], (cache) => cache.has('first')],
  ['inc', 'INCRBY', ['+OK', '$1\r\n1', '$-1'], (cache) => cache.inc('first')],
  ['delete', '(UNLINK|DEL)', ['+OK', '$-1', '*0'], (cache) => cache.delete('first')],
  ['getMany', 'MGET', ['+OK', ':1', '*0', '*3\r\n$-1\r\n$-1\r\n$-1', '*2\r\n:1\r\n:2', '*2\r\n+a\r\n+b'],
    (cache) => cache.getMany('first', 'second')],
  ['clear', 'SCAN', ['+OK', ':0', '*1\r\n$1\r\n0', '*2\r\n$1\r\n0\r\n:1', '*2\r\n*0\r\n*0'],
    (cache) => cache.with({ keyPrefix: 'p:' }).clear()],
  ['clear', 'UNLINK', ['+OK', '$-1', '*0'], (cache) => cache.with({ keyPrefix: 'p:' }).clear()],
  ['clear', 'FLUSHDB', [':1', '$2\r\nOK', '*0'], (cache) => cache.clear()],
  ['checkConnection', 'PING', ['+OK', ':1', '$2\r\nOK', '*0'], (cache) => cache.checkConnection()],
]; // prettier-ignore

describe('a reply of the wrong kind', () => {
  for (const [call, command, replies, make] of CASES) {
    for (const reply of replies) {
      test(`to ${call}: ${JSON.stringify(reply)}`, async () => {
        const { outcome, behind } = await meet(new RegExp(`^${command}$`), reply, make);
        // A read may have been sent again, and answered.
        assert.match(String(outcome), /^(PROTOCOL|first)$/);
        behind.forEach((answer, at) => {
          const isRight = answer === BEHIND[at] || /^(PROTOCOL|CONNECTION_LOST)$/.test(answer);
          assert.ok(isRight, `${BEHIND[at]}: ${answer}`);
        });
      });
    }
  }
});

test('clear unlinks keys of its prefix only, whatever SCAN says', async () => {
  /** @type {string[]} */
  const unlinked = [];
  const server = await startHostileServer((socket, commands) => {
    for (const [name = '', ...args] of commands) {
      if (name === 'UNLINK') unlinked.push(...args);
      socket.write(name === 'UNLINK' ? `:${args.length}\r\n` : (RIGHT[name]?.('') ?? '+OK\r\n'));
    }
  });
  const cache = new RedisCache(server.url, { keyPrefix: 'p:', operationTimeout: 0.5 });
  await cache.clear();
  assert.deepEqual(unlinked, ['p:1']);
  await cache.close();
  await server.stop();
});

/** Read behind the call. */
const BEHIND = ['b1', 'b2', 'b3'];

/**
 * Makes a call that gets a reply of the wrong kind, with reads pipelined behind it whose replies are all another's.
 *
 * @param {RegExp} command
 * @param {string} reply
 * @param {(cache: RedisCache) => Promise<unknown>} make
 */
async function meet(command, reply, make) {
  const [seen, see] = promise();
  let waiting = 0;
  const server = await startHostileServer((socket, commands, connection) => {
    for (const [name = '', key = ''] of commands) {
      if (connection === 1 && BEHIND.includes(key)) {
        if (++waiting === BEHIND.length) socket.write(`${reply}\r\n${STRANGE.repeat(waiting)}`);
      } else if (connection === 1 && command.test(name)) see();
      else socket.write(RIGHT[name]?.(key) ?? '+OK\r\n');
    }
  });
  const cache = new RedisCache(server.url, {
    throwOnError: true,
    operationTimeout: 0.5,
    serializer,
  });
  const codeOf = (/** @type {any} */ error) => error.code ?? String(error);
  try {
    const call = make(cache).catch(codeOf);
    await seen;
    const answers = await Promise.all(BEHIND.map((key) => cache.get(key).catch(codeOf)));
    return { outcome: await call, behind: answers };
  } finally {
    await cache.close();
    await server.stop();
  }
}

/** Keeps texts as they are, behind a mark. */
const serializer = {
  dumps: String,
  loads: (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes).slice(1),
};

/** @returns {[Promise<void>, () => void]} */
function promise() {
  let resolve = () => {};
  const made = new Promise((done) => (resolve = () => done(undefined)));
  return [made, resolve];
}
