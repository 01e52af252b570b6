/** Objects of Python classes: built by an allow-list, refused by their names. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { flaskClasses } from '../../js/python/index.js';
import { root } from '../../scripts/lib/paths.js';
import { openCodecHarness } from './codec-harness.js';

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

/**
 * @param {string} file
 * @returns {any[][]}
 */
function lines(file) {
  const content = readFileSync(join(root, 'tests', 'vectors', file), 'utf8');
  return content
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

/** @param {string} text */
function unhex(text) {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
