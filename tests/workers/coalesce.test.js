/**
 * The shared connection of the pool: equal reads go out once, and no reply goes to another batch.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readCommands } from '../../js/pool/commands.js';
import { SharedConnection } from '../../js/pool/connection.js';
import { connect } from '../../js/transports/node.js';
import { Random } from '../chaos/random.js';
import { startProxy } from '../support/proxy.js';
import { freePort, startRedis } from '../support/redis.js';
import { encode } from '../support/resp-client.js';

/** @typedef {(string | Uint8Array)[]} Words a command */

const SEEDS = [1, 2, 3, 4];
/** Changes a key that it does not name. */
const SCRIPT = "return redis.call('SET', ARGV[1], 'by a script')";

/**
 * @param {number} port
 * @param {string} [clientName]
 */
function connectTo(port, clientName = '') {
  const address = { hostname: '127.0.0.1', port, tls: false };
  const target = { address, database: 0, clientName, connectTimeout: 5000 };
  const connection = new SharedConnection(connect, target, () => {});
  return (/** @type {Words[]} */ ...commands) => {
    const bytes = new Uint8Array(Buffer.concat(commands.map(encode)));
    return connection.exchange(bytes, readCommands(bytes), 5000);
  };
}

/** @param {unknown} replies */
function textOf(replies) {
  if (!(replies instanceof Uint8Array)) assert.fail(JSON.stringify(replies));
  return Buffer.from(replies).toString('latin1');
}

/** @param {Promise<unknown>[]} exchanges */
const textsOf = async (exchanges) => (await Promise.all(exchanges)).map(textOf);

describe('equal reads of many batches', () => {
  /** @type {import('../support/redis.js').RedisServer} */
  let redis;
  /** @type {Awaited<ReturnType<typeof redis.client>>} */
  let client;
  before(async () => {
    redis = await startRedis();
    client = await redis.client();
  });
  after(async () => {
    client?.close();
    await redis?.stop();
  });
  beforeEach(async () => {
    await client.send('FLUSHALL');
    await client.send('CONFIG', 'RESETSTAT');
  });

  /** @param {string} command */
  async function callsOf(command) {
    const stats = String(await client.send('INFO', 'commandstats'));
    return Number(
      new RegExp(`cmdstat_${command.replace('|', '\\|')}:calls=(\\d+)`).exec(stats)?.[1] ?? 0,
    );
  }

  test('of one tick go out once, and each batch gets the reply', async () => {
    await client.send('SET', 'hot', 'value');
    const exchange = connectTo(redis.port);
    const batches = Array.from({ length: 100 }, (_, index) =>
      exchange(['GET', `own-${index}`], ['GET', 'hot'], ['PTTL', 'hot'], ['INCRBY', 'count', '1']),
    );
    const replies = await textsOf(batches);
    for (const [index, text] of replies.entries()) {
      assert.equal(text, `$-1\r\n$5\r\nvalue\r\n:-1\r\n:${index + 1}\r\n`);
    }
    assert.equal(await callsOf('get'), 101);
    assert.equal(await callsOf('pttl'), 1);
    assert.equal(await callsOf('incrby'), 100);
  });

  test('a reply is no memory of another', async () => {
    await client.send('SET', 'hot', 'value');
    const exchange = connectTo(redis.port);
    const [one, other] = await Promise.all([exchange(['GET', 'hot']), exchange(['GET', 'hot'])]);
    /** @type {Uint8Array} */ (one).fill(0);
    assert.equal(textOf(other), '$5\r\nvalue\r\n');
  });

  test('a large reply goes to one batch after another', async () => {
    const value = 'x'.repeat(1_000_000);
    await client.send('SET', 'large', value);
    const exchange = connectTo(redis.port);
    const batches = Array.from({ length: 10 }, () =>
      exchange(['GET', 'large'], ['EXISTS', 'large']),
    );
    for (const text of await textsOf(batches)) {
      assert.equal(text, `$1000000\r\n${value}\r\n:1\r\n`);
    }
    assert.equal(await callsOf('get'), 1);
  });

  test('a read after a write of its key is sent again, one of another key is not', async () => {
    const exchange = connectTo(redis.port);
    const replies = await textsOf([
      exchange(['GET', 'a'], ['GET', 'b']),
      exchange(['SET', 'a', '1'], ['GET', 'a'], ['GET', 'b']),
      exchange(['GET', 'a'], ['MGET', 'a', 'b']),
      exchange(['DEL', 'x', 'b'], ['MGET', 'a', 'b'], ['GET', 'a']),
      exchange(['EVAL', SCRIPT, '0', 'a'], ['PING'], ['GET', 'a']),
    ]);
    assert.deepEqual(replies, [
      '$-1\r\n$-1\r\n',
      '+OK\r\n$1\r\n1\r\n$-1\r\n',
      '$1\r\n1\r\n*2\r\n$1\r\n1\r\n$-1\r\n',
      ':0\r\n*2\r\n$1\r\n1\r\n$-1\r\n$1\r\n1\r\n',
      '+OK\r\n+PONG\r\n$11\r\nby a script\r\n',
    ]);
    assert.equal(await callsOf('get'), 5);
    assert.equal(await callsOf('mget'), 2);
  });

  test('a batch never gets a value that is older than the life of it that it gets', async () => {
    const exchange = connectTo(redis.port);
    const read = (/** @type {Words[]} */ ...commands) => textsOf([exchange(...commands)]);
    const replies = await Promise.all([
      read(['GET', 'k']),
      read(['PTTL', 'k'], ['GET', 'k']),
      read(['PTTL', 'k'], ['GET', 'k']),
    ]);
    assert.deepEqual(replies, [['$-1\r\n'], [':-2\r\n$-1\r\n'], [':-2\r\n$-1\r\n']]);
    // Behind the PTTL, the GET of the first batch is too old for the second one; the third shares both of the second.
    assert.equal(await callsOf('get'), 2);
    assert.equal(await callsOf('pttl'), 1);
  });

  test('a read is not shared once it was written to the socket', async () => {
    const proxy = await startProxy({ port: redis.port, delay: 100 });
    const exchange = connectTo(proxy.port);
    await exchange(['PING']);
    const first = exchange(['GET', 'k'], ['CLUSTER', 'MYID']);
    await new Promise((next) => setTimeout(next, 20));
    const second = exchange(['GET', 'k'], ['CLUSTER', 'MYID']);
    await Promise.all([first, second]);
    assert.equal(await callsOf('get'), 2);
    await proxy.stop();
  });

  test('questions about the servers are shared as long as their answer is awaited', async () => {
    const server = await startRedis({ more: ['--cluster-enabled', 'yes'] });
    const proxy = await startProxy({ port: server.port, delay: 100 });
    const exchange = connectTo(proxy.port);
    await exchange(['PING']);
    const ask = () => exchange(['CLUSTER', 'MYID'], ['EXISTS', 'k'], ['CLUSTER', 'SLOTS']);
    const asked = [ask(), ask()];
    await new Promise((next) => setTimeout(next, 20));
    asked.push(ask());
    const [first, ...others] = await textsOf(asked);
    assert.match(first ?? '', /^\$40\r\n\w{40}\r\n-CLUSTERDOWN .*\r\n\*0\r\n$/);
    assert.deepEqual(others, [first, first]);
    await ask();
    const stats = await server.client();
    const text = String(await stats.send('INFO', 'commandstats'));
    assert.match(text, /cmdstat_cluster\|myid:calls=2,/);
    assert.match(text, /cmdstat_cluster\|slots:calls=2,/);
    stats.close();
    await proxy.stop();
    await server.stop();
  });

  for (const seed of SEEDS) {
    test(`any batches: the replies are those without sharing, byte by byte (seed ${seed})`, async () => {
      const random = new Random(seed);
      const exchange = connectTo(redis.port);
      const ticks = Array.from({ length: 150 }, () =>
        Array.from({ length: random.between(1, 12) }, () => anyBatch(random)),
      );
      const shared = [];
      for (const tick of ticks) shared.push(await textsOf(tick.map((batch) => exchange(...batch))));
      const sent = await client.send('INFO', 'commandstats');

      await client.send('FLUSHALL');
      await client.send('CONFIG', 'RESETSTAT');
      for (const [index, tick] of ticks.entries()) {
        const plain = [];
        for (const batch of tick) plain.push(...(await textsOf([exchange(...batch)])));
        assert.deepEqual(shared[index], plain);
      }
      const alone = await callsOf('get');
      const together = Number(/cmdstat_get:calls=(\d+)/.exec(String(sent))?.[1]);
      assert.ok(together < 0.9 * alone, `${together} of ${alone}`);
    });
  }
});

