/**
 * What Python wrote, and how it is stored.
 * @module
 */
import { entry } from './keys.js';
import { explain } from './problems.js';
import { visible } from './text.js';
import { describe } from './values.js';

/** @import { Calls } from './calls.js' */
/** @import { Entry } from './keys.js' */
/** @import { Problem } from './problems.js' */

/**
 * @typedef {object} FromPython
 * @property {string} [by] who wrote the values
 * @property {(Entry & { source: string })[]} entries `source`: the value as Python writes it
 * @property {number | null} expiresIn seconds
 * @property {number} [timeout] how many seconds they were written for
 * @property {Problem} [problem]
 */

/** The key under which Python says what it wrote: see `write_demo` in scripts/start/python_peer.py. */
const WRITTEN = 'python:written';

/**
 * @param {Calls} calls
 * @returns {Promise<FromPython>} without entries when Python has written nothing
 */
export async function fromPython(calls) {
  try {
    const written = await calls.make('get', WRITTEN);
    if (!(written?.at instanceof Date && written.source instanceof Object)) {
      return { entries: [], expiresIn: null };
    }
    const keys = Object.keys(written.source);
    const [values, stored] = await Promise.all([
      calls.make('getMany', keys),
      calls.stored.getMany(keys),
    ]);
    const entries = keys.map((key, at) => ({
      ...entry(key, values[at], stored[at]),
      source: plain(written.source[key]),
    }));
    const age = (Date.now() - written.at.getTime()) / 1000;
    const { by, timeout } = written;
    return { by: plain(by), entries, timeout, expiresIn: Math.max(0, timeout - age) };
  } catch (error) {
    return { entries: [], expiresIn: null, problem: explain(error) };
  }
}

/**
 * What should be a text: whoever may write to the cache may have put anything there.
 *
 * @param {unknown} value
 */
function plain(value) {
  return typeof value === 'string' ? visible(value) : describe(value).text;
}
