/**
 * Values as text: for people to read, and as they type them.
 * @module
 */
import { BadInput } from './problems.js';

/** @typedef {{ type: string, text: string }} Described */

/**
 * A value as JavaScript would write it, nearly.
 *
 * @param {unknown} value
 * @returns {Described}
 */
export function describe(value) {
  if (value === null || value === undefined) return { type: 'null', text: 'null' };
  if (typeof value === 'string') return { type: 'string', text: JSON.stringify(value) };
  if (typeof value === 'bigint') return { type: 'bigint', text: `${value}n` };
  if (typeof value !== 'object') {
    return { type: typeof value, text: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (value instanceof Date) return { type: 'Date', text: `Date ${value.toISOString()}` };
  if (value instanceof Uint8Array) {
    return { type: 'Uint8Array', text: `Uint8Array [${[...value].join(', ')}]` };
  }
  if (Array.isArray(value)) return { type: 'Array', text: `[${list(value)}]` };
  if (value instanceof Set) return { type: 'Set', text: `Set {${list([...value])}}` };
  if (value instanceof Map) {
    return { type: 'Map', text: `Map {${pairs([...value], ' → ', nested)}}` };
  }
  return { type: 'Object', text: `{ ${pairs(Object.entries(value), ': ', name)} }` };
}

/** @param {unknown[]} items */
function list(items) {
  return items.map(nested).join(', ');
}

/**
 * @param {[any, unknown][]} entries
 * @param {string} between
 * @param {(key: any) => string} key
 */
function pairs(entries, between, key) {
  return entries.map(([each, value]) => `${key(each)}${between}${nested(value)}`).join(', ');
}

/** @param {unknown} value */
function nested(value) {
  return describe(value).text;
}

/** @param {string} key */
function name(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

/**
 * What the visitor may type, by kind. Each throws {@link BadInput}.
 *
 * @type {Record<string, (text: string) => unknown>}
 */
const parsers = {
  text: (text) => text,
  number(text) {
    const number = Number(text);
    if (text.trim() === '' || Number.isNaN(number)) throw new BadInput(`${text} is not a number.`);
    return /^\s*-?\d+\s*$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
  },
  json(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new BadInput(`That is not JSON: ${/** @type {Error} */ (error).message}`);
    }
  },
  date(text) {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) {
      throw new BadInput('A date looks like 2026-01-31T12:00:00Z.');
    }
    return date;
  },
  bytes(text) {
    const digits = text.replace(/\s/g, '');
    if (!/^([0-9a-f]{2})*$/i.test(digits)) {
      throw new BadInput('Bytes are pairs of hexadecimal digits, such as 00 ff.');
    }
    return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  },
};

/**
 * The value that a visitor means.
 *
 * @param {unknown} kind one of {@link parsers}
 * @param {unknown} text
 * @throws {BadInput}
 */
export function parse(kind, text) {
  if (typeof kind !== 'string' || !Object.hasOwn(parsers, kind) || typeof text !== 'string') {
    throw new BadInput(`A value has a text and a kind: ${Object.keys(parsers).join(', ')}.`);
  }
  return /** @type {(text: string) => unknown} */ (parsers[kind])(text);
}

/**
 * What Redis holds for a value: cachelib stores an int as its digits and most other values as a pickle behind a `!`.
 *
 * @param {Uint8Array} bytes
 * @returns {{ form: string, hex: string, length: number }}
 */
export function describeStored(bytes) {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { form: formOf(bytes), hex, length: bytes.length };
}

const PICKLE = '!'.charCodeAt(0);
const PROTOCOL = 0x80;

/** @param {Uint8Array} bytes */
function formOf(bytes) {
  if (bytes[0] === PICKLE) {
    return bytes[1] === PROTOCOL ? `pickle, protocol ${bytes[2]}` : 'pickle, protocol 0 or 1';
  }
  return /^-?\d+$/.test(new TextDecoder().decode(bytes)) ? 'digits' : 'bytes as they are';
}
