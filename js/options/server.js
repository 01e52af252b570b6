/**
 * Makes of a URL and a cache's options which server to connect to.
 * @module
 */
import { invalidOption } from './check.js';
import { toMs } from './times.js';

/** @import { CacheOptions, CoreOptions, Server } from './types.js' */
/** @import { ParsedUrl } from './url.js' */

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
