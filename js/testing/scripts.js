/**
 * EVAL, for the scripts of this package alone: each is known by its text, and done by a function here.
 * @module
 */
import { COUNT, DELETE_TAG_SCRIPT, EXPIRE_SCRIPT, PERSIST } from '../layer/scripts.js';
import { bytes, integer, text } from './arguments.js';
import { CommandError } from './protocol.js';

/** @import { Store } from './store.js' */

/** @typedef {(store: Store, keys: string[], args: (Uint8Array | undefined)[]) => Uint8Array | number | string | null} Script */

const ARGUMENTS = `local c,k,t=redis.call,KEYS[1],tonumber(ARGV[2])
`;
const BEGIN = `${ARGUMENTS}local r=redis.replicate_commands
if r then r() end
local n=c('TIME')
n=n[1]*1000+math.floor(n[2]/1000)
`;
const ADD_TO_TAGS = `local s=t>0 and n+t or math.huge
for i=3,#KEYS do
local g=KEYS[i]
local e=c('PTTL',g)
local o=c('ZSCORE',g,k)
if not o or tonumber(o)<s then c('ZADD',g,s,k) end
c('ZREMRANGEBYSCORE',g,'-inf',n)
if t==0 then c('PERSIST',g) elseif e~=-1 and e<t then c('PEXPIRE',g,t) end
end
`;

const EXPIRES_AT = `local p=c('PTTL',k)
if p>=0 then p=p+n end
`;

/** As `Script` in src/cache/script.rs: the tests of getOrSet and of tags fail where a text is another there. */
const STORE = `${BEGIN}if ARGV[4] then
if c('GET',KEYS[2])~=ARGV[4] then return '0' end
c('DEL',KEYS[2])
end
local e,h=string.match(ARGV[1],'(%S+) (.*)')
if e then
e=tonumber(e)
${EXPIRES_AT}if e>=0 and p==-2 and n>e-20 then e=-2 end
if math.abs(p-e)>(e<0 and 0 or 20) then return '0' end
if p~=-2 and redis.sha1hex(c('GET',k))~=h then return '0' end
end
${ADD_TO_TAGS}if t>0 then c('SET',k,ARGV[3],'PX',t) else c('SET',k,ARGV[3]) end
return '1'`;
const HOLD = `${ARGUMENTS}if c('GET',k)~=ARGV[4] then return '0' end
if t==0 then c('DEL',k) else c('SET',k,ARGV[3],'PX',t) end
return '1'`;
const REGISTER = `${BEGIN}${ADD_TO_TAGS}return '1'`;
const FENCE = `${BEGIN}if KEYS[2] and c('GET',KEYS[2])~=ARGV[4] then return '' end
${EXPIRES_AT}return string.format('%.0f %s',p,p==-2 and '' or redis.sha1hex(c('GET',k)))`;

/** @type {Map<string, Script>} */
const scripts = new Map([
  [STORE, runStore],
  [HOLD, runHold],
  [REGISTER, runRegister],
  [FENCE, runFence],
  [COUNT, runCount],
  [EXPIRE_SCRIPT, runExpire],
  [PERSIST, runPersist],
  [DELETE_TAG_SCRIPT, runDeleteTag],
]);

/**
 * @param {Store} store
 * @param {Uint8Array[]} args of EVAL: the script, how many keys there are, they, and the script's arguments
 * @throws {CommandError} for any other script, as of a server that has none
 */
export function evaluate(store, [script, count, ...args]) {
  const run = scripts.get(text(script));
  if (run === undefined) throw new CommandError("ERR unknown command 'EVAL'");
  const keys = Number(integer(count));
  return run(store, args.slice(0, keys).map(text), args.slice(keys));
}

/** @param {boolean} done */
const flag = (done) => bytes(done ? '1' : '0');

/** @param {Uint8Array | undefined} argument */
const milliseconds = (argument) => Number(integer(argument));

/** @type {Script} */
function runStore(store, keys, [fence, life, value, token]) {
  const [key = '', lock = ''] = keys;
  if (token !== undefined) {
    if (!holds(store, lock, token)) return flag(false);
    store.delete(lock);
  }
  if (!isBehind(store, key, text(fence))) return flag(false);
  runRegister(store, keys, [fence, life]);
  store.set(key, /** @type {Uint8Array} */ (value), milliseconds(life) || Infinity);
  return flag(true);
}

/** @param {Store} store @param {string} key @param {string} fence what the key held; empty: any value may be replaced */
function isBehind(store, key, fence) {
  const expiresAt = Number.parseInt(fence, 10);
  const hasExpired = expiresAt >= 0 && store.find(key) === undefined && store.now() >= expiresAt;
  return fence === '' || hasExpired || fence === fenceOf(store, key);
}

/** @type {Script} */
function runFence(store, [key = '', lock], [, , , token]) {
  if (lock !== undefined && !holds(store, lock, token)) return bytes('');
  return bytes(fenceOf(store, key));
}

/** When a key expires and a digest of its value, which need not be SHA-1. @param {Store} store @param {string} key */
function fenceOf(store, key) {
  const left = store.lifetime(key);
  if (left === undefined) return '-2 ';
  const value = /** @type {Uint8Array} */ (store.get(key));
  const digest = value.reduce((sum, byte) => (sum * 31 + byte) % 0xfffffffb, 1);
  return `${left === Infinity ? -1 : store.now() + left} ${digest}`;
}

/** @type {Script} */
function runHold(store, [lock = ''], [, life, value, token]) {
  if (!holds(store, lock, token)) return flag(false);
  if (milliseconds(life) === 0) store.delete(lock);
  else store.set(lock, /** @type {Uint8Array} */ (value), milliseconds(life));
  return flag(true);
}

/** @param {Store} store @param {string} lock @param {Uint8Array} [token] */
function holds(store, lock, token) {
  const holder = store.get(lock);
  return holder !== null && text(holder) === text(token);
}

/** @type {Script} */
function runRegister(store, [key = '', , ...tags], [, life]) {
  const time = milliseconds(life) || Infinity;
  for (const tag of tags) addToTag(store, tag, key, time);
  return flag(true);
}

/** @param {Store} store @param {string} tag @param {string} key @param {number} time */
function addToTag(store, tag, key, time) {
  const now = store.now();
  const members = store.sortedSet(tag);
  members.set(key, Math.max(members.get(key) ?? 0, now + time));
  for (const [member, expiry] of members) if (expiry <= now) members.delete(member);
  store.set(tag, members, Math.max(store.lifetime(tag) ?? 0, time));
}

/** @type {Script} */
function runCount(store, [key = ''], [delta, life]) {
  const isNew = store.find(key) === undefined;
  const count = store.increment(key, integer(delta));
  if (isNew) store.expire(key, milliseconds(life));
  return bytes(String(count));
}

/** @type {Script} */
function runExpire(store, [key = ''], [grace]) {
  const left = store.lifetime(key);
  if (left !== undefined && left > milliseconds(grace)) store.expire(key, milliseconds(grace));
  return flag(left !== undefined);
}

/** @type {Script} */
function runPersist(store, [key = '']) {
  return flag(store.expire(key, Infinity));
}

/** @type {Script} */
function runDeleteTag(store, [tag = '']) {
  const members = store.sortedSet(tag);
  const keys = [...members.keys()].slice(0, 1000);
  for (const key of keys) for (const name of [key, `${key}~lock`]) store.delete(name);
  for (const key of keys) members.delete(key);
  if (members.size === 0) store.delete(tag);
  return bytes(String(keys.length));
}
