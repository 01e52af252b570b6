/** How the values of a stream are put together, whatever pieces they come in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ValueReader } from '../../js/resp/values.js';

const MAX_BYTES = 1 << 24;
const text = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('latin1');

/**
 * @param {ValueReader} reader
 * @param {string} chunk
 */
const valuesIn = (reader, chunk) => {
  const values = [];
  for (const value of reader.read(Buffer.from(chunk, 'latin1'))) values.push(text(value));
  return values;
};

test('values that are cut anywhere, small and large', () => {
  const values = [
    '+OK\r\n',
    `$10000\r\n${'x'.repeat(10_000)}\r\n`,
    '*2\r\n$1\r\na\r\n:1\r\n',
    ':7\r\n',
  ];
  const stream = values.join('').repeat(2);
  for (const size of [1, 2, 7, 4096, 5000, stream.length]) {
    const reader = new ValueReader(MAX_BYTES);
    const found = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...valuesIn(reader, stream.slice(at, at + size)));
    }
    assert.deepEqual(found, [...values, ...values], `${size}`);
  }
});

test('a value that is too long is refused before it has ended', () => {
  const reader = new ValueReader(100);
  assert.deepEqual(valuesIn(reader, `$90\r\n${'x'.repeat(90)}\r\n`).length, 1);
  assert.throws(() => valuesIn(reader, `$1000\r\n${'x'.repeat(100)}`), /too long/);
});

test('a value in tiny pieces takes no more memory than it has bytes', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const used = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const pieces = 1 << 20;
  const reader = new ValueReader(MAX_BYTES);
  const piece = Buffer.from('x');
  const before = used();
  assert.deepEqual(valuesIn(reader, `$${2 * pieces}\r\n`), []);
  for (let count = 0; count < pieces; count++) reader.read(piece).next();
  const growth = used() - before;
  assert.ok(growth < 8 * pieces, `${growth} bytes for ${pieces}`);
  assert.equal(valuesIn(reader, `${'x'.repeat(pieces)}\r\n`).length, 1);
});