/** Some are equal but for bytes that are no text, or for how many they are. @type {Words} */
const KEYS = [
  ...['a', 'b', 'c', '', '\ufeffa', 'a\r\n$1', '1', '12'],
  ...[[0xff], [0xfe], [0xef, 0xbf, 0xbd]].map((bytes) => new Uint8Array(bytes)),
  'long'.repeat(2000),
];

/**
 * @param {import('../chaos/random.js').Random} random
 * @returns {Words[]}
 */
function anyBatch(random) {
  const key = () => /** @type {string} */ (random.pick(KEYS));
  const number = () => String(random.between(0, 99));
  /** @type {(() => Words)[]} */
  const reads = [
    () => ['GET', key()],
    () => ['GET', 'a'],
    () => ['GET', 'b'],
    () => ['MGET', key(), key()],
    () => ['EXISTS', key(), key()],
    () => ['PTTL', key()],
    () => ['CLUSTER', 'MYID'],
    () => ['PING'],
    () => ['GET', 'a', 'b'],
    () => ['GET'],
  ];
  /** @type {(() => Words)[]} */
  const writes = [
    () => ['SET', key(), number()],
    () => ['SET', key(), number(), 'NX'],
    () => ['INCRBY', key(), number()],
    () => ['DEL', key(), key()],
    () => ['UNLINK', key()],
    () => ['GETDEL', key()],
    () => ['PEXPIRE', key(), '0'],
    () => ['EVAL', SCRIPT, '0', key()],
    () => ['FLUSHDB'],
    () => ['ASKING'],
  ];
  const size = random.between(1, 6);
  return Array.from({ length: size }, () => random.pick(random.chance(0.2) ? writes : reads)());
}

test('a server that refuses a name and is lost in the middle of a batch: no reply is counted twice', async () => {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write('-NOPERM no names\r\n');
      setTimeout(() => socket.end('$1\r\n1\r\n'), 50);
    });
    socket.on('error', () => {});
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', () => listening(null)));
  const exchange = connectTo(port, 'cachelib-edge');
  const result = await exchange(['GET', 'a'], ['GET', 'b'], ['GET', 'c']);
  assert.deepEqual(result, { code: 'CONNECTION_LOST', text: '' });
  server.close();
});
