/**
 * Maps and Sets on the way to Python's dicts and sets.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { Unstorable } from './path.js';

/**
 * @param {Map<unknown, unknown>} value of any realm
 * @throws {Unstorable} when Python would lose an entry, or it is not really a Map
 */
export function entriesOfMap(value) {
  const entries = [...genuine(() => Map.prototype.entries.call(value), 'Map')];
  refuseEqual(entries.map(([key]) => key));
  return entries;
}

/**
 * @param {Set<unknown>} value of any realm
 * @throws {Unstorable} as {@link entriesOfMap}
 */
export function itemsOfSet(value) {
  const items = [...genuine(() => Set.prototype.values.call(value), 'Set')];
  refuseEqual(items);
  return items;
}

/** Objects of these classes hold something that a Proxy of theirs does not. */
const CLASSES = [Date, ArrayBuffer, DataView, Object.getPrototypeOf(Uint8Array)];

/**
 * @param {object} value that is not what `Object.prototype.toString` and `ArrayBuffer.isView` tell apart
 * @throws {Unstorable} for a Proxy of a Date, of bytes and the like
 */
export function refuseProxy(value) {
  const found = CLASSES.find((type) => value instanceof type);
  if (found) throw proxied(found.name.replace('Typed', 'Uint8'));
}

/**
 * @template T
 * @param {() => T} read
 * @param {string} type
 */
function genuine(read, type) {
  try {
    return read();
  } catch {
    throw proxied(type);
  }
}

/** @param {string} type */
function proxied(type) {
  return new Unstorable(
    `a ${type} behind a Proxy or of Vue, MobX or the like: store new ${type}(value) or toRaw(value)`,
  );
}

/** Arrays and Sets that are longer as text, or nest deeper, are not compared: each item may hold all others. */
const MAX_COMPARED_LENGTH = 4096;
const MAX_COMPARED_DEPTH = 32;

/**
 * @param {unknown[]} keys
 * @throws {Unstorable} when two of them are equal in Python
 */
function refuseEqual(keys) {
  const type = typeof keys[0];
  const differ = type === 'string' || type === 'number';
  if (differ && keys.every((key) => typeof key === type)) return;
  const seen = new Set();
  const seenObjects = new Set();
  for (const key of keys) {
    const identity = isObject(key) ? objectIdentity(key, 0) : scalarIdentity(key);
    const all = isObject(key) ? seenObjects : seen;
    if (all.has(identity)) {
      throw new Unstorable(
        'a key or member twice for Python, to which 1, 1n and true are the same',
      );
    }
    if (identity !== undefined) all.add(identity);
  }
}

/**
 * @param {unknown} key
 * @returns {key is object}
 */
function isObject(key) {
  return typeof key === 'object' && key !== null;
}

/**
 * Equal for numbers that are equal in Python, whatever their types.
 *
 * @param {any} key
 */
function scalarIdentity(key) {
  if (typeof key === 'boolean' || Number.isInteger(key)) return BigInt(key);
  return key ?? null;
}

/**
 * Equal for objects that are equal in Python; undefined where that is not known.
 *
 * @param {object} key
 * @param {number} depth
 * @returns {string | undefined}
 */
function objectIdentity(key, depth) {
  const bytes = asBytes(key);
  if (bytes !== null) return `bytes(${bytes.join()})`;
  if (key instanceof Date) return `Date(${key.getTime()})`;
  const items = Array.isArray(key) || key instanceof Set ? itemIdentities(key, depth) : undefined;
  return items && (Array.isArray(key) ? `[${items}]` : `{${items.sort()}}`);
}

/**
 * @param {Iterable<unknown>} items
 * @param {number} depth
 */
function itemIdentities(items, depth) {
  const identities = [];
  let left = depth < MAX_COMPARED_DEPTH ? MAX_COMPARED_LENGTH : -1;
  for (const item of items) {
    const identity = left < 0 ? undefined : itemIdentity(item, depth + 1);
    if (identity === undefined) return undefined;
    left -= identity.length;
    identities.push(identity);
  }
  return left < 0 ? undefined : identities;
}

/**
 * @param {unknown} item
 * @param {number} depth
 */
function itemIdentity(item, depth) {
  if (isObject(item)) return objectIdentity(item, depth);
  return typeof item === 'string' ? JSON.stringify(item) : String(scalarIdentity(item));
}
