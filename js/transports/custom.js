/**
 * Connectors of the user's: a function of a transport's shape, or a binding with `connect()`.
 * @module
 */
import { UsageTypeError } from '../errors/classes.js';
import { connectorThrough } from './workers-socket.js';

/** @import { CacheOptions } from '../options/options.js' */
/** @import { Connector, Events } from './types.js' */
/** @import { SocketProvider } from './workers-socket.js' */

/**
 * A connector that keeps the promises of its shape: it does not throw, and no event comes before it has returned.
 *
 * @param {NonNullable<CacheOptions['connector']>} connector
 * @returns {Connector}
 * @throws {TypeError} for a pool, when there is none in this Worker
 */
export function adaptConnector(connector) {
  if (typeof connector !== 'function') {
    if (/^DurableObject/.test(connector.constructor?.name)) throw poolMissing();
    return connectorThrough(/** @type {SocketProvider} */ (connector));
  }
  return (address, events) => {
    let returned = false;
    /** @param {() => void} event */
    const tell = (event) => (returned ? event() : queueMicrotask(event));
    /** @type {Events} */
    const held = {
      opened: () => tell(() => events.opened()),
      received: (chunk) => tell(() => events.received(chunk)),
      closed: (error) => tell(() => events.closed(error)),
    };
    try {
      return connector(address, held);
    } catch (error) {
      held.closed(error);
      return { write() {}, close() {} };
    } finally {
      returned = true;
    }
  };
}

function poolMissing() {
  return new UsageTypeError(
    'POOL_MISSING',
    "a Durable Object as connector needs export { RedisPool } from 'cachelib-edge/durable-object' in the Worker",
  );
}
