/**
 * The notation of tests/vectors/make.py: the same text for the same value in Python, Rust and JavaScript.
 * @module
 */

const bits = new DataView(new ArrayBuffer(8));

/**
 * @param {any} value
 * @returns {string}
 */
export function notation(value) {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return notationOfNumber(value);
    case 'string':
      return `s${hex(wtf8(value))}`;
  }
  if (Array.isArray(value)) return `[${value.map(notation).join(',')}]`;
  if (value instanceof Uint8Array) return `b${hex(value)}`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Set) return `S(${[...value].map(notation).sort().join(',')})`;
  const odd = value instanceof Map;
  const items = [...(odd ? value : Object.entries(value))];
  const pairs = items.map(([key, item]) => `${notation(key)}:${notation(item)}`);
  return `${odd ? 'M' : ''}{${pairs.sort().join(',')}}`;
}

/** @param {number} value */
function notationOfNumber(value) {
  if (Number.isNaN(value)) return 'fnan';
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  bits.setFloat64(0, value);
  return `f${bits.getBigUint64(0).toString(16).padStart(16, '0')}`;
}

/**
 * UTF-8, with lone surrogates as three bytes.
 *
 * @param {string} text
 */
export function wtf8(text) {
  if (text.isWellFormed()) return new TextEncoder().encode(text);
  const bytes = [...text].flatMap((character) => {
    if (character.isWellFormed()) return [...new TextEncoder().encode(character)];
    const code = character.charCodeAt(0);
    return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  });
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
