/**
 * JSON, as Python's `cachelib.serializers.JSONSerializer` reads and writes it.
 * @module
 */
import { utf8 } from '../core/bytes.js';
import { SerializationError, UnreadableError } from '../errors/classes.js';

/** @import { Serializer } from '../options/types.js' */

/** What JSON.parse may round: the digits after a point are not of an integer. */
const LONG_INTEGER = /(?<![\d.])\d{16}/;
const TOKEN = /"(?:[^"\\]|\\.)*"|Infinity|NaN|-?\d[\d.eE+-]*/g;

/**
 * Integers stay exact, and usable by `inc`. What JSON.stringify leaves out or changes is left out or changed.
 *
 * @type {Serializer}
 */
export const json = {
  dumps(value) {
    try {
      const text = stringify(value ?? null);
      if (text !== undefined) return text;
    } catch (cause) {
      throw new SerializationError('the value cannot be stored: it has no JSON form', { cause });
    }
    throw new SerializationError(`the value cannot be stored: a ${typeof value} has no JSON form`);
  },

  loads(stored) {
    const text = utf8.decode(stored);
    if (LONG_INTEGER.test(text)) return parsePythonJson(text);
    try {
      return JSON.parse(text);
    } catch {
      return parsePythonJson(text);
    }
  },
};

/**
 * @param {unknown} value
 * @returns {string | undefined} undefined when it has no JSON form
 * @throws when it has none for another reason
 */
function stringify(value) {
  try {
    return JSON.stringify(value);
  } catch {
    const marker = makeMarker();
    const mark = (/** @type {string} */ _key, /** @type {unknown} */ item) =>
      typeof item === 'bigint' ? marker + item : item;
    const text = JSON.stringify(value, mark);
    return text.replace(new RegExp(`"${marker}(-?\\d+)"`, 'g'), '$1');
  }
}

/**
 * JSON with Python's additions, which are integers of any length, NaN, Infinity and -Infinity.
 *
 * @param {string} text
 */
function parsePythonJson(text) {
  const marker = makeMarker();
  const plain = text.replace(TOKEN, (token) => {
    if (token === 'Infinity') return '1e999';
    return token === 'NaN' || isRounded(token) ? `"${marker}${token}"` : token;
  });
  const revive = (/** @type {string} */ _key, /** @type {unknown} */ item) =>
    typeof item === 'string' && item.startsWith(marker) ? special(item.slice(marker.length)) : item;
  try {
    return JSON.parse(plain, revive);
  } catch {
    // The parser's own error shows a part of the text.
    throw new UnreadableError('the stored value is not JSON');
  }
}

/** What no text of the user's begins with: nobody can guess it. */
function makeMarker() {
  return `${Math.random()}:`;
}

/** @param {string} token */
function isRounded(token) {
  return /^-?[1-9]\d{15,}$/.test(token) && !Number.isSafeInteger(Number(token));
}

/** @param {string} token */
function special(token) {
  return token === 'NaN' ? NaN : BigInt(token);
}
