/**
 * Which options there are, and what each may be.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { UsageRangeError, UsageTypeError } from '../errors/classes.js';
import { CachelibSerializer } from '../serializer/cachelib.js';

/** @import { SerializerOption } from './types.js' */

/**
 * @typedef {[expected: string, test: (value: any) => boolean]} Rule
 * @typedef {Record<string, Rule>} Schema
 */

/** By name. */
const SERIALIZERS = ['cachelib', 'django', 'json', 'raw'];

const isFunction = (/** @type {unknown} */ value) => typeof value === 'function';

/** @type {(value: any) => boolean} */
export const isObject = (value) => typeof value === 'object' && value !== null;

/** @type {Rule} */
export const BOOLEAN = ['a boolean', (value) => typeof value === 'boolean'];
/** @type {Rule} */
const STRING = ['a string', (value) => typeof value === 'string'];
/** @type {Rule} */
const SECONDS = ['a number of seconds above 0', (value) => typeof value === 'number' && value > 0];
/** @type {Rule} */
const FINITE_SECONDS = [SECONDS[0], (value) => SECONDS[1](value) && value < Infinity];

/** @type {(least: number, most: number) => Rule} */
const integer = (least, most) => [
  `an integer from ${least} to ${most}`,
  (value) => Number.isInteger(value) && value >= least && value <= most,
];

/** What a view can take away again. @type {(rule: Rule) => Rule} */
const orNull = ([expected, test]) => [
  `${expected}, or null`,
  (value) => value === null || test(value),
];

/** An object with these properties and no others. @type {(schema: Schema) => Rule} */
const object = (schema) => [
  `{ ${Object.keys(schema).join(', ')} }: ${Object.values(schema)
    .map(([expected]) => expected)
    .join(', ')}`,
  (value) =>
    isObject(value) &&
    unknownIn(value, schema) === undefined &&
    invalidIn(value, schema) === undefined,
];

/** Text of the form of https://www.rfc-editor.org/rfc/rfc7468, and not the name of its file. @type {Rule} */
const PEM = [
  'text that begins with -----BEGIN',
  (value) =>
    [value].flat().every((item) => {
      const text =
        typeof item === 'string' ? item : new TextDecoder().decode(asBytes(item) ?? undefined);
      return text.includes('-----BEGIN');
    }),
];

/** A runtime's own options could turn verification off. */
const TLS_OPTIONS = object({ ca: PEM, cert: PEM, key: PEM, servername: STRING });

/** @type {Rule} */
const TLS = [
  `a boolean or ${TLS_OPTIONS[0]}`,
  (value) => BOOLEAN[1](value) || TLS_OPTIONS[1](value),
];

const NEAR = object({
  timeout: FINITE_SECONDS,
  maxBytes: integer(1, Number.MAX_SAFE_INTEGER),
  tracking: BOOLEAN,
});

/** @type {Schema} */
export const VIEW_OPTIONS = {
  defaultTimeout: [
    'a number of seconds, 0 or -1 for no expiry',
    (value) => typeof value === 'number' && (value >= 0 || value === -1),
  ],
  keyPrefix: ['a string or a function', (value) => STRING[1](value) || isFunction(value)],
  serializer: orNull(["'cachelib', 'django', 'json', 'raw' or { dumps, loads }", isSerializer]),
  operationTimeout: SECONDS,
  throwOnError: BOOLEAN,
  onError: orNull(['a function', isFunction]),
  signal: orNull([
    'an AbortSignal',
    (value) => BOOLEAN[1](value.aborted) && isFunction(value.addEventListener),
  ]),
  context: orNull(["an object of the request, such as the handler's ctx", isObject]),
  near: orNull(NEAR),
};

/** Options of the server, and of the connection to it: they are up to the client where one is the host. @type {Schema} */
export const SERVER_OPTIONS = {
  port: integer(1, 65535),
  username: STRING,
  password: STRING,
  db: integer(0, 2 ** 31 - 1),
  tls: TLS,
  clientName: orNull([
    'a string of printable ASCII without spaces',
    (value) => STRING[1](value) && /^[!-~]*$/.test(value),
  ]),
  connector: [
    'a function, an object with connect(), or the binding of a RedisPool',
    (value) => isFunction(value) || isFunction(value?.connect) || isFunction(value?.idFromName),
  ],
  cluster: BOOLEAN,
  sentinel: object({ name: STRING, username: STRING, password: STRING, tls: TLS }),
  readFrom: [
    "'primary' or 'preferReplica'",
    (value) => value === 'primary' || value === 'preferReplica',
  ],
  nodeAddressMap: [
    "an object or a function from 'host:port' to 'host:port'",
    (value) => isObject(value) || isFunction(value),
  ],
  maxConnections: integer(1, 65535),
};

/** How long to wait, and how often to try again. @type {Schema} */
export const RETRY_OPTIONS = {
  connectTimeout: SECONDS,
  maxRetries: integer(0, 100),
  retryWrites: BOOLEAN,
  failFast: BOOLEAN,
  maxQueuedBytes: integer(1, 2 ** 32 - 1),
};

/** All options of a cache. */
export const CACHE_OPTIONS = { ...VIEW_OPTIONS, ...SERVER_OPTIONS, ...RETRY_OPTIONS };

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
  if (!isObject(options)) {
    const type = options === null ? 'null' : typeof options;
    throw invalidOption(`options must be an object, not ${type}`);
  }
  const unknown = unknownIn(options, schema);
  if (unknown !== undefined) throw unknownOption(unknown, Object.keys(schema));
  const invalid = invalidIn(options, schema);
  if (invalid === undefined) return;
  const message = `option '${invalid}' must be ${schema[invalid]?.[0]}`;
  throw invalidOption(message, typeof options[invalid] === 'number');
}

/**
 * @param {object} options
 * @param {Schema} schema
 */
function unknownIn(options, schema) {
  return Object.keys(options).find((name) => !Object.hasOwn(schema, name));
}

/**
 * An option that is not what it must be: they may be inherited, as from a class of the user's.
 *
 * @param {any} options
 * @param {Schema} schema
 */
function invalidIn(options, schema) {
  return Object.keys(schema).find((name) => {
    const value = options[name];
    return value !== undefined && !schema[name]?.[1](value);
  });
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
