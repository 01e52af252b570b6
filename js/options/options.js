/**
 * The options of a cache: what they may be, and what becomes of them.
 * @module
 */
import { UsageRangeError, UsageTypeError } from '../errors/classes.js';
import { CachelibSerializer } from '../serializer/serializers.js';
import { connectorOver } from '../transports/client/connection.js';

/** @import { Address, Connector, TlsOptions } from '../transports/types.js' */
/** @import { PoolNamespace } from '../pool/transport.js' */
/** @import { SocketProvider } from '../transports/workers-socket.js' */
/** @import { CommandSender } from '../transports/client/libraries.js' */
/** @import { CacheError } from '../errors/classes.js' */

/** @typedef {string | number | bigint} Key converted as `String()` does, and encoded as UTF-8 behind the prefix */
/** @typedef {Record<string, unknown> | Iterable<[Key, unknown]>} Mapping keys and values: an object, a Map, or entries */

/**
 * @typedef {object} Serializer cachelib's serializer: called with a value, and with the stored bytes.
 * @property {(value: any) => Uint8Array | string} dumps
 * @property {(bytes: Uint8Array) => any} loads
 */

/**
 * @callback ErrorHandler
 * @param {CacheError} error
 * @param {{ operation: string, key?: string }} context the method that failed, and its key when it has one
 * @returns {void}
 */

/**
 * @typedef {object} ViewOptions What `cache.with()` can change for one call or for many. All times are in seconds.
 * @property {number} [defaultTimeout] how long a key lives when `set` is not told; 0: for ever. 300
 * @property {string | (() => string)} [keyPrefix] stands before every key; a function is called once for each operation
 * @property {'cachelib' | 'json' | 'raw' | Serializer | CachelibSerializer} [serializer] how values become bytes. `'cachelib'`
 * @property {number} [operationTimeout] how long a call may take in all: queueing, connecting, TLS, retries. 5
 * @property {boolean} [throwOnError] whether backend errors reject instead of answering null or false. false
 * @property {ErrorHandler} [onError] told of every backend error and unreadable value; by default a `console.warn` for the
 *   first error of each code
 * @property {AbortSignal} [signal] ends all calls that wait when it is aborted, with an `AbortError`
 */

/**
 * @typedef {object} ServerOptions
 * @property {number} [port] 6379
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} [db] the database's number. 0
 * @property {boolean | TlsOptions} [tls] by the URL's scheme
 * @property {number} [connectTimeout] from opening the socket to the end of the handshake. 5
 * @property {number} [maxRetries] of operations that are safe to repeat. 2
 * @property {Connector | SocketProvider | PoolNamespace} [connector] opens the connection in place of the runtime's own
 *   sockets: a function of a transport's shape, a Workers binding with `connect()`, or the binding of a `RedisPool`
 */

/** @typedef {ViewOptions & ServerOptions} CacheOptions */

/**
 * A client as `host`: of ioredis, iovalkey, node-redis or Bun, or one's own with `sendCommand`.
 *
 * @typedef {CommandSender | { callBuffer: Function, pipeline: Function } | { sendCommand: Function, withTypeMapping: Function }
 *   | { send: Function, getBuffer: Function }} RedisClient
 */

/**
 * @typedef {object} Settings What a call needs to know, checked.
 * @property {number} defaultTimeout seconds
 * @property {string | (() => string)} keyPrefix
 * @property {number} patience milliseconds
 * @property {boolean} throwOnError
 * @property {ErrorHandler} [onError]
 * @property {AbortSignal} [signal]
 * @property {Set<string>} warned the codes of errors that were warned of
 */

/**
 * @typedef {object} Server Which server, and how to speak to it.
 * @property {Address} address
 * @property {CacheOptions['connector']} connector
 * @property {[username: string | undefined, password: string | undefined, database: number, name: string,
 *   connectTimeout: number, maxRetries: number]} core what the core is told; the timeout in milliseconds
 */

/** Nothing else passes through: a runtime's own options could turn verification off. */
const TLS_OPTIONS = ['ca', 'cert', 'key', 'servername'];
/** What belongs to the client where one is the host. */
const CLIENTS_OWN = /** @type {const} */ ([
  'port',
  'username',
  'password',
  'db',
  'tls',
  'connector',
]);
/** What CLIENT LIST shows. */
const CLIENT_NAME = 'cachelib-edge';
/** The largest number of milliseconds that an operation record holds: 49 days. */
const LONGEST_PATIENCE = 2 ** 32 - 1;

const isString = (/** @type {unknown} */ value) => typeof value === 'string';
const isBoolean = (/** @type {unknown} */ value) => typeof value === 'boolean';
const isFunction = (/** @type {unknown} */ value) => typeof value === 'function';
/** @type {(value: any) => boolean} */
const isObject = (value) => typeof value === 'object' && value !== null;
const isSeconds = (/** @type {any} */ value) => typeof value === 'number' && value > 0;
const isIntegerTo = (/** @type {number} */ most) => (/** @type {any} */ value) =>
  Number.isInteger(value) && value >= 0 && value <= most;

