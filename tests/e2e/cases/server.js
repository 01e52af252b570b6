/**
 * Which server, which user, which database; and the first round trip.
 */
import { equal, ok, rejects, throws } from '../../support/assert.js';
import { collect } from '../../support/collect.js';

export const { cases, test } = collect('server');

test('a password in the URL, percent-encoded', async ({ makeCache, urlWithPassword, codes }) => {
  const cache = makeCache({}, urlWithPassword);
  equal(await cache.set('k', 1), true);
  equal(await cache.get('k'), 1);
  equal(codes(), []);
});

test('an ACL user in the URL, percent-encoded', async ({
  makeCache,
  urlWithAclUser,
  fixtures,
  addresses,
}) => {
  const cache = makeCache({}, urlWithAclUser);
  equal(await cache.set('k', 1), true);
  const clients = new TextDecoder().decode(await fixtures.ask('raw', 'locked', 'CLIENT', 'LIST'));
  ok(clients.includes(`user=${addresses.credentials.user} `), clients);
});

test('user and password as options, which win over the URL', async ({ makeCache, addresses }) => {
  const { user, userPassword } = addresses.credentials;
  const options = { username: user, password: userPassword, port: addresses.locked.port, db: 2 };
  const cache = makeCache(options, 'redis://nobody:wrong@127.0.0.1:1/7');
  equal(await cache.set('k', 1), true);
  equal(await cache.get('k'), 1);
});

test('a host name and a port', async ({ makeCache, addresses }) => {
  const cache = makeCache({ port: addresses.open.port }, 'localhost');
  equal(await cache.set('k', 1), true);
});

test('a URL object', async ({ makeCache, url }) => {
  equal(await makeCache({}, new URL(url)).set('k', 1), true);
});

test('the database of the URL and of the option', async ({ makeCache, url, fixtures }) => {
  const [five, six] = [makeCache({}, url.replace('/0', '/5')), makeCache({ db: 6 }, url)];
  await Promise.all([five.set('k', 'five'), six.set('k', 'six')]);
  equal(await five.get('k'), 'five');
  equal(await six.get('k'), 'six');
  const keyspace = new TextDecoder().decode(await fixtures.ask('raw', 'open', 'INFO', 'keyspace'));
  ok(
    keyspace.includes('db5:keys=1') && keyspace.includes('db6:keys=1') && !keyspace.includes('db0'),
    keyspace,
  );
});

test('a wrong password: null, false and [], reported with advice and without the password', async ({
  makeCache,
  urlWithPassword,
  reported,
  codes,
  library,
}) => {
  const cache = makeCache({ password: 'guessed-secret' }, urlWithPassword);
  equal(await Promise.all([cache.get('k'), cache.set('k', 1), cache.getMany('a', 'b')]), [
    null,
    false,
    [null, null],
  ]);
  ok(
    codes().every((/** @type {string} */ code) => code === 'WRONGPASS'),
    codes().join(),
  );
  ok(reported[0].error instanceof library.AuthenticationError);
  ok(!reported[0].error.message.includes('guessed-secret'));
});

test('no password where one is needed', async ({ makeCache, addresses, codes }) => {
  const cache = makeCache({ port: addresses.locked.port }, '127.0.0.1');
  equal(await cache.get('k'), null);
  equal(codes(), ['NOAUTH']);
});

test('a password where none is set', async ({ makeCache, codes }) => {
  const cache = makeCache({ password: 'x' });
  equal(await cache.set('k', 1), false);
  equal(codes().length, 1);
  ok(['AUTH_UNWANTED', 'WRONGPASS'].includes(codes()[0]), codes()[0]);
});

test('a database that does not exist: nothing is written to another one', async ({
  makeCache,
  raw,
  codes,
}) => {
  const cache = makeCache({ db: 99 });
  equal(await Promise.all([cache.set('k', 1), cache.get('k')]), [false, null]);
  equal(new Set(codes()), new Set(['INVALID_DB']));
  const keyspace = new TextDecoder().decode(await raw('INFO', 'keyspace'));
  ok(!keyspace.includes('keys='), keyspace);
});

test('a user without the permission', async ({ makeCache, fixtures, addresses, codes }) => {
  await fixtures.ask(
    'raw',
    'locked',
    'ACL',
    'SETUSER',
    'reader',
    'on',
    '>pw',
    '~*',
    '+get',
    '+mget',
    '+ping',
  );
  const cache = makeCache(
    { username: 'reader', password: 'pw', port: addresses.locked.port },
    '127.0.0.1',
  );
  equal(await cache.get('k'), null);
  equal(codes(), []);
  equal(await cache.set('k', 1), false);
  equal(codes(), ['NOPERM']);
  equal(await cache.get('k'), null);
  await fixtures.ask('raw', 'locked', 'ACL', 'DELUSER', 'reader');
});

test('the first value costs one round trip, with user, password and database', async ({
  makeCache,
  fixtures,
  addresses,
}) => {
  const { user, userPassword } = addresses.credentials;
  const proxy = await fixtures.ask('proxy', 'locked', { delay: 10 });
  const options = { username: user, password: userPassword, db: 4, port: proxy.port };
  const cache = makeCache(options, '127.0.0.1');
  equal(await cache.get('k'), null);
  equal((await fixtures.ask('counters', proxy.id)).roundTrips, 1);
});

