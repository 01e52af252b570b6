/**
 * The operations behind `getOrSet` and the small methods, as src/wasm/record.rs reads them.
 * @module
 */
import { operation, read } from '../core/operations.js';
import {
  checkTimeout,
  keyText,
  putKey,
  putKeys,
  putStored,
  putTimeout,
  signedDelta,
  writeKey,
  writeNothing,
} from '../core/records.js';
import { UsageRangeError } from '../errors/classes.js';
import { invalidTimeout } from '../errors/from-core.js';
import { COUNT, DELETE_TAG_SCRIPT, EXPIRE_SCRIPT, PERSIST } from './scripts.js';

/** @import { RequestBuffer } from '../core/request-buffer.js' */
/** @import { Operation } from '../core/operations.js' */
/** @import { WriteBody } from '../core/records.js' */

/** What it means to repeat a command: `Effect` in src/connection/request.rs. */
const READ_ONLY = 0;
const IDEMPOTENT = 1;
const NON_IDEMPOTENT = 2;
/** Added to the effect: the lease of the key is cancelled, so that what is computed meanwhile is not stored. */
const CANCELS_LEASE = 4;

/** What a lease is wanted for: `Purpose` in src/cache/operation/acquire.rs. */
export const REFRESH = 0;
export const REPLACE = 1;
export const LOCK = 2;

/** What stands behind the name of a tag in its key. */
const TAG = '~tag';
const MAX_MILLISECONDS = Number.MAX_SAFE_INTEGER;

/**
 * @typedef {object} LeaseRequest
 * @property {string} key
 * @property {readonly string[]} tags
 * @property {number} above a value that lives for longer than so many seconds is fresh
 * @property {number} length of the lease, in seconds
 * @property {number} wait seconds
 * @property {number} purpose
 */

/** @type {WriteBody} */
function writeLoad(buffer, prefix, _serializer, key, _value, above) {
  putTimeout(buffer, above);
  putKey(buffer, prefix, key);
}

/** @type {(buffer: RequestBuffer, prefix: string, serializer: any, request: LeaseRequest) => void} */
function writeAcquire(buffer, prefix, _serializer, { key, tags, above, length, wait, purpose }) {
  buffer.reserve(25);
  for (const seconds of [above, length, wait]) buffer.f64(seconds);
  buffer.u8(purpose);
  putKeys(buffer, prefix, [key, ...tags.map((tag) => tag + TAG)]);
}

/** @type {WriteBody} */
function writeStore(buffer, _prefix, serializer, { lease }, value, timeout) {
  buffer.reserve(4);
  buffer.u32(lease);
  putTimeout(buffer, timeout);
  putStored(buffer, value, serializer);
}

/** @type {WriteBody} */
function writeRelease(buffer, _prefix, _serializer, { lease }, _value, backoff) {
  buffer.reserve(4);
  buffer.u32(lease);
  putTimeout(buffer, backoff);
}

/** @type {(onlyNew: number) => WriteBody} */
const writeTagged =
  (onlyNew) =>
  (buffer, prefix, serializer, { key, tags }, value, timeout) => {
    putTimeout(buffer, timeout);
    buffer.reserve(1);
    buffer.u8(onlyNew);
    // No lock: its place is taken by a key of the same slot.
    const names = tags.map((/** @type {string} */ tag) => tag + TAG);
    putKeys(buffer, prefix, [key, key, ...names]);
    putStored(buffer, value, serializer);
  };

// ---- Other commands

/**
 * A command that the core does not know by itself.
 *
 * @param {RequestBuffer} buffer
 * @param {number} effect
 * @param {string[]} args
 * @param {number} key which of them is the key; 0 where it goes to a node
 * @param {number} [node] its number, as of NODES
 */
function putCommand(buffer, effect, args, key, node = 0) {
  buffer.reserve(6);
  buffer.u8(effect);
  buffer.u8(key);
  buffer.u32(node);
  putKeys(buffer, '', args);
}

/**
 * @param {number} effect
 * @param {(key: string, value: any, timeout: number) => string[]} argsFor
 * @returns {WriteBody} of a command whose first argument is the key
 */
const writeCommand = (effect, argsFor) => (buffer, prefix, _serializer, key, value, timeout) =>
  putCommand(buffer, effect, argsFor(prefix + keyText(key), value, timeout), 1);

/**
 * @param {RequestBuffer} buffer
 * @param {string} script
 * @param {string[]} args the key, and the script's arguments
 * @param {number} [effect]
 */
function putScript(buffer, script, args, effect = NON_IDEMPOTENT) {
  putCommand(buffer, effect, ['EVAL', script, '1', ...args], 3);
}

