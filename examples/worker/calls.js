/**
 * Calls of the cache, noted as the page shows them.
 * @module
 */
import { describe } from './values.js';

/** @import { CacheError, RedisCache } from 'cachelib-edge' */
/** @typedef {{ code: string, answer: string, failed: boolean, milliseconds: number }} Call */

const LONGEST_SHOWN = 120;

export class Calls {
  /** @type {Call[]} */
  list = [];

  /** @param {RedisCache} cache one that throws its errors */
  constructor(cache) {
    this.cache = cache;
    /** The same keys, as the bytes that Redis holds. */
    this.stored = cache.with({ serializer: 'raw' });
  }

  /**
   * Calls a method of the cache, and notes the call, its answer and its time. A Worker's clock has whole milliseconds.
   *
   * @param {'get' | 'getMany' | 'set' | 'delete' | 'clear' | 'inc' | 'dec'} method
   * @param {...any} args
   */
  async make(method, ...args) {
    // @ts-expect-error: TypeScript cannot tell which arguments belong to which method.
    return this.#note(method, args, () => this.cache[method](...args));
  }

  /**
   * Calls getOrSet, which answers without Redis too: the problem is told beside.
   *
   * @param {string} key
   * @param {() => Promise<any>} factory
   * @param {import('cachelib-edge').GetOrSetOptions<any>} options
   * @returns {Promise<{ value: any, problem?: CacheError }>}
   */
  async getOrSet(key, factory, options) {
    /** @type {CacheError | undefined} */
    let problem;
    const cache = this.cache.with({ onError: (error) => (problem = error) });
    const run = () => cache.getOrSet(key, factory, options);
    const value = await this.#note('getOrSet', [key, options], run);
    return problem === undefined ? { value } : { value, problem };
  }

  /**
   * @param {string} method
   * @param {any[]} args as they are shown
   * @param {() => Promise<any>} run
   */
  async #note(method, args, run) {
    const code = `cache.${method}(${args.map(short).join(', ')})`;
    const start = Date.now();
    /** @param {string} answer */
    const note = (answer, failed = false) =>
      this.list.push({ code, answer, failed, milliseconds: Date.now() - start });
    try {
      const answer = await run();
      note(short(answer));
      return answer;
    } catch (error) {
      note(/** @type {CacheError} */ (error).code ?? String(error), true);
      throw error;
    }
  }
}

/** @param {unknown} value */
function short(value) {
  const { text } = describe(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
