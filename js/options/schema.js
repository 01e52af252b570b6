/**
 * Which options there are, and what each may be.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { UsageRangeError, UsageTypeError } from '../errors/classes.js';
import { CachelibSerializer } from '../serializer/cachelib.js';

/** @import { SerializerOption } from './types.js' */

/** @typedef {Record<string, [expected: string, test: (value: any) => boolean]>} Schema */

/** Nothing else is passed on: a runtime's own options could turn verification off. */
const TLS_OPTIONS = ['ca', 'cert', 'key', 'servername'];
const SENTINEL_OPTIONS = ['name', 'username', 'password', 'tls'];

const isString = (/** @type {unknown} */ value) => typeof value === 'string';
const isBoolean = (/** @type {unknown} */ value) => typeof value === 'boolean';
const isFunction = (/** @type {unknown} */ value) => typeof value === 'function';
const isSeconds = (/** @type {unknown} */ value) => typeof value === 'number' && value > 0;
const isIntegerUpTo = (/** @type {number} */ max) => (/** @type {any} */ value) =>
  Number.isInteger(value) && value >= 0 && value <= max;

/** What a view can take away again. @type {(test: (value: any) => boolean) => (value: any) => boolean} */
const orNull = (test) => (value) => value === null || test(value);

/** @type {(value: any) => boolean} */
export const isObject = (value) => typeof value === 'object' && value !== null;

/** Text of the form of https://www.rfc-editor.org/rfc/rfc7468, and not the name of its file. */
const isPem = (/** @type {any} */ value) =>
  (isString(value) ? value : new TextDecoder().decode(asBytes(value) ?? undefined)).includes(
    '-----BEGIN',
  );

/** @type {(value: any) => boolean} */
const isTls = (value) =>
  isBoolean(value) ||
  (isObject(value) &&
    Object.entries(value).every(
      ([name, item]) =>
        TLS_OPTIONS.includes(name) &&
        (item === undefined || name === 'servername' || [item].flat().every(isPem)),
    ));

/** @type {(value: any) => boolean} */
const isSentinel = (value) =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, item]) =>
      SENTINEL_OPTIONS.includes(name) &&
      (item === undefined || (name === 'tls' ? isTls : isString)(item)),
  );

/** @type {Schema} */
const NEAR_OPTIONS = {
  timeout: ['', (value) => isSeconds(value) && value < Infinity],
  maxBytes: ['', (value) => value > 0 && Number.isSafeInteger(value)],
  tracking: ['', isBoolean],
};

/** @type {(value: any) => boolean} */
const isNear = (value) =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, item]) =>
      Object.hasOwn(NEAR_OPTIONS, name) && (item === undefined || NEAR_OPTIONS[name]?.[1](item)),
  );

/** @type {Schema} */
export const VIEW_OPTIONS = {
  defaultTimeout: [
    'a number of seconds, 0 or -1 for no expiry',
    (value) => typeof value === 'number' && (value >= 0 || value === -1),
  ],
  keyPrefix: ['a string or a function', (value) => isString(value) || isFunction(value)],
  serializer: ["'cachelib', 'django', 'json', 'raw' or { dumps, loads }", orNull(isSerializer)],
  operationTimeout: ['a number of seconds above 0', isSeconds],
  throwOnError: ['a boolean', isBoolean],
  onError: ['a function', orNull(isFunction)],
  signal: ['an AbortSignal', orNull((value) => isBoolean(value.aborted))],
  context: ["an object of the request, such as the handler's ctx", orNull(isObject)],
  near: [
    'null or { timeout, maxBytes, tracking }: a number of seconds above 0, an integer of bytes above 0, a boolean',
    orNull(isNear),
  ],
};

/** @type {Schema} */
export const SERVER_OPTIONS = {
  port: ['an integer from 1 to 65535', (value) => value !== 0 && isIntegerUpTo(65535)(value)],
  username: ['a string', isString],
  password: ['a string', isString],
  db: ['an integer from 0 on', isIntegerUpTo(2 ** 31 - 1)],
  tls: [
    'true, false or { ca, cert, key, servername }, whose first three are texts that begin with -----BEGIN',
    isTls,
  ],
  clientName: [
    'null or a string of printable ASCII without spaces',
    (value) => value === null || (isString(value) && /^[!-~]*$/.test(value)),
  ],
  connectTimeout: ['a number of seconds above 0', isSeconds],
  maxRetries: ['an integer from 0 to 100', isIntegerUpTo(100)],
  retryWrites: ['a boolean', isBoolean],
  failFast: ['a boolean', isBoolean],
  maxQueuedBytes: [
    'an integer from 1 to 4294967295',
    (value) => value !== 0 && isIntegerUpTo(2 ** 32 - 1)(value),
  ],
  connector: [
    'a function, an object with connect(), or the binding of a RedisPool',
    (value) => isFunction(value) || isFunction(value?.connect) || isFunction(value?.idFromName),
  ],
  cluster: ['a boolean', isBoolean],
  sentinel: ['{ name, username, password, tls }', isSentinel],
  readFrom: [
    "'primary' or 'preferReplica'",
    (value) => value === 'primary' || value === 'preferReplica',
  ],
  nodeAddressMap: [
    "an object or a function from 'host:port' to 'host:port'",
    (value) => isObject(value) || isFunction(value),
  ],
  maxConnections: ['an integer from 1 on', (value) => value !== 0 && isIntegerUpTo(65535)(value)],
};

/** By name. */
const SERIALIZERS = ['cachelib', 'django', 'json', 'raw'];

/** @param {string} name */
export function isOption(name) {
  return Object.hasOwn(VIEW_OPTIONS, name) || Object.hasOwn(SERVER_OPTIONS, name);
}

/**
 * @param {any} value
 * @returns {value is SerializerOption}
 */
export function isSerializer(value) {
  if (SERIALIZERS.includes(value)) return true;
  if (value instanceof CachelibSerializer) return true;
  return isFunction(value?.dumps) && isFunction(value?.loads);
}

/**
 * @param {any} options
 * @param {Schema} schema
 * @throws {TypeError | RangeError} for an unknown option, or one that is not what it must be
 */
export function check(options, schema) {
  if (!isObject(options)) throw invalidOption(`options must be an object, not ${typeof options}`);
  for (const name of Object.keys(options)) {
    const rule = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!rule) throw unknownOption(name, Object.keys(schema));
    const value = options[name];
    if (value !== undefined && !rule[1](value)) {
      throw invalidOption(`option '${name}' must be ${rule[0]}`, typeof value === 'number');
    }
  }
}

/**
 * @param {string} message
 * @param {boolean} [isRange] whether it is a number that is out of range
 */
export function invalidOption(message, isRange = false) {
  return new (isRange ? UsageRangeError : UsageTypeError)('INVALID_OPTION', message);
}

/**
 * @param {string} name
 * @param {string[]} known
 */
function unknownOption(name, known) {
  const plain = name.replaceAll('_', '').toLowerCase();
  const meant = known.find((option) => option.toLowerCase() === plain);
  const advice = meant ? `did you mean '${meant}'?` : `the options are ${known.join(', ')}`;
  return invalidOption(`unknown option '${name}': ${advice}`);
}
