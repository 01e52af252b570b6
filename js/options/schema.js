/**
 * The options of a cache in one server, and what each may be. The others are in whole-schema.js.
 * @module
 */
import { asBytes } from '../core/bytes.js';
import { CachelibSerializer } from '../serializer/cachelib.js';
import { invalidIn, isObject, unknownIn } from './check.js';

/** @import { Rule, Schema } from './check.js' */
/** @import { SerializerOption } from './types.js' */

/** By name. */
const SERIALIZERS = ['cachelib', 'django', 'json', 'raw'];

export const isFunction = (/** @type {unknown} */ value) => typeof value === 'function';

/** @type {Rule} */
export const BOOLEAN = ['a boolean', (value) => typeof value === 'boolean'];
/** @type {Rule} */
export const STRING = ['a string', (value) => typeof value === 'string'];
/** @type {Rule} */
const SECONDS = ['a number of seconds above 0', (value) => typeof value === 'number' && value > 0];
/** @type {Rule} */
export const FINITE_SECONDS = [SECONDS[0], (value) => SECONDS[1](value) && value < Infinity];

/** @type {(least: number, most: number) => Rule} */
export const integer = (least, most) => [
  `an integer from ${least} to ${most}`,
  (value) => Number.isInteger(value) && value >= least && value <= most,
];

/** What a view can take away again. @type {(rule: Rule) => Rule} */
export const orNull = ([expected, test]) => [
  `${expected}, or null`,
  (value) => value === null || test(value),
];

/** An object with these properties and no others. @type {(schema: Schema) => Rule} */
export const object = (schema) => [
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
export const TLS = [
  `a boolean or ${TLS_OPTIONS[0]}`,
  (value) => BOOLEAN[1](value) || TLS_OPTIONS[1](value),
];

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
};

/** Options of the server, and of the connection to it. @type {Schema} */
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
};

/** How long to wait, and how often to try again. @type {Schema} */
export const RETRY_OPTIONS = {
  connectTimeout: SECONDS,
  maxRetries: integer(0, 100),
  retryWrites: BOOLEAN,
  failFast: BOOLEAN,
  maxQueuedBytes: integer(1, 2 ** 32 - 1),
};

/**
 * @param {any} value
 * @returns {value is SerializerOption}
 */
export function isSerializer(value) {
  if (SERIALIZERS.includes(value)) return true;
  if (value instanceof CachelibSerializer) return true;
  return isFunction(value?.dumps) && isFunction(value?.loads);
}