/**
 * What each option may be, in words and as a test.
 * @type {Record<string, [string, (value: unknown) => boolean]>}
 */
const VIEW_OPTIONS = {
  defaultTimeout: ['a number of seconds, 0 or -1 for no expiry', isTimeout],
  keyPrefix: ['a string or a function', (value) => isString(value) || isFunction(value)],
  serializer: ["'cachelib', 'json', 'raw' or { dumps, loads }", isSerializer],
  operationTimeout: ['a number of seconds above 0', isSeconds],
  throwOnError: ['a boolean', isBoolean],
  onError: ['a function', isFunction],
  signal: ['an AbortSignal', (/** @type {any} */ value) => isBoolean(value?.aborted)],
};

/** @type {typeof VIEW_OPTIONS} */
const SERVER_OPTIONS = {
  port: ['an integer from 1 to 65535', (value) => value !== 0 && isIntegerTo(65535)(value)],
  username: ['a string', isString],
  password: ['a string', isString],
  db: ['an integer from 0 on', isIntegerTo(2 ** 31 - 1)],
  tls: ['true, false or { ca, cert, key, servername }', isTls],
  connectTimeout: ['a number of seconds above 0', isSeconds],
  maxRetries: ['an integer from 0 to 100', isIntegerTo(100)],
  connector: [
    'a function, an object with connect(), or the binding of a RedisPool',
    (/** @type {any} */ value) =>
      isFunction(value) || isFunction(value?.connect) || isFunction(value?.idFromName),
  ],
};

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isTimeout(value) {
  return typeof value === 'number' && (value >= 0 || value === -1);
}

/** @param {any} value */
function isTls(value) {
  return isBoolean(value) || (isObject(value) && Object.keys(value).every(isTlsOption));
}

/** @param {string} name */
function isTlsOption(name) {
  return TLS_OPTIONS.includes(name);
}

/**
 * @param {any} value
 * @returns {value is 'cachelib' | 'json' | 'raw' | Serializer | CachelibSerializer}
 */
export function isSerializer(value) {
  if (value === 'cachelib' || value === 'json' || value === 'raw') return true;
  if (value instanceof CachelibSerializer) return true;
  return isFunction(value?.dumps) && isFunction(value?.loads);
}

/**
 * The settings of a view, from those it changes.
 *
 * @param {Settings} settings
 * @param {ViewOptions} options
 * @returns {Settings}
 */
export function changeSettings(settings, options) {
  check(options, VIEW_OPTIONS);
  const { operationTimeout } = options;
  return {
    defaultTimeout: options.defaultTimeout ?? settings.defaultTimeout,
    keyPrefix: options.keyPrefix ?? settings.keyPrefix,
    patience: operationTimeout === undefined ? settings.patience : milliseconds(operationTimeout),
    throwOnError: options.throwOnError ?? settings.throwOnError,
    onError: options.onError ?? settings.onError,
    signal: options.signal ?? settings.signal,
    warned: settings.warned,
  };
}

/**
 * @param {string | URL | RedisClient} host
 * @param {CacheOptions} options
 * @returns {{ server: Server, settings: Settings }}
 */
export function parseOptions(host, options) {
  check(options, { ...VIEW_OPTIONS, ...SERVER_OPTIONS });
  const view = Object.entries(options).filter(([name]) => name in VIEW_OPTIONS);
  const server = isClient(host) ? serverOfClient(host, options) : parseServer(host, options);
  const settings = {
    defaultTimeout: 300,
    keyPrefix: '',
    patience: 5000,
    throwOnError: false,
    warned: new Set(),
  };
  return { server, settings: changeSettings(settings, Object.fromEntries(view)) };
}

/**
 * @param {unknown} host
 * @returns {host is RedisClient}
 */
function isClient(host) {
  return isObject(host) && !(host instanceof URL);
}

/**
 * @param {RedisClient} client
 * @param {CacheOptions} options
 * @returns {Server}
 */
function serverOfClient(client, options) {
  const own = CLIENTS_OWN.find((name) => options[name] !== undefined);
  if (own) {
    throw new UsageTypeError(
      'INVALID_OPTION',
      `option '${own}' is up to the client that is the host`,
    );
  }
  return {
    address: { hostname: '', port: 0, tls: false, label: 'the Redis client given as host' },
    connector: connectorOver(client),
    // The client has said hello, on the database of its choice and by its own name.
    core: [undefined, undefined, 0, '', ...patienceOf(options)],
  };
}

/**
 * @param {CacheOptions} options
 * @returns {[connectTimeout: number, maxRetries: number]} the first in milliseconds
 */
function patienceOf({ connectTimeout, maxRetries }) {
  return [milliseconds(connectTimeout ?? 5), maxRetries ?? 2];
}

