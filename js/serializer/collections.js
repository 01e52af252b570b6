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
    `a ${type} behind a Proxy or of a library such as Vue or MobX: store a plain one, new ${type}(value) or toRaw(value)`,
  );
}

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
    const isObject = typeof key === 'object' && key !== null;
    const identity = isObject ? objectIdentity(key) : scalarIdentity(key);
    const all = isObject ? seenObjects : seen;
    if (all.has(identity)) {
      throw new Unstorable(
        'a key or member twice for Python, to which 1, 1n and true are the same',
      );
    }
    if (identity !== undefined) all.add(identity);
  }
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

/** @param {object} key */
function objectIdentity(key) {
  const bytes = asBytes(key);
  if (bytes !== null) return bytes.join();
  return key instanceof Date ? `Date ${key.getTime()}` : undefined;
}
