/**
 * Hosts, options and arguments as users write them, right and wrong.
 */
import { equal, ok, rejects, throws } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { countListeners } from '../../support/signal.js';

export const { cases, test } = collect('arguments');

/** @type {[string, any][]} */
const NO_HOSTS = [
  ['undefined', undefined],
  ['null', null],
  ['an empty string', ''],
  ['an object of options', { host: 'localhost', port: 6379 }],
  ['an object of options without a host', { port: 6379, db: 1 }],
  ['a URL in an object', { url: 'redis://localhost' }],
];

for (const [name, host] of NO_HOSTS) {
  test(`a host that is ${name}: the error shows the right form`, async ({ library }) => {
    throws(
      () => new library.RedisCache(host, { connector: () => null }),
      (error) => {
        ok(error instanceof TypeError && error instanceof library.CacheError, String(error));
        if (host && 'port' in host) ok(error.message.includes('new RedisCache('), error.message);
      },
    );
    throws(
      () => new library.RedisCache(host),
      (error) => {
        equal(error.code, 'INVALID_URL');
        ok(error.message.includes("new RedisCache('localhost', { port: 6379 })"), error.message);
      },
    );
  });
}

const SECRETS = [
  'redis://default:123?SECRET@localhost',
  'redis://localhost?SECRET=1',
  'redis://localhost#SECRET',
  'redis://user:SECRET@localhost/not-a-number',
  'redis://:SECRET%@localhost',
  'redis://:SECRET/x@localhost:1',
  'SECRET://localhost',
  'redis://:SECRET@localhost:99999',
  'redis://:SECRET@ho st',
  'user:SECRET@localhost',
  'redis://:SECRET@localhost:0',
  'redis://:SECRET@a%00b',
];

for (const host of SECRETS) {
  test(`no part of the URL ${host} is shown`, async ({ library }) => {
    throws(
      () => new library.RedisCache(host, { connector: () => null }),
      (error) => {
        equal(error.code, 'INVALID_URL');
        equal(error.cause, undefined);
        ok(!/secret/i.test(`${error.message} ${error.stack.split('\n    at ')[0]}`), error.message);
      },
    );
  });
}

for (const [name, host] of /** @type {[string, string][]} */ ([
  ['NUL', 'local\0host'],
  ['a line end', 'redis://local%0d%0ahost'],
  ['DEL', 'local\x7fhost'],
  ['NUL in a path', 'unix:///run/redis%00.sock'],
])) {
  test(`a host with ${name} is refused`, async ({ library }) => {
    throws(
      () => new library.RedisCache(host, { connector: () => null }),
      (error) => equal(error.code, 'INVALID_URL'),
    );
  });
}

/** What a connector is asked for. @type {[string, any, Partial<{ hostname: string, port: number, tls: boolean }>][]} */
const ADDRESSES = [
  ['valkey://h:1', {}, { hostname: 'h', port: 1, tls: false }],
  ['valkeys://h', {}, { hostname: 'h', port: 6379, tls: true }],
  ['redis://b%C3%BCcher.example', {}, { hostname: 'xn--bcher-kva.example' }],
  ['redis://bücher.example', {}, { hostname: 'xn--bcher-kva.example' }],
  ['bücher.example', {}, { hostname: 'xn--bcher-kva.example' }],
  ['redis://ca%63he.example', {}, { hostname: 'cache.example' }],
  ['redis://[::1]:7', {}, { hostname: '::1', port: 7 }],
  ['fe80::1%eth0', {}, { hostname: 'fe80::1%eth0' }],
];

for (const [host, options, expected] of ADDRESSES) {
  test(`${host} is read as redis-py reads it`, async ({ library }) => {
    /** @type {any} */
    let asked;
    const connector = (/** @type {any} */ address) => {
      asked = address;
      throw new Error('enough');
    };
    const cache = new library.RedisCache(host, {
      ...options,
      connector,
      onError() {},
      maxRetries: 0,
    });
    await cache.get('k');
    for (const [name, value] of Object.entries(expected)) equal(asked[name], value);
  });
}

test('a user without a password has an empty one, as in redis-py', async ({
  makeCache,
  fixtures,
  addresses,
}) => {
  await fixtures.ask('raw', 'locked', 'ACL', 'SETUSER', 'open', 'on', 'nopass', '~*', '+@all');
  const host = `redis://open@127.0.0.1:${addresses.locked.port}`;
  equal(await makeCache({ throwOnError: true }, host).set('k', 1), true);
  await fixtures.ask('raw', 'locked', 'ACL', 'DELUSER', 'open');
});

test('arrays of keys are read at the call', async ({ makeCache, raw }) => {
  await raw('MSET', 'a', '1', 'b', '2');
  const cache = makeCache();
  const keys = ['a', 'b'];
  const calls = [cache.getDict(keys), cache.getMany(keys), cache.deleteMany(keys)];
  keys[0] = 'other';
  keys.push('more');
  equal(await Promise.all(calls), [{ a: 1, b: 2 }, [1, 2], ['a', 'b']]);
});

test('a timeout that looks like milliseconds is warned of', async ({ makeCache }) => {
  const { warn } = console;
  /** @type {string[]} */
  const warnings = [];
  console.warn = (message) => void warnings.push(message);
  try {
    makeCache({ operationTimeout: 5000 });
    makeCache().with({ operationTimeout: 30_000 });
    makeCache({ connectTimeout: 5000, operationTimeout: 30 });
    makeCache({ operationTimeout: Infinity, connectTimeout: 60 });
  } finally {
    console.warn = warn;
  }
  equal(warnings.length, 3);
  for (const warning of warnings) ok(/seconds.*milliseconds/.test(warning), warning);
});

