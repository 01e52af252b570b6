/**
 * Values: the stored bytes are those of Python's cachelib, and they come back as DESIGN's table says.
 */
import { equal, ok, rejects } from '../../support/assert.js';
import { collect } from '../../support/collect.js';
import { hex, unhex } from '../context.js';

export const { cases, test } = collect('values');

/** Observed from cachelib 0.17.0 on Python 3.11. @type {[any, string][]} */
const STORED = [
  [1, '31'],
  [-5, '2d35'],
  [0, '30'],
  [2n ** 70n, hex(new TextEncoder().encode('1180591620717411303424')) ?? ''],
  [true, '218005882e'],
  [false, '218005892e'],
  [null, '2180054e2e'],
  ['foo', '2180059507000000000000008c03666f6f942e'],
  ['', '2180059504000000000000008c00942e'],
  [new TextEncoder().encode('bytes'), '21800595090000000000000043056279746573942e'],
  [3.14, '218005950a000000000000004740091eb851eb851f2e'],
  [[1, 2], '2180059509000000000000005d94284b014b02652e'],
  [{ a: 1 }, '218005950a000000000000007d948c0161944b01732e'],
  [new Set([1, 2]), '2180059509000000000000008f94284b014b02902e'],
];

for (const [value, digits] of STORED) {
  test(`stores ${label(value)} as cachelib does`, async ({ makeCache, stored }) => {
    await makeCache().set('k', value);
    equal(await stored('k'), digits);
  });
}

/** @type {Map<any, string>} */
const NON_STRING_KEYS = new Map();
NON_STRING_KEYS.set(2, 'two')
  .set(2n ** 70n, 'big')
  .set(true, 'yes')
  .set(null, 'none')
  .set(1.5, 'half');

/** @type {[string, any, any?][]} */
const ROUND_TRIPS = [
  [
    'safe integers',
    [
      0,
      1,
      -1,
      255,
      256,
      65535,
      65536,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      2 ** 53 - 1,
      -(2 ** 53) + 1,
    ],
  ],
  [
    'bigints',
    [2n ** 53n, -(2n ** 53n), 2n ** 63n, 2n ** 64n, -(2n ** 64n), 2n ** 2050n, -(2n ** 2100n) + 1n],
  ],
  ['a safe bigint comes back as a number', [1n, -7n, 2n ** 53n - 1n], [1, -7, 2 ** 53 - 1]],
  [
    'floats',
    [0.1, -1.5, 1e300, 5e-324, 1.7976931348623157e308, 1 / 3, 123456.789, 1e21, 2 ** 53 + 2],
  ],
  ['special floats', [-0, NaN, Infinity, -Infinity]],
  ['strings', ['', 'ascii', 'ümläut', '漢字', '😀', '\0', '"\\\n\u2028', 'x'.repeat(300)]],
  ['a lone surrogate in a value', '\ud800'],
  ['undefined becomes null', [undefined, { a: undefined }], [null, { a: null }]],
  ['nested arrays and objects', { a: [1, [2, [3, { b: { c: [] } }]]], d: {} }],
  ['an object with integer-like keys', { 1: 'one', 2: 'two' }],
  ['__proto__ as an ordinary key', JSON.parse('{"__proto__": {"x": 1}, "a": 2}')],
  ['a Map with keys that are no strings', NON_STRING_KEYS],
  ['a Map of strings comes back as an object', new Map([['a', 1], ['b', 2]]), { a: 1, b: 2 }], // prettier-ignore
  ['Sets', new Set([1, 'two', null])],
  ['bytes', Uint8Array.from({ length: 256 }, (_, index) => index)],
  ['an ArrayBuffer as bytes', new Uint8Array([1, 2, 3]).buffer, new Uint8Array([1, 2, 3])],
  ['another view as its bytes', new Uint16Array([1, 2]), new Uint8Array([1, 0, 2, 0])],
  [
    'a view into a larger buffer',
    new Uint8Array([9, 1, 2, 9]).subarray(1, 3),
    new Uint8Array([1, 2]),
  ],
  ['dates', [new Date(0), new Date('2024-01-02T03:04:05.678Z'), new Date('0001-01-01T00:00:00Z')]],
  [
    'toJSON() of anything else',
    { url: new URL('https://example.com/x') },
    { url: 'https://example.com/x' },
  ],
  ['a list that looks like a marker', [['\0i', '1'], ['\0'], ['\0m', 1, 2], ['\0\0i']]],
  ['the same object twice', (() => { const shared = { x: [1] }; return [shared, shared, [shared]]; })()], // prettier-ignore
  [
    '10,000 items',
    Array.from({ length: 10_000 }, (_, index) => ({ index, name: `item ${index}` })),
  ],
];

