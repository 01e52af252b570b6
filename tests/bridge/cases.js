/**
 * A cache whose connector is a WebSocket to a bridge, wherever there are WebSockets.
 */
import { equal, ok, rejects, throws } from '../support/assert.js';
import { collect } from '../support/collect.js';

export const { cases, test } = collect('bridge');

test('with a fixed target, as websockify has it', async ({
  makeCache,
  library,
  fixtures,
  codes,
}) => {
  const bridge = await fixtures.ask('bridge', 'open');
  const cache = makeCache({ connector: library.webSocket(bridge.url) }, 'redis://anything:1/2');
  equal(await cache.set('k', { a: [1, 'ü'] }), true);
  equal(await cache.get('k'), { a: [1, 'ü'] });
  equal(codes(), []);
  await cache.close();
  await until(async () => (await fixtures.ask('openConnections', bridge.id)) === 0);
});

test('with the address in the query, as wsproxy has it', async ({
  makeCache,
  library,
  fixtures,
  url,
}) => {
  const bridge = await fixtures.ask('bridge');
  const template = `${bridge.url}v1?address={address}&x=1`;
  for (const form of [template, new URL(template)]) {
    const cache = makeCache({ connector: library.webSocket(form), throwOnError: true }, url);
    equal(await cache.inc('n'), form === template ? 1 : 2);
  }
});

test('with a URL by a function of the address', async ({ makeCache, library, fixtures, url }) => {
  const bridge = await fixtures.ask('bridge');
  /** @type {any[]} */
  const asked = [];
  const connector = library.webSocket((/** @type {any} */ { hostname, port }) => {
    asked.push([hostname, port]);
    return `${bridge.url}?address=${hostname}:${port}`;
  });
  equal(await makeCache({ connector }, url).set('k', 1), true);
  const { hostname, port } = new URL(url);
  equal(asked, [[hostname, Number(port)]]);
});

test('with a password, and a megabyte both ways', async ({
  makeCache,
  library,
  fixtures,
  urlWithPassword,
}) => {
  const bridge = await fixtures.ask('bridge', 'locked');
  const connector = library.webSocket(bridge.url);
  const cache = makeCache({ connector, serializer: 'raw', throwOnError: true }, urlWithPassword);
  const bytes = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => index ^ (index >> 8));
  equal(await cache.set('k', bytes), true);
  equal(await cache.get('k'), bytes);
});

test('a server that the bridge cannot reach', async ({
  makeCache,
  library,
  fixtures,
  refusedUrl,
  reported,
}) => {
  const bridge = await fixtures.ask('bridge');
  const connector = library.webSocket(`${bridge.url}?address={address}`);
  equal(await makeCache({ connector }, refusedUrl).get('k'), null);
  equal(reported.length, 1);
  const [{ error }] = reported;
  ok(error instanceof library.ConnectionError);
  equal(error.code, 'CONNECTION_REFUSED');
  ok(error.message.includes(new URL(refusedUrl).host), error.message);
  ok(error.message.includes(`the bridge at 127.0.0.1:${bridge.port}`), error.message);
});

test('a bridge that is not there', async ({ makeCache, library, addresses, reported }) => {
  const connector = library.webSocket(`ws://127.0.0.1:${addresses.closedPort}/?token=s3cret`);
  equal(await makeCache({ connector }).get('k'), null);
  const [{ error }] = reported;
  equal(error.code, 'CONNECTION_FAILED');
  ok(error.message.includes(`the bridge at 127.0.0.1:${addresses.closedPort}`), error.message);
  ok(!String(error.stack).includes('s3cret'), error.stack);
});

/** @type {[string, string, string, RegExp][]} */
const BAD_BRIDGES = [
  ['that lets in nobody', 'strict', 'PERMISSION_DENIED', /does not allow .*not in the list/],
  ['that sends text', 'text', 'CONNECTION_FAILED', /binary/],
  ['that refuses the upgrade', 'refusing', 'CONNECTION_FAILED', /takes no WebSocket/],
  ['that never answers', 'silent', 'CONNECT_TIMEOUT', /in time/],
  ['that breaks down', 'breaking', 'CONNECTION_LOST', /lost/],
];

for (const [name, kind, code, message] of BAD_BRIDGES) {
  test(`a bridge ${name}`, async ({ makeCache, library, fixtures, reported }) => {
    const bridge = await fixtures.ask('bridge', 'open', kind);
    const connector = library.webSocket(bridge.url);
    const cache = makeCache({ connector, connectTimeout: 0.5, operationTimeout: 3 });
    equal(await cache.get('k'), null);
    const [{ error }] = reported;
    equal(error.code, code);
    ok(message.test(error.message), error.message);
  });
}

for (const [name, url] of [
  ['TLS to the server', 'rediss://localhost'],
  ['a Unix socket', 'unix:///run/redis.sock'],
]) {
  test(`${name} is too much for a bridge`, async ({ makeCache, library, fixtures, codes }) => {
    const bridge = await fixtures.ask('bridge', 'open');
    const cache = makeCache({ connector: library.webSocket(bridge.url) }, url);
    equal(await cache.get('k'), null);
    equal(codes(), ['UNSUPPORTED']);
  });
}

test('a URL that is not a WebSocket URL is refused at once', async ({ library }) => {
  for (const url of [
    '',
    'bridge.example.com',
    'redis://localhost',
    'wss://',
    'wss://[',
    undefined,
  ]) {
    throws(
      () => library.webSocket(url),
      (error) => {
        ok(error instanceof TypeError && error instanceof library.CacheError, String(error));
        equal(error.code, 'INVALID_URL');
      },
    );
  }
});

test('a function that throws, or whose URL is none', async ({ makeCache, library, codes }) => {
  const thrower = () => {
    throw new Error('no');
  };
  for (const url of [thrower, () => 'nonsense://']) {
    const cache = makeCache({ connector: library.webSocket(url), throwOnError: true });
    await rejects(cache.get('k'), (error) => ok(error instanceof library.ConnectionError));
  }
  equal(codes(), []);
});

test(
  'without a connector, where there is no TCP',
  async ({ library }) => {
    throws(
      () => new library.RedisCache('redis://localhost'),
      (error) => {
        ok(error instanceof TypeError && error instanceof library.CacheError, String(error));
        equal(error.code, 'NO_CONNECTOR');
        ok(error.message.includes('connector'), error.message);
      },
    );
  },
  { except: ['node 22', 'deno', 'bun', 'workerd'] },
);

/** @param {() => Promise<boolean>} holds */
async function until(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