test('thousands of calls with one signal: one listener', async ({ makeCache, fixtures }) => {
  const faulty = await fixtures.ask('faulty', 'silent');
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = countListeners(signal);
  const cache = makeCache({ signal }, faulty.url);
  const calls = Array.from({ length: 4000 }, () => cache.get('k'));
  equal(listeners(), 1);
  controller.abort(new Error('enough'));
  const settled = await Promise.allSettled(calls);
  ok(settled.every((item) => item.status === 'rejected' && item.reason.code === 'ABORTED'));
  equal(listeners(), 0);
});

test('bytes of dumps() may be a view of any kind', async ({ makeCache, stored }) => {
  for (const bytes of [
    new Uint8Array([1, 2]),
    new DataView(Uint8Array.of(1, 2).buffer),
    Uint8Array.of(1, 2).buffer,
  ]) {
    const cache = makeCache({
      serializer: { dumps: () => bytes, loads: (/** @type {any} */ all) => all },
    });
    equal(await cache.set('k', 0), true);
    equal(await stored('k'), '0102');
  }
  const cache = makeCache({ serializer: { dumps: () => 5, loads: String } });
  await rejects(cache.set('k', 0), (error) => equal(error.code, 'INVALID_SERIALIZER'));
});

test('a signal that is aborted, and wrong keys, reject with near as without it', async ({
  makeCache,
}) => {
  const cache = makeCache({ near: { timeout: 60 } });
  await cache.set('k', 1);
  await cache.get('k');
  const view = cache.with({ signal: AbortSignal.abort() });
  await rejects(view.get('k'), ({ code }) => equal(code, 'ABORTED'));
  for (const key of [null, {}, Symbol('s'), '\ud800']) {
    for (const method of ['get', 'has', 'getMany', 'delete', 'set']) {
      await rejects(cache[method](key), ({ code }) => equal(code, 'INVALID_KEY', method));
    }
  }
});

test('options that are inherited are checked as own ones', async ({ makeCache, library, url }) => {
  class Options {
    get keyPrefix() {
      return 5;
    }
  }
  class Tls {
    get servername() {
      return 5;
    }
  }
  const refused = (/** @type {any} */ error) => equal(error.code, 'INVALID_OPTION', String(error));
  throws(() => new library.RedisCache(url, new Options()), refused);
  throws(() => makeCache().with(new Options()), refused);
  throws(() => new library.RedisCache(url, { tls: new Tls() }), refused);
  const prefix = Object.create({ keyPrefix: 'inherited:' });
  const cache = makeCache().with(prefix);
  await cache.set('k', 1);
  equal(await makeCache().get('inherited:k'), 1);
});

test('the message for options that are none says what they are', async ({ makeCache }) => {
  const said = (/** @type {string} */ type) => (/** @type {any} */ error) =>
    equal(error.message, `options must be an object, not ${type}`);
  throws(() => makeCache().with(null), said('null'));
  throws(() => makeCache().with(), said('undefined'));
  await rejects(makeCache().set('k', 1, 60, null), said('null'));
});

test('options of a CachelibSerializer that are none are refused', async ({ library }) => {
  const { CachelibSerializer } = library;
  for (const options of [
    null,
    5,
    { format: 'Django' },
    { classes: null },
    { classes: { 'app.Point': 'Point' } },
    { classes: new Map([['app.Point', () => 1]]) },
    { 'app.Point': () => null },
  ]) {
    throws(
      () => new CachelibSerializer(options),
      ({ code }) => equal(code, 'INVALID_OPTION'),
    );
  }
  equal(new CachelibSerializer().format, 'cachelib');
});

test('a signal that tells nobody is refused', async ({ makeCache }) => {
  throws(
    () => makeCache({ signal: { aborted: false } }),
    ({ code }) => equal(code, 'INVALID_OPTION'),
  );
});

test('a cache may be frozen', async ({ makeCache }) => {
  const cache = Object.freeze(makeCache());
  const view = Object.freeze(cache.with({ keyPrefix: 'v:' }));
  equal(await view.set('k', 1), true);
  equal(await view.with({ keyPrefix: '' }).get('v:k'), 1);
  equal(await cache.checkConnection(), true);
  const own = cache.with({});
  own.serializer = 'json';
  equal(own.serializer, 'json');
});

/** @type {[string, unknown][]} */
const WRONG_NEAR = [
  ['a number', 1],
  ['true', true],
  ['timeout 0', { timeout: 0 }],
  ['a negative timeout', { timeout: -1 }],
  ['timeout NaN', { timeout: NaN }],
  ['timeout Infinity', { timeout: Infinity }],
  ['a string as timeout', { timeout: '1' }],
  ['timeout null', { timeout: null }],
  ['maxBytes 0', { maxBytes: 0 }],
  ['a fraction as maxBytes', { maxBytes: 1.5 }],
  ['maxBytes Infinity', { maxBytes: Infinity }],
  ['maxBytes as a string', { maxBytes: '1000' }],
  ['tracking as a string', { tracking: 'yes' }],
  ['an unknown option', { maxEntries: 1 }],
];

for (const [name, near] of WRONG_NEAR) {
  test(`option near, ${name}, is refused`, async ({ library, url }) => {
    const check = (/** @type {any} */ error) => {
      equal(error.code, 'INVALID_OPTION');
      ok(
        error instanceof library.CacheError && error.message.includes("option 'near'"),
        error.message,
      );
    };
    throws(() => new library.RedisCache(url, { near }), check);
    throws(() => new library.RedisCache(url).with({ near }), check);
  });
}
