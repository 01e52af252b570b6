/** The fast path for short strings against the plain one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAscii, decodeUtf8 } from '../../js/serializer/strings.js';

test('short ASCII is decoded as a TextDecoder does it, wherever it stands and whatever is behind it', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => (index * 37) % 128);
  for (let start = 0; start <= bytes.length; start++) {
    for (let length = 0; length <= Math.min(40, bytes.length - start); length++) {
      const end = start + length;
      const text = decodeAscii(bytes, start, end).slice(0, length);
      assert.equal(text, decodeUtf8(bytes, start, end), `${length} from ${start} on`);
    }
  }
});