test('no write is executed after a failed handshake', async ({
  makeCache,
  fixtures,
  addresses,
  raw,
}) => {
  const proxy = await fixtures.ask('proxy', 'open', { delay: 10 });
  const cache = makeCache({ db: 99, port: proxy.port }, '127.0.0.1');
  await Promise.all([cache.get('k'), cache.set('k', 1), cache.inc('n'), cache.clear()]);
  equal(await raw('DBSIZE'), 0);
  equal(addresses.open.hostname, '127.0.0.1');
});

test('the connection has a name that an operator can see', async ({ makeCache, raw }) => {
  const cache = makeCache();
  await cache.get('k');
  ok(new TextDecoder().decode(await raw('CLIENT', 'LIST')).includes('name=cachelib-edge'));
});

/** @type {[string, any, any?][]} */
const BAD_OPTIONS = [
  ['an unknown option', 'localhost', { defaultTimeouts: 1 }],
  ["redis-py's name of an option", 'localhost', { key_prefix: 'x' }],
  ['a port out of range', 'localhost', { port: 70_000 }],
  ['a port that is a string', 'localhost', { port: '6379' }],
  ['a negative timeout', 'localhost', { operationTimeout: -1 }],
  ['a default timeout that is NaN', 'localhost', { defaultTimeout: NaN }],
  [
    'a TLS option that would turn verification off',
    'localhost',
    { tls: { rejectUnauthorized: false } },
  ],
  ['a prefix that is a number', 'localhost', { keyPrefix: 5 }],
  ['a serializer that is none', 'localhost', { serializer: 'pickle' }],
  ['half a serializer', 'localhost', { serializer: { dumps() {} } }],
  ['options that are null', 'localhost', null],
  ['no host', null],
  ['an empty host', ''],
  ['a host with a port', 'localhost:6379'],
  ['another scheme', 'https://example.com'],
  ['a URL that is none', 'redis://[::1'],
  ['a database that is a word', 'redis://localhost/zero'],
  ['a broken escape', 'redis://:%zz@localhost'],
];

for (const [name, host, options] of BAD_OPTIONS) {
  test(`${name} is refused by the constructor`, async ({ library }) => {
    throws(
      () =>
        options === undefined
          ? new library.RedisCache(host)
          : new library.RedisCache(host, options),
      (error) => {
        ok(error instanceof library.CacheError, String(error));
        ok(error instanceof TypeError || error instanceof RangeError, String(error));
      },
    );
  });
}

test('the error for a malformed URL does not show its password', async ({ library }) => {
  for (const url of [
    'redis://:s3cret@host:port/',
    'redis://:s3cret@localhost/x',
    'http://:s3cret@localhost',
  ]) {
    throws(
      () => new library.RedisCache(url),
      (error) => ok(!String(error.stack).includes('s3cret'), error.message),
    );
  }
});

test('the constructor opens nothing', async ({ makeCache, fixtures }) => {
  const proxy = await fixtures.ask('proxy', 'open');
  for (let made = 0; made < 100; made++) makeCache({}, proxy.url);
  await new Promise((resolve) => setTimeout(resolve, 30));
  equal((await fixtures.ask('counters', proxy.id)).connections, 0);
});

test('checkConnection resolves, or rejects with the reason', async ({
  makeCache,
  refusedUrl,
  urlWithPassword,
  codes,
}) => {
  await makeCache().checkConnection();
  await rejects(makeCache({}, refusedUrl).checkConnection(), (error) =>
    ok(REFUSED.has(error.code), error.code),
  );
  await rejects(makeCache({ password: 'wrong' }, urlWithPassword).checkConnection(), (error) =>
    equal(error.code, 'WRONGPASS'),
  );
  equal(codes(), []);
});

const REFUSED = new Set(['CONNECTION_REFUSED', 'CONNECTION_FAILED']);

test('a custom connector opens the connection', async ({ makeCache, library, url, addresses }) => {
  /** @type {any[]} */
  const asked = [];
  const connector = (/** @type {any} */ address, /** @type {any} */ events) => {
    asked.push(address);
    return library.RedisCache.host.connect({ ...address, port: addresses.open.port }, events);
  };
  const cache = makeCache({ connector, port: 1234 }, url);
  equal(await cache.set('k', 1), true);
  equal(await cache.get('k'), 1);
  equal(asked, [{ hostname: '127.0.0.1', port: 1234, tls: false }]);
});

test('a connector that throws or is refused', async ({ makeCache, codes, library }) => {
  const connector = () => {
    throw new Error('no route');
  };
  equal(await makeCache({ connector, maxRetries: 0 }).get('k'), null);
  equal(codes().length, 1);
  const port = 1;
  const redirected = (/** @type {any} */ address, /** @type {any} */ events) =>
    library.RedisCache.host.connect({ ...address, port }, events);
  equal(await makeCache({ connector: redirected }).set('k', 1), false);
  equal(codes().length, 2);
});

test(
  'a binding with connect(), as Workers have them',
  async ({ makeCache, url }) => {
    const sockets = await import('cloudflare:sockets');
    const binding = {
      connect: (/** @type {any[]} */ ...args) => /** @type {any} */ (sockets).connect(...args),
    };
    const cache = makeCache({ connector: binding }, url);
    equal(await cache.set('k', 'through a binding'), true);
    equal(await cache.get('k'), 'through a binding');
  },
  { except: ['node', 'deno', 'bun', 'browser'] },
);
