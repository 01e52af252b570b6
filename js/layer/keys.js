/**
 * The keys of a cache, by SCAN on each node.
 * @module
 */
import { withFixedPrefix } from '../arguments.js';
import { utf8 } from '../core/bytes.js';
import { callWith, STATE } from '../methods.js';
import { NODES, SCAN } from './operations.js';

/** @import { Caller } from '../methods.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { Serializer } from '../options/types.js' */

/** Keys of the cache's own: locks and tags. */
export const INTERNAL = /~(lock(\{[^{}]+\})?|tag)$/;

/**
 * The keys with the cache's prefix.
 *
 * @param {Caller} cache
 * @returns {AsyncGenerator<string, void, undefined>}
 */
export async function* keysOf(cache) {
  const { registry } = cache[STATE];
  const settings = withFixedPrefix(cache[STATE].settings);
  const { keyPrefix: prefix } = settings;
  /** @type {Ask} */
  const ask = (serializer, operation, from) =>
    callWith(registry, settings, serializer, operation, from, undefined, 0, LIST);
  for await (const keys of scan(ask)) {
    for (const key of keys) {
      if (key.startsWith(prefix) && !INTERNAL.test(key)) yield key.slice(prefix.length);
    }
  }
}

/** @typedef {(serializer: Serializer, operation: Operation, from?: object) => Promise<any[]>} Ask */

/**
 * What SCAN finds, step by step and node by node. Those that a slot moves to, or that take over, may be others each time.
 *
 * @param {Ask} ask
 * @returns {AsyncGenerator<string[], void, undefined>}
 */
async function* scan(ask) {
  /** @type {Set<number>} */
  const seen = new Set();
  for (;;) {
    const node = (await ask(NUMBER, NODES)).find((number) => !seen.has(number));
    if (node === undefined) return;
    seen.add(node);
    yield* scanNode((cursor) => ask(TEXT, SCAN, { node, cursor }));
  }
}

/** How often a scan begins again. */
const MAX_RESTARTS = 2;

/**
 * What SCAN finds at one node. After a loss it begins again: the server may be another one, to which the cursor means nothing.
 *
 * @param {(cursor: string) => Promise<string[]>} step
 * @returns {AsyncGenerator<string[], void, undefined>}
 */
async function* scanNode(step) {
  for (let cursor = '0', by = '', restarts = 0; ;) {
    const [connection = by, next = '0', ...keys] = await step(cursor);
    yield keys;
    const isOther = cursor !== '0' && connection !== by && restarts++ < MAX_RESTARTS;
    if (next === '0' && !isOther) return;
    [cursor, by] = [isOther ? '0' : next, connection];
  }
}

/** @type {(loads: Serializer['loads']) => Serializer} */
const reading = (loads) => ({ dumps: String, loads });
const TEXT = reading((bytes) => utf8.decode(bytes));
/** The number of a node. */
const NUMBER = reading(([low = 0, high = 0]) => low + 256 * high);

/** What SCAN and NODES answer. */
const LIST = { finish: (/** @type {string[]} */ values) => values, fallback: [] };