for (const [name, value, expected = value] of ROUND_TRIPS) {
  test(`round trip of ${name}`, async ({ makeCache, codes }) => {
    const cache = makeCache();
    equal(await cache.set('k', value), true);
    equal(await cache.get('k'), expected);
    // Lists are answered by another path than single values.
    equal(await cache.getMany('k', 'k'), [expected, expected]);
    equal(codes(), []);
  });
}

test("serializer 'django': ints as digits, all else as a bare pickle", async ({
  makeCache,
  raw,
  stored,
  codes,
}) => {
  const cache = makeCache({ serializer: 'django', keyPrefix: ':1:' });
  await cache.setMany({ int: 42, text: 'edge', list: [1, 'a'] });
  equal(await stored(':1:int'), hex(new TextEncoder().encode('42')));
  equal(await stored(':1:text'), '80059508000000000000008c0465646765942e');
  equal(await cache.getMany('int', 'text', 'list', 'missing'), [42, 'edge', [1, 'a'], null]);
  equal(await cache.inc('int'), 43);
  await raw('SET', ':1:broken', '!');
  equal(await cache.get('broken'), null);
  equal(codes(), ['UNREADABLE']);
});

test('a value nested 500 deep', async ({ makeCache }) => {
  /** @type {any[]} */
  let deep = [];
  for (let depth = 1; depth < 500; depth++) deep = [deep];
  const cache = makeCache();
  equal(await cache.set('k', deep), true);
  equal(await cache.get('k'), deep);
});

test('reads what older versions and other programs stored', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  /** @type {[string, any][]} */
  const stored = [
    ['+12', 12],
    [' 7\n', 7],
    ['1_000', 1000],
    ['007', 7],
    ['', new Uint8Array()],
    ['1.5', new TextEncoder().encode('1.5')],
    ['plain', new TextEncoder().encode('plain')],
    ['!I42\n.', 42],
    ['!\x80\x02K*.', 42],
  ];
  for (const [bytes, value] of stored) {
    await raw(
      'SET',
      'k',
      Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
    );
    equal(await cache.get('k'), value, JSON.stringify(bytes));
  }
  equal(codes(), []);
});

test('reads tuples, bytearrays, frozensets, datetimes and Decimals', async ({ makeCache, raw }) => {
  const cache = makeCache();
  /** @type {[string, any][]} */
  const stored = [
    ['218005950700000000000000' + '4b014b0286942e', [1, 2]],
    ['2180054b014b0286942e', [1, 2]],
    ['218004284b014b02912e', new Set([1, 2])],
    ['2180059604000000000000000102030494' + '2e', new Uint8Array([1, 2, 3, 4])],
    [
      '218005952a000000000000008c086461746574696d65948c086461746574696d65949394430a07e801020304050a5bf594859452942e',
      new Date('2024-01-02T03:04:05.678Z'),
    ],
    [`21${hex(new TextEncoder().encode('cdecimal\nDecimal\n(V1.50\ntR.'))}`, '1.50'],
  ];
  for (const [digits, value] of stored) {
    await raw('SET', 'k', unhex(digits));
    equal(await cache.get('k'), value, digits);
  }
});

test('reads datetimes of zoneinfo; an unknown zone is unreadable', async ({
  makeCache,
  raw,
  reported,
}) => {
  const cache = makeCache();
  // datetime(2024, 7, 1, 12, tzinfo=ZoneInfo('Europe/Berlin'))
  const stored =
    '218005957f000000000000008c086461746574696d65948c086461746574696d65949394430a07e807010c0000000000948c086275696c74696e73948c07676574617474729493948c087a6f6e65696e666f948c085a6f6e65496e666f9493948c095f756e7069636b6c6594869452948c0d4575726f70652f4265726c696e944b0186945294869452942e';
  const noon = new Date('2024-07-01T10:00:00Z');
  const name = (/** @type {string} */ zone) => hex(new TextEncoder().encode(zone));
  await raw('SET', 'known', unhex(stored));
  await raw('SET', 'unknown', unhex(stored.replace(name('Europe/Berlin'), name('Europa/Berlin'))));
  equal(await cache.getMany('known', 'unknown', 'missing'), [noon, null, null]);
  equal(await Promise.all([cache.get('unknown'), cache.get('known')]), [null, noon]);
  equal(
    reported.map(({ error }) => error.code),
    ['UNREADABLE', 'UNREADABLE'],
  );
  ok(reported[0].error.message.includes('Europa/Berlin'), reported[0].error.message);
});

test('an unknown class is unreadable: null, reported by its name, never executed', async ({
  makeCache,
  raw,
  reported,
  library,
}) => {
  const cache = makeCache();
  await raw('SET', 'k', '!cos\nsystem\n(Vtrue\ntR.');
  equal(await cache.get('k'), null);
  equal(reported[0].error.code, 'UNREADABLE');
  ok(reported[0].error instanceof library.CacheError);
  ok(
    reported[0].error.message.includes('os.system') ||
      reported[0].error.message.includes('posix.system'),
  );
  equal({ operation: reported[0].operation, key: reported[0].key }, { operation: 'get', key: 'k' });
});

