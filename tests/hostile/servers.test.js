/**
 * Whatever is at the other end: every call ends in its time, with an answer that is none or an error that says why.
 */
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:tls';
import { describe, test } from 'node:test';
import { CacheError, RedisCache } from '../../js/entries/node.js';
import { makeCertificates } from '../support/certificates.js';
import { listening } from '../support/proxy.js';
import { freePort } from '../support/redis.js';
import { startHostileServer } from './server.js';

/** Seconds. */
const TIMEOUTS = { connectTimeout: 0.3, operationTimeout: 0.4 };
/** What a hostile server may make this process hold beyond what it sent, in bytes. */
const MOST_MEMORY = 64 << 20;

/** @typedef {import('./server.js').Behaviour} Behaviour */
/** @typedef {{ url: string, stop(): unknown }} Server */

/** @param {string | Uint8Array} bytes @returns {() => Promise<Server>} a server that says this to everything */
const says = (bytes) => () => startHostileServer((socket) => void socket.write(bytes));

/** Writes a piece every few milliseconds until the connection ends. @param {(at: number) => string} piece @returns {Behaviour} */
const drips = (piece) => (socket) => {
  let at = 0;
  const timer = setInterval(() => socket.write(piece(at++)), 10);
  socket.once('close', () => clearInterval(timer));
};

/** @type {[what: string, start: () => Promise<Server>, codes: RegExp][]} */
const SERVERS = [
  ['refuses', async () => ({ url: `redis://127.0.0.1:${await freePort()}`, stop() {} }), /^CONNECTION_REFUSED$/],
  ['says nothing', () => startHostileServer(() => {}), /^(CONNECT_TIMEOUT|TIMEOUT)$/],
  ['closes when it is asked', () => startHostileServer((socket) => socket.end()), /^CONNECTION_(LOST|FAILED)$/],
  ['resets when it is asked', () => startHostileServer((socket) => void socket.resetAndDestroy()), /^CONNECTION_(LOST|FAILED)$/],
  ['closes at once', () => startHostileServer(() => {}, (socket) => socket.end()), /^CONNECTION_(LOST|FAILED)$/],
  ['is an HTTP server', startHttp, /^PROTOCOL$/],
  ['speaks TLS', startTls, /^(PROTOCOL|CONNECTION_LOST|CONNECTION_FAILED)$/],
  ['greets as SSH does', () => startHostileServer(() => {}, (socket) => void socket.write('SSH-2.0-x\r\n')), /^PROTOCOL$/],
  ['sends noise', says(Buffer.alloc(1 << 20, 0x58)), /^PROTOCOL$/],
  ['sends a line without end', says(`+${'x'.repeat(1 << 20)}`), /^PROTOCOL$/],
  ['announces 512 MB and a byte', says('$536870913\r\n'), /^PROTOCOL$/],
  ['announces four billion items', says('*4294967295\r\n'), /^PROTOCOL$/],
  ['announces more than 64 bits', says('$99999999999999999999\r\n'), /^PROTOCOL$/],
  ['announces less than nothing', says('$-2\r\n'), /^PROTOCOL$/],
  ['announces what is no number', says('*1x\r\n'), /^PROTOCOL$/],
  ['nests 100,000 deep', says(`${'*1\r\n'.repeat(100_000)}:1\r\n`), /^PROTOCOL$/],
  ['leaves out the end of a text', says('$3\r\nfooXX'), /^PROTOCOL$/],
  ['announces 500 MB and drips', () => startHostileServer(drips((at) => (at ? 'x' : '$500000000\r\n'))), /^(CONNECT_)?TIMEOUT$/],
  ['drips a list of lists', () => startHostileServer(drips(() => '*2\r\n')), /^((CONNECT_)?TIMEOUT|PROTOCOL)$/],
  ['answers half, then closes', () => startHostileServer((socket) => socket.end('$100\r\nabc')), /^(CONNECTION_LOST|CONNECTION_FAILED|PROTOCOL)$/],
  ['answers with an error without a word', says('-\r\n'), /^SERVER_ERROR$|^PROTOCOL$/],
  ['answers with an error that quotes', says('-ERR unknown SECRET\r\n'), /^SERVER_ERROR$|^PROTOCOL$/],
  ['answers in RESP3', says('_\r\n'), /^PROTOCOL$/],
]; // prettier-ignore

/** One of each kind. @type {((cache: RedisCache) => Promise<unknown>)[]} */
const CALLS = [
  (cache) => cache.get('a'),
  (cache) => cache.getMany('a', 'b'),
  (cache) => cache.set('a', 1),
  (cache) => cache.setMany({ a: 1, b: 2 }),
  (cache) => cache.add('a', 1),
  (cache) => cache.delete('a'),
  (cache) => cache.deleteMany('a', 'b'),
  (cache) => cache.has('a'),
  (cache) => cache.inc('a'),
  (cache) => cache.clear(),
  (cache) => cache.checkConnection(),
];

describe('a server that', () => {
  for (const [what, start, codes] of SERVERS) {
    test(what, async () => {
      const server = await start();
      const cache = new RedisCache(server.url, { ...TIMEOUTS, throwOnError: true });
      const before = held();
      try {
        // Together, and then one by one.
        await Promise.all(CALLS.map((call) => fails(call(cache), codes)));
        for (const call of CALLS.slice(0, 3)) await fails(call(cache), codes);
        assert.ok(held() - before < MOST_MEMORY, `${held() - before} bytes are held`);
      } finally {
        await cache.close();
        await server.stop();
      }
    });
  }
});

/**
 * @param {Promise<unknown>} call
 * @param {RegExp} codes
 */
async function fails(call, codes) {
  const error = await call.then(
    (value) => assert.fail(`it answered ${value}`),
    (reason) => reason,
  );
  assert.ok(error instanceof CacheError, String(error));
  assert.match(error.code, codes, error.message);
  assert.doesNotMatch(error.message, /SECRET/);
}

function held() {
  const { external, heapUsed } = process.memoryUsage();
  return external + heapUsed;
}

async function startHttp() {
  const server = createHttpServer((_, response) => void response.end('hello'));
  const port = await listening(server);
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.close() };
}

async function startTls() {
  const certificates = await makeCertificates();
  const { cert, key } = certificates.server;
  const server = createTlsServer({ cert, key }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      server.close();
      await certificates.remove();
    },
  };
}
