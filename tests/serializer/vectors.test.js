/** The JavaScript side of the serializer against what real Pythons wrote: the files of tests/vectors. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, notation } from './notation.js';
import { openCodecHarness } from './codec-harness.js';
import { lines, unhex } from './vector-files.js';

const codec = await openCodecHarness();

for (const version of ['2.7', '3.11', '3.13']) {
  test(`what Python ${version} writes is read, and written again as Python does`, () => {
    let rewritten = 0;
    for (const fields of lines(`python-${version}.txt`)) {
      const [name, protocol, pickler, flags, stored, expected] = fields;
      const context = `${name}, protocol ${protocol}, ${pickler}`;
      const value = codec.loads(unhex(stored));
      assert.equal(notation(value), expected, context);
      if (!flags.includes('j')) continue;
      assert.equal(hex(codec.dumps(value)), stored, context);
      rewritten++;
    }
    assert(rewritten > 30 || version === '2.7');
  });
}

test('a datetime of any zone is the instant that Python computes, a time its text', () => {
  for (const [expected, stored] of lines('zones.txt')) {
    const value = codec.loads(unhex(stored));
    assert.equal(String(value.getTime?.() ?? value), expected, stored);
  }
  const [, stored] =
    lines('zones.txt').find(([, text]) => text.includes(hexOf('Asia/Kolkata'))) ?? [];
  const elsewhere = unhex(stored.replace(hexOf('Asia/Kolkata'), hexOf('Asia/Nowhere')));
  assert.throws(() => codec.loads(elsewhere), { code: 'UNREADABLE', message: /Asia\/Nowhere/ });
});

test('bytes that are not a pickle are an int or bytes, as in Python', () => {
  for (const [stored, expected] of lines('ints.txt')) {
    assert.equal(notation(codec.loads(unhex(stored))), expected, stored);
  }
});

test('values without a JavaScript form are refused; a class by its name', () => {
  for (const [name, reason, stored] of lines('refused.txt')) {
    const message = reason.startsWith('Class ') ? reason.slice(6) : /./;
    assert.throws(() => codec.loads(unhex(stored)), { code: 'UNREADABLE', message }, name);
  }
});

test('large values are written as Python does, and read back', () => {
  for (const [generator, count, length, hash] of lines('large.txt')) {
    const value = generate(generator, Number(count));
    const stored = codec.dumps(value);
    const context = `${generator} of ${count}`;
    assert.equal(stored.length, Number(length), context);
    assert.equal(fnv(stored), hash, context);
    assert.deepEqual(codec.loads(stored), value, context);
  }
});

/**
 * The generators of `large` in make.py.
 *
 * @param {string} name
 * @param {number} count
 */
function generate(name, count) {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const bytes = (/** @type {string} */ letter) => Buffer.alloc(count, letter);
  switch (name) {
    case 'text':
      return 'x'.repeat(count);
    case 'bytes':
      return new Uint8Array(bytes('x'));
    case 'ints':
      return numbers;
    case 'dict':
      return new Map(numbers.map((number) => [number, number % 7]));
    case 'set':
      return new Set(numbers);
    case 'texts':
      return numbers.map((number) => `text ${number}`);
    case 'padded':
      return ['x'.repeat(count), 1, ['y'], { z: 2 }];
    case 'pads':
      return ['x'.repeat(40000), 'y'.repeat(count), null, 'z', [], {}];
    case 'outside':
      return ['x'.repeat(count), new Uint8Array(bytes('y')), 'z', new Uint8Array(bytes('x'))];
    case 'power':
      return [2n ** BigInt(count), -(2n ** BigInt(count))];
    default:
      throw new Error(`no generator ${name}`);
  }
}

/**
 * FNV-1a in 64 bits, by halves of 32.
 *
 * @param {Uint8Array} bytes
 */
function fnv(bytes) {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

/** @param {string} text */
function hexOf(text) {
  return Buffer.from(text).toString('hex');
}
