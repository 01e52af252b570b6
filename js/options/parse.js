/**
 * Makes of a cache's host and options which server to connect to, and the settings of its calls.
 * @module
 */
import { resolvePrefix } from '../arguments.js';
import { Counters } from '../core/counters.js';
import { clientConnector } from '../transports/client/connection.js';
import { check, invalidOption, isObject } from './check.js';
import { CACHE_OPTIONS, SERVER_OPTIONS, VIEW_OPTIONS } from './schema.js';
import { DEFAULT_PORTS, parseDeployment, withDeployment } from './deployment.js';
import { invalidHost, isUrl } from './url.js';

/** @import { CacheOptions, CoreOptions, RedisClient, Server, Settings, ViewOptions } from './types.js' */

/** The largest number of milliseconds that an operation record holds: 49 days. */
const MAX_TIMEOUT_MS = 2 ** 32 - 1;
/** A call that may take so long was meant to take milliseconds. */
const SUSPICIOUS_SECONDS = 1000;

/** @type {Omit<Settings, 'warned' | 'counters'>} */
const DEFAULT_SETTINGS = {
  defaultTimeout: 300,
  keyPrefix: '',
  timeoutMs: 5000,
  throwOnError: false,
};

/**
 * @param {unknown} host
 * @param {CacheOptions} options
 * @returns {{ server: Server, settings: Settings }}
 */
export function parseOptions(host, options) {
  check(options, CACHE_OPTIONS);
  const server = isClient(host) ? serverOfClient(host, options) : parseServer(host, options);
  const settings = { ...DEFAULT_SETTINGS, warned: new Map(), counters: new Counters() };
  return { server, settings: withOptions(settings, options) };
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
  return withOptions(settings, options);
}

/**
 * @param {Settings} settings
 * @param {ViewOptions} options that have been checked
 * @returns {Settings}
 */
function withOptions(settings, options) {
  const { operationTimeout } = options;
  return {
    defaultTimeout: options.defaultTimeout ?? settings.defaultTimeout,
    keyPrefix: nest(options.keyPrefix, settings.keyPrefix),
    timeoutMs:
      operationTimeout === undefined
        ? settings.timeoutMs
        : toMs(operationTimeout, 'operationTimeout'),
    throwOnError: options.throwOnError ?? settings.throwOnError,
    onError: inherit(options.onError, settings.onError),
    signal: inherit(options.signal, settings.signal),
    context: inherit(options.context, settings.context),
    near: nearSettings(options.near, settings.near),
    warned: settings.warned,
    counters: settings.counters,
  };
}

/**
 * @param {ViewOptions['keyPrefix']} keyPrefix
 * @param {Settings['keyPrefix']} outer
 * @returns {Settings['keyPrefix']}
 */
function nest(keyPrefix, outer) {
  if (typeof keyPrefix === 'function') return () => keyPrefix(resolvePrefix(outer));
  return keyPrefix ?? outer;
}

/**
 * @param {ViewOptions['near']} near
 * @param {Settings['near']} outer
 * @returns {Settings['near']}
 */
function nearSettings(near, outer) {
  if (!near) return inherit(near, outer);
  return {
    timeout: near.timeout ?? outer?.timeout ?? 1,
    maxBytes: near.maxBytes ?? outer?.maxBytes ?? 16 << 20,
    tracking: near.tracking ?? outer?.tracking ?? false,
  };
}

/**
 * @template T
 * @param {T | null | undefined} option null: not even what is inherited
 * @param {T | undefined} inherited
 * @returns {T | undefined}
 */
export function inherit(option, inherited) {
  return option === undefined ? inherited : (option ?? undefined);
}

/**
 * @param {unknown} host
 * @returns {host is RedisClient}
 */
function isClient(host) {
  return isObject(host) && !isUrl(host) && !Array.isArray(host);
}

/**
 * A client may have properties with the names of options: ioredis has `connector`.
 *
 * @param {any} host
 */
function isOptions(host) {
  const isSender = [host.sendCommand, host.send].some((method) => typeof method === 'function');
  const names = Object.keys(host);
  return (
    !isSender &&
    names.some((name) => /^(host|hostname|url)$/.test(name) || Object.hasOwn(CACHE_OPTIONS, name))
  );
}

/**
 * @param {RedisClient} client
 * @param {CacheOptions} options
 * @returns {Server}
 */
function serverOfClient(client, options) {
  if (isOptions(client)) throw invalidHost('an object of options, which come second');
  const own = Object.keys(SERVER_OPTIONS).find(
    (name) => /** @type {any} */ (options)[name] !== undefined,
  );
  if (own) throw invalidOption(`option '${own}' is up to the client that is the host`);
  return {
    address: { hostname: '', port: 0, tls: false, label: 'the Redis client given as host' },
    connector: clientConnector(client),
    // The client has done the handshake: its own user, database and name.
    core: { database: 0, clientName: '', ...connectionSettings(options) },
  };
}

/**
 * @param {unknown} host
 * @param {CacheOptions} options
 * @returns {Server}
 */
function parseServer(host, options) {
  const { port, username, password, db, tls, connector, clientName = 'cachelib-edge' } = options;
  if ('connector' in options && connector === undefined) {
    throw invalidOption(
      "option 'connector' is undefined: is the binding in wrangler.toml? If there is none, leave it out",
    );
  }
  const deployment = parseDeployment(host, options);
  const [url] = deployment.seeds;
  const address = {
    hostname: url.hostname,
    port: port ?? url.port ?? DEFAULT_PORTS[deployment.kind],
    tls: tls ?? url.tls ?? false,
    ...(url.path === undefined ? null : { path: url.path }),
  };
  const user = username ?? url.username;
  // As redis-py has it, a user without a password has an empty one.
  const secret = password ?? url.password ?? (user === undefined ? undefined : '');
  const server = {
    address,
    connector,
    core: {
      username: user,
      password: secret,
      database: db ?? url.db ?? 0,
      clientName: clientName ?? '',
      ...connectionSettings(options),
    },
  };
  return withDeployment(server, deployment, options);
}

/**
 * @param {CacheOptions} options
 * @returns {Pick<CoreOptions, 'connectTimeout' | 'maxRetries' | 'retryWrites' | 'failFast' | 'maxQueuedBytes'>}
 */
function connectionSettings(options) {
  const { connectTimeout = 5, maxRetries = 2, retryWrites = false, failFast = true } = options;
  const milliseconds = toMs(connectTimeout, 'connectTimeout');
  const { maxQueuedBytes } = options;
  return { connectTimeout: milliseconds, maxRetries, retryWrites, failFast, maxQueuedBytes };
}

/**
 * @param {number} seconds less than a millisecond counts as one
 * @param {string} option its name
 */
function toMs(seconds, option) {
  if (seconds >= SUSPICIOUS_SECONDS && seconds < Infinity) {
    console.warn(
      `cachelib-edge: option '${option}' is ${seconds} seconds: were milliseconds meant?`,
    );
  }
  return Math.min(Math.max(Math.round(seconds * 1000), 1), MAX_TIMEOUT_MS);
}
