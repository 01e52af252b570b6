/**
 * The server of a cache whose host is a Redis client.
 * @module
 */
import { clientConnector } from '../transports/client/connection.js';
import { invalidOption, isObject } from './check.js';
import { connectionSettings } from './server.js';
import { invalidHost, isUrl } from './url.js';
import { CACHE_OPTIONS, SERVER_OPTIONS } from './whole-schema.js';

/** @import { CacheOptions, RedisClient, Server } from './types.js' */

/**
 * @param {unknown} host
 * @returns {host is RedisClient}
 */
export function isClient(host) {
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
export function serverOfClient(client, options) {
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
