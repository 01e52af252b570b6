/** What becomes of JavaScript values that are no plain data, and of those that cannot be stored. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import vm from 'node:vm';
import { json } from '../../js/serializer/json.js';
import { raw } from '../../js/serializer/raw.js';
import { zonedDate } from '../../js/serializer/time-zones.js';
import { openCodecHarness } from './codec-harness.js';

const codec = await openCodecHarness();

/** @param {unknown} value */
const back = (value) => codec.loads(codec.dumps(value));
/** @param {unknown} value */
const text = (value) => Buffer.from(codec.dumps(value)).toString('latin1');

test('values come back as the value table says', () => {
  /** @type {[unknown, unknown][]} */
  const table = [
    [undefined, null],
    [
      [undefined, ...new Array(1), 1],
      [null, null, 1],
    ],
    [{ a: undefined }, { a: null }],
    [-0, -0],
    [2 ** 53, 2 ** 53],
    [10n, 10],
    [2n ** 53n, 2n ** 53n],
    [
      [2n ** 53n, -(2n ** 64n)],
      [2n ** 53n, -(2n ** 64n)],
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new Map([['a', 1]]), { a: 1 }],
    [new Map([[1, { b: 2 }]]), new Map([[1, { b: 2 }]])],
    [new Set(['a', 1, new Date(5)]), new Set(['a', 1, new Date(5)])],
    [new Map([[[1, 'a', []], [2]]]), new Map([[[1, 'a', []], [2]]])],
    [new Set([[1], new Set([[]])]), new Set([[1], new Set([[]])])],
    [new Map([[{ toJSON: () => [1, undefined] }, 2]]), new Map([[[1, null], 2]])],
    [new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
    [new Uint16Array([1, 2]).subarray(1), new Uint8Array([2, 0])],
    [new DataView(new ArrayBuffer(3), 1), new Uint8Array(2)],
    [Buffer.from('ab'), new Uint8Array([97, 98])],
    [
      [new String('a'), new Number(1.5), new Boolean(true), Object(5n)],
      ['a', 1.5, true, 5],
    ],
    [new URL('http://a/b'), 'http://a/b'],
    [{ toJSON: () => ({ a: 1 }) }, { a: 1 }],
    [
      [{ toJSON: 1 }, { toJSON: () => 2 }],
      [{ toJSON: 1 }, 2],
    ],
    [{ when: { toJSON: () => new Date(7) } }, { when: new Date(7) }],
    [new (class Point { x = 1; y = 2; })(), { x: 1, y: 2 }], // prettier-ignore
    [new Proxy([1, 2], {}), [1, 2]],
    ['\ud83d', '\ud83d'],
    [
      ['\0u', 0],
      ['\0u', 0],
    ],
  ];
  for (const [value, expected] of table) assert.deepEqual(back(value), expected);
});

test('texts of every length and kind come back in their order', () => {
  const alphabet = ['a', 'Z', '\0', '\x7f', 'é', '€', '😀', '\ud800', '\udc00'];
  const list = Array.from({ length: 3000 }, (_, index) => {
    const length = index % 40 === 0 ? (index * 7) % 9000 : index % 70;
    // One in three is ASCII.
    const some = index % 3 === 0 ? 4 : alphabet.length;
    return Array.from({ length }, (_item, at) => alphabet[(index * 31 + at * at) % some]).join('');
  });
  assert.deepEqual(back(list), list);
  const objects = list.map((item) => ({ item }));
  assert.deepEqual(back(objects), objects);
  for (const item of list.slice(0, 100)) assert.equal(back(item), item);
});

test('keys come back, however many there are and however often', () => {
  const objects = Array.from({ length: 300 }, (_, index) => ({
    id: index,
    [`key ${index % 200}`]: 1,
    [`another ${index}`]: { [`${index}`]: 2, [`schlüssel ${index}`]: 3 },
    ['long '.repeat(index % 12)]: 4,
  }));
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(back(objects), objects);
    for (const object of objects) {
      const read = back(object);
      assert.deepEqual(read, object);
      assert.deepEqual(Object.keys(read), Object.keys(object));
    }
  }
});

