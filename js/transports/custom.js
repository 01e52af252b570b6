/**
 * Custom connectors: a function of a transport's shape, or a binding with `connect()`.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';
import { socketConnector } from './workers-socket.js';

/** @import { CacheOptions } from '../options/types.js' */
/** @import { Connector } from './types.js' */
/** @import { SocketProvider } from './workers-socket.js' */

/**
 * The connector as a function.
 *
 * @param {NonNullable<CacheOptions['connector']>} connector
 * @returns {Connector}
 * @throws {TypeError} for a pool, when there is none in this Worker
 */
export function adaptConnector(connector) {
  if (typeof connector === 'function') return connector;
  if (/^DurableObject/.test(connector.constructor?.name)) throw poolMissing();
  return socketConnector(/** @type {SocketProvider} */ (connector));
}

function poolMissing() {
  return new UsageTypeError(
    'POOL_MISSING',
    "a Durable Object as connector needs export { RedisPool } from 'cachelib-edge/durable-object' in the Worker",
  );
}

/** The error where there are no sockets, and no connector was given. */
export function noSockets() {
  const { process, navigator } = /** @type {any} */ (globalThis);
  const isWorker = navigator?.userAgent === 'Cloudflare-Workers';
  const advice =
    isWorker || process?.versions?.node !== undefined
      ? `this is the build for browsers: have the package resolved with the condition '${isWorker ? 'workerd' : 'node'}'`
      : "there is no TCP here: give option 'connector', such as webSocket('wss://…') for a bridge to Redis";
  return new UsageTypeError('NO_CONNECTOR', advice);
}
