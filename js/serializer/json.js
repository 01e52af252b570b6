/**
 * JSON, as Python's `cachelib.serializers.JSONSerializer` reads and writes it.
 * @module
 */
import { utf8 } from '../core/bytes.js';
import { SerializationError, UnreadableError } from '../errors/classes.js';

/** @import { Serializer } from '../options/types.js' */

/**
 * Integers stay usable by `inc`. What JSON.stringify leaves out or changes is left out or changed.
 *
 * @type {Serializer}
 */
export const json = {
  dumps(value) {
    if (typeof value === 'bigint') return String(value);
    try {
      const text = JSON.stringify(value ?? null);
      if (text !== undefined) return text;
    } catch (cause) {
      throw new SerializationError('the value cannot be stored: it has no JSON form', { cause });
    }
    throw new SerializationError(`the value cannot be stored: a ${typeof value} has no JSON form`);
  },

  loads(stored) {
    const text = utf8.decode(stored);
    if (/^\s*-?\d{16,}\s*$/.test(text)) return parseInteger(text);
    try {
      return JSON.parse(text);
    } catch {
      return parsePythonJson(text);
    }
  },
};

/** @param {string} text */
function parseInteger(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/**
 * JSON with Python's additions: NaN, Infinity and -Infinity.
 *
 * @param {string} text
 */
function parsePythonJson(text) {
  let nan = '\\u0000NaN';
  while (text.includes(nan)) nan += '!';
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|Infinity|NaN/g, (token) => {
    if (token === 'Infinity') return '1e999';
    return token === 'NaN' ? `"${nan}"` : token;
  });
  const marker = nan.replace('\\u0000', '\0');
  try {
    return JSON.parse(plain, (_key, item) => (item === marker ? NaN : item));
  } catch {
    // The parser's own error shows a part of the text.
    throw new UnreadableError('the stored value is not JSON');
  }
}