test('containers of any length come back', () => {
  for (const length of [0, 1, 2, 999, 1000, 1001, 2000, 16_384, 16_385, 40_000]) {
    const list = Array.from({ length }, (_, index) => (index % 5 === 0 ? [index] : index * 1e5));
    assert.deepEqual(back(list), list);
    const object = Object.fromEntries(list.map((item, index) => [`key ${index}`, item]));
    assert.deepEqual(back({ object, list }), { object, list });
  }
});

test('a shared part stays shared', () => {
  const part = { deep: [1] };
  const value = back({ a: part, b: [part, part.deep], c: new Map([[1, part]]) });
  assert.equal(value.a, value.b[0]);
  assert.equal(value.a.deep, value.b[1]);
  assert.equal(value.a, value.c.get(1));
});

test('an object that shares its parts 2^60 times is small', () => {
  let value = /** @type {unknown[]} */ ([]);
  for (let level = 0; level < 60; level++) value = [value, value];
  assert(codec.dumps(value).length < 1000);
  const [first, second] = back(value);
  assert(first === second);
});

test('keys that are special in JavaScript are ordinary ones', () => {
  const value = JSON.parse('{"__proto__": {"polluted": [1, {"__proto__": 2}]}, "constructor": 1}');
  const read = back({ value, date: new Date(1) }).value;
  assert.deepEqual(Object.keys(read), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  const dates = back(
    Object.defineProperty({}, '__proto__', { value: new Date(1), enumerable: true }),
  );
  assert.deepEqual(Object.getOwnPropertyDescriptor(dates, '__proto__')?.value, new Date(1));
});

test('ints are digits at the top, whatever their size', () => {
  assert.equal(text(42), '42');
  assert.equal(text(-7n), '-7');
  assert.equal(text(2 ** 53 - 1), '9007199254740991');
  assert.equal(text(2n ** 64n), '18446744073709551616');
  assert.equal(text(10n ** 4299n), String(10n ** 4299n));
  // Python's int() refuses more digits, so that this one is pickled, as cachelib did before 0.16.
  assert.equal(text(-(10n ** 4300n))[0], '!');
  assert.equal(back(-(10n ** 4300n)), -(10n ** 4300n));
});

test('what cannot be stored is refused with the path to it', () => {
  const cycle = { a: [{}] };
  Object.assign(/** @type {object} */ (cycle.a[0]), { 'b c': cycle });
  const map = new Map();
  map.set('self', map);
  const selfish = /** @type {unknown[]} */ ([]);
  selfish.push(selfish);
  const members = new Set();
  members.add(members);
  let deep = /** @type {unknown[]} */ ([]);
  for (let level = 0; level < 1_000_000; level++) deep = [deep];
  /** @type {[unknown, RegExp][]} */
  const refused = [
    [() => 1, /at \$ is a function/],
    [Symbol('secret'), /at \$ is a symbol$/],
    [{ user: { friends: [1, 2, 3, () => 1] } }, /at \$\.user\.friends\[3\] is a function/],
    [{ 'a-b': { '': Symbol.iterator } }, /at \$\[string\]\[string\] is a symbol/],
    [new Map([['secret', { a: () => 1 }]]), /at \$\[key\]\.a is a function/],
    [cycle, /at \$\.a\[0\]\[string\] is a reference to an object that contains it/],
    [map, /at \$\[key\] is a reference/],
    [deep, /at \$(\[0\]){20}… is nested deeper than 1000 levels/],
    [{ at: new Date(NaN) }, /at \$\.at is an invalid Date/],
    [new Date(8.64e15), /years 1 to 9999/],
    [new Map([[[1, { secret: 1 }], 2]]), /at \$\[key\]\[1\] is a key .* that Python cannot hash/],
    [new Map([[{}, 2]]), /at \$\[key\] is a key .* that Python cannot hash/],
    [new Set([[new Map()]]), /at \$\[key\]\[0\] is .* member of a Set that Python cannot hash/],
    [new Map([[selfish, 1]]), /at \$\[key\]\[0\] is a reference to an object that contains it/],
    [new Set([members]), /at \$\[key\]\[key\] is a reference/],
    [[Promise.resolve()], /at \$\[0\] is an object of the kind Promise/],
    [/x/, /an object of the kind RegExp/],
    [new Error('secret'), /an object of the kind Error/],
    [{ get a() { throw new Error('secret'); } }, /reading it threw an error at \$\.a$/], // prettier-ignore
    [{ a: { toJSON() { throw new Error('secret'); } } }, /reading it threw an error at \$\.a$/], // prettier-ignore
    [new Proxy({}, { ownKeys: () => { throw new Error('secret'); } }), /reading it threw an error at \$$/], // prettier-ignore
    [{ toJSON() { return this; } }, /at \$\.toJSON is a function$/], // prettier-ignore
    [{ a: 1, toJSON() { return { ...this }; } }, /at \$\.toJSON is a function$/], // prettier-ignore
  ];
  for (const [value, message] of refused) {
    assert.throws(() => codec.dumps(value), { code: 'UNSERIALIZABLE', message });
  }
  assert.deepEqual(back([1]), [1], 'the writer still works');
});

test('a list of a text of 64 MB, whose multiples have no 32 bits, comes back', () => {
  const long = 'x'.repeat(2 ** 26);
  for (const value of [[long], [long, new Map([[1, long]])]]) {
    const list = back(value);
    assert.ok(list[0] === long && list.length === value.length);
  }
});

test('what is larger than 512 MB is refused before there is memory for it', () => {
  const before = codec.views.current().u8.buffer.byteLength;
  const large = new Uint8Array(513 * 2 ** 20);
  assert.throws(() => codec.dumps({ large }), { code: 'UNSERIALIZABLE', message: /512 MB/ });
  assert.equal(codec.views.current().u8.buffer.byteLength, before);
});

test('the json serializer writes and reads what Python does', () => {
  const loads = (/** @type {string} */ stored) => json.loads(new TextEncoder().encode(stored));
  assert.equal(json.dumps({ a: [1, 'é'] }), '{"a":[1,"é"]}');
  assert.equal(json.dumps(undefined), 'null');
  assert.equal(json.dumps(2n ** 64n), '18446744073709551616');
  assert.equal(loads('18446744073709551616'), 2n ** 64n);
  assert.equal(loads('9007199254740991'), 2 ** 53 - 1);
  assert.deepEqual(loads('{"a": [1, "\\u00e9", null]}'), { a: [1, 'é', null] });
  assert.deepEqual(loads('[NaN, Infinity, -Infinity, "NaN", "\\"NaN"]'), [
    NaN,
    Infinity,
    -Infinity,
    'NaN',
    '"NaN',
  ]);
  const exact =
    '{"id":12345678901234567890,"all":[-9007199254740993,9007199254740991],"text":"12345678901234567890"}';
  const long = {
    id: 12345678901234567890n,
    all: [-9007199254740993n, 2 ** 53 - 1],
    text: '12345678901234567890',
  };
  assert.deepEqual(loads(exact), long);
  assert.equal(json.dumps(long), exact);
  assert.deepEqual(loads('[0.1234567890123456, 1e16, 1234567890123456.5, NaN]'), [
    0.1234567890123456,
    1e16,
    1234567890123456.5,
    NaN,
  ]);
  assert.equal(json.dumps([1n, { a: -(2n ** 64n) }]), '[1,{"a":-18446744073709551616}]');
  for (const wrong of ['{', '0123456789012345678', '12345678901234567890.', '[1234567890123456']) {
    assert.throws(() => loads(wrong), { code: 'UNREADABLE' }, wrong);
  }
  /** @type {unknown[]} */
  const cycle = [1n];
  cycle.push(cycle);
  for (const value of [Symbol.iterator, () => 1, cycle]) {
    assert.throws(() => json.dumps(value), { code: 'UNSERIALIZABLE' });
  }
});

test('the raw serializer takes strings and bytes as they are', () => {
  assert.equal(raw.dumps('é'), 'é');
  assert.deepEqual(raw.dumps(new Uint16Array([1])), new Uint8Array([1, 0]));
  assert.deepEqual(raw.dumps(new ArrayBuffer(2)), new Uint8Array(2));
  assert.deepEqual(raw.loads(new Uint8Array([255])), new Uint8Array([255]));
  for (const value of [1, null, '\ud800', {}]) {
    assert.throws(() => raw.dumps(value), { code: 'UNSERIALIZABLE' });
  }
});

test('zones in many cases, and unknown ones, cost no format each', () => {
  const { DateTimeFormat } = Intl;
  let formats = 0;
  Intl.DateTimeFormat = /** @type {any} */ (
    new Proxy(DateTimeFormat, {
      construct(target, args) {
        formats++;
        return Reflect.construct(target, args);
      },
    })
  );
  try {
    const cased = (/** @type {number} */ at) =>
      [...'europe/berlin'].map((c, bit) => (at & (1 << bit) ? c.toUpperCase() : c)).join('');
    const zoned = (/** @type {number} */ at) => zonedDate(Date.UTC(2024, 0, 1 + at), 0, cased(at));
    for (let at = 0; at < 4000; at++) assert.ok(zoned(at) instanceof Date);
    assert.ok(formats <= 1, `${formats} formats`);
    for (const name of ['+05:30', '-00:01', 'secret text']) {
      assert.throws(() => zonedDate(0, 0, name), { code: 'UNREADABLE', message: /unknown zone$/ });
    }
  } finally {
    Intl.DateTimeFormat = DateTimeFormat;
  }
});

test('values of another realm are stored as those of this one', () => {
  const realm = vm.createContext({});
  /** @type {[string, unknown][]} */
  const table = [
    ['new Uint8Array([1, 2])', new Uint8Array([1, 2])],
    ['new Uint8Array([1, 2]).buffer', new Uint8Array([1, 2])],
    ['new DataView(new ArrayBuffer(3), 1)', new Uint8Array(2)],
    ["new Map([[1, { a: [new Set(['x'])] }]])", new Map([[1, { a: [new Set(['x'])] }]])],
    ['new Date(5)', new Date(5)],
    ["[new String('x'), Object(5n), null]", ['x', 5, null]],
  ];
  for (const [code, expected] of table) {
    assert.deepEqual(back(vm.runInContext(code, realm)), expected);
  }
  assert.deepEqual(raw.dumps(vm.runInContext('new ArrayBuffer(2)', realm)), new Uint8Array(2));
});

test('Proxies of Maps, Sets, Dates and bytes are refused with what to do', () => {
  for (const value of [
    new Map(),
    new Set(),
    new Date(),
    new Uint8Array(2),
    new ArrayBuffer(2),
    Buffer.from('a'),
  ]) {
    assert.throws(() => codec.dumps({ value: new Proxy(value, {}) }), {
      code: 'UNSERIALIZABLE',
      message: /at \$\.value is .*Proxy.*toRaw/,
    });
  }
  assert.deepEqual(back(new Proxy({ a: new Proxy([1], {}) }, {})), { a: [1] });
});

test('no error shows a part of a value that is not JSON, nor its cause', () => {
  try {
    json.loads(new TextEncoder().encode('secret'));
    assert.fail('it was read');
  } catch (error) {
    assert.doesNotMatch(inspect(error), /secret/);
  }
});
