/**
 * Where RESP values end, wherever the stream of bytes is cut.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Scanner } from '../../js/resp/scanner.js';

const VALUES = [
  '+OK\r\n',
  '-ERR wrong $5\r\n',
  ':-12\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '$5\r\na\r\nb*\r\n',
  '*0\r\n',
  '*-1\r\n',
  '*3\r\n$1\r\n*\r\n:1\r\n$-1\r\n',
  '*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n$3\r\n+\r\n\r\n',
];
const stream = new TextEncoder().encode(VALUES.join(''));
/** Where each value ends. */
const ends = VALUES.map((_, index) => VALUES.slice(0, index + 1).join('').length);

/**
 * @param {Scanner} scanner
 * @param {Uint8Array} chunk
 * @param {number} offset of the chunk
 */
function endsIn(scanner, chunk, offset) {
  const found = [];
  for (let at = 0; (at = scanner.next(chunk, at)) >= 0;) found.push(offset + at);
  return found;
}

describe('the RESP scanner', () => {
  test('a stream in one chunk', () => {
    assert.deepEqual(endsIn(new Scanner(), stream, 0), ends);
    assert.deepEqual(endsIn(new Scanner(), stream.subarray(0, -1), 0), ends.slice(0, -1));
  });

  test('cut at any two points', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const scanner = new Scanner();
        const found = [
          ...endsIn(scanner, stream.subarray(0, first), 0),
          ...endsIn(scanner, stream.subarray(first, second), first),
          ...endsIn(scanner, stream.subarray(second), second),
        ];
        assert.deepEqual(found, ends, `cut at ${first} and ${second}`);
      }
    }
  });

  test('bytes that are not RESP, and lengths beyond the limit of Redis, are refused', () => {
    for (const text of ['HTTP/1.1 400', '$99999999999\r\n', '*4294967296\r\n', '\r\n']) {
      const bytes = new TextEncoder().encode(text);
      assert.throws(() => endsIn(new Scanner(), bytes, 0), /the server/, text);
    }
  });
});
