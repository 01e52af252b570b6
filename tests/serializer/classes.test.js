/** Objects of Python classes: built by an allow-list, refused by their names. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flaskClasses, numpyClasses } from '../../js/python/index.js';
import { openCodecHarness } from './codec-harness.js';
import { lines, unhex } from './vector-files.js';

const codec = await openCodecHarness();
const flask = new Map(lines('flask.txt').map(([name, text]) => [name, unhex(text)]));

test('a view cached by Flask-Caching becomes a web Response', async () => {
  const response = codec.loads(stored('view'), flaskClasses);
  assert(response instanceof Response);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(response.headers.get('x-fragment'), 'front');
  assert.equal(response.headers.getSetCookie()[0], 'seen=yes; Path=/');
  assert.equal(await response.text(), '<h1>Café</h1>');
});

test('what Flask-Caching stores of texts and memoized functions needs no classes', () => {
  assert.equal(codec.loads(stored('text view')), 'plain text');
  assert.deepEqual(codec.loads(stored('memoize')), { sum: 30, tax: 0.25 });
  assert.match(codec.loads(stored('version')), /^\w+$/);
});

test('a class that is not listed is named', () => {
  for (const classes of [undefined, {}, { 'flask.wrappers.Response': () => 1 }]) {
    const message = classes?.['flask.wrappers.Response']
      ? /datastructures\.headers\.Headers/
      : /flask\.wrappers\.Response|Headers/;
    assert.throws(() => codec.loads(stored('view'), classes), { code: 'UNREADABLE', message });
  }
  assert.throws(() => codec.loads(stored('view'), Object.create(flaskClasses)), {
    code: 'UNREADABLE',
  });
});

test('objects of every protocol are built from their arguments and their state', () => {
  const classes = {
    'app.models.Plain': (/** @type {any} */ state) => state.name,
    'app.models.Point': (/** @type {any} */ _state, /** @type {any[]} */ args) => args.flat(),
    'app.models.Colour': (/** @type {any} */ _state, /** @type {any[]} */ [value]) =>
      `colour ${value}`,
    'app.models.IntSub': (/** @type {any} */ _state, /** @type {any[]} */ [value]) => value,
  };
  const expected = new Map(
    Object.entries({ object: 'x', namedtuple: [1, 2], enum: 'colour 1', 'int subclass': 5 }),
  );
  let read = 0;
  for (const [name, , hex] of lines('refused.txt')) {
    if (!expected.has(name)) continue;
    assert.deepEqual(codec.loads(unhex(hex), classes), expected.get(name), name);
    read++;
  }
  assert.equal(read, 24);
});

test('the objects of NumPy and pandas are what their values say', () => {
  for (const [name, protocol, hex, expected] of lines('classes.txt')) {
    const context = `${name}, protocol ${protocol}`;
    const value = codec.loads(unhex(hex), numpyClasses);
    assert.deepEqual(plain(value), JSON.parse(expected), context);
  }
});

test('each class that a value needs is named until it is listed', () => {
  for (const [name, protocol, hex] of lines('classes.txt')) {
    const listed = /** @type {typeof numpyClasses} */ ({});
    for (let missing; (missing = missingClass(hex, listed)) !== null;) {
      const reviver = numpyClasses[missing];
      assert.ok(reviver && !listed[missing], `${name}, protocol ${protocol}: ${missing}`);
      listed[missing] = reviver;
    }
    assert.ok(Object.keys(listed).length > 0, name);
  }
});

test('an array is as large as its data, whatever shape it claims', () => {
  const type = { kind: 'u', size: 1, isLittle: true, unit: '' };
  const revive = /** @type {import('../../js/serializer/special-values.js').Reviver} */ (
    numpyClasses['numpy._core.numeric._frombuffer']
  );
  const make = (/** @type {number[]} */ ...shape) =>
    revive(null, [new Uint8Array(6), type, shape, 'C'], null);
  assert.deepEqual(make(3, 2), [[0, 0], [0, 0], [0, 0]]); // prettier-ignore
  assert.deepEqual(make(2 ** 40, 0), []);
  for (const shape of [[2 ** 40], [7], [-6], [-2, -3], [...new Array(65).fill(1), 6], []]) {
    assert.throws(() => make(...shape), RangeError, String(shape));
  }
  const emptyItems = [new Uint8Array(), { ...type, kind: 'S', size: 0 }, [3], 'C'];
  assert.throws(() => revive(null, emptyItems, null), RangeError);
});

