/**
 * What the small methods of a cache do beyond one call.
 * @module
 */
import { withFixedPrefix } from '../arguments.js';
import { utf8 } from '../core/bytes.js';
import { call, callWith, STATE } from '../methods.js';
import { Found } from '../core/found.js';
import { Lock } from './lock.js';
import { ACQUIRE_LOCK, EXPIRE, GET_WITH_TTL, LOCK, NODES, SCAN, TTL } from './operations.js';
import { lockTerms } from './options.js';
import { DELETE } from '../core/operations.js';

/** @import { Caller } from '../methods.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { Key, Serializer } from '../options/types.js' */

/** Keys of the cache's own: locks and tags. */
export const INTERNAL = /~(lock(\{[^{}]+\})?|tag)$/;

/**
 * Adds to a counter.
 *
 * @param {Caller} cache
 * @param {Operation} operation without an expiry
 * @param {Operation} expiring
 * @param {Key} key
 * @param {number | bigint} delta
 * @param {number | null | undefined} timeout seconds
 */
export function count(cache, operation, expiring, key, delta, timeout) {
  const never = timeout ?? 0;
  if (never === 0 || never === -1 || never === Infinity) return call(cache, operation, key, delta);
  return call(cache, expiring, key, delta, never);
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @returns {Promise<number | null>} seconds
 */
export async function ttlOf(cache, key) {
  const ttl = await call(cache, TTL, key);
  if (ttl === null || ttl === -2) return null;
  return ttl === -1 ? Infinity : Number(ttl) / 1000;
}

/**
 * @param {Caller} cache
 * @param {Key} key
 */
export async function getWithTtl(cache, key) {
  const found = await call(cache, GET_WITH_TTL, key, undefined, Infinity);
  if (found === undefined) return null;
  if (!(found instanceof Found)) return { value: found, ttl: Infinity };
  return { value: found.value, ttl: found.ttl / 1000 };
}

/**
 * @param {Caller} cache
 * @param {Key} key
 * @param {number} grace seconds
 */
export async function expire(cache, key, grace) {
  if (grace === 0) return call(cache, DELETE, key);
  return (await call(cache, EXPIRE, key, undefined, grace)) === 1;
}

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

/**
 * @param {Caller} cache
 * @param {Key} key
 * @param {{ timeout?: number | undefined, wait?: number | undefined } | undefined} options
 * @returns {Promise<Lock | null>}
 */
export async function acquireLock(cache, key, options) {
  const { length, wait } = lockTerms(options);
  const { registry, settings } = cache[STATE];
  const loading = registry.whenLoaded(settings.timeoutMs);
  if (loading) await loading;
  // The driver that has the lease: by the time that it has it, the cache may have been closed, and may have another one.
  const driver = registry.get(settings.context);
  const request = { key, tags: [], above: 0, length, wait, purpose: LOCK };
  const own = { ...settings, driver };
  const found = await callWith(registry, own, null, ACQUIRE_LOCK, request);
  if (!found) return null;
  // Its core has the lease.
  driver.idleMemory.keep(length * 1000);
  return new Lock(cache, driver, { key, lease: found.lease });
}
