/**
 * Keys, prefixes and what clear() spares.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { hex } from '../context.js';

export const { cases, test } = collect('keys');

const utf8 = (/** @type {string} */ text) => hex(new TextEncoder().encode(text));

/** @type {[any, string][]} */
const KEYS = [
  ['', ''],
  ['plain', 'plain'],
  ['with space', 'with space'],
  ['line\r\nend', 'line\r\nend'],
  ['zero\0byte', 'zero\0byte'],
  ['ünï漢😀', 'ünï漢😀'],
  ['x'.repeat(5000), 'x'.repeat(5000)],
  [7, '7'],
  [-0, '0'],
  [1.5, '1.5'],
  [1e21, '1e+21'],
  [2n ** 64n, '18446744073709551616'],
];

test('are the UTF-8 of their text, behind the prefix', async ({ makeCache, raw }) => {
  for (const [key, text] of KEYS) {
    const cache = makeCache({ keyPrefix: 'pré:' });
    await raw('FLUSHALL');
    equal(await cache.set(key, 'value'), true);
    equal((await raw('KEYS', '*')).map(hex), [utf8(`pré:${text}`)]);
    equal(await cache.get(key), 'value');
    equal(await cache.getDict(key), { [text]: 'value' });
    equal(await cache.deleteMany(key), [key]);
  }
});

/** @type {[string, any][]} */
const BAD_KEYS = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['an object', {}],
  ['a symbol', Symbol('key')],
  ['a function', () => 'key'],
  ['bytes', new Uint8Array([1])],
  ['a lone surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00b'],
];

for (const [name, key] of BAD_KEYS) {
  test(`${name} is refused by every method, and nothing is sent`, async ({
    makeCache,
    raw,
    library,
  }) => {
    const cache = makeCache();
    const calls = [
      () => cache.get(key),
      () => cache.set(key, 1),
      () => cache.add(key, 1),
      () => cache.getMany('fine', key),
      () => cache.getDict('fine', key),
      () => cache.setMany([['fine', 1], [key, 1]]), // prettier-ignore
      () => cache.delete(key),
      () => cache.deleteMany('fine', key),
      () => cache.has(key),
      () => cache.inc(key),
      () => cache.dec(key),
    ];
    for (const call of calls) {
      await rejects(call, (error) => {
        ok(error instanceof TypeError, String(error));
        ok(error instanceof library.CacheError, 'a CacheError');
        equal(typeof error.code, 'string');
      });
    }
    equal(await raw('DBSIZE'), 0);
    await cache.set('fine', 1);
    equal(await cache.get('fine'), 1);
  });
}

test('a prefix function is called once for each operation', async ({ makeCache, raw }) => {
  let calls = 0;
  const cache = makeCache({ keyPrefix: () => `p${++calls}:` });
  await cache.setMany({ a: 1, b: 2 });
  equal(calls, 1);
  await cache.set('c', 3);
  equal(calls, 2);
  equal((await raw('KEYS', '*')).map(hex).sort(), ['p1:a', 'p1:b', 'p2:c'].map(utf8));
  await cache.clear();
  equal(calls, 3);
});

test('a prefix function is called once for an operation of several calls', async ({
  makeCache,
  raw,
}) => {
  let calls = 0;
  const cache = makeCache({
    keyPrefix: () => `{p}${++calls}:`,
    serializer: { dumps: async (/** @type {any} */ value) => String(value), loads: String },
  });
  await cache.set('a', 1);
  await cache.setMany({ b: 1, c: 2 });
  await cache.setMany({ d: 1, e: 2 }, 60, { tags: ['t'] });
  equal(calls, 3);
  const names = ['1:a', '2:b', '2:c', '3:d', '3:e', '3:t~tag'];
  equal(
    (await raw('KEYS', '*')).map(hex).sort(),
    names.map((name) => utf8(`{p}${name}`)),
  );
  await cache.deleteTag('t', 'u');
  equal(calls, 4);
});

test('a prefix function that throws or returns no string rejects', async ({ makeCache, raw }) => {
  const broken = makeCache({
    keyPrefix() {
      throw new Error('no tenant');
    },
  });
  await rejects(broken.set('k', 1), (error) =>
    ok(String(error.message + error.cause).includes('no tenant')),
  );
  await rejects(makeCache({ keyPrefix: () => 5 }).set('k', 1), (error) =>
    ok(error instanceof TypeError),
  );
  equal(await raw('DBSIZE'), 0);
});

for (const prefix of ['p:', 'app[1]:', '[^z]', '*', '?', 'a\\', '\\*', 'a-z', 'ü[', '[', '{x}']) {
  test(`clear() with the prefix ${JSON.stringify(prefix)} deletes its own keys and spares all others`, async ({
    makeCache,
    raw,
  }) => {
    const cache = makeCache({ keyPrefix: prefix });
    const others = ['app1:x', 'z', 'b', 'a', 'x', 'a\\', '*', 'ü', 'p', 'P:x', '\\x', '{y}'].filter(
      (key) => !key.startsWith(prefix),
    );
    for (const key of others) await raw('SET', key, '1');
    equal(await cache.setMany({ a: 1, b: 2, '': 3 }), ['a', 'b', '']);
    equal(await cache.clear(), true);
    equal(await cache.getMany('a', 'b', ''), [null, null, null]);
    equal((await raw('KEYS', '*')).map(hex).sort(), others.map(utf8).sort());
  });
}

test('clear() with a prefix that matches nothing answers true', async ({ makeCache, raw }) => {
  await raw('SET', 'other', '1');
  equal(await makeCache({ keyPrefix: 'none:' }).clear(), true);
  equal(await raw('DBSIZE'), 1);
});

test('clear() with a prefix never sends KEYS', async ({ makeCache, raw }) => {
  await raw('CONFIG', 'RESETSTAT');
  const cache = makeCache({ keyPrefix: 'p:' });
  await cache.set('a', 1);
  await cache.clear();
  const stats = new TextDecoder().decode(await raw('INFO', 'commandstats'));
  ok(!stats.includes('cmdstat_keys'), 'KEYS was sent');
  ok(stats.includes('cmdstat_scan'), 'SCAN was not sent');
});

test('clear() with a prefix among 20,000 keys', async ({ makeCache, raw }) => {
  const [mine, other] = [makeCache({ keyPrefix: 'mine:' }), makeCache({ keyPrefix: 'other:' })];
  const pairs = Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]);
  await Promise.all([mine.setMany(pairs), other.setMany(pairs)]);
  equal(await mine.clear(), true);
  equal(await raw('DBSIZE'), 10_000);
  equal(await other.get('k9999'), 9999);
  equal(await mine.get('k9999'), null);
});
