/**
 * The commands that the in-memory server knows: those of this package, and some to look at what is stored.
 * https://redis.io/docs/latest/commands/
 * @module
 */
import { bytes, integer, text } from './arguments.js';
import { CommandError } from './protocol.js';
import { evaluate } from './scripts.js';

/** @import { Reply } from './protocol.js' */
/** @import { Entry, Store } from './store.js' */

/** @typedef {(store: Store, args: Uint8Array[]) => Reply} Run */

/** By name; how many arguments each takes at least. @type {Record<string, [least: number, run: Run]>} */
export const commands = {
  PING: [0, () => 'PONG'],
  GET: [1, (store, [key]) => store.get(text(key))],
  SET: [2, set],
  MGET: [1, (store, keys) => keys.map((key) => stringOrNull(store, text(key)))],
  MSET: [2, setMany],
  GETDEL: [1, getAndDelete],
  DEL: [1, remove],
  UNLINK: [1, remove],
  EXISTS: [1, (store, keys) => keys.filter((key) => store.find(text(key))).length],
  STRLEN: [1, (store, [key]) => store.get(text(key))?.length ?? 0],
  INCRBY: [2, (store, [key, delta]) => store.increment(text(key), integer(delta))],
  TTL: [1, (store, [key]) => lifetime(store, text(key), 1000)],
  PTTL: [1, (store, [key]) => lifetime(store, text(key), 1)],
  EXPIRE: [2, (store, [key, time]) => expire(store, text(key), 1000 * Number(integer(time)))],
  PEXPIRE: [2, (store, [key, time]) => expire(store, text(key), Number(integer(time)))],
  PERSIST: [1, persist],
  KEYS: [1, (store, [pattern]) => matching(store, pattern).map(bytes)],
  SCAN: [1, scan],
  DBSIZE: [0, (store) => store.keys().length],
  FLUSHDB: [0, clear],
  FLUSHALL: [0, clear],
  LPUSH: [2, push],
  TYPE: [1, (store, [key]) => typeOf(store.find(text(key))?.value)],
  ZCARD: [1, (store, [key]) => store.sortedSet(text(key)).size],
  TIME: [0, tellTime],
  EVAL: [2, evaluate],
};

/** @type {Run} */
function set(store, [key, value, ...options]) {
  const name = text(key);
  let life = Infinity;
  const words = options.map((option) => text(option).toUpperCase());
  for (let at = 0; at < words.length; at++) {
    if (words[at] === 'EX') life = 1000 * Number(integer(options[++at]));
    else if (words[at] === 'PX') life = Number(integer(options[++at]));
    else if (words[at] !== 'NX' && words[at] !== 'XX') throw new CommandError('ERR syntax error');
  }
  if (life <= 0) throw new CommandError("ERR invalid expire time in 'set' command");
  const exists = store.find(name) !== undefined;
  if (words.includes('NX') ? exists : words.includes('XX') && !exists) return null;
  store.set(name, /** @type {Uint8Array} */ (value), life);
  return 'OK';
}

/** @type {Run} */
function tellTime(store) {
  const milliseconds = Math.round(store.now());
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, (milliseconds - seconds * 1000) * 1000].map(String).map(bytes);
}

/** @type {Run} */
function setMany(store, args) {
  for (let at = 0; at + 1 < args.length; at += 2) {
    store.set(text(args[at]), /** @type {Uint8Array} */ (args[at + 1]));
  }
  return 'OK';
}

/** @param {Store} store @param {string} key */
function stringOrNull(store, key) {
  return typeOf(store.find(key)?.value) === 'string' ? store.get(key) : null;
}

/** @type {Run} */
function getAndDelete(store, [key]) {
  const value = store.get(text(key));
  store.delete(text(key));
  return value;
}

/** @type {Run} */
function remove(store, keys) {
  return keys.filter((key) => store.delete(text(key))).length;
}

/** @param {Store} store @param {string} key @param {number} unit milliseconds */
function lifetime(store, key, unit) {
  const life = store.lifetime(key);
  if (life === undefined) return -2;
  return life === Infinity ? -1 : Math.round(life / unit);
}

/** @param {Store} store @param {string} key @param {number} life milliseconds */
function expire(store, key, life) {
  return Number(store.expire(key, life));
}

/** @type {Run} */
function persist(store, [key]) {
  const life = store.lifetime(text(key));
  return life === undefined || life === Infinity ? 0 : expire(store, text(key), Infinity);
}

/** All in one step. @type {Run} */
function scan(store, [, ...options]) {
  const at = options.findIndex((option) => text(option).toUpperCase() === 'MATCH');
  const found = at < 0 ? store.keys() : matching(store, options[at + 1]);
  return [bytes('0'), found.map(bytes)];
}

/** @type {Run} */
function clear(store) {
  store.clear();
  return 'OK';
}

/** @param {Entry['value']} [value] */
function typeOf(value) {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return 'list';
  return value instanceof Map ? 'zset' : 'string';
}

/** @type {Run} */
function push(store, [key, ...items]) {
  const { value = [] } = store.find(text(key)) ?? {};
  const list = Array.isArray(value) ? [...items, ...value] : items;
  store.set(text(key), list);
  return list.length;
}

/**
 * The keys that match a pattern, by the rules of https://redis.io/docs/latest/commands/keys/
 *
 * @param {Store} store
 * @param {Uint8Array} [pattern]
 */
function matching(store, pattern) {
  const parts = text(pattern).match(/\\?[^]/g) ?? [];
  const source = text(pattern).replace(/\\([^])|\[\^?[^\]]*\]|[^]/g, (part, escaped) => {
    if (escaped !== undefined) return literal(escaped);
    if (part === '*') return '[^]*';
    if (part === '?') return '[^]';
    return part.length > 1 ? part : literal(part);
  });
  const expression = new RegExp(`^(?:${source})$`);
  return parts.length === 0 ? [] : store.keys().filter((key) => expression.test(key));
}

/** @param {string} character */
function literal(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
