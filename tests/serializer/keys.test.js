/** Keys of dicts and members of sets: Arrays and Sets there are tuples and frozensets, and which of them are equal. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCodecHarness } from './codec-harness.js';

const codec = await openCodecHarness();

/** @param {unknown} value */
const back = (value) => codec.loads(codec.dumps(value));

test('a key is another object than a value, and the same as another key', () => {
  const key = [[1], []];
  const value = back([key, new Map([[key, key]]), new Map([[key, 2]]), new Set([key])]);
  assert.deepEqual(value, [key, new Map([[key, key]]), new Map([[key, 2]]), new Set([key])]);
  const [list, first, second, set] = value;
  assert.equal(first.get([...set][0]), list);
  assert.ok(second.has([...set][0]) && !second.has(list));
});

test('keys that differ are told apart, however they are nested', () => {
  const keys = [[1, 2], ['1', 2], [[1], 2], [[1, 2]], new Uint8Array([1, 2]), [new Uint8Array([1]), 2], [new Uint8Array([1, 2])]]; // prettier-ignore
  keys.push(new Set([1, 2]), [new Set([1]), 2], [new Date(1)], new Date(1), ['null'], [null]);
  const map = new Map(keys.map((key, index) => [key, index]));
  assert.deepEqual(back(map), map);
});

test('a key that shares its parts 2^60 times is small', () => {
  let key = /** @type {unknown[]} */ ([]);
  for (let level = 0; level < 60; level++) key = [key, key];
  assert(codec.dumps(new Map([[key, 1], [[key], 2]])).length < 1000); // prettier-ignore
});

test('keys that are one key in Python are refused', () => {
  for (const value of [
    new Map([[1, 'a'], [true, 'b']]), // prettier-ignore
    new Map([[1, 'a'], [1n, 'b']]), // prettier-ignore
    new Map([[2n ** 60n, 1], [2 ** 60, 2]]), // prettier-ignore
    new Map([[null, 1], [undefined, 2]]), // prettier-ignore
    new Set([0, false]),
    new Set([new Date(5), new Date(5)]),
    new Set([new Uint8Array([1]), Buffer.from([1])]),
    new Set([[1, new Set([2, 3])], [true, new Set([3n, 2])]]), // prettier-ignore
  ]) {
    assert.throws(() => codec.dumps(value), { code: 'UNSERIALIZABLE', message: /twice/ });
  }
  const distinct = new Map([['1', 1], [1, 2], [1.5, 3], [true, 4]].slice(0, 3)); // prettier-ignore
  assert.deepEqual(back(distinct), distinct);
});

test('keys that differ in Python alone are both kept', () => {
  const decimal = 'cdecimal\nDecimal\n(V1\ntR';
  const stored = (/** @type {string} */ pickle) =>
    new Uint8Array(Buffer.from(`!${pickle}`, 'latin1'));
  const map = codec.loads(stored(`(dVplain\nI0\nsV1\nI1\ns${decimal}I2\ns.`));
  assert.deepEqual(
    [...map].map(([key, value]) => [typeof key, String(key), value]),
    [
      ['string', 'plain', 0],
      ['string', '1', 1],
      ['object', '1', 2],
    ],
  );
});