test('a broken pickle is unreadable, beside readable ones', async ({ makeCache, raw, codes }) => {
  const cache = makeCache();
  await raw('MSET', 'a', '1', 'cut', '!\x80', 'empty', '!', 'b', '2');
  equal(await cache.getMany('a', 'cut', 'empty', 'b'), [1, null, null, 2]);
  equal(new Set(codes()), new Set(['UNREADABLE']));
});

test('an unreadable value rejects with throwOnError', async ({ makeCache, raw }) => {
  const cache = makeCache({ throwOnError: true });
  await raw('SET', 'k', '!broken');
  await rejects(cache.get('k'), (error) => equal(error.code, 'UNREADABLE'));
  equal(await cache.get('missing'), null);
});

const cyclic = /** @type {any} */ ({ list: [] });
cyclic.list.push(cyclic);

/** @type {[string, any, string][]} */
const UNSERIALIZABLE = [
  ['a function', () => 1, '$'],
  ['a function inside', { a: [{ b() {} }] }, '$.a[0].b'],
  ['a symbol', { user: { id: Symbol('id') } }, '$.user.id'],
  ['a cycle', cyclic, '$.list[0]'],
];

for (const [name, value, path] of UNSERIALIZABLE) {
  test(`${name} cannot be stored, and nothing is sent`, async ({ makeCache, raw, library }) => {
    const cache = makeCache();
    await rejects(
      () => cache.set('k', value),
      (error) => {
        ok(error instanceof library.SerializationError && error instanceof library.CacheError);
        equal(error.code, 'UNSERIALIZABLE');
        ok(error.message.includes(path), error.message);
      },
    );
    await rejects(
      () => cache.setMany({ fine: 1, bad: value }),
      (error) => equal(error.code, 'UNSERIALIZABLE'),
    );
    await rejects(
      () => cache.add('k', value),
      (error) => equal(error.code, 'UNSERIALIZABLE'),
    );
    equal(await raw('DBSIZE'), 0);
    equal(await cache.set('k', 1), true);
    equal(await cache.get('k'), 1);
  });
}

/** @param {any} value */
function label(value) {
  if (value instanceof Set) return 'a set';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'bigint' ? 'an integer beyond 64 bits' : JSON.stringify(value);
}

test('objects of listed classes become what their revivers return', async ({
  makeCache,
  raw,
  library,
  codes,
}) => {
  const serializer = new library.CachelibSerializer({
    classes: {
      'app.Point': (/** @type {any} */ state, /** @type {number[]} */ [x, y]) => ({ x, y, state }),
      'app.Broken': () => {
        throw new Error('no');
      },
    },
  });
  const cache = makeCache({ serializer });
  await raw('SET', 'point', '!(lp0\ncapp\nPoint\n(I1\nI2\ntRa.');
  await raw('SET', 'other', '!capp\nOther\n(tR.');
  await raw('SET', 'broken', '!capp\nBroken\n(tR.');
  // 2026-07-01 12:00 in a zone that nobody knows.
  const time =
    'c_codecs\nencode\n(V\\u0007\\u00ea\\u0007\\u0001\\u000c\\u0000\\u0000\\u0000\\u0000\\u0000\nVlatin1\ntR';
  const nowhere = `cdatetime\ndatetime\n(${time}cpytz\n_p\n(VAsia/Nowhere\ntRtR`;
  await raw('SET', 'nowhere', `!(lcapp\nPoint\n(I1\nI2\ntRa${nowhere}a.`);
  equal(await cache.get('point'), [{ x: 1, y: 2, state: null }]);
  equal(await cache.getMany('point', 'other', 'missing'), [
    [{ x: 1, y: 2, state: null }],
    null,
    null,
  ]);
  equal(await cache.get('broken'), null);
  equal(codes(), ['UNREADABLE', 'UNREADABLE']);
  equal(await Promise.all([cache.get('nowhere'), cache.getMany('nowhere', 'point')]), [
    null,
    [null, [{ x: 1, y: 2, state: null }]],
  ]);
  equal(codes(), ['UNREADABLE', 'UNREADABLE', 'UNREADABLE', 'UNREADABLE']);

  equal(await cache.set('own', { date: new Date(0), list: [1n, 'a'] }), true);
  const own = { date: new Date(0), list: [1, 'a'] };
  equal(await cache.get('own'), own);
  const point = [{ x: 1, y: 2, state: null }];
  const read = ['own', 'point', 'own', 'point', 'own'].map((key) => cache.get(key));
  equal(await Promise.all(read), [own, point, own, point, own]);
  equal(await cache.inc('count', 2), 2);
  equal(await cache.get('count'), 2);
});
