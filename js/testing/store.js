/**
 * What the in-memory server stores: keys, which are bytes kept as texts of one character a byte, values, and when they expire.
 * @module
 */
import { CommandError } from './protocol.js';

/** @typedef {{ value: Uint8Array | Uint8Array[], expiresAt: number }} Entry an array is a list; milliseconds, Infinity for never */

/** A database. */
export class Store {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #now;

  /** @param {() => number} now milliseconds */
  constructor(now) {
    this.#now = now;
  }

  /** @param {string} key */
  find(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** @param {string} key @returns {Uint8Array | null} */
  get(key) {
    const { value = null } = this.find(key) ?? {};
    if (Array.isArray(value)) {
      throw new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value');
    }
    return value;
  }

  /**
   * @param {string} key
   * @param {Entry['value']} value
   * @param {number} [lifetime] milliseconds; what is over already is not stored
   */
  set(key, value, lifetime = Infinity) {
    this.#entries.set(key, { value, expiresAt: this.#now() + lifetime });
  }

  /** @param {string} key @returns whether it was there */
  delete(key) {
    return this.find(key) !== undefined && this.#entries.delete(key);
  }

  /** @param {string} key @returns milliseconds; Infinity: never; undefined: there is no such key */
  lifetime(key) {
    const entry = this.find(key);
    return entry && entry.expiresAt - this.#now();
  }

  keys() {
    return [...this.#entries.keys()].filter((key) => this.find(key) !== undefined);
  }

  clear() {
    this.#entries.clear();
  }
}