/** @type {WriteBody} */
function writeTouch(buffer, prefix, _serializer, key, _value, timeout) {
  const milliseconds = toMilliseconds(timeout);
  const name = prefix + keyText(key);
  if (milliseconds === 0) putScript(buffer, PERSIST, [name]);
  else putCommand(buffer, IDEMPOTENT, ['PEXPIRE', name, String(milliseconds)], 1);
}

/** @type {(sign: 1n | -1n) => WriteBody} */
const writeCount = (sign) => (buffer, prefix, _serializer, key, delta, timeout) => {
  const signed = String(signedDelta(delta, sign));
  putScript(buffer, COUNT, [prefix + keyText(key), signed, String(toMilliseconds(timeout))]);
};

/** @type {WriteBody} */
function writeExpire(buffer, prefix, _serializer, key, _value, grace) {
  const milliseconds = toMilliseconds(grace);
  if (milliseconds === 0) {
    const text = 'the grace of expire() is a number of seconds from 0 on, not -1 or Infinity';
    throw new UsageRangeError('INVALID_TIMEOUT', text);
  }
  const args = [prefix + keyText(key), String(milliseconds)];
  putScript(buffer, EXPIRE_SCRIPT, args, NON_IDEMPOTENT + CANCELS_LEASE);
}

/** @type {WriteBody} */
function writeDeleteTag(buffer, prefix, _serializer, tag) {
  putScript(buffer, DELETE_TAG_SCRIPT, [prefix + tag + TAG]);
}

/** @type {WriteBody} */
function writeScan(buffer, prefix, _serializer, { node, cursor }) {
  const pattern = `${prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`;
  putCommand(buffer, READ_ONLY, ['SCAN', cursor, 'MATCH', pattern, 'COUNT', '5000'], 0, node);
}

/**
 * As `Expiry::from_seconds` in src/cache/timeout.rs.
 *
 * @param {number} seconds
 * @returns {number} 0 for never
 */
function toMilliseconds(seconds) {
  checkTimeout(seconds);
  if (seconds === 0 || seconds === -1 || seconds === Infinity) return 0;
  const milliseconds = Math.max(Math.round(seconds * 1000), 1);
  if (seconds > 0 && milliseconds <= MAX_MILLISECONDS) return milliseconds;
  throw invalidTimeout();
}

/**
 * An operation whose value is the user's, and which answers undefined when the key is missing or the backend fails.
 *
 * @param {Operation} made
 * @returns {Operation}
 */
const reading = (made) => ({ ...made, missing: undefined, fallback: undefined });

/**
 * An operation whose outcome is a number.
 *
 * @param {Operation} made
 * @returns {Operation}
 */
const plain = (made) => ({ ...made, isPlain: true });

const pttl = writeCommand(READ_ONLY, (key) => ['PTTL', key]);
const getdel = writeCommand(NON_IDEMPOTENT + CANCELS_LEASE, (key) => ['GETDEL', key]);

export const READ = read(reading(operation(0, 'getOrSet', writeKey)));
export const LOAD = read(reading(operation(11, 'getOrSet', writeLoad)));
export const GET_WITH_TTL = read(reading(operation(11, 'getWithTtl', writeLoad)));
export const ACQUIRE = reading(operation(12, 'getOrSet', writeAcquire));
export const ACQUIRE_LOCK = operation(12, 'lock', writeAcquire);
export const STORE = plain(operation(13, 'getOrSet', writeStore, 0));
export const RELEASE = plain(operation(14, 'getOrSet', writeRelease, 0));
export const RELEASE_LOCK = { ...RELEASE, name: /** @type {const} */ ('lock') };
export const SET_TAGGED = plain(operation(15, 'set', writeTagged(0), 0));
export const ADD_TAGGED = plain(operation(15, 'add', writeTagged(1), 0));
export const SET_MANY_TAGGED = plain(operation(15, 'setMany', writeTagged(0), 0));
export const POP = read(operation(16, 'pop', getdel));
export const SCAN = operation(16, 'keys', writeScan);
export const NODES = operation(17, 'keys', writeNothing);
export const TTL = plain(operation(16, 'ttl', pttl));
export const TOUCH = plain(operation(16, 'touch', writeTouch, 0));
export const INC_EXPIRING = plain(operation(16, 'inc', writeCount(1n)));
export const DEC_EXPIRING = plain(operation(16, 'dec', writeCount(-1n)));
export const EXPIRE = plain(operation(16, 'expire', writeExpire, 0));
export const DELETE_TAG = plain(operation(16, 'deleteTag', writeDeleteTag));