test('what a class holds is named as Python names it, and no longer than errors show', () => {
  const classes = {
    'app.Outer.Inner.make': (/** @type {any} */ _state, /** @type {any} */ args) => args,
  };
  const inner = `cbuiltins\ngetattr\n(capp\nOuter\nVInner\ntR`;
  const make = `(cbuiltins\ngetattr\n(${inner}Vmake\ntR`;
  assert.deepEqual(codec.loads(pickleOf(`${make.slice(1)}(I1\ntR.`), classes), [1]);
  assert.throws(() => codec.loads(pickleOf(`${inner}.`), classes), {
    className: 'app.Outer.Inner',
  });
  const long = `cbuiltins\ngetattr\n(capp\nOuter\nV${'x'.repeat(200)}\ntR.`;
  assert.throws(() => codec.loads(pickleOf(long), classes), /builtins\.getattr$/);
  assert.throws(
    () => codec.loads(pickleOf('cbuiltins\ngetattr\n(I1\nVx\ntR.'), classes),
    /builtins\.getattr$/,
  );
});

test('the objects of old classes, as Python 2 writes them, are built too', () => {
  const classes = {
    'app.Old': (/** @type {any} */ state, /** @type {any} */ args) => ({ state, args }),
  };
  const expected = { state: { a: 1 }, args: [2] };
  assert.deepEqual(codec.loads(pickleOf('(I2\niapp\nOld\n(dVa\nI1\nsb.'), classes), expected);
  assert.deepEqual(codec.loads(pickleOf('(capp\nOld\nI2\no(dVa\nI1\nsb.'), classes), expected);
  assert.throws(() => codec.loads(pickleOf('(o.'), classes), { code: 'UNREADABLE' });
});

test('the values around an object are unchanged', () => {
  const name = 'app.models.Plain';
  const pickle = pickleOf(
    `(V${'x'.repeat(40)}\nV\\u20ac\nF0.5\n(lVé\nacapp.models\nPlain\n(tR}(Vname\nV\\u20ac${'y'.repeat(600)}\nub(dVkey\nL123456789012345678901L\nsl.`,
  );
  const classes = { [name]: (/** @type {any} */ state) => new Map(Object.entries(state)) };
  const long = `€${'y'.repeat(600)}`;
  const object = new Map([['name', long]]);
  const expected = ['x'.repeat(40), '€', 0.5, ['é'], object, { key: 123456789012345678901n }];
  for (let round = 0; round < 2; round++) assert.deepEqual(codec.loads(pickle, classes), expected);
});

test('a reviver that throws makes the value unreadable', () => {
  const classes = { ...flaskClasses, 'flask.wrappers.Response': () => assert.fail('secret') };
  assert.throws(() => codec.loads(stored('view'), classes), {
    code: 'UNREADABLE',
    className: 'flask.wrappers.Response',
    message: /^(?!.*secret)/,
  });
});

/**
 * The class that a value lacks, if any.
 *
 * @param {string} hex
 * @param {typeof numpyClasses} classes
 */
function missingClass(hex, classes) {
  try {
    codec.loads(unhex(hex), classes);
    return null;
  } catch (error) {
    const { className, message } = /** @type {any} */ (error);
    assert.match(message, /: list it in the option classes of a CachelibSerializer$/);
    return className;
  }
}

/** What JSON has not, as classes.txt tells it. @param {any} value @returns {any} */
function plain(value) {
  if (typeof value === 'bigint') return { int: String(value) };
  if (value instanceof Date) return { date: value.getTime() };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/**
 * A pickle of protocol 0, as cachelib stores it.
 *
 * @param {string} opcodes in Latin-1
 */
function pickleOf(opcodes) {
  return new Uint8Array(Buffer.from(`!${opcodes}`, 'latin1'));
}

/** @param {string} name */
function stored(name) {
  return /** @type {Uint8Array} */ (flask.get(name));
}
