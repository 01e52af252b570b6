/**
 * What the in-memory server stores: keys, which are bytes kept as texts of one character a byte, values, and when they expire.
 * @module
 */
import { bytes, integer } from './arguments.js';
import { CommandError } from './protocol.js';

/**
 * @typedef {object} Entry
 * @property {Uint8Array | Uint8Array[] | Map<string, number>} value an array is a list, a Map a sorted set
 * @property {number} expiresAt milliseconds, Infinity for never
 */

const MAX_INTEGER = 2n ** 63n - 1n;

/** A database. */
export class Store {
  /** @type {Map<string, Entry>} */
  #entries = new Map();

  /** @param {() => number} now milliseconds */
  constructor(now) {
    this.now = now;
  }

  /** @param {string} key */
  find(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param {string} key @returns {Uint8Array | null} */
  get(key) {
    const { value = null } = this.find(key) ?? {};
    if (Array.isArray(value) || value instanceof Map) throw wrongType();
    return value;
  }

  /** @param {string} key @returns {Map<string, number>} members and their scores; a new one where there is none */
  sortedSet(key) {
    const { value = new Map() } = this.find(key) ?? {};
    if (!(value instanceof Map)) throw wrongType();
    return value;
  }

  /**
   * @param {string} key
   * @param {Entry['value']} value
   * @param {number} [lifetime] milliseconds; what is over already is not stored
   */
  set(key, value, lifetime = Infinity) {
    this.#entries.set(key, { value, expiresAt: this.now() + lifetime });
  }

  /** @param {string} key @param {bigint} delta */
  increment(key, delta) {
    const stored = this.get(key);
    const sum = (stored === null ? 0n : integer(stored)) + delta;
    if (sum > MAX_INTEGER || sum < -MAX_INTEGER - 1n) {
      throw new CommandError('ERR increment or decrement would overflow');
    }
    this.set(key, bytes(String(sum)), this.lifetime(key));
    return sum;
  }

  /** @param {string} key @param {number} lifetime milliseconds @returns whether there is such a key */
  expire(key, lifetime) {
    const entry = this.find(key);
    if (entry !== undefined) this.set(key, entry.value, lifetime);
    return entry !== undefined;
  }

  /** @param {string} key @returns whether it was there */
  delete(key) {
    return this.find(key) !== undefined && this.#entries.delete(key);
  }

  /** @param {string} key @returns milliseconds; Infinity: never; undefined: there is no such key */
  lifetime(key) {
    const entry = this.find(key);
    return entry && entry.expiresAt - this.now();
  }

  keys() {
    return [...this.#entries.keys()].filter((key) => this.find(key) !== undefined);
  }

  clear() {
    this.#entries.clear();
  }
}

function wrongType() {
  return new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
}