/**
 * @param {string | URL} host
 * @param {CacheOptions} options
 * @returns {Server}
 */
function parseServer(host, options) {
  const { port, username, password, db, tls, connector } = options;
  if ('connector' in options && connector === undefined) {
    throw new UsageTypeError(
      'INVALID_OPTION',
      "option 'connector' is undefined: is the binding in wrangler.toml? Without one, leave the option out",
    );
  }
  const location = parseHost(host);
  const address = {
    hostname: location.hostname,
    port: port ?? location.port ?? 6379,
    tls: tls ?? location.tls ?? false,
    ...(location.path === undefined ? null : { path: location.path }),
  };
  const user = username ?? location.username;
  const secret = password ?? location.password;
  if (user !== undefined && secret === undefined) {
    throw new UsageTypeError('INVALID_OPTION', "option 'username' needs a 'password' beside it");
  }
  return {
    address,
    connector,
    core: [user, secret, db ?? location.db ?? 0, CLIENT_NAME, ...patienceOf(options)],
  };
}

/**
 * @param {any} options
 * @param {typeof VIEW_OPTIONS} table
 */
function check(options, table) {
  if (!isObject(options)) {
    throw new UsageTypeError('INVALID_OPTION', `options must be an object, not ${typeof options}`);
  }
  for (const name of Object.keys(options)) {
    const rule = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!rule) throw unknownOption(name, Object.keys(table));
    if (options[name] !== undefined && !rule[1](options[name])) {
      const error = typeof options[name] === 'number' ? UsageRangeError : UsageTypeError;
      throw new error('INVALID_OPTION', `option '${name}' must be ${rule[0]}`);
    }
  }
}

/**
 * @param {string} name
 * @param {string[]} known
 */
function unknownOption(name, known) {
  const plain = name.replaceAll('_', '').toLowerCase();
  const meant = known.find((option) => option.toLowerCase() === plain);
  const advice = meant ? `did you mean '${meant}'?` : `the options are ${known.join(', ')}`;
  return new UsageTypeError('INVALID_OPTION', `unknown option '${name}': ${advice}`);
}

/** @param {number} seconds a fraction of a millisecond is one */
function milliseconds(seconds) {
  return Math.min(Math.ceil(seconds * 1000), LONGEST_PATIENCE);
}

/**
 * @typedef {object} Location What a host or URL says.
 * @property {string} hostname
 * @property {number} [port]
 * @property {boolean} [tls]
 * @property {string} [path]
 * @property {string} [username]
 * @property {string} [password]
 * @property {number} [db]
 */

/**
 * @param {string | URL} host
 * @returns {Location}
 */
function parseHost(host) {
  if (host instanceof URL) return parseUrl(host);
  if (typeof host !== 'string') {
    throw new UsageTypeError(
      'INVALID_URL',
      `host must be a host name, a redis:// URL or a Redis client, not ${host === null ? 'null' : typeof host}`,
    );
  }
  if (host.includes('://')) {
    if (!URL.canParse(host)) {
      throw invalidUrl(
        "it cannot be parsed; characters such as '#', '/' and '@' in a password are percent-encoded",
      );
    }
    return parseUrl(new URL(host));
  }
  const plain = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (!plain || /[\s/?#@[\]]|^[^:]*:[^:]*$/.test(plain)) {
    throw invalidUrl(
      "a host is a name or an address; write 'redis://host:port/db', or the port as an option",
    );
  }
  return { hostname: plain };
}

/**
 * `redis://`, `rediss://` and `unix://`, as redis-py's `parse_url` reads them.
 *
 * @param {URL} url
 * @returns {Location}
 */
function parseUrl(url) {
  const { protocol, username, password, hostname, port, pathname, searchParams } = url;
  const unix = protocol === 'unix:';
  if (!unix && protocol !== 'redis:' && protocol !== 'rediss:') {
    throw invalidUrl(`the scheme is redis:, rediss: or unix:, not ${protocol}`);
  }
  const stray = [...searchParams.keys()].find((name) => name !== 'db');
  if (stray !== undefined || url.hash) {
    throw invalidUrl(
      `${stray === undefined ? 'a fragment' : `the parameter '${stray}'`} has no meaning in it`,
    );
  }
  const db = searchParams.get('db') ?? (unix ? '' : pathname.slice(1));
  if (!/^\d{0,9}$/.test(db)) throw invalidUrl('the database after the host is a number');
  return {
    hostname: hostname.replace(/^\[|\]$/g, '') || 'localhost',
    tls: protocol === 'rediss:',
    ...(port && { port: Number(port) }),
    ...(unix && { path: decode(pathname) }),
    ...(username && { username: decode(username) }),
    ...(password && { password: decode(password) }),
    ...(db && { db: Number(db) }),
  };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl("a '%' that is meant is written %25");
  }
}

/** @param {string} advice */
function invalidUrl(advice) {
  return new UsageTypeError('INVALID_URL', `the Redis URL is not valid: ${advice}`);
}
