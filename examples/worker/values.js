/**
 * Values as text: for people to read, and as they type them.
 * @module
 */
import { BadInput } from './problems.js';
import { LONGEST_TEXT, visible } from './text.js';

/** @typedef {{ type: string, text: string }} Described */

/** So much of a value is shown: items of all its lists together, and lists within lists. */
const MOST_ITEMS = 200;
const MOST_LEVELS = 12;

/**
 * A value as JavaScript would write it, nearly; of a large one, the beginning.
 *
 * @param {unknown} value
 * @returns {Described}
 */
export function describe(value) {
  const { type, text } = new Description().of(value, 0);
  return { type, text: visible(text) };
}

/** Text is only made of as much as will be shown: a value may have millions of items, or levels. */
class Description {
  #itemsLeft = MOST_ITEMS;

  /**
   * @param {unknown} value
   * @param {number} level
   * @returns {Described}
   */
  of(value, level) {
    if (value === null || value === undefined) return { type: 'null', text: 'null' };
    if (typeof value === 'string') return { type: 'string', text: quoted(value) };
    if (typeof value === 'bigint') return { type: 'bigint', text: `${value}n` };
    if (typeof value !== 'object') {
      return { type: typeof value, text: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (value instanceof Date) return { type: 'Date', text: `Date ${value.toISOString()}` };
    if (value instanceof Uint8Array) {
      return { type: 'Uint8Array', text: `Uint8Array [${this.#list(value, level)}]` };
    }
    if (Array.isArray(value)) return { type: 'Array', text: `[${this.#list(value, level)}]` };
    if (value instanceof Set) return { type: 'Set', text: `Set {${this.#list(value, level)}}` };
    if (value instanceof Map) {
      const text = this.#pairs(value, ' → ', (key) => this.of(key, level + 1).text, level);
      return { type: 'Map', text: `Map {${text}}` };
    }
    const text = this.#pairs(Object.entries(value), ': ', name, level);
    return { type: 'Object', text: `{ ${text} }` };
  }

  /**
   * @param {Iterable<unknown>} items
   * @param {number} level
   */
  #list(items, level) {
    return this.#join(items, level, (item) => this.of(item, level + 1).text);
  }

  /**
   * @param {Iterable<[any, unknown]>} entries
   * @param {string} between
   * @param {(key: any) => string} describeKey
   * @param {number} level
   */
  #pairs(entries, between, describeKey, level) {
    return this.#join(
      entries,
      level,
      ([key, value]) => `${describeKey(key)}${between}${this.of(value, level + 1).text}`,
    );
  }

  /**
   * @template T
   * @param {Iterable<T>} items
   * @param {number} level
   * @param {(item: T) => string} describeItem
   */
  #join(items, level, describeItem) {
    const texts = [];
    for (const item of items) {
      if (level >= MOST_LEVELS || this.#itemsLeft-- <= 0) return [...texts, '…'].join(', ');
      texts.push(describeItem(item));
    }
    return texts.join(', ');
  }
}

/** @param {string} key */
function name(key) {
  return key.length < LONGEST_TEXT && /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

/** @param {string} text */
function quoted(text) {
  return JSON.stringify(text.slice(0, LONGEST_TEXT));
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
    if (text.trim() === '' || Number.isNaN(number)) {
      throw new BadInput(`${visible(text, 60)} is not a number.`);
    }
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

/** So many of the stored bytes are told. */
const MOST_BYTES = 1024;

/**
 * What Redis holds for a value: cachelib stores an int as its digits and most other values as a pickle behind a `!`.
 *
 * @param {Uint8Array} bytes
 * @returns {{ form: string, hex: string, length: number }} `hex`: the first bytes, `length`: of all
 */
export function describeStored(bytes) {
  const start = bytes.subarray(0, MOST_BYTES);
  const hex = Array.from(start, (byte) => byte.toString(16).padStart(2, '0')).join('');
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
