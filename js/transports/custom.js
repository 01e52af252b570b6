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
