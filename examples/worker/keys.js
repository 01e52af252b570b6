/**
 * What a visitor does with keys.
 * @module
 */
import { BadInput } from './problems.js';
import { visible } from './text.js';
import { describe, describeStored, parse } from './values.js';

/** @import { Calls } from './calls.js' */

/** How many characters of a key are shown. */
const LONGEST_NAME = 100;
/** How long a key may be, in characters: it travels in a URL. */
export const LONGEST_KEY = 250;

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} name the key as it is shown
 * @property {import('./values.js').Described | null} value null when there is none
 * @property {ReturnType<typeof describeStored> | null} stored
 */

/**
 * @param {Calls} calls
 * @param {string[]} keys
 */
export async function read(calls, keys) {
  // Made in one tick, both leave in one write and cost one round trip.
  const [values, stored] = await Promise.all([
    keys.length === 1
      ? calls.make('get', keys[0]).then((value) => [value])
      : calls.make('getMany', keys),
    calls.stored.getMany(keys),
  ]);
  return { entries: keys.map((key, at) => entry(key, values[at], stored[at])) };
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {Uint8Array | null} stored
 * @returns {Entry}
 */
export function entry(key, value, stored) {
  const name = visible(key, LONGEST_NAME);
  if (stored === null) return { key, name, value: null, stored: null };
  return { key, name, value: describe(value), stored: describeStored(stored) };
}

/**
 * @param {Calls} calls
 * @param {string} key
 * @param {{ kind?: unknown, text?: unknown, timeout?: unknown }} wanted `timeout`: seconds, 0 for ever
 */
export async function write(calls, key, { kind, text, timeout }) {
  if (typeof timeout !== 'number') throw new BadInput('For how many seconds? 0 means for ever.');
  await calls.make('set', key, parse(kind, text), timeout);
  // cachelib has no way to ask for the time left: who sets a key knows it.
  return { ...(await now(calls, key)), expiresIn: timeout > 0 ? timeout : null };
}

/**
 * @param {Calls} calls
 * @param {string} key
 * @param {{ delta?: unknown }} wanted
 */
export async function count(calls, key, { delta }) {
  if (typeof delta !== 'number') throw new BadInput('Count by how much?');
  const [existed] = await Promise.all([
    calls.cache.has(key),
    delta < 0 ? calls.make('dec', key, -delta) : calls.make('inc', key, delta),
  ]);
  return { ...(await now(calls, key)), created: !existed };
}

/**
 * @param {Calls} calls
 * @param {string} key
 */
export async function remove(calls, key) {
  return { existed: await calls.make('delete', key) };
}

/** @param {Calls} calls */
export async function clear(calls) {
  return { cleared: await calls.make('clear') };
}

/**
 * What the cache holds now, to show it.
 *
 * @param {Calls} calls
 * @param {string} key
 */
async function now(calls, key) {
  const [value, stored] = await Promise.all([calls.cache.get(key), calls.stored.get(key)]);
  return { entries: [entry(key, value, stored)] };
}
