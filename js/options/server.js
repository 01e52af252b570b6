/**
 * Makes of a URL and a cache's options which server to connect to.
 * @module
 */
import { invalidOption } from './check.js';

/** @import { CacheOptions, CoreOptions, Server } from './types.js' */
/** @import { ParsedUrl } from './url.js' */

/** The largest number of milliseconds that an operation record holds: 49 days. */
const MAX_TIMEOUT_MS = 2 ** 32 - 1;
/** A call that may take so long was meant to take milliseconds. */
const SUSPICIOUS_SECONDS = 1000;

/**
 * One server, and how to connect to it.
 *
 * @param {ParsedUrl} url
 * @param {CacheOptions} options
 * @param {number} [defaultPort]
 * @returns {Server}
 */
export function serverAt(url, options, defaultPort = 6379) {
  const { port, username, password, db, tls, connector, clientName = 'cachelib-edge' } = options;
  if ('connector' in options && connector === undefined) {
    throw invalidOption(
      "option 'connector' is undefined: is the binding in wrangler.toml? If there is none, leave it out",
    );
  }
  const address = {
    hostname: url.hostname,
    port: port ?? url.port ?? defaultPort,
    tls: tls ?? url.tls ?? false,
    ...(url.path === undefined ? null : { path: url.path }),
  };
  const user = username ?? url.username;
  // As redis-py has it, a user without a password has an empty one.
  const secret = password ?? url.password ?? (user === undefined ? undefined : '');
  return {
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
}

/**
 * @param {CacheOptions} options
 * @returns {Pick<CoreOptions, 'connectTimeout' | 'maxRetries' | 'retryWrites' | 'failFast' | 'maxQueuedBytes'>}
 */
export function connectionSettings(options) {
  const { connectTimeout = 5, maxRetries = 2, retryWrites = false, failFast = true } = options;
  const milliseconds = toMs(connectTimeout, 'connectTimeout');
  const { maxQueuedBytes } = options;
  return { connectTimeout: milliseconds, maxRetries, retryWrites, failFast, maxQueuedBytes };
}

/**
 * @param {number} seconds less than a millisecond counts as one
 * @param {string} option its name
 */
export function toMs(seconds, option) {
  if (seconds >= SUSPICIOUS_SECONDS && seconds < Infinity) {
    console.warn(
      `cachelib-edge: option '${option}' is ${seconds} seconds: were milliseconds meant?`,
    );
  }
  return Math.min(Math.max(Math.round(seconds * 1000), 1), MAX_TIMEOUT_MS);
}
